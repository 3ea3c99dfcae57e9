package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) packed {
			small := rapid.Int64Range(0, 3)
			large := rapid.Int64Range(0, 1<<50)
			return packed{small.Draw(t, "slot"), rapid.OneOf(small, large).Draw(t, "far"), sum{large.Draw(t, "sent"), large.Draw(t, "received"), small.Draw(t, "flows"), small.Draw(t, "unanswered")}}
		}), 0, 50).Draw(t, "rows")
		want := addUp(slices.Clone(rows))
		got, err := decodePack(encodePack(rows), nil)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
	})
}

func FuzzPack(f *testing.F) {
	f.Add(encodePack([]packed{{1, 7, sum{100, 20, 1, 0}}, {1, 9, sum{3, 2, 1, 1}}, {23, 7, sum{1 << 40, 0, 9, 0}}}))
	f.Add(encodePack(nil))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 127})
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := decodePack(b, nil)
		if err != nil {
			return
		}
		for _, r := range rows {
			if r.slot < 0 || r.far < 0 || r.sent < 0 {
				t.Fatalf("less than nothing: %+v", r)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{Of: 1, N: 2, ID: 3, S: "x"}.text())
	f.Add("e30")
	f.Add("%")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := (Page{After: s}).place(1); err == nil && c != nil && c.Of != 1 {
			t.Fatal("a cursor of another question")
		}
	})
}
