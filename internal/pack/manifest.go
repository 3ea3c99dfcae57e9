package pack

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// layout are the files that package knowledge reads, as patterns of package path. A test holds
// the program's own knowledge to it.
var layout = []string{
	"VERSION", "pending.csv", "makers.toml", "brands.toml", "ports.toml",
	"makers/*.toml", "clouds/*.toml", "passwords/*.toml", "lists/*.toml",
	"weaknesses/*.csv", "weaknesses/kev.toml", "firmware/*.csv",
}

// check says what of a manifest cannot be.
func (m *Manifest) check() error {
	if _, _, err := parseVersion(m.Version); err != nil {
		return err
	}
	if m.Issuer == "" || !plain(m.Issuer) || !plain(m.Note) {
		return fmt.Errorf("issuer and note: want at most %d bytes of text in one line, and an issuer", maxText)
	}
	if m.Made.IsZero() {
		return errors.New("the day on which it was made is missing")
	}
	if len(m.Files) == 0 || len(m.Files) > maxFiles {
		return fmt.Errorf("%d files: want 1 to %d", len(m.Files), maxFiles)
	}
	var total int64
	for i, f := range m.Files {
		if err := checkName(f.Name); err != nil {
			return err
		}
		if i > 0 && m.Files[i-1].Name >= f.Name {
			return fmt.Errorf("%s: not in order, or twice", f.Name)
		}
		if f.Size < 0 || f.Size > maxFile {
			return fmt.Errorf("%s: %d bytes: a file has at most %d", f.Name, f.Size, maxFile)
		}
		total += f.Size
	}
	if total > maxTotal {
		return fmt.Errorf("%d bytes in all: at most %d", total, maxTotal)
	}
	return nil
}

func plain(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// checkName refuses what has no place in the layout, which leaves no way out of a directory.
func checkName(name string) error {
	odd := strings.IndexFunc(name, func(r rune) bool {
		return r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-/", r))
	})
	if !fs.ValidPath(name) || odd >= 0 || len(name) > 200 || strings.HasPrefix(path.Base(name), ".") {
		return fmt.Errorf("%q: not a name of a file in a knowledge pack", name)
	}
	if !slices.ContainsFunc(layout, func(p string) bool { ok, _ := path.Match(p, name); return ok }) {
		return fmt.Errorf("%s: has no place in knowledge: want %s", name, strings.Join(layout, ", "))
	}
	return nil
}

// Compare orders versions of packs and of knowledge: by date, then by number; a version that
// cannot be read is older than any other.
func Compare(a, b string) int {
	dayA, nA, _ := parseVersion(a)
	dayB, nB, _ := parseVersion(b)
	return cmp.Or(cmp.Compare(dayA, dayB), cmp.Compare(nA, nB))
}

// parseVersion reads YYYY-MM-DD or YYYY-MM-DD.N.
func parseVersion(v string) (day string, n int, err error) {
	day, number, numbered := strings.Cut(v, ".")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", 0, fmt.Errorf("version %q: want YYYY-MM-DD, or YYYY-MM-DD.N", v)
	}
	if numbered {
		if n, err = strconv.Atoi(number); err != nil || n < 1 || n > 9999 || strconv.Itoa(n) != number {
			return "", 0, fmt.Errorf("version %q: want a number from 1 to 9999 behind the dot", v)
		}
	}
	return day, n, nil
}
