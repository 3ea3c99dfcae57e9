package assess

import "cordon"

// kindSet is a set of the kinds that any check reads, by their number in kindNumbers.
type kindSet [2]uint64

var (
	kindNumbers = numberKinds()
	reads       = readSets() // what each of checks reads, in their order
)

// numberKinds numbers the kinds that checks read. More than a kindSet holds is a mistake that
// every test would show.
func numberKinds() map[cordon.Kind]uint8 {
	n := map[cordon.Kind]uint8{}
	for _, c := range checks {
		for _, k := range c.Kinds {
			if _, ok := n[k]; !ok {
				n[k] = uint8(len(n))
			}
		}
	}
	if len(n) > 64*len(kindSet{}) {
		panic("assess: checks read more kinds than a kindSet holds")
	}
	return n
}

func readSets() []kindSet {
	sets := make([]kindSet, len(checks))
	for i, c := range checks {
		for _, k := range c.Kinds {
			sets[i].add(k)
		}
	}
	return sets
}

// add does nothing for a kind that no check reads.
func (s *kindSet) add(k cordon.Kind) {
	if n, ok := kindNumbers[k]; ok {
		s[n/64] |= 1 << (n % 64)
	}
}

func (s *kindSet) meets(o *kindSet) bool { return s[0]&o[0]|s[1]&o[1] != 0 }
