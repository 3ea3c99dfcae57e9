package main

import (
	"slices"
	"testing"
)

// Ids are there to be copied: they are broken last.
func TestColumnWidths(t *testing.T) {
	long := "several words that can be folded wherever there is room for them"
	for _, c := range []struct {
		name  string
		rows  [][]string
		width int
		want  []int
	}{
		{"all fit", [][]string{{"a", "bc"}, {"abc", "b"}}, 80, []int{3, 2}},
		{"only what can be folded gives way", [][]string{{"uk-2022-sensitive-sites", long}}, 45, []int{23, 20}},
		{"the first column's words stay whole", [][]string{{"uk-2022-sensitive-sites", "us-fcc-covered-list"}}, 36, []int{23, 11}},
		{"nothing fits", [][]string{{"uk-2022-sensitive-sites", "us-fcc-covered-list"}}, 10, []int{10, 10}},
		{"one column", [][]string{{long}}, 30, []int{30}},
		{"nothing", nil, 80, nil},
	} {
		if got := columnWidths(c.rows, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// What has no room beside stands under its row, with its name.
func TestFirstColumns(t *testing.T) {
	s := &sheet{head: []string{"address", "MAC", "model"}}
	s.add("10.77.0.30", "34:7e:5c:c5:1a:21", "One")
	s.add("10.77.0.41", "48:02:2a:c5:77:d1", "")
	got := s.firstColumns(2)
	if !slices.Equal(got.rows[0], []string{"10.77.0.30", "34:7e:5c:c5:1a:21"}) || !slices.Equal(got.below, []string{"model: One", ""}) {
		t.Errorf("%q under %q", got.below, got.rows)
	}
}
