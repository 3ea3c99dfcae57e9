package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unique"

	"cordon"
)

// list is every device's line, in memory: any filter in any order is answered by looking at all
// of them once, which at 32,000 devices is a matter of milliseconds and reads no disk.
type list struct {
	mu   sync.RWMutex
	rows map[string]*line
	all  []*line // the same, in no order: quicker to go through
}

// line is one device with the text that is searched in it. It is replaced, never changed.
type line struct {
	DeviceRow
	hay   string // lower case
	worst int    // rank of the worst open finding
	at    int    // its place in list.all
	open  []standing

	maker, brand, model string // lower case
	address             string // addressText
}

func newList() *list { return &list{rows: map[string]*line{}} }

// put replaces lines.
func (l *list) put(rows []*line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rows {
		if had := l.rows[r.ID]; had != nil {
			r.at = had.at
			l.all[r.at] = r
		} else {
			r.at = len(l.all)
			l.all = append(l.all, r)
		}
		l.rows[r.ID] = r
	}
}

// get is a device's line, nil when there is none.
func (l *list) get(id string) *line {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.rows[id]
}

// hidden is 1 for people's own devices.
func (l *list) hidden(id string) int {
	if r := l.get(id); r != nil && r.Hidden {
		return 1
	}
	return 0
}

func newLine(row DeviceRow) *line {
	hay := []string{row.ID, row.Maker, row.Brand, row.Model, row.Firmware, row.Serial, row.Room}
	hay = append(hay, row.Names...)
	for _, m := range row.MACs {
		hay = append(hay, m.String())
	}
	for _, a := range row.Addrs {
		hay = append(hay, a.String())
	}
	return &line{
		DeviceRow: row, hay: strings.ToLower(strings.Join(hay, "\n")), worst: row.Worst.Rank(),
		maker: strings.ToLower(row.Maker), brand: strings.ToLower(row.Brand), model: strings.ToLower(row.Model), address: addressText(&row),
	}
}

// loadList reads the lines of all devices.
func (s *Store) loadList(ctx context.Context) error {
	rows := map[string]*line{}
	if err := s.query(ctx, func(r *sql.Rows) error {
		var id string
		var b []byte
		if err := r.Scan(&id, &b); err != nil {
			return err
		}
		var row DeviceRow
		if err := json.Unmarshal(b, &row); err != nil {
			return fmt.Errorf("device %q: %w", id, err)
		}
		rows[id] = newLine(row)
		return nil
	}, "SELECT id, line FROM devices"); err != nil {
		return err
	}
	counts, err := s.openFindings(ctx)
	if err != nil {
		return err
	}
	for id, c := range counts {
		if r := rows[id]; r != nil {
			rows[id] = r.counting(c)
		}
	}
	s.list.put(slices.Collect(maps.Values(rows)))
	return nil
}

// count is how many findings of a device are open, how bad the worst is, and which they are.
type count struct {
	n, worst int
	open     []standing
}

// standing is an open finding of a device, in memory so that all of them can be counted quickly.
type standing struct {
	code, key string
	rank      int
}

// maxStanding bounds how many of them are remembered of a device: the worst.
const maxStanding = 100

// add counts one more, which is no worse than those before.
func (c *count) add(f standing) {
	c.n++
	c.worst = max(c.worst, f.rank)
	if len(c.open) < maxStanding {
		f.code = unique.Make(f.code).Value() // some hundred codes stand in a hundred thousand findings
		c.open = append(c.open, f)
	}
}

// counting is the line with its findings counted.
func (r *line) counting(c count) *line {
	with := *r
	with.Findings, with.worst, with.Worst, with.open = c.n, c.worst, severity(c.worst), c.open
	return &with
}

// Devices gives a part of the list of devices. It is answered from memory: the first page and
// the last are equally quick. ErrInvalid for a sort that is not known; ErrCursor.
func (s *Store) Devices(ctx context.Context, q DevicesQuery) (DevicePage, error) {
	key, down := strings.CutPrefix(q.Sort, "-")
	if key == "" {
		key = "id"
	}
	if !slices.Contains(deviceSorts, key) {
		return DevicePage{}, fmt.Errorf("store: devices: %w: no sort %q", ErrInvalid, q.Sort)
	}
	after, err := q.Page.place(question(q))
	if err != nil {
		return DevicePage{}, fmt.Errorf("store: devices: %w", err)
	}
	return s.list.page(q, key, down, after), ctx.Err()
}

// placed is a line with what it is ordered by.
type placed struct {
	*line
	key sortKey
}

// page cuts a page out of the lines that answer a question. It looks at each line once, and
// holds no more than a few pages: nothing is sorted that is not shown.
func (l *list) page(q DevicesQuery, key string, down bool, after *cursor) DevicePage {
	want, keyOf, limit := newFilter(&q), sortKeyOf(key), q.Page.limit()
	compare := func(a, b placed) int {
		c := cmp.Or(a.key.compare(b.key), strings.Compare(a.ID, b.ID))
		if down {
			return -c
		}
		return c
	}
	out, best := DevicePage{Rows: []DeviceRow{}}, make([]placed, 0, 4*(limit+1))
	var from, worst placed // the cursor's place; the last that can still be on the page
	if after != nil {
		from = placed{&line{DeviceRow: DeviceRow{ID: after.S}}, sortKey{after.N, after.M, after.T}}
	}
	l.mu.RLock()
	for _, r := range l.all {
		if !want.holds(r) {
			continue
		}
		out.Total++
		p := placed{r, keyOf(r)}
		if from.line != nil && compare(p, from) <= 0 || worst.line != nil && compare(p, worst) > 0 {
			continue
		}
		if best = append(best, p); len(best) == cap(best) {
			slices.SortFunc(best, compare)
			best = best[:limit+1]
			worst = best[limit]
		}
	}
	l.mu.RUnlock()
	slices.SortFunc(best, compare)
	for _, p := range best[:min(limit, len(best))] {
		out.Rows = append(out.Rows, p.DeviceRow)
	}
	if len(best) > limit {
		last := best[limit-1]
		out.Next = cursor{Of: question(q), S: last.ID, N: last.key.n, M: last.key.m, T: last.key.text}.text()
	}
	return out
}

func severity(rank int) cordon.Severity {
	all := []cordon.Severity{cordon.Info, cordon.Low, cordon.Medium, cordon.High, cordon.Critical}
	if rank < 0 || rank >= len(all) {
		return ""
	}
	return all[rank]
}
