package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// findingWords is what of a finding is kept as one body.
type findingWords struct {
	Title, Detail, Fix string
	Evidence           []string
}

// PutFindings keeps findings: one row for a Device, Code and Key, whose First stays the
// earliest and which is open again where it was closed. ID, Closed and Why are not looked at.
func (s *Store) PutFindings(ctx context.Context, findings []FindingRow) error {
	return s.write(ctx, "findings", func(x *tx) error {
		touched := map[string]bool{}
		for i := range findings {
			if err := x.putFinding(&findings[i]); err != nil {
				return fmt.Errorf("%s of %q: %w", findings[i].Code, findings[i].Device, err)
			}
			touched[text(findings[i].Device)] = true
		}
		return x.recount(touched)
	})
}

func (x *tx) putFinding(f *FindingRow) error {
	body, err := json.Marshal(findingWords{f.Title, f.Detail, f.Fix, f.Evidence})
	if err != nil {
		return err
	}
	_, err = x.exec(`INSERT INTO findings (device, code, cause, site, severity, first, last, closed, why, knowledge, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?) ON CONFLICT (device, code, cause) DO UPDATE SET
		site = excluded.site, severity = excluded.severity, closed = 0, why = '', knowledge = excluded.knowledge, body = excluded.body,
		first = CASE WHEN excluded.first < findings.first THEN excluded.first ELSE findings.first END,
		last = CASE WHEN excluded.last > findings.last THEN excluded.last ELSE findings.last END`,
		text(f.Device), text(f.Code), text(f.Key), text(f.Site), int64(f.Severity.Rank()), nano(f.First), nano(f.Last), text(f.Knowledge), body)
	return err
}

// CloseFinding closes the finding of a device, code and key at a time, by evidence: why is not
// empty (ErrInvalid). ErrNotFound when none is open.
func (s *Store) CloseFinding(ctx context.Context, device, code, key, why string, when time.Time) error {
	if strings.TrimSpace(why) == "" {
		return fmt.Errorf("store: close %s of %q: %w: by which evidence?", code, device, ErrInvalid)
	}
	return s.write(ctx, "close finding", func(x *tx) error {
		err := x.hit("UPDATE findings SET closed = ?, why = ? WHERE device = ? AND code = ? AND cause = ? AND closed = 0",
			nano(when), text(why), text(device), text(code), text(key))
		if err != nil {
			return err
		}
		return x.recount(map[string]bool{text(device): true})
	})
}

// recount counts the open findings of devices anew, for their lines.
func (x *tx) recount(devices map[string]bool) error {
	counts := map[string]count{}
	for id := range devices {
		c := count{worst: -1}
		// The plus keeps SQLite from going through all that is open instead of the device's own.
		rows, err := x.rows("SELECT code, cause, severity FROM findings WHERE device = ? AND +closed = 0 ORDER BY severity DESC, id", id)
		if err != nil {
			return err
		}
		if err := each(rows, func(r *sql.Rows) error {
			var f standing
			err := r.Scan(&f.code, &f.key, &f.rank)
			c.add(f)
			return err
		}); err != nil {
			return err
		}
		counts[id] = c
	}
	x.after = append(x.after, func() {
		var lines []*line
		for id, c := range counts {
			if r := x.s.list.get(id); r != nil {
				lines = append(lines, r.counting(c))
			}
		}
		x.s.list.put(lines)
	})
	return nil
}

// openFindings counts the open findings of every device.
func (s *Store) openFindings(ctx context.Context) (map[string]count, error) {
	counts := map[string]count{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var id string
		var f standing
		if err := r.Scan(&id, &f.code, &f.key, &f.rank); err != nil {
			return err
		}
		c, ok := counts[id]
		if !ok {
			c.worst = -1
		}
		c.add(f)
		counts[id] = c
		return nil
	}, "SELECT device, code, cause, severity FROM findings WHERE closed = 0 ORDER BY severity DESC, last DESC, id DESC")
	return counts, err
}

const findingColumns = "id, device, code, cause, site, severity, first, last, closed, why, knowledge, body, owner, due"

// findingSorts are the orders of a list of findings.
var findingSorts = map[string]order{
	"":          {"severity", "last", true},
	"-severity": {"severity", "last", true},
	"severity":  {"severity", "last", false},
	"-last":     {"last", "", true},
	"last":      {"last", "", false},
}

// Findings gives a part of the list of findings. ErrInvalid for a sort or state that is not
// known; ErrCursor.
func (s *Store) Findings(ctx context.Context, q FindingsQuery) (FindingPage, error) {
	c := newChoice("findings", findingColumns)
	c.equal("device", q.Device)
	c.equal("code", q.Code)
	c.equal("site", q.Site)
	c.sites("site", q.Sites)
	if c.equal("owner", q.Owner); q.Owner != "" {
		c.where("owner <> ''") // as the index has it
	}
	if q.Overdue {
		c.where("+closed = 0 AND due > 0 AND due < ?", nano(q.Now))
	}
	c.severities("severity", q.Severities)
	c.since("last", q.Since)
	switch q.State {
	case "":
	case "open":
		c.where("closed = ?", int64(0))
	case "closed":
		c.where("closed > ?", int64(0))
	default:
		return FindingPage{}, fmt.Errorf("store: findings: %w: no state %q", ErrInvalid, q.State)
	}
	out := FindingPage{Rows: []FindingRow{}}
	next, err := s.pageOf(ctx, c, findingSorts, q.Sort, q.Page, question(q), func(r *sql.Rows) (place, error) {
		f, p, err := scanFinding(r)
		out.Rows = append(out.Rows, f)
		return p, err
	}, func() { out.Rows = out.Rows[:len(out.Rows)-1] })
	out.Next = next
	if err != nil {
		return FindingPage{}, fmt.Errorf("store: findings: %w", s.say(err))
	}
	return out, nil
}

func scanFinding(r *sql.Rows) (f FindingRow, p place, err error) {
	var rank, first, last, closed, due int64
	var body []byte
	if err = r.Scan(&f.ID, &f.Device, &f.Code, &f.Key, &f.Site, &rank, &first, &last, &closed, &f.Why, &f.Knowledge, &body, &f.Owner, &due); err != nil {
		return f, p, err
	}
	f.Severity, f.First, f.Last, f.Closed, f.Due = severity(int(rank)), at(first), at(last), at(closed), at(due)
	var w findingWords
	err = json.Unmarshal(body, &w)
	f.Title, f.Detail, f.Fix, f.Evidence = w.Title, w.Detail, w.Fix, w.Evidence
	return f, place{"severity": rank, "last": last, "id": f.ID}, err
}
