package knowledge

import (
	"errors"
	"net/netip"

	"cordon"
)

// placeTable says for every public address which place it is in. See docs/format/tables.md.
type placeTable struct {
	v4, v6 stretches
	places string // 11 bytes each: country, operator's country, ASN, name offset
	names  string
	date   string
}

// stretches is one family's sorted list, cut into buckets by the top 16 bits of the
// address: heads says where each bucket begins, and every bucket has a row at low 0.
type stretches struct {
	heads   string // 4 bytes each, one more than there are buckets
	rows    string // lowSize + 3 bytes each
	first   uint64 // top bits of the first bucket
	buckets uint64
	lowSize int
}

const placeSize = 2 + 2 + 4 + 3

// newPlaceTable reads the layout of places.bin; it keeps data and copies nothing.
func newPlaceTable(data string) (placeTable, error) {
	n, rest, date, err := openTable(data, "CdnP", 4)
	if err != nil {
		return placeTable{}, err
	}
	t := placeTable{
		v4:   stretches{first: 0, buckets: 1 << 16, lowSize: 2},
		v6:   stretches{first: 0x2000, buckets: 0x2000, lowSize: 6}, // 2000::/3, RFC 4291 section 2.4
		date: date,
	}
	ok := t.v4.cut(&rest, n[0])
	ok = t.v6.cut(&rest, n[1]) && ok
	var whole bool
	t.places, whole = take(&rest, n[2]*placeSize)
	if !ok || !whole || len(rest) != n[3] {
		return placeTable{}, errors.New("knowledge table CdnP: lengths do not add up")
	}
	t.names = rest
	return t, nil
}

// cut takes the heads and the given number of rows off rest.
func (s *stretches) cut(rest *string, rows int) bool {
	var ok, whole bool
	s.heads, ok = take(rest, int(s.buckets+1)*4)
	s.rows, whole = take(rest, rows*(s.lowSize+3))
	return ok && whole
}

func (s *stretches) head(bucket uint64) int { return int(big(s.heads[bucket*4 : bucket*4+4])) }

// low gives the low bits at which row i begins.
func (s *stretches) low(i int) uint64 {
	at := i * (s.lowSize + 3)
	return big(s.rows[at : at+s.lowSize])
}

// find gives the number of the place that holds at top and low; 0 is nowhere.
func (s *stretches) find(top, low uint64) uint64 {
	if top -= s.first; top >= s.buckets { // below first wraps round, and is outside too
		return 0
	}
	from, to := s.head(top), s.head(top+1)
	if size := s.lowSize + 3; from >= to || to*size > len(s.rows) {
		return 0
	}
	for from+1 < to { // the row at from begins at or below low, the row at to above it
		if mid := (from + to) / 2; s.low(mid) <= low {
			from = mid
		} else {
			to = mid
		}
	}
	end := (from + 1) * (s.lowSize + 3)
	return big(s.rows[end-3 : end])
}

// nat64 is the well-known prefix for IPv4 addresses behind a translator, RFC 6052 section 2.1.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// plain strips what hides an IPv4 address: a zone, the mapped form, and NAT64.
func plain(a netip.Addr) netip.Addr {
	a = a.WithZone("").Unmap()
	if a.Is6() && nat64.Contains(a) {
		b := a.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

// Where says where an address is registered, where its operator is, and whose network
// it is in. IPv4 addresses inside IPv6 ones (mapped, NAT64) are looked up as such.
// Private and special addresses, and those that no source knows, have the zero Place.
// It allocates nothing unless the owner's MMDB files are in use.
func (b *Base) Where(a netip.Addr) cordon.Place {
	p := world.lookup(a)
	if b.country != nil || b.asn != nil {
		b.override(&p, plain(a))
	}
	return p
}

// lookup gives the place of an address by the embedded table.
func (t *placeTable) lookup(a netip.Addr) cordon.Place {
	a = plain(a)
	var n uint64
	switch b := a.As16(); {
	case a.Is4():
		n = t.v4.find(uint64(b[12])<<8|uint64(b[13]), uint64(b[14])<<8|uint64(b[15]))
	case a.Is6():
		low := uint64(b[2])<<40 | uint64(b[3])<<32 | uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
		n = t.v6.find(uint64(b[0])<<8|uint64(b[1]), low)
	}
	return t.place(n)
}

// place reads place n. Its texts are parts of the table.
func (t *placeTable) place(n uint64) cordon.Place {
	if n == 0 || n >= uint64(len(t.places)/placeSize) {
		return cordon.Place{}
	}
	row := t.places[n*placeSize : (n+1)*placeSize]
	return cordon.Place{
		Country:  letters(row[0:2]),
		Operator: letters(row[2:4]),
		ASN:      uint32(big(row[4:8])),
		Network:  textAt(t.names, big(row[8:11])),
	}
}

// letters is a country code as stored; two zero bytes are no country.
func letters(s string) string {
	if s[0] == 0 {
		return ""
	}
	return s
}
