package inventory

// slab is a growing list whose elements never move: growing copies nothing, so a large
// ledger never needs twice its memory, and a pointer into it stays good.
type slab[T any] struct {
	chunks []*[chunk]T
	n      int
}

// chunk is how many elements are added at a time: 140 KB of the largest kind, so that they fit
// where packet.Table had its flows, of which most become talks at the end.
const (
	chunkBits = 10
	chunk     = 1 << chunkBits
)

func (s *slab[T]) len() int { return s.n }

// at gives element i, which must be below len.
func (s *slab[T]) at(i uint32) *T { return &s.chunks[i>>chunkBits][i&(chunk-1)] }

// add appends v and gives its number.
func (s *slab[T]) add(v T) uint32 {
	if s.n == len(s.chunks)<<chunkBits {
		s.chunks = append(s.chunks, new([chunk]T))
	}
	i := uint32(s.n)
	s.n++
	*s.at(i) = v
	return i
}
