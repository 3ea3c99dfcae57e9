package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"time"
)

// judged is the part of Base that names makers and versions: lists and weaknesses.
type judged struct {
	lists      []*List // by id
	weaknesses []Weakness
	kev        KEVCatalogue
	releases   map[[2]string]Release // by maker and model
}

// loadJudged reads lists/*.toml and weaknesses/ of one layer. A list of an id already
// known replaces it whole; so does a weakness of a known id and maker.
func (b *Base) loadJudged(layer fs.FS) error {
	names, err := files(layer, "lists", ".toml")
	if err != nil {
		return err
	}
	for _, name := range names {
		l := new(List)
		if err := decode(layer, name, l); err != nil {
			return err
		}
		if err := l.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.putList(l)
	}
	if err := b.loadFirmware(layer); err != nil {
		return err
	}
	return b.loadWeaknesses(layer)
}

func (b *Base) putList(l *List) {
	i := sort.Search(len(b.lists), func(i int) bool { return b.lists[i].ID >= l.ID })
	if i < len(b.lists) && b.lists[i].ID == l.ID {
		b.lists[i] = l
		return
	}
	b.lists = append(b.lists, nil)
	copy(b.lists[i+1:], b.lists[i:])
	b.lists[i] = l
}

// check refuses a list that could not be quoted: no source, no date, no trust. An entry
// without a confidence has the list's; none is trusted more than its list.
func (l *List) check() error {
	if l.ID == "" || l.Jurisdiction == "" || l.Instrument == "" || len(l.Sources) == 0 || len(l.Entries) == 0 {
		return fmt.Errorf("list %q: needs id, jurisdiction, instrument, sources and entries", l.ID)
	}
	if l.Confidence.rank() < 0 {
		return fmt.Errorf("list %s: confidence %q: want high, medium or low", l.ID, l.Confidence)
	}
	for i := range l.Entries {
		if err := l.Entries[i].check(l.Confidence); err != nil {
			return fmt.Errorf("list %s: entry %q: %w", l.ID, l.Entries[i].Company, err)
		}
	}
	return nil
}

func (e *ListEntry) check(list Confidence) error {
	if e.Confidence == "" {
		e.Confidence = list
	}
	if e.Company == "" || e.Scope == "" {
		return errors.New("needs company and scope")
	}
	if err := e.checkRule(); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, e.Date); err != nil {
		return fmt.Errorf("date %q: want YYYY-MM-DD", e.Date)
	}
	if strings.Contains(e.Scope, "(memory") && e.Confidence != Low {
		return errors.New("rests on memory, so confidence must be low")
	}
	if e.Confidence.rank() < 0 || e.Confidence.rank() > list.rank() {
		return fmt.Errorf("confidence %q: want high, medium or low, and no more than the list's", e.Confidence)
	}
	return nil
}

// rank orders confidences: 0 for Low to 2 for High, -1 for anything else.
func (c Confidence) rank() int {
	for i, x := range []Confidence{Low, Medium, High} {
		if c == x {
			return i
		}
	}
	return -1
}

// AllLists gives every list, sorted by id. It is shared: do not change it.
func (b *Base) AllLists() []*List { return b.lists }

// Lists gives the lists that cover a maker at a time, sorted by list id, one hit a list:
// the entry that names the maker, else one that names a company it belongs to, else
// "*control:CC" when the maker's country of control is CC and known with more than low
// confidence. Entries that begin after at do not count; the zero time counts all.
// Rules on a product's certificate, badge or label cannot be decided from a maker and give
// no hits here: see ListRules.
func (b *Base) Lists(maker string, at time.Time) []ListHit {
	line := b.ancestry(maker)
	control := b.control(line)
	var hits []ListHit
	for _, l := range b.lists {
		if hit, ok := l.covers(line, control, at); ok {
			hits = append(hits, hit)
		}
	}
	return hits
}

// Covers says whether a list, which need not be one of the base's, covers a maker at a time, as
// Lists says.
func (b *Base) Covers(l *List, maker string, at time.Time) (hit ListHit, ok bool) {
	line := b.ancestry(maker)
	return l.covers(line, b.control(line), at)
}

// covers finds the entry that covers a maker most closely: line are it and its owners.
func (l *List) covers(line []string, control string, at time.Time) (best ListHit, ok bool) {
	if len(line) == 0 {
		return best, false
	}
	day, found := at.UTC().Format(time.DateOnly), len(line)+1
	for i := range l.Entries {
		e := &l.Entries[i]
		if !at.IsZero() && e.Date > day {
			continue
		}
		if how := covers(e.Company, line, control); how < found {
			best, found = listHit(l, e, line, how), how
		}
	}
	return best, found <= len(line)
}

// covers says how closely an entry names the first of line: 0 for itself, n for its
// n-th owner, len(line) for its country, more for not at all.
func covers(company string, line []string, control string) int {
	for i, id := range line {
		if company == id {
			return i
		}
	}
	if cc, ok := strings.CutPrefix(company, "*control:"); ok && cc != "" && cc == control {
		return len(line)
	}
	return len(line) + 1
}

func listHit(l *List, e *ListEntry, line []string, how int) ListHit {
	h := ListHit{List: l, Entry: e, ByName: how == 0}
	if how > 0 && how < len(line) {
		h.Through = line[how]
	}
	return h
}

// ancestry gives a maker and the companies above it, nearest first; at most eight, so
// that a ring of owners ends. A maker that only a list knows stands alone.
func (b *Base) ancestry(maker string) []string {
	var line []string
	for id := maker; id != "" && len(line) < 8; {
		line = append(line, id)
		m := b.makers[id]
		if m == nil || m.Parent == maker {
			break
		}
		id = m.Parent
	}
	return line
}

// control gives the country that controls a maker: its own, else its nearest owner's
// that is known. A country known with low confidence is none.
func (b *Base) control(line []string) string {
	for _, id := range line {
		if m := b.makers[id]; m != nil && m.Country != "" {
			if m.Confidence.rank() <= Low.rank() {
				return ""
			}
			return m.Country
		}
	}
	return ""
}
