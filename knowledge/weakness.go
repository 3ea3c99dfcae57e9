package knowledge

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// KEVCatalogue says which edition of CISA's catalogue of exploited vulnerabilities the
// KEV marks were read from.
type KEVCatalogue struct {
	Version  string `toml:"version"`  // as CISA numbers it
	Released string `toml:"released"` // YYYY-MM-DD
	Source   string `toml:"source"`
}

// weaknessColumns is the first line of weaknesses/*.csv. docs/format/weaknesses.md
// explains each and the syntax of ranges.
var weaknessColumns = []string{"cve", "maker", "product", "ranges", "fixed", "score", "type", "auth", "kev_date", "verified", "confidence", "source"}

// loadWeaknesses reads weaknesses/*.csv and weaknesses/kev.toml of one layer.
func (b *Base) loadWeaknesses(layer fs.FS) error {
	if exists, err := fs.Stat(layer, "weaknesses/kev.toml"); err == nil && !exists.IsDir() {
		b.kev = KEVCatalogue{}
		if err := decode(layer, "weaknesses/kev.toml", &b.kev); err != nil {
			return err
		}
	}
	return eachFile(layer, "weaknesses", ".csv", b.readWeaknesses)
}

// readWeaknesses adds the rows of one file; a row of a CVE and maker already known replaces it.
func (b *Base) readWeaknesses(text string) error {
	rows, err := rowsUnder(weaknessColumns, csv.NewReader(strings.NewReader(text)))
	if err != nil {
		return err
	}
	known := map[[2]string]int{}
	for i, w := range b.weaknesses {
		known[[2]string{w.CVE, w.Maker}] = i
	}
	for i, row := range rows {
		w, err := parseWeakness(row)
		if err != nil {
			return fmt.Errorf("row %d, %s: %w", i+2, row[0], err)
		}
		key := [2]string{w.CVE, w.Maker}
		if at, twice := known[key]; twice {
			b.weaknesses[at] = w
			continue
		}
		known[key] = len(b.weaknesses)
		b.weaknesses = append(b.weaknesses, w)
	}
	return nil
}

// parseWeakness reads one row and refuses what could not be quoted.
func parseWeakness(row []string) (Weakness, error) {
	w := Weakness{CVE: row[0], Maker: row[1], Product: row[2], Fixed: row[4], Score: row[5], Type: row[6], Auth: row[7],
		KEV: row[8] != "", KEVDate: row[8], Verified: row[9], Confidence: Confidence(row[10]), Source: row[11]}
	switch {
	case w.CVE == "" || w.Maker == "" || w.Product == "" || w.Source == "":
		return w, errors.New("needs cve, maker, product and source")
	case w.Verified != "record" && w.Verified != "kev" && w.Verified != "page":
		return w, fmt.Errorf("verified %q: want record, kev or page", w.Verified)
	case w.Confidence.rank() < 0:
		return w, fmt.Errorf("confidence %q: want high, medium or low", w.Confidence)
	}
	if _, err := time.Parse(time.DateOnly, w.KEVDate); w.KEV && err != nil {
		return w, fmt.Errorf("kev_date %q: want YYYY-MM-DD", w.KEVDate)
	}
	var err error
	if w.Ranges, err = parseRanges(row[3]); err != nil {
		return w, err
	}
	if len(w.Ranges) > 0 && (w.Confidence == Low || strings.Contains(w.Fixed+row[3], "memory")) {
		return w, errors.New("rests on memory, so it must not have ranges")
	}
	return w, nil
}

// AllWeaknesses gives every weakness, also those without ranges, in file order. It is
// shared: do not change it.
func (b *Base) AllWeaknesses() []Weakness { return b.weaknesses }

// KEV says which edition of the catalogue the KEV marks are from.
func (b *Base) KEV() KEVCatalogue { return b.kev }

// Weaknesses gives those weaknesses of a maker's own products whose ranges include a
// model with a firmware, known exploited ones first, then by CVE. Model and firmware
// are as the device tells them. What cannot be compared for certain (no model, no
// version, no build day where the range needs one) gives no hit; a range that is every
// version of a model needs no firmware. The slice is the caller's, its Ranges are shared.
func (b *Base) Weaknesses(maker, model, firmware string) []Weakness {
	if maker == "" {
		return nil
	}
	version, known := parseVersion(firmware)
	var out []Weakness
	for _, w := range b.weaknesses {
		if w.Maker == maker && w.includes(model, version, known) {
			out = append(out, w)
		}
	}
	exploitedFirst(out)
	return out
}

// exploitedFirst sorts by whether a weakness is known to be exploited, then by CVE.
func exploitedFirst(list []Weakness) {
	slices.SortStableFunc(list, func(a, b Weakness) int {
		if a.KEV != b.KEV {
			if a.KEV {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.CVE, b.CVE)
	})
}

// Doubtful gives those weaknesses of a maker's own products that a model with a firmware may
// have: its range is itself uncertain, or the version stands where it cannot be compared for
// certain (a build is not told, a letter decides). They are questions. Those that Weaknesses
// gives are not among them; the order is the same. The slice is the caller's.
func (b *Base) Doubtful(maker, model, firmware string) []Weakness {
	version, known := parseVersion(firmware)
	if maker == "" || !known {
		return nil
	}
	var out []Weakness
	for _, w := range b.weaknesses {
		if w.Maker == maker && w.Confidence != Low && !w.includes(model, version, known) && w.might(model, version) {
			out = append(out, w)
		}
	}
	exploitedFirst(out)
	return out
}

// might asks the ranges that speak most exactly of the model whether one may include a version.
func (w *Weakness) might(model string, v firmwareVersion) bool {
	closest := w.closest(model, true)
	for i := range w.Ranges {
		r := &w.Ranges[i]
		if closest >= 0 && r.fits(model) == closest && r.might(v, true) && (r.Doubt || !r.includes(v, true)) {
			return true
		}
	}
	return false
}

// includes asks the ranges that speak most exactly of the model: DS-K1T341C has its own
// limit although DS-K1T341* fits it too.
func (w *Weakness) includes(model string, v firmwareVersion, known bool) bool {
	closest := w.closest(model, false)
	for i := range w.Ranges {
		r := &w.Ranges[i]
		if !r.Doubt && closest >= 0 && r.fits(model) == closest && r.includes(v, known) {
			return true
		}
	}
	return false
}

// closest says how exactly the ranges speak of a model at best, as fits does; uncertain ranges
// count only where doubtful is true.
func (w *Weakness) closest(model string, doubtful bool) int {
	best := -1
	for i := range w.Ranges {
		if r := &w.Ranges[i]; doubtful || !r.Doubt {
			best = max(best, r.fits(model))
		}
	}
	return best
}
