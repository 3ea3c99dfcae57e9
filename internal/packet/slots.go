package packet

// slot is one place of the hash table: the hash of a flow's key and its number in
// the slab, plus one (0: the place is free). Eight of them share a cache line, and
// a key is only fetched when all 32 bits of its hash agree.
type slot struct{ tag, ref uint32 }

// slots is an open-addressing table with linear probing. Deletion shifts followers
// back, so there are no tombstones and lookups never slow down with age. The home
// of an entry is tag & mask: growing and deleting need no keys.
type slots struct {
	at   []slot
	mask uint32
	used int
}

const minSlots = 1 << 10

func newSlots() slots { return slots{at: make([]slot, minSlots), mask: minSlots - 1} }

// insert adds an entry whose key is known to be absent.
func (s *slots) insert(tag, index uint32) {
	if s.used*3 >= len(s.at)*2 { // load 2/3: a miss probes about five slots, in one cache line
		s.grow()
	}
	s.put(slot{tag, index + 1})
	s.used++
}

func (s *slots) put(e slot) {
	i := e.tag & s.mask
	for s.at[i].ref != 0 {
		i = (i + 1) & s.mask
	}
	s.at[i] = e
}

func (s *slots) grow() {
	old := s.at
	s.at = make([]slot, 2*len(old))
	s.mask = uint32(len(s.at) - 1)
	for _, e := range old {
		if e.ref != 0 {
			s.put(e)
		}
	}
}

// remove deletes the entry of a slab number and closes the hole behind it.
func (s *slots) remove(tag, index uint32) {
	hole := tag & s.mask
	for s.at[hole].ref != index+1 {
		if s.at[hole].ref == 0 {
			return
		}
		hole = (hole + 1) & s.mask
	}
	for i := (hole + 1) & s.mask; s.at[i].ref != 0; i = (i + 1) & s.mask {
		// An entry may move into the hole if its home is not between the two.
		if home := s.at[i].tag & s.mask; (i-home)&s.mask >= (i-hole)&s.mask {
			s.at[hole], hole = s.at[i], i
		}
	}
	s.at[hole] = slot{}
	s.used--
}
