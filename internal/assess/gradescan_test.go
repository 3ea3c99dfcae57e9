package assess

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
)

// axisMaker is a maker that no list names.
var axisMaker = cordon.Belief{Value: "Axis", Key: "axis", Confidence: 0.9}

// What was asked may be graded well when the interview was whole, and says what it does not cover.
func TestGradeOfAScan(t *testing.T) {
	whole := []string{"scan.ports", "30", "tcp.open", "554", "onvif.model", "M1", "scan.interview", "complete"}
	without := func(kind string) []string {
		out := slices.Clone(whole)
		i := slices.Index(out, kind)
		return slices.Delete(out, i, i+2)
	}
	for _, c := range []struct {
		name  string
		class string
		seen  []string
		want  string
		why   string
	}{
		{"whole", cam, whole, "A", "does not show where it sends"},
		{"few ports", cam, append([]string{"scan.ports", "2"}, without("scan.ports")...), "", "2 ports were tried"},
		{"ports not known", cam, without("scan.ports"), "", "0 ports were tried"},
		{"interview not over", cam, without("scan.interview"), "", "did not come to its end"},
		{"interrupted", cam, append(without("scan.interview"), "scan.interview", "interrupted"), "", "interrupted"},
		{"silent", cam, without("onvif.model"), "", "answered none"},
		{"not known what it is", "", whole, "", "could not be told"},
		{"never asked", cam, []string{"onvif.model", "M1"}, "", "what everybody was asked"},
	} {
		in := (&checkCase{class: c.class, seen: answers(c.seen...)}).in()
		in.Device.Last = noon.Add(time.Minute)
		if g := Grade(in, nil); g.Letter != c.want || !strings.Contains(g.Why, c.why) {
			t.Errorf("%s: %q %q, want %q %q", c.name, g.Letter, g.Why, c.want, c.why)
		}
	}
	in := (&checkCase{class: cam, maker: axisMaker, seen: answers(whole...), flows: []cordon.Flow{{PacketsSent: 30, PacketsReceived: 30}}}).in()
	if g := Grade(in, nil); g.Letter != "A" || g.Why != "" {
		t.Errorf("asked and overheard: %+v", g)
	}
	in.Device.Identity.Maker = cordon.Belief{}
	if g := Grade(in, nil); g.Letter != "A" || !strings.Contains(g.Why, "who built it is not known") {
		t.Errorf("by an unknown maker: %+v", g)
	}
	in.Device.Identity.Class.Value = pc
	if g := Grade(in, nil); g.Letter != "A" || g.Why != "" {
		t.Errorf("a computer of an unknown maker: %+v", g)
	}
	in = (&checkCase{class: cam, seen: answers(append(without("scan.interview"), "scan.interview", "interrupted", "scan.interview", "complete")...)}).in()
	in.Seen[len(in.Seen)-2].Last = in.Seen[len(in.Seen)-1].Last.Add(time.Hour)
	if g := Grade(in, nil); g.Letter != "" || !strings.Contains(g.Why, "interrupted") {
		t.Errorf("interrupted once more after it was complete: %+v", g)
	}
	in.Device.Identity.Maker.Value = ""
	if g := Grade(in, []cordon.Finding{{Code: "a", Severity: cordon.High}}); g.Why != "" {
		t.Errorf("a middling grade is no praise: %+v", g)
	}
	bad := []cordon.Finding{{Code: "a", Severity: cordon.Critical}}
	in.Seen = answers("scan.ports", "1")
	if g := Grade(in, bad); g.Letter != "E" && g.Letter != "D" || g.Why != "" {
		t.Errorf("a bad grade needs no more: %+v", g)
	}
}
