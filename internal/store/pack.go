package store

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A pack is what one device exchanged in one day (by hours) or one week (by days), in one row:
// docs/format/store.md draws its bytes.

// packVersion is the first byte of a pack.
const packVersion = 1

// errPack is what a pack that cannot be read is.
var errPack = errors.New("pack damaged")

// packed is one row of a pack: slot is the hour of the day or the day of the week.
type packed struct {
	slot, far int64
	sum
}

// encodePack sorts rows, adds up those of one slot and far end, and gives their bytes.
func encodePack(rows []packed) []byte {
	rows = addUp(rows)
	b := make([]byte, 1, 2+len(rows)*12)
	b[0] = packVersion
	b = binary.AppendUvarint(b, uint64(len(rows)))
	var was packed
	for _, r := range rows {
		step := r.slot - was.slot
		b = binary.AppendUvarint(b, uint64(step))
		far := r.far
		if step == 0 {
			far -= was.far
		}
		b = binary.AppendUvarint(b, uint64(far))
		b = binary.AppendUvarint(b, uint64(r.sent))
		b = binary.AppendUvarint(b, uint64(r.received))
		b = binary.AppendUvarint(b, uint64(r.flows))
		b = binary.AppendUvarint(b, uint64(r.unanswered))
		was = r
	}
	return b
}

// addUp sorts rows by slot and far end, and makes one of those that agree. It works in place.
func addUp(rows []packed) []packed {
	slices.SortFunc(rows, func(a, b packed) int { return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.far, b.far)) })
	out := rows[:0]
	for _, r := range rows {
		if n := len(out); n > 0 && out[n-1].slot == r.slot && out[n-1].far == r.far {
			out[n-1].add(r.sum)
			continue
		}
		out = append(out, r)
	}
	return out
}

// decodePack appends the rows of a pack.
func decodePack(b []byte, into []packed) ([]packed, error) {
	if len(b) == 0 || b[0] != packVersion {
		return into, fmt.Errorf("%w: version", errPack)
	}
	r := reader{b: b[1:]}
	n := r.next()
	if n > uint64(len(r.b))/6 { // a row has at least six bytes
		return into, fmt.Errorf("%w: %d rows", errPack, n)
	}
	var was packed
	for range n {
		step, far := int64(r.next()), int64(r.next())
		if step == 0 {
			far += was.far
		}
		was = packed{slot: was.slot + step, far: far, sum: sum{int64(r.next()), int64(r.next()), int64(r.next()), int64(r.next())}}
		if was.slot < 0 || was.far < 0 {
			return into, fmt.Errorf("%w: number", errPack)
		}
		into = append(into, was)
	}
	if r.bad || len(r.b) > 0 {
		return into, fmt.Errorf("%w: length", errPack)
	}
	return into, nil
}

// reader reads numbers; bad is set when there are none left.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) next() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > 1<<63-1 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}
