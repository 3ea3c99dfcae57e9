package knowledge

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"cordon"
)

// ouiTable is the IEEE registry: three sorted lists of blocks, longest prefix last.
type ouiTable struct {
	lists [3]ouiList
	names string
	date  string
}

// ouiList holds the blocks of one length: keyBytes of prefix, three of name offset each.
type ouiList struct {
	rows     string
	keyBytes int
	bits     int
}

// ouiShapes are the registry's three kinds of block: MA-L, MA-M and MA-S.
var ouiShapes = [3]ouiList{{keyBytes: 3, bits: 24}, {keyBytes: 4, bits: 28}, {keyBytes: 5, bits: 36}}

// newOUITable reads the layout of oui.bin; it keeps data and copies nothing.
func newOUITable(data string) (ouiTable, error) {
	n, rest, date, err := openTable(data, "CdnO", 4)
	if err != nil {
		return ouiTable{}, err
	}
	t := ouiTable{lists: ouiShapes, date: date}
	whole := true
	for i := range t.lists {
		l := &t.lists[i]
		var ok bool
		l.rows, ok = take(&rest, n[i]*l.size())
		whole = whole && ok
	}
	if !whole || len(rest) != n[3] {
		return ouiTable{}, errors.New("knowledge table CdnO: lengths do not add up")
	}
	t.names = rest
	return t, nil
}

func (l *ouiList) size() int { return l.keyBytes + 3 }

func (l *ouiList) len() int { return len(l.rows) / l.size() }

// key gives the prefix of row i, left-aligned in keyBytes.
func (l *ouiList) key(i int) uint64 {
	return big(l.rows[i*l.size() : i*l.size()+l.keyBytes])
}

// find gives the name offset of the block that m is in.
func (l *ouiList) find(m cordon.MAC) (uint64, bool) {
	shift := uint(l.keyBytes*8 - l.bits)
	want := big(string(m[:l.keyBytes])) >> shift << shift
	i := sort.Search(l.len(), func(i int) bool { return l.key(i) >= want })
	if i == l.len() || l.key(i) != want {
		return 0, false
	}
	end := (i + 1) * l.size()
	return big(l.rows[end-3 : end]), true
}

// The registry's own name for MA-L blocks that it hands out in smaller pieces.
const ouiSubdivided = "IEEE Registration Authority"

// lookup finds the longest block that m is in; see Base.OUI.
func (t *ouiTable) lookup(m cordon.MAC) (Org, bool) {
	if m.Local() || m.Group() || m == (cordon.MAC{}) {
		return Org{}, false
	}
	for i := len(t.lists) - 1; i >= 0; i-- {
		l := &t.lists[i]
		at, ok := l.find(m)
		if !ok {
			continue
		}
		name := textAt(t.names, at)
		if name == ouiSubdivided {
			return Org{}, false
		}
		return Org{Name: name, Prefix: l.prefix(m)}, true
	}
	return Org{}, false
}

// OUI says whom the IEEE registry names for the longest block that m is in. Addresses
// made up locally, group addresses and blocks kept for subdivision name nobody.
// Some owners asked the registry to withhold their name: those are called "Private".
// The owner of a block often is the maker of the network module, not of the device.
func (b *Base) OUI(m cordon.MAC) (Org, bool) { return ouis.lookup(m) }

// prefix writes the block that m is in: whole octets, host bits zero, and its length.
func (l *ouiList) prefix(m cordon.MAC) string {
	if spare := uint(l.keyBytes*8 - l.bits); spare > 0 {
		m[l.keyBytes-1] = m[l.keyBytes-1] >> spare << spare
	}
	return m.String()[:3*l.keyBytes-1] + "/" + strconv.Itoa(l.bits)
}

// normalOrg folds an organisation's name so that spellings of one registrant meet:
// lower case, letters and digits of any script only. "Hangzhou Hikvision Digital
// Technology Co.,Ltd." and "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD" are equal.
func normalOrg(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// indexOrgs maps every maker's names in the registry to the maker. One name for two
// makers is an error: it would name the wrong one.
func (b *Base) indexOrgs() error {
	b.orgs = map[string]*Maker{}
	for _, m := range b.makers {
		for _, name := range m.OUINames {
			key := normalOrg(name)
			if other := b.orgs[key]; key == "" || other != nil && other != m {
				return fmt.Errorf("maker %s: oui_names: %q is empty or another maker's too", m.ID, name)
			}
			b.orgs[key] = m
		}
	}
	return nil
}

// MakerOfOrg finds the maker that the registry knows under an organisation's name,
// whatever its case and punctuation. It is a hint only: see OUI.
func (b *Base) MakerOfOrg(org string) (*Maker, bool) {
	m, ok := b.orgs[normalOrg(org)]
	return m, ok
}
