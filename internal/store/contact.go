package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon"
)

// contactRow is one sum of a device, before its far end is looked up.
type contactRow struct {
	start int64 // hour or day
	party int64
	far   int64
	sum
}

// Contacts gives what one device exchanged, by hour (as far back as that is known: 14 days as
// usual) or by day (400 days as usual). A hidden device's rows have no far end. ErrInvalid for a grain that is
// neither; ErrCursor. A device that was never heard of has none.
func (s *Store) Contacts(ctx context.Context, q ContactsQuery) (ContactPage, error) {
	out, err := s.contacts(ctx, q)
	if err != nil {
		return ContactPage{}, fmt.Errorf("store: contacts of %q: %w", q.Device, s.say(err))
	}
	return out, nil
}

func (s *Store) contacts(ctx context.Context, q ContactsQuery) (ContactPage, error) {
	if q.Grain == 0 {
		q.Grain = day
	}
	if q.Grain != day && q.Grain != time.Hour {
		return ContactPage{}, fmt.Errorf("%w: a grain is an hour or a day", ErrInvalid)
	}
	after, err := q.Page.place(question(q))
	if err != nil {
		return ContactPage{}, err
	}
	parties, err := s.parties(ctx, q.Device)
	if err != nil {
		return ContactPage{}, err
	}
	v := view{s: s, ctx: ctx, day: q.Grain == day, from: -1 << 30, to: 1 << 30}
	if !q.From.IsZero() {
		v.from = hourOf(q.From)
	}
	if !q.To.IsZero() {
		v.to = hourOf(q.To.Add(time.Hour - 1))
	}
	for id := range parties {
		if err := v.read(id); err != nil {
			return ContactPage{}, err
		}
	}
	return s.contactPage(ctx, q, v.addedUp(), parties, after)
}

const day = 24 * time.Hour

// parties are the numbers of a device, with the names of the sites where it was.
func (s *Store) parties(ctx context.Context, device string) (map[int64]string, error) {
	out := map[int64]string{}
	err := s.query(ctx, func(r *sql.Rows) error {
		var id int64
		var site string
		err := r.Scan(&id, &site)
		out[id] = site
		return err
	}, "SELECT p.id, s.name FROM parties p JOIN sites s ON s.id = p.site WHERE p.device = ?", text(device))
	return out, err
}

// view collects the rows of one question.
type view struct {
	s        *Store
	ctx      context.Context
	day      bool
	from, to int64 // hours; to excluded
	rows     []contactRow
	spare    []packed
}

// add takes a row that is known by the hour.
func (v *view) add(hour, party, far int64, n sum) {
	if hour < v.from || hour >= v.to {
		return
	}
	start := hour
	if v.day {
		start = floor(hour, 24)
	}
	v.rows = append(v.rows, contactRow{start, party, far, n})
}

// read collects the rows of one party: those of open hours, of packed ones and of days.
func (v *view) read(party int64) error {
	return inOneView(v.ctx, v.s, func(ask func(scan func(*sql.Rows) error, q string, args ...any) error) error {
		var open []int64
		if err := ask(func(r *sql.Rows) error {
			var h int64
			err := r.Scan(&h)
			open = append(open, h)
			return err
		}, openHours); err != nil {
			return err
		}
		for _, h := range open {
			if err := ask(func(r *sql.Rows) error {
				var far int64
				var n sum
				err := r.Scan(&far, &n.sent, &n.received, &n.flows, &n.unanswered)
				v.add(h, party, far, n)
				return err
			}, "SELECT far, sent, received, flows, unanswered FROM hours WHERE hour = ? AND party = ?", h, party); err != nil {
				return err
			}
		}
		if err := v.readHours(ask, party); err != nil || !v.day {
			return err
		}
		return v.readDays(ask, party)
	})
}

// openHours walks the distinct hours of the table hours by its order, without reading its rows.
const openHours = `WITH RECURSIVE h(hour) AS (SELECT MIN(hour) FROM hours UNION ALL
	SELECT (SELECT MIN(hour) FROM hours WHERE hours.hour > h.hour) FROM h WHERE h.hour IS NOT NULL) SELECT hour FROM h WHERE hour IS NOT NULL`

// packedDays walks the distinct days of hourpacks.
const packedDays = `WITH RECURSIVE d(day) AS (SELECT MIN(id) >> 32 FROM hourpacks UNION ALL
	SELECT (SELECT MIN(id) >> 32 FROM hourpacks WHERE id >= (d.day + 1) << 32) FROM d WHERE d.day IS NOT NULL) SELECT day FROM d WHERE day IS NOT NULL`

type asker = func(scan func(*sql.Rows) error, q string, args ...any) error

// readHours collects what is packed by the hour.
func (v *view) readHours(ask asker, party int64) error {
	var days []int64
	if err := ask(func(r *sql.Rows) error {
		var d int64
		err := r.Scan(&d)
		days = append(days, d)
		return err
	}, packedDays); err != nil {
		return err
	}
	for _, d := range days {
		if (d+1)*24 <= v.from || d*24 >= v.to {
			continue
		}
		if err := ask(func(r *sql.Rows) (err error) {
			if v.spare, err = scanPack(r, v.spare); err != nil {
				return err
			}
			for _, p := range v.spare {
				v.add(d*24+p.slot, party, p.far, p.sum)
			}
			return nil
		}, "SELECT body FROM hourpacks WHERE id = ?", hourpackID(d, party)); err != nil {
			return err
		}
	}
	return nil
}

func scanPack(r *sql.Rows, into []packed) ([]packed, error) {
	var b sql.RawBytes
	if err := r.Scan(&b); err != nil {
		return nil, err
	}
	return decodePack(b, into[:0])
}

// readDays collects what is packed by the day. A day counts when any of its hours is asked for.
func (v *view) readDays(ask asker, party int64) error {
	first, last := max(floor(v.from, 24*week), 0), min(floor(v.to, 24*week), 1<<16-1)
	return ask(func(r *sql.Rows) error {
		var id int64
		var b sql.RawBytes
		if err := r.Scan(&id, &b); err != nil {
			return err
		}
		var err error
		if v.spare, err = decodePack(b, v.spare[:0]); err != nil {
			return err
		}
		for _, p := range v.spare {
			if d := (id&(1<<16-1))*week + p.slot; (d+1)*24 > v.from && d*24 < v.to {
				v.rows = append(v.rows, contactRow{d, party, p.far, p.sum})
			}
		}
		return nil
	}, "SELECT id, body FROM daypacks WHERE id >= ? AND id <= ?", daypackID(party, first), daypackID(party, last))
}

// inOneView runs questions that see the store at one moment: a pack may be moved meanwhile.
func inOneView(ctx context.Context, s *Store, f func(asker) error) error {
	t, err := s.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.kind.snapshot})
	if err != nil {
		return err
	}
	defer t.Rollback()
	ready := map[string]*sql.Stmt{} // closed with the transaction
	return f(func(scan func(*sql.Rows) error, q string, args ...any) error {
		stmt := ready[q]
		if stmt == nil {
			if stmt, err = t.PrepareContext(ctx, s.kind.bind(q)); err != nil {
				return err
			}
			ready[q] = stmt
		}
		rows, err := stmt.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		return each(rows, scan)
	})
}

// addedUp gives one row for each start, party and far end, newest first, then by bytes.
func (v *view) addedUp() []contactRow {
	type key struct{ start, party, far int64 }
	sums := make(map[key]sum, len(v.rows))
	for _, r := range v.rows {
		k := key{r.start, r.party, r.far}
		n := sums[k]
		n.add(r.sum)
		sums[k] = n
	}
	out := v.rows[:0]
	for k, n := range sums {
		out = append(out, contactRow{k.start, k.party, k.far, n})
	}
	slices.SortFunc(out, compareContacts)
	return out
}

func compareContacts(a, b contactRow) int {
	return cmp.Or(cmp.Compare(b.start, a.start), cmp.Compare(b.sent+b.received, a.sent+a.received), cmp.Compare(a.far, b.far), cmp.Compare(a.party, b.party))
}

// contactPage cuts the page out and looks up its far ends.
func (s *Store) contactPage(ctx context.Context, q ContactsQuery, rows []contactRow, parties map[int64]string, after *cursor) (ContactPage, error) {
	if q.Outside {
		outside, err := s.outsideEnds(ctx, rows)
		if err != nil {
			return ContactPage{}, err
		}
		rows = slices.DeleteFunc(rows, func(r contactRow) bool { return !outside[r.far] })
	}
	out := ContactPage{Rows: []cordon.Contact{}, Total: len(rows)}
	if after != nil {
		last := contactRow{start: after.N, party: after.P, far: after.ID, sum: sum{sent: after.M}}
		at, found := slices.BinarySearchFunc(rows, last, compareContacts)
		if found {
			at++
		}
		rows = rows[at:]
	}
	if limit := q.Page.limit(); len(rows) > limit {
		rows = rows[:limit]
		end := rows[limit-1]
		out.Next = cursor{Of: question(q), N: end.start, M: end.sent + end.received, ID: end.far, P: end.party}.text()
	}
	ends, err := s.ends(ctx, rows)
	for _, r := range rows {
		c := ends[r.far]
		c.Device, c.Site, c.Grain, c.Start = q.Device, parties[r.party], q.Grain, hourStart(r.start)
		if q.Grain == day {
			c.Start = dayStart(r.start)
		}
		c.Sent, c.Received, c.Flows, c.Unanswered = uint64(r.sent), uint64(r.received), int(r.flows), int(r.unanswered)
		out.Rows = append(out.Rows, c)
	}
	return out, err
}

// outsideEnds tells which far ends of rows are outside.
func (s *Store) outsideEnds(ctx context.Context, rows []contactRow) (map[int64]bool, error) {
	ends, err := s.ends(ctx, rows)
	out := map[int64]bool{}
	for id, c := range ends {
		out[id] = c.Outside
	}
	return out, err
}

// ends looks up the far ends of rows.
func (s *Store) ends(ctx context.Context, rows []contactRow) (map[int64]cordon.Contact, error) {
	ids := map[int64]bool{}
	for _, r := range rows {
		ids[r.far] = true
	}
	delete(ids, 0)
	return s.endsByID(ctx, sortedKeys(ids))
}

func (s *Store) endsByID(ctx context.Context, ids []int64) (map[int64]cordon.Contact, error) {
	return endsOf(func(scan func(*sql.Rows) error, q string, args ...any) error { return s.query(ctx, scan, q, args...) }, ids)
}

// endsOf looks up far ends. It asks in questions of few lengths, which a view keeps ready.
func endsOf(ask asker, ids []int64) (map[int64]cordon.Contact, error) {
	out := map[int64]cordon.Contact{}
	for some := range slices.Chunk(ids, 200) {
		args := make([]any, 10)
		if len(some) > len(args) {
			args = make([]any, 200)
		}
		for i := range args {
			args[i] = some[min(i, len(some)-1)]
		}
		err := ask(func(r *sql.Rows) error {
			id, c, err := scanEnd(r)
			out[id] = c
			return err
		}, "SELECT id, far, port, protocol, app, name, country, operator, asn, network, peer, flags FROM ends WHERE id IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func scanEnd(r *sql.Rows) (id int64, c cordon.Contact, err error) {
	var far []byte
	var flags int64
	err = r.Scan(&id, &far, &c.Port, &c.Protocol, &c.App, &c.Name, &c.Place.Country, &c.Place.Operator, &c.Place.ASN, &c.Place.Network, &c.Peer, &flags)
	c.Far, c.Outside, c.Opened = address(far), flags&flagOutside != 0, flags&flagOpened != 0
	return id, c, err
}
