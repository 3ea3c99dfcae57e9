package packet

// chunkFlows is the number of flows allocated at once: 184 KiB.
const chunkFlows = 1 << 10

// slab hands out flows by number. Flows never move; freed ones are used again, last
// freed first. There are no pointers in it.
type slab struct {
	flows []*[chunkFlows]flow
	free  []uint32
	size  uint32 // numbers handed out so far, freed ones included
}

func (s *slab) flow(i uint32) *flow { return &s.flows[i/chunkFlows][i%chunkFlows] }

// take returns a number whose flow is zero.
func (s *slab) take() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	if int(s.size) == len(s.flows)*chunkFlows {
		s.flows = append(s.flows, new([chunkFlows]flow))
	}
	s.size++
	return s.size - 1
}

func (s *slab) give(i uint32) {
	*s.flow(i) = flow{}
	s.free = append(s.free, i)
}
