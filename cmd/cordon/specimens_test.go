package main

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/sensor"
	"cordon/specimens"
)

// TestSpecimens plays each specimen alone through the whole chain and holds what is
// concluded to its want.toml.
func TestSpecimens(t *testing.T) {
	all, err := specimens.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			d := device(play(t, s), s.Device.MAC.String())
			if d == nil {
				t.Fatal("not found at all")
			}
			judged(t, s.Want, d)
		})
	}
}

// play writes the specimens as a capture and audits it.
func play(t *testing.T, s ...specimens.Specimen) *cordon.Audit {
	t.Helper()
	know, err := openKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := specimens.Write(&b, s, demoStart, 1); err != nil {
		t.Fatal(err)
	}
	r := newReading(know, []byte("a key for tests"))
	c := sensor.Feed(context.Background(), &b, "specimen.pcap", r.table, nil)
	r.table.Flush()
	return r.ledger.Judge(know, []cordon.Capture{c}, inventory.Options{})
}

func device(a *cordon.Audit, id string) *cordon.Audited {
	for i := range a.Devices {
		if a.Devices[i].ID == id {
			return &a.Devices[i]
		}
	}
	return nil
}

func judged(t *testing.T, want specimens.Want, d *cordon.Audited) {
	t.Helper()
	if got := orUnknown(d.Identity.Class.Value); !slices.Contains(want.Class, got) {
		t.Errorf("class %q, want one of %q", got, want.Class)
	}
	if got := orUnknown(d.Identity.Maker.Key); got != want.Maker {
		t.Errorf("maker %q, want %q", got, want.Maker)
	}
	if got := orUnknown(d.Identity.Brand.Value); want.Brand != "" && got != want.Brand {
		t.Errorf("brand %q, want %q", got, want.Brand)
	}
	if string(d.Reach) != want.Reach {
		t.Errorf("reach %q, want %q", d.Reach, want.Reach)
	}
	for list, verdict := range want.Lists {
		if !slices.ContainsFunc(d.Lists, func(l cordon.Listing) bool { return l.List == list && l.Verdict == verdict }) {
			t.Errorf("list %s is not %q in %v", list, verdict, d.Lists)
		}
	}
	var codes []string
	for _, f := range d.Findings {
		codes = append(codes, f.Code)
	}
	for _, c := range want.Findings.Must {
		if !slices.Contains(codes, c) {
			t.Errorf("finding %s is missing from %v", c, codes)
		}
	}
	for _, c := range want.Findings.Never {
		if slices.Contains(codes, c) {
			t.Errorf("finding %s must not be made", c)
		}
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
