package knowledge

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

//go:generate go run ./gen tables

// The generated tables are embedded as text, so that names are handed out as parts of
// them, and are searched where they lie: nothing is unpacked or indexed at start.
// docs/format/tables.md draws the bytes; tables/NOTICE.md credits the sources.
var (
	//go:embed tables/oui.bin
	ouiBytes string
	//go:embed tables/places.bin
	placeBytes string
	//go:embed tables/sources.csv
	sourceBytes string
)

// The tables in use. An error here means a damaged build; loadRegistry reports it.
var (
	ouis, errOUIs   = newOUITable(ouiBytes)
	world, errWorld = newPlaceTable(placeBytes)
)

// registry is the part of Base that says who owns address blocks and where addresses
// are. The tables are the program's own and the same for every Base; the owner's MMDB
// files, where given, are asked first.
type registry struct {
	country, asn *maxminddb.Reader // nil: not given
	orgs         map[string]*Maker // by normalOrg of the makers' oui_names
}

// loadRegistry checks the embedded tables and indexes the makers' names in the IEEE
// registry, so it comes after the makers. No layer of files replaces the tables: owners
// give MMDB files (UseMMDB).
func (b *Base) loadRegistry(fs.FS) error {
	if err := errors.Join(errOUIs, errWorld); err != nil {
		return err
	}
	return b.indexOrgs()
}

// TableInfo says what one generated table was made of.
type TableInfo struct {
	Name    string // oui, registered, operator or network
	Rows    int    // rows taken from the source
	Date    string // of the data, YYYY-MM-DD
	Source  string // who gathered the facts
	Licence string
	Package string // what they were taken from, and its version
}

// Tables lists what the generated tables were made of, in a fixed order. The caller
// owns the slice.
func Tables() []TableInfo {
	rows, err := csv.NewReader(strings.NewReader(sourceBytes)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil // a damaged build; the tests would have failed
	}
	var out []TableInfo
	for _, r := range rows[1:] {
		n, _ := strconv.Atoi(r[1])
		out = append(out, TableInfo{Name: r[0], Rows: n, Date: r[2], Source: r[3], Licence: r[4], Package: r[5] + " " + r[6]})
	}
	return out
}

// headerSize is the magic (4), the format number (4) and the date (16) of every table.
const headerSize = 24

// openTable checks the header and gives the counts that follow it, the rest, and the date.
func openTable(data, magic string, counts int) (n []int, rest, date string, err error) {
	if len(data) < headerSize+4*counts || data[:4] != magic {
		return nil, "", "", fmt.Errorf("knowledge table: not a %s table", magic)
	}
	if v := big(data[4:8]); v != 1 {
		return nil, "", "", fmt.Errorf("knowledge table %s: format %d, want 1", magic, v)
	}
	for i := range counts {
		n = append(n, int(big(data[headerSize+4*i:headerSize+4*i+4])))
	}
	return n, data[headerSize+4*counts:], strings.TrimRight(data[8:headerSize], " "), nil
}

// take cuts the next size bytes off rest.
func take(rest *string, size int) (string, bool) {
	if size < 0 || size > len(*rest) {
		return "", false
	}
	part := (*rest)[:size]
	*rest = (*rest)[size:]
	return part, true
}

// big reads up to 8 bytes, most significant first.
func big(s string) uint64 {
	var n uint64
	for i := range len(s) {
		n = n<<8 | uint64(s[i])
	}
	return n
}

// textAt gives the name at an offset of a pile of names: a length byte and the bytes.
// It is a part of the pile. An offset outside gives "".
func textAt(pile string, at uint64) string {
	if at >= uint64(len(pile)) {
		return ""
	}
	rest := pile[at+1:]
	return rest[:min(int(pile[at]), len(rest))]
}
