package scan

import (
	"net/netip"
	"strings"
	"testing"
)

const (
	headLine = `{"scan":{"version":1,"networks":["10.0.0.0/24"],"ports":[80]}}` + "\n"
	openLine = `{"fact":{"about":{"kind":"address","value":"10.0.0.1"},"kind":"tcp.open","value":"80"}}` + "\n"
	doneLine = `{"done":"10.0.0.1"}` + "\n"
)

func mustRead(t *testing.T, text string) *Resumed {
	t.Helper()
	r, err := ReadJournal(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestJournalCutAnywhere: a journal that ends in the middle has all its whole lines.
func TestJournalCutAnywhere(t *testing.T) {
	whole := headLine + openLine + doneLine
	for n := len(headLine); n <= len(whole); n++ {
		r := mustRead(t, whole[:n])
		facts, over := 0, 0
		if n >= len(headLine+openLine)-1 { // the line feed alone may be missing
			facts = 1
		}
		if n >= len(whole)-1 {
			over = 1
		}
		if len(r.facts) != facts || len(r.over) != over {
			t.Errorf("cut at %d: %d facts, %d hosts done; want %d, %d", n, len(r.facts), len(r.over), facts, over)
		}
	}
}

// TestJournalAfterPowerLoss: what a file system fills up with zeros costs nothing that stands before.
func TestJournalAfterPowerLoss(t *testing.T) {
	if r := mustRead(t, headLine+openLine+strings.Repeat("\x00", 3*maxLine)); len(r.facts) != 1 {
		t.Errorf("%d facts", len(r.facts))
	}
}

// TestJournalsTogether: two runs of one scan add up, and what both have is one.
func TestJournalsTogether(t *testing.T) {
	r := mustRead(t, headLine+openLine+doneLine)
	r.Add(mustRead(t, headLine+openLine+strings.ReplaceAll(openLine+doneLine, "10.0.0.1", "10.0.0.2")))
	if len(r.facts) != 2 || !r.over[netip.MustParseAddr("10.0.0.1")] || !r.over[netip.MustParseAddr("10.0.0.2")] {
		t.Errorf("%+v", r)
	}
}
