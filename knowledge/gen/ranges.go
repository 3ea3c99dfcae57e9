package main

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"github.com/oschwald/maxminddb-golang/v2"
)

// span is one inclusive range of addresses of one family. IPv4 addresses are their
// number; IPv6 addresses their upper 64 bits: a /64 is one network (RFC 4291 section
// 2.5.1), and what its first address has, it has.
type span struct {
	from, to uint64
	value    uint32 // country as two letters, or ASN
}

// spans are the ranges of both families, sorted, not overlapping.
type spans struct{ v4, v6 []span }

// number gives an address as a span counts it, whether it is IPv4, and whether it lies
// behind the first address of its /64.
func number(a netip.Addr) (n uint64, four, inside bool) {
	b := a.As16()
	if a.Is4() {
		return uint64(binary.BigEndian.Uint32(b[12:])), true, false
	}
	return binary.BigEndian.Uint64(b[:8]), false, binary.BigEndian.Uint64(b[8:]) != 0
}

func (s *spans) add(from, to netip.Addr, value uint32) {
	first, four, inside := number(from)
	last, _, _ := number(to)
	if inside {
		first++ // the /64 it begins in belongs to whoever has its first address
	}
	switch {
	case first > last:
	case four:
		s.v4 = append(s.v4, span{first, last, value})
	default:
		s.v6 = append(s.v6, span{first, last, value})
	}
}

// tidy sorts and flattens: where rows overlap, the one that begins last wins, and of
// those that begin together the shortest, so that an assignment inside a bigger block
// is seen and the block goes on behind it.
func tidy(in []span) []span {
	sort.SliceStable(in, func(i, j int) bool {
		return in[i].from < in[j].from || in[i].from == in[j].from && in[i].to > in[j].to
	})
	var f flat
	for _, s := range in {
		f.until(s.from)
		f.at, f.open = s.from, append(f.open, s)
	}
	f.until(^uint64(0))
	return f.out
}

// flat is a sweep over nested spans: open are those begun and perhaps not ended, the
// innermost last; everything below at is in out.
type flat struct {
	open, out []span
	at        uint64
}

// until moves on to the address next, writing what holds on the way. No span of ours
// ends at the highest number, so to+1 does not overflow.
func (f *flat) until(next uint64) {
	for n := len(f.open); n > 0 && f.at < next; n = len(f.open) {
		inner := f.open[n-1]
		if inner.to < f.at {
			f.open = f.open[:n-1]
			continue
		}
		end := min(inner.to, next-1)
		f.out = append(f.out, span{f.at, end, inner.value})
		f.at = end + 1
	}
}

// readCSV reads `first,last,value[,name]` rows of the named files.
func readCSV(s *source, value func(row []string) (uint32, error), files ...string) (spans, error) {
	var out spans
	for _, name := range files {
		f, err := os.Open(filepath.Join(s.dir, name))
		if err != nil {
			return out, fmt.Errorf("read %s: %w", name, err)
		}
		err = readRows(f, &out, value)
		f.Close()
		if err != nil {
			return out, fmt.Errorf("read %s: %w", name, err)
		}
	}
	s.Rows = len(out.v4) + len(out.v6)
	return spans{tidy(out.v4), tidy(out.v6)}, nil
}

func readRows(r io.Reader, out *spans, value func([]string) (uint32, error)) error {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord, rows.ReuseRecord, rows.LazyQuotes = -1, true, true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(row) < 3 {
			return fmt.Errorf("row %v: too short", row)
		}
		from, err := netip.ParseAddr(row[0])
		if err != nil {
			return err
		}
		to, err := netip.ParseAddr(row[1])
		if err != nil {
			return err
		}
		v, err := value(row)
		if err != nil {
			return err
		}
		out.add(from, to, v)
	}
}

// country packs a row's two letters; anything else is an error.
func country(row []string) (uint32, error) { return letters(row[2]) }

func letters(cc string) (uint32, error) {
	if len(cc) != 2 || cc[0] < 'A' || cc[0] > 'Z' || cc[1] < 'A' || cc[1] > 'Z' {
		return 0, fmt.Errorf("country %q: not two letters", cc)
	}
	return uint32(cc[0])<<8 | uint32(cc[1]), nil
}

// asn reads a row's network number and notes its name.
func asn(names map[uint32]string) func([]string) (uint32, error) {
	return func(row []string) (uint32, error) {
		n, err := strconv.ParseUint(row[2], 10, 32)
		if err != nil {
			return 0, err
		}
		if len(row) > 3 && row[3] != "" {
			names[uint32(n)] = row[3]
		}
		return uint32(n), nil
	}
}

// readMMDB reads the country of every network of the package's MMDB files.
func readMMDB(s *source, files ...string) (spans, error) {
	var out spans
	for _, name := range files {
		db, err := maxminddb.Open(filepath.Join(s.dir, name))
		if err != nil {
			return out, fmt.Errorf("read %s: %w", name, err)
		}
		for r := range db.Networks() {
			var row struct {
				Country string `maxminddb:"country_code"`
			}
			if err := r.Decode(&row); err != nil {
				return out, fmt.Errorf("read %s: %w", name, err)
			}
			cc, err := letters(row.Country)
			if err != nil { // "None" and the like: nobody announces it
				continue
			}
			p := r.Prefix().Masked()
			out.add(p.Addr(), last(p), cc)
		}
		db.Close()
	}
	s.Rows = len(out.v4) + len(out.v6)
	return spans{tidy(out.v4), tidy(out.v6)}, nil
}

// last is the highest address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
