package knowledge

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// Release is the newest firmware that a maker's own pages list for a model. Hardware
// revisions and regions of a model differ, so an older version is a question and no verdict.
type Release struct {
	Maker    string // maker id
	Model    string // as the pages write it, capitals
	Version  string
	Released string // YYYY-MM-DD; empty: not told
	Source   string
}

// firmwareColumns is the first line of firmware/*.csv.
var firmwareColumns = []string{"maker", "model", "version", "released"}

// firmwareSource is where all releases are from: the pages of their makers.
const firmwareSource = "the maker's firmware download pages"

// loadFirmware reads firmware/*.csv. A release replaces one of the same maker and model.
func (b *Base) loadFirmware(layer fs.FS) error {
	return eachFile(layer, "firmware", ".csv", b.readFirmware)
}

func (b *Base) readFirmware(text string) error {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := rowsUnder(firmwareColumns, r)
	if err != nil {
		return err
	}
	if b.releases == nil {
		b.releases = map[[2]string]Release{}
	}
	for _, row := range rows {
		rel := Release{Maker: row[0], Model: strings.ToUpper(row[1]), Version: row[2], Released: row[3], Source: firmwareSource}
		_, known := parseVersion(rel.Version)
		if _, err := time.Parse(time.DateOnly, rel.Released); rel.Released != "" && err != nil || rel.Maker == "" || rel.Model == "" || !known {
			return fmt.Errorf("%s: want maker, model, a version, and a day YYYY-MM-DD or none", strings.Join(row, ","))
		}
		b.releases[[2]string{rel.Maker, rel.Model}] = rel
	}
	return nil
}

// Newer gives the newest release known of exactly this model of the maker, when a firmware
// as the device tells it is certainly older by its version. What cannot be compared gives none.
func (b *Base) Newer(maker, model, firmware string) (Release, bool) {
	rel, ok := b.releases[[2]string{maker, strings.ToUpper(model)}]
	if !ok {
		return Release{}, false
	}
	have, known := parseVersion(firmware)
	newest, _ := parseVersion(rel.Version)
	if !known || len(have.parts) == 0 {
		return Release{}, false
	}
	c, sure := compareParts(have.parts, newest.parts, max(len(have.parts), len(newest.parts)))
	return rel, sure && c < 0
}
