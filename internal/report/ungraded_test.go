package report

import (
	"bytes"
	"strings"
	"testing"

	"cordon"
)

// Of several devices without a grade the example is one that was asked about, not the router.
func TestUngradedExample(t *testing.T) {
	device := func(addr, class, why string) *cordon.Audited {
		d := &cordon.Audited{Device: cordon.Device{ID: addr}}
		d.Identity.Class = cordon.Belief{Value: class}
		d.Grade.Why = "not enough seen: " + why
		return d
	}
	router, lock := device("r", cordon.ClassRouter, "one direction only"), device("l", cordon.ClassLock, "12 seconds of it")
	for _, c := range []struct {
		list []*cordon.Audited
		want string
	}{
		{[]*cordon.Audited{router, lock}, "2 devices without a grade: not enough seen, and not seen is not clean. For instance l: 12 seconds of it."},
		{[]*cordon.Audited{router}, "1 device without a grade: not enough seen, and not seen is not clean. r: one direction only."},
		{nil, ""},
	} {
		var b bytes.Buffer
		s := newSheet(&b, TableOptions{Width: 140})
		s.ungraded(c.list)
		s.Flush()
		if got := strings.TrimPrefix(strings.TrimSpace(b.String()), "-  "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A good grade of a camera of unknown maker is not left to be read as praise.
func TestGoodGradeOfUnknownMaker(t *testing.T) {
	d := device("bc:ad:28:00:00:99", "192.168.8.9", cordon.ClassCamera, 0.9)
	d.Grade = cordon.Grade{Letter: "A", Score: 100}
	table := func() string {
		var b bytes.Buffer
		if err := Table(&b, &cordon.Audit{Devices: []cordon.Audited{d}}, TableOptions{Width: 140}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	const want = "by an unknown maker: 1 device"
	if s := table(); !strings.Contains(s, want) {
		t.Errorf("nothing of it in\n%s", s)
	}
	d.Identity.Maker.Value = "Axis"
	if s := table(); strings.Contains(s, want) {
		t.Errorf("its maker is known:\n%s", s)
	}
}
