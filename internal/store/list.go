package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cordon"
)

// list is every device's line, in memory: any filter in any order is answered by looking at all
// of them once, which at 32,000 devices is a matter of milliseconds and reads no disk.
type list struct {
	mu   sync.RWMutex
	rows map[string]*line
}

// line is one device with the text that is searched in it. It is replaced, never changed.
type line struct {
	DeviceRow
	hay   string // lower case
	worst int    // rank of the worst open finding
}

func newList() *list { return &list{rows: map[string]*line{}} }

// put replaces lines.
func (l *list) put(rows []*line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rows {
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
	return &line{DeviceRow: row, hay: strings.ToLower(strings.Join(hay, "\n")), worst: row.Worst.Rank()}
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
	s.list.mu.Lock()
	defer s.list.mu.Unlock()
	s.list.rows = rows
	return nil
}

// count is how many findings of a device are open, and how bad the worst is.
type count struct{ n, worst int }

// counting is the line with its findings counted.
func (r *line) counting(c count) *line {
	with := *r
	with.Findings, with.worst, with.Worst = c.n, c.worst, severity(c.worst)
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
	key string
}

// page cuts a page out of the lines that answer a question. It looks at each line once, and
// holds no more than a few pages: nothing is sorted that is not shown.
func (l *list) page(q DevicesQuery, key string, down bool, after *cursor) DevicePage {
	want, limit := newFilter(&q), q.Page.limit()
	compare := func(a, b placed) int {
		c := cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.ID, b.ID))
		if down {
			return -c
		}
		return c
	}
	out, best := DevicePage{Rows: []DeviceRow{}}, make([]placed, 0, 4*(limit+1))
	var from, worst placed // the cursor's place; the last that can still be on the page
	if after != nil {
		from = placed{&line{DeviceRow: DeviceRow{ID: after.S}}, after.T}
	}
	l.mu.RLock()
	for _, r := range l.rows {
		if !want.holds(r) {
			continue
		}
		out.Total++
		p := placed{r, sortText(key, r)}
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
		out.Next = cursor{Of: question(q), S: best[limit-1].ID, T: best[limit-1].key}.text()
	}
	return out
}

// deviceSorts are the orders of a list of devices; the id decides where they leave two equal.
var deviceSorts = []string{"id", "site", "department", "class", "maker", "brand", "model", "grade", "findings", "first", "last", "sent", "received", "worst"}

// sortText is what a line is ordered by, as text that sorts the same way.
func sortText(key string, r *line) string {
	switch key {
	case "site":
		return r.Site
	case "department":
		return r.Department
	case "class":
		return r.Class
	case "maker":
		return strings.ToLower(r.Maker)
	case "brand":
		return strings.ToLower(r.Brand)
	case "model":
		return strings.ToLower(r.Model)
	case "grade":
		return r.Grade + sortNumber(int64(1000-r.Score))
	case "findings":
		return sortNumber(int64(r.worst+1)) + sortNumber(int64(r.Findings))
	case "first":
		return sortNumber(nano(r.First))
	case "last":
		return sortNumber(nano(r.Last))
	case "sent":
		return sortNumber(int64(r.Sent))
	case "received":
		return sortNumber(int64(r.Received))
	case "worst":
		return worstText(r)
	}
	return ""
}

// worstText sorts what sees or hears people first, then by grade, the worst first and what has
// none last, then by score and by address.
func worstText(r *line) string {
	watches, grade, address := "1", "~", ""
	if cordon.Watches(r.Class) {
		watches = "0"
	}
	if r.Grade != "" {
		grade = string('Z' - r.Grade[0]%32) // one letter A to F: F first
	}
	if len(r.Addrs) > 0 {
		address = r.Addrs[0].StringExpanded()
	}
	if len(r.Addrs) > 0 && r.Addrs[0].Is4() {
		a := r.Addrs[0].As4()
		address = hex.EncodeToString(a[:])
	}
	return watches + grade + sortNumber(int64(r.Score)) + address
}

// sortNumber is a number as 16 letters that sort as it does.
func sortNumber(n int64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	u := uint64(n) ^ 1<<63
	for i := range b {
		b[15-i] = digits[u>>(4*i)&15]
	}
	return string(b[:])
}

func severity(rank int) cordon.Severity {
	all := []cordon.Severity{cordon.Info, cordon.Low, cordon.Medium, cordon.High, cordon.Critical}
	if rank < 0 || rank >= len(all) {
		return ""
	}
	return all[rank]
}
