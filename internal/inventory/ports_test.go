package inventory

import (
	"slices"
	"testing"

	"cordon"
)

func TestPorts(t *testing.T) {
	seen := func(values ...string) []cordon.Observation {
		out := []cordon.Observation{{Kind: "http.server", Value: "80"}}
		for _, v := range values {
			out = append(out, cordon.Observation{Kind: "tcp.open", Value: v})
		}
		return out
	}
	for _, c := range []struct {
		seen []cordon.Observation
		want []uint16
	}{
		{seen(), nil},
		{seen("8000", "80", "554", "80"), []uint16{80, 554, 8000}}, // of two addresses of one device
		{seen("0", "65536", "-1", "http", "65535"), []uint16{65535}},
	} {
		if got := ports(c.seen); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.seen, got, c.want)
		}
	}
}
