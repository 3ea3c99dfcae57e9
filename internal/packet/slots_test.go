package packet

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSlots holds the table against a map, with hashes that collide a lot.
func TestSlots(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newSlots()
		model := map[uint32]uint32{} // index to tag
		for range rapid.IntRange(1, 300).Draw(rt, "steps") {
			index := rapid.Uint32Range(0, 60).Draw(rt, "index")
			tag, there := model[index]
			if there {
				s.remove(tag, index)
				delete(model, index)
				continue
			}
			// Homes close together, at the end of the array and wrapping around it.
			tag = rapid.Uint32Range(0, 20).Draw(rt, "tag") + minSlots - 10
			s.insert(tag, index)
			model[index] = tag
		}
		checkSlots(rt, &s, model)
	})
}

func checkSlots(rt *rapid.T, s *slots, model map[uint32]uint32) {
	if s.used != len(model) {
		rt.Fatalf("used %d, want %d", s.used, len(model))
	}
	for index, tag := range model {
		i := tag & s.mask
		for s.at[i].ref != index+1 {
			if s.at[i].ref == 0 {
				rt.Fatalf("entry %d of home %d is lost", index, tag&s.mask)
			}
			i = (i + 1) & s.mask
		}
	}
	full := 0
	for _, e := range s.at {
		if e.ref != 0 {
			full++
		}
	}
	if full != len(model) {
		rt.Fatalf("%d places taken, want %d", full, len(model))
	}
}

func TestSlotsGrow(t *testing.T) {
	s := newSlots()
	const n = 10 * minSlots
	for i := range uint32(n) {
		s.insert(i*2654435761, i)
	}
	for i := range uint32(n) {
		s.remove(i*2654435761, i)
	}
	if s.used != 0 || len(s.at) < n {
		t.Errorf("used %d of %d", s.used, len(s.at))
	}
}
