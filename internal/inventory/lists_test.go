package inventory

import (
	"reflect"
	"testing"

	"cordon"
	"cordon/internal/assess"
)

// What lists say of a maker does not depend on who was judged before: a maker that is only
// hinted at must not share the answer of one with evidence, nor the other way round.
func TestListsDependOnTheMakerAlone(t *testing.T) {
	k := know(t)
	reasons := []cordon.Reason{{Weight: 0.6, Channel: "rtsp", Trust: "medium"}}
	beliefs := []cordon.Belief{
		{Value: "Hikvision", Key: "hikvision", Confidence: 0.6, Reasons: reasons},
		{Possible: "hikvision", Confidence: 0.4, Reasons: reasons},
	}
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		j := judge{know: k, listed: map[listKey]*assess.Listed{}}
		for _, i := range order {
			if got, want := j.lists(beliefs[i]), assess.Lists(k, beliefs[i], nil, j.options.Now); !reflect.DeepEqual(got, want) {
				t.Errorf("belief %d after %v: %d lists, want %d", i, order, len(got.Lists), len(want.Lists))
			}
		}
	}
}
