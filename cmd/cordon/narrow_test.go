package main

import (
	"bytes"
	"strings"
	"testing"

	"cordon/knowledge"
)

// Every list fits a terminal of the usual width and a narrow one, and loses nothing by it.
func TestListsFit(t *testing.T) {
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for subject := range subjects {
		if subject == "" {
			continue
		}
		for _, width := range []int{60, 80, 140} {
			s, _ := listing(know, subject)
			var b bytes.Buffer
			if err := s.narrow(width).write(&b, width, ""); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := cellsOf(strings.TrimRight(line, "\n")); n > width {
					t.Errorf("%s at %d: %d cells: %s", subject, width, n, line)
					break
				}
			}
		}
	}
}

func TestNarrowKeepsEverything(t *testing.T) {
	s := sheet{head: []string{"id", "what it is", "source"}}
	s.add("a-rather-long-identifier", "something", "an address where it was read, at length")
	s.add("b", "", "")
	var b bytes.Buffer
	if err := s.narrow(40).write(&b, 40, ""); err != nil {
		t.Fatal(err)
	}
	want := "id                        what it is\na-rather-long-identifier  something\n    source: an address where it was\n    read, at length\nb\n"
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	if s.narrow(80) != &s {
		t.Error("what fits is changed")
	}
}
