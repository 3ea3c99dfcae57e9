package main

import (
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
// number; IPv6 addresses their upper 64 bits, for nothing announced or registered to
// a country is longer than /64 (longer rows are counted and widened).
type span struct {
	from, to uint64
	value    uint32 // country as two letters, or ASN
}

// spans are the ranges of both families, sorted, not overlapping.
type spans struct{ v4, v6 []span }

// number gives an address as a span counts it, and whether it is IPv4.
func number(a netip.Addr) (uint64, bool) {
	b := a.As16()
	if a.Is4() {
		return uint64(b[12])<<24 | uint64(b[13])<<16 | uint64(b[14])<<8 | uint64(b[15]), true
	}
	var n uint64
	for _, c := range b[:8] {
		n = n<<8 | uint64(c)
	}
	return n, false
}

func (s *spans) add(from, to netip.Addr, value uint32) {
	first, four := number(from)
	last, _ := number(to)
	if four {
		s.v4 = append(s.v4, span{first, last, value})
		return
	}
	s.v6 = append(s.v6, span{first, last, value})
}

// tidy sorts, and where rows overlap (after widening to /64) lets the earlier one win.
func tidy(in []span) []span {
	sort.SliceStable(in, func(i, j int) bool { return in[i].from < in[j].from })
	var out []span
	for _, s := range in {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			if s.to <= out[n-1].to {
				continue
			}
			s.from = out[n-1].to + 1
		}
		out = append(out, s)
	}
	return out
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
