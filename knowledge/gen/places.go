package main

import (
	"fmt"
	"net/netip"
	"os"
	"sort"
)

// special are the blocks that no country has, whatever a source says: RFC 6890 and
// the IANA special-purpose registries (IPv6 outside 2000::/3 is not in the table at all).
var special = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/3", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "3fff::/20",
}

// place is what one stretch of addresses has in common.
type place struct {
	registered, operator uint16
	asn                  uint32
}

// step says that from an address on, a place holds, until the next step.
type step struct {
	from  uint64
	place place
}

// buildPlaces folds the three sources into places.bin.
func buildPlaces(whois, operator, network *source, path string) error {
	names := map[uint32]string{}
	a, err := readCSV(whois, country, "geo-whois-asn-country-ipv4.csv", "geo-whois-asn-country-ipv6.csv")
	if err != nil {
		return err
	}
	b, err := readMMDB(operator, "iptoasn-country-ipv4.mmdb", "iptoasn-country-ipv6.mmdb")
	if err != nil {
		return err
	}
	c, err := readCSV(network, asn(names), "asn-ipv4.csv", "asn-ipv6.csv")
	if err != nil {
		return err
	}
	no4, no6 := specials()
	v4 := fold(a.v4, b.v4, c.v4, no4)
	v6 := fold(a.v6, b.v6, c.v6, no6)
	oldest := min(whois.Date, operator.Date, network.Date)
	out, err := packPlaces(v4, v6, names, oldest)
	if err != nil {
		return err
	}
	fmt.Printf("places: %d IPv4 steps, %d IPv6 steps, %d bytes\n", len(v4), len(v6), len(out))
	return os.WriteFile(path, out, 0o644)
}

func specials() (v4, v6 []span) {
	var s spans
	for _, text := range special {
		p := netip.MustParsePrefix(text)
		s.add(p.Addr(), last(p), 1)
	}
	return tidy(s.v4), tidy(s.v6)
}

// fold overlays three sorted lists and a list of exclusions; neighbours that say the
// same become one step. The first step is at 0.
func fold(registered, operator, network, except []span) []step {
	lists := [][]span{registered, operator, network, except}
	edges := []uint64{0}
	for _, l := range lists {
		for _, s := range l {
			edges = append(edges, s.from)
			if s.to != ^uint64(0) {
				edges = append(edges, s.to+1)
			}
		}
	}
	sort.Slice(edges, func(i, j int) bool { return edges[i] < edges[j] })
	var out []step
	var at [4]int
	for _, e := range edges {
		var v [4]uint32
		for i, l := range lists {
			for at[i] < len(l) && l[at[i]].to < e {
				at[i]++
			}
			if at[i] < len(l) && l[at[i]].from <= e {
				v[i] = l[at[i]].value
			}
		}
		p := place{uint16(v[0]), uint16(v[1]), v[2]}
		if v[3] != 0 {
			p = place{}
		}
		if n := len(out); n == 0 || out[n-1].place != p {
			out = append(out, step{e, p})
		}
	}
	return out
}

// packPlaces lays out places.bin.
func packPlaces(v4, v6 []step, names map[uint32]string, date string) ([]byte, error) {
	index, list := distinct(v4, v6)
	if len(list) >= 1<<24 {
		return nil, fmt.Errorf("%d places do not fit three bytes", len(list))
	}
	text := newText()
	var places []byte
	for _, p := range list {
		places = put(put(put(places, 2, uint64(p.registered)), 2, uint64(p.operator)), 4, uint64(p.asn))
		places = put(places, 3, uint64(text.add(names[p.asn])))
	}
	index4, rows4 := packSteps(v4, 0, 1<<16, 16, 2, index)
	index6, rows6 := packSteps(v6, 0x2000, 0x4000, 48, 6, index)
	out := header("CdnP", date)
	for _, n := range []int{len(rows4) / 5, len(rows6) / 9, len(list), len(text.bytes)} {
		out = put(out, 4, uint64(n))
	}
	for _, part := range [][]byte{index4, rows4, index6, rows6, places, text.bytes} {
		out = append(out, part...)
	}
	return out, text.fits()
}

// distinct numbers the places in a fixed order; the empty place is number 0.
func distinct(lists ...[]step) (map[place]uint32, []place) {
	index := map[place]uint32{{}: 0}
	list := []place{{}}
	for _, l := range lists {
		for _, s := range l {
			if _, ok := index[s.place]; !ok {
				index[s.place] = uint32(len(list))
				list = append(list, s.place)
			}
		}
	}
	return index, list
}

// packSteps cuts the number of each step into a top part, which the index counts by,
// and the low bits, which stand in the row. Every top part begins with a row of its own
// at low bits 0, so that a search never leaves its bucket.
func packSteps(steps []step, lowTop, highTop uint64, lowBits, rowBytes int, index map[place]uint32) (heads, rows []byte) {
	i, count := 0, uint64(0)
	holds := place{} // what holds where the bucket begins
	for top := lowTop; top < highTop; top++ {
		heads = put(heads, 4, count)
		start := top << lowBits
		for i < len(steps) && steps[i].from <= start {
			holds = steps[i].place
			i++
		}
		rows = put(put(rows, rowBytes, 0), 3, uint64(index[holds]))
		count++
		for i < len(steps) && steps[i].from>>lowBits == top {
			rows = put(put(rows, rowBytes, steps[i].from&(1<<lowBits-1)), 3, uint64(index[steps[i].place]))
			holds = steps[i].place
			count++
			i++
		}
	}
	return put(heads, 4, count), rows
}
