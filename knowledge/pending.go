package knowledge

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Pending is a rule that is not used, because no value that it would match was really
// seen yet, or because nothing can hear its kind. It is a question to whoever has such a device.
type Pending struct {
	ID, Kind, Op, Value, Maker, Source string
	Confidence                         Confidence
	Why                                string // what it waits for
}

// pendingColumns is the first line of pending.csv.
const pendingColumns = "id,kind,op,value,maker,source,confidence,why"

// loadPending reads pending.csv. A row replaces one of the same id.
func (b *Base) loadPending(layer fs.FS) error {
	const name = "pending.csv"
	if !exists(layer, name) {
		return nil
	}
	text, err := fs.ReadFile(layer, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	rows, err := rowsUnder(strings.Split(pendingColumns, ","), csv.NewReader(bytes.NewReader(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	known := map[string]int{}
	for i, p := range b.pending {
		known[p.ID] = i
	}
	for _, r := range rows {
		p := Pending{r[0], r[1], r[2], r[3], r[4], r[5], Confidence(r[6]), r[7]}
		if p.ID == "" || p.Source == "" || p.Why == "" || !slices.Contains(confidences, p.Confidence) {
			return fmt.Errorf("%s: %s: id, source, confidence and why must be given", name, p.ID)
		}
		if i, again := known[p.ID]; again {
			b.pending[i] = p
			continue
		}
		known[p.ID] = len(b.pending)
		b.pending = append(b.pending, p)
	}
	return nil
}

// Pending gives the rules that wait for an example. Nothing judges by them. The slice is the caller's.
func (b *Base) Pending() []Pending { return slices.Clone(b.pending) }
