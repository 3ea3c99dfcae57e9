package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Bounds of what is kept of reports.
const (
	maxReport  = 32 << 20 // bytes of one document
	maxReports = 5000
	maxReviews = 100 // of one
)

// Report is a document that was made and is kept. Its body is not looked at here.
type Report struct {
	ID      int64     `json:"id"`
	Kind    string    `json:"kind"`           // site, list, case
	Subject string    `json:"subject"`        // of what: "site hq", "device aa:bb...", "delivery 7"
	Site    string    `json:"site,omitempty"` // whose devices are in it; empty: of more than one, or none
	Title   string    `json:"title"`
	At      time.Time `json:"made"`
	By      string    `json:"made_by"`
	Size    int       `json:"bytes"`   // of the document
	Reviews []Review  `json:"reviews"` // oldest first
	Body    []byte    `json:"-"`       // the document; nil in lists
}

// Review is what somebody said of a report.
type Review struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Note string    `json:"note"`
}

// ReportsQuery asks for reports, newest first. Empty fields do not narrow.
type ReportsQuery struct {
	Kind, Subject, Site string
	Sites               []string // of these sites alone; nil: of all
	Page                Page     `json:"-"`
}

// ReportPage is a part of a list of reports, without their documents.
type ReportPage struct {
	Rows []Report `json:"reports"`
	Next string   `json:"next,omitempty"`
}

// PutReport keeps a new report, and gives its id. ErrInvalid for a document that is too large, and when too
// many are kept.
func (s *Store) PutReport(ctx context.Context, r Report) (id int64, err error) {
	if len(r.Body) > maxReport {
		return 0, fmt.Errorf("store: report: %w: %d bytes, at most %d are kept: ask for one site or one delivery", ErrInvalid, len(r.Body), maxReport)
	}
	err = s.write(ctx, "report", func(x *tx) error {
		var n int
		if err := x.row("SELECT COUNT(*) FROM reports").Scan(&n); err != nil {
			return err
		}
		if n >= maxReports {
			return fmt.Errorf("%w: %d reports are kept, and no more: delete some", ErrInvalid, n)
		}
		body := squeezer.EncodeAll(r.Body, nil)
		id, err = x.insert("INSERT INTO reports (kind, subject, site, title, at, who, size, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			text(r.Kind), text(r.Subject), text(r.Site), text(r.Title), nano(r.At), text(r.By), len(r.Body), body)
		return err
	})
	return id, err
}

// Reports gives a part of the reports, newest first, with their reviews.
func (s *Store) Reports(ctx context.Context, q ReportsQuery) (ReportPage, error) {
	c := newChoice("reports", "id, kind, subject, site, title, at, who, size")
	c.equal("kind", q.Kind)
	c.equal("subject", q.Subject)
	c.equal("site", q.Site)
	if q.Sites != nil {
		c.sites("site", q.Sites)
		c.where("site <> ''") // of no one site: for those who may see all
	}
	out := ReportPage{Rows: []Report{}}
	next, err := s.pageOf(ctx, c, map[string]order{"": {"id", "", true}}, "", q.Page, question(q), func(rows *sql.Rows) (place, error) {
		var r Report
		var when int64
		err := rows.Scan(&r.ID, &r.Kind, &r.Subject, &r.Site, &r.Title, &when, &r.By, &r.Size)
		r.At, r.Reviews = at(when), []Review{}
		out.Rows = append(out.Rows, r)
		return place{"id": r.ID}, err
	}, func() { out.Rows = out.Rows[:len(out.Rows)-1] })
	out.Next = next
	if err == nil {
		err = s.reviewsOf(ctx, out.Rows)
	}
	if err != nil {
		return ReportPage{}, fmt.Errorf("store: reports: %w", s.say(err))
	}
	return out, nil
}

// Report gives one report with its document. ErrNotFound.
func (s *Store) Report(ctx context.Context, id int64) (Report, error) {
	r := Report{ID: id, Reviews: []Review{}}
	var when int64
	var body []byte
	err := s.one(ctx, "SELECT kind, subject, site, title, at, who, size, body FROM reports WHERE id = ?", []any{id},
		&r.Kind, &r.Subject, &r.Site, &r.Title, &when, &r.By, &r.Size, &body)
	if err == nil {
		r.At = at(when)
		r.Body, err = expander.DecodeAll(body, nil)
	}
	if err == nil {
		one := []Report{r}
		err = s.reviewsOf(ctx, one)
		r = one[0]
	}
	if err != nil {
		return Report{}, fmt.Errorf("store: report %d: %w", id, s.say(err))
	}
	return r, nil
}

// reviewsOf fills in the reviews of some reports.
func (s *Store) reviewsOf(ctx context.Context, list []Report) error {
	if len(list) == 0 {
		return nil
	}
	at0, ids := map[int64]*Report{}, make([]any, len(list))
	for i := range list {
		at0[list[i].ID], ids[i] = &list[i], list[i].ID
	}
	return s.query(ctx, func(rows *sql.Rows) error {
		var v Review
		var of, when int64
		err := rows.Scan(&of, &when, &v.By, &v.Note)
		v.At = at(when)
		at0[of].Reviews = append(at0[of].Reviews, v)
		return err
	}, "SELECT report, at, who, note FROM reviews WHERE report IN (?"+strings.Repeat(", ?", len(ids)-1)+") ORDER BY id", ids...)
}

// AddReview keeps what somebody said of a report. ErrNotFound; ErrInvalid without a name or a note, and when there are too many.
func (s *Store) AddReview(ctx context.Context, id int64, v Review) error {
	if strings.TrimSpace(v.By) == "" || strings.TrimSpace(v.Note) == "" {
		return fmt.Errorf("store: review: %w: say who reviewed it, and what came of it", ErrInvalid)
	}
	return s.write(ctx, "review", func(x *tx) error {
		var n int
		if err := x.row("SELECT COUNT(*) FROM reviews WHERE report = ?", id).Scan(&n); err != nil {
			return err
		}
		if n >= maxReviews {
			return fmt.Errorf("%w: it has %d reviews, and takes no more: make a new report", ErrInvalid, n)
		}
		if err := noRows(x.row("SELECT id FROM reports WHERE id = ?", id).Scan(&n)); err != nil {
			return err
		}
		_, err := x.exec("INSERT INTO reviews (report, at, who, note) VALUES (?, ?, ?, ?)", id, nano(v.At), text(v.By), text(v.Note))
		return err
	})
}

// DeleteReport forgets a report and its reviews. ErrNotFound.
func (s *Store) DeleteReport(ctx context.Context, id int64) error {
	return s.write(ctx, "report", func(x *tx) error {
		return x.hit("DELETE FROM reports WHERE id = ?", id)
	})
}
