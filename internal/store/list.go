package store

import (
	"cmp"
	"context"
	"database/sql"
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
	sort map[string][]*line // by id and by what was last asked for; nil after a change
}

// line is one device with the text that is searched in it. It is replaced, never changed.
type line struct {
	DeviceRow
	hay   string // lower case
	worst int    // rank of the worst open finding
}

func newList() *list { return &list{rows: map[string]*line{}, sort: map[string][]*line{}} }

// put replaces lines.
func (l *list) put(rows []*line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range rows {
		l.rows[r.ID] = r
	}
	clear(l.sort)
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
	clear(s.list.sort)
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
	less, ok := deviceSorts[key]
	if !ok {
		return DevicePage{}, fmt.Errorf("store: devices: %w: no sort %q", ErrInvalid, q.Sort)
	}
	after, err := q.Page.place(question(q))
	if err != nil {
		return DevicePage{}, fmt.Errorf("store: devices: %w", err)
	}
	return s.list.page(q, key, less, down, after), ctx.Err()
}

// page cuts a page out of the lines that answer a question.
func (l *list) page(q DevicesQuery, key string, less func(a, b *line) int, down bool, after *cursor) DevicePage {
	all := l.sorted(key, less)
	want := newFilter(&q)
	out, limit := DevicePage{Rows: []DeviceRow{}}, q.Page.limit()
	var last *line
	for i := range all {
		r := all[i]
		if down {
			r = all[len(all)-1-i]
		}
		if !want.holds(r) {
			continue
		}
		out.Total++
		if len(out.Rows) == limit && last == nil {
			last = r
		}
		if len(out.Rows) < limit && after.before(key, r, less, down) {
			out.Rows = append(out.Rows, r.DeviceRow)
		}
	}
	if last != nil && len(out.Rows) == limit {
		end := out.Rows[limit-1]
		out.Next = cursor{Of: question(q), S: end.ID, T: sortText(key, &line{DeviceRow: end, worst: end.Worst.Rank()})}.text()
	}
	return out
}

// before reports whether a line comes after the cursor's place.
func (c *cursor) before(key string, r *line, less func(a, b *line) int, down bool) bool {
	if c == nil {
		return true
	}
	here := cmp.Or(strings.Compare(c.T, sortText(key, r)), strings.Compare(c.S, r.ID))
	if down {
		return here > 0
	}
	return here < 0
}

// sorted gives all lines in an order, upwards; it is kept until a line changes.
func (l *list) sorted(key string, less func(a, b *line) int) []*line {
	l.mu.RLock()
	done := l.sort[key]
	l.mu.RUnlock()
	if done != nil {
		return done
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*line, 0, len(l.rows))
	for _, r := range l.rows {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *line) int { return cmp.Or(less(a, b), strings.Compare(a.ID, b.ID)) })
	l.sort[key] = all
	return all
}

// deviceSorts are the orders of a list of devices; the id decides where they leave two equal.
var deviceSorts = map[string]func(a, b *line) int{}

func init() {
	for _, key := range []string{"id", "site", "department", "class", "maker", "brand", "model", "grade", "findings", "first", "last", "sent", "received"} {
		deviceSorts[key] = func(a, b *line) int { return strings.Compare(sortText(key, a), sortText(key, b)) }
	}
}

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
	}
	return ""
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
