package store

import (
	"database/sql"
	"errors"
)

// expireContacts deletes the weeks that are older than contacts are kept, and takes their sums
// out of those of all time. Party by party: their packs lie by the device.
func (r *retainer) expireContacts() error {
	limit, ok := r.before("contacts")
	if !ok {
		return nil
	}
	w := floor(limit, week) // weeks before this one have ended before the limit
	if done, err := r.s.mark(r.ctx, "contacts", w); err != nil || done {
		return err
	}
	after, turns := int64(0), 0
	if err := r.again(&turns, func(x *tx) (more bool, err error) {
		after, more, err = r.expireParties(x, after, w)
		return more, err
	}); err != nil {
		return err
	}
	return r.s.remember(r.ctx, "contacts", w)
}

// expireParties deletes the old weeks of some parties behind one.
func (r *retainer) expireParties(x *tx, after, w int64) (last int64, more bool, err error) {
	type row struct{ id, site int64 }
	var parties []row
	rows, err := x.rows("SELECT id, site FROM parties WHERE id > ? ORDER BY id LIMIT 250", after)
	if err == nil {
		err = each(rows, func(rs *sql.Rows) error {
			var p row
			err := rs.Scan(&p.id, &p.site)
			parties = append(parties, p)
			return err
		})
	}
	if err != nil || len(parties) == 0 {
		return after, false, err
	}
	old := newTops()
	for _, p := range parties {
		n, err := x.oldSums(old, p.id, p.site, daypackID(p.id, 0), daypackID(p.id, w))
		if err != nil {
			return after, false, err
		}
		r.did.Contacts += n
		if n == 0 {
			continue
		}
		if _, err := x.exec("DELETE FROM daypacks WHERE id >= ? AND id < ?", daypackID(p.id, 0), daypackID(p.id, w)); err != nil {
			return after, false, err
		}
	}
	_, err = x.takeTops(old)
	return parties[len(parties)-1].id, true, err
}

// oldSums adds up what packs of a party say of far ends outside, and counts the packs.
func (x *tx) oldSums(into *tops, party, site, from, to int64) (n int, err error) {
	rows, err := x.rows("SELECT body FROM daypacks WHERE id >= ? AND id < ?", from, to)
	if err != nil {
		return 0, err
	}
	var all []packed
	if err := each(rows, func(r *sql.Rows) (err error) {
		var b sql.RawBytes
		if err := r.Scan(&b); err != nil {
			return err
		}
		n++
		all, err = decodePack(b, all)
		return err
	}); err != nil {
		return 0, err
	}
	for i := range all {
		all[i].slot = 0
	}
	for _, p := range addUp(all) {
		b, outside, err := x.behindOf(p.far)
		if err != nil {
			return 0, err
		}
		if outside {
			into.add(p.far, site, spanAll, dayEnd{sum: p.sum, behind: b})
		}
	}
	return n, nil
}

// behindOf looks a far end up.
func (x *tx) behindOf(far int64) (b behind, outside bool, err error) {
	if far == 0 {
		return b, false, nil
	}
	var flags int64
	err = x.row("SELECT country, operator, asn, network, flags FROM ends WHERE id = ?", far).Scan(&b.country, &b.operator, &b.asn, &b.network, &flags)
	return b, flags&flagOutside != 0, err
}

// expireSums deletes the sums of single days, and of months, that are too old.
func (r *retainer) expireSums() error {
	hours, _ := r.before("hours")
	if err := r.expireBefore("pulses", "(hour, site, watching)", "hour", hours*24); err != nil {
		return err
	}
	days, _ := r.before("sums")
	if err := r.s.keepDaysFrom(r.ctx, days); err != nil {
		return err
	}
	for _, b := range blocks { // those that have ended before
		if err := r.expireSpans(b.spans, b.of(days)); err != nil {
			return err
		}
	}
	if limit, ok := r.before("contacts"); ok {
		return errors.Join(r.expireSpans(spanMonths, spanOfMonth(limit)), r.expireBefore("days", "(site, day)", "day", floor(limit, week)*week))
	}
	return nil
}

// expireBefore deletes rows of sums in parts, those before an hour or a day.
func (r *retainer) expireBefore(table, id, column string, limit int64) error {
	turns := 0
	return r.again(&turns, func(x *tx) (bool, error) { return r.deleteSome(x, &r.did.Sums, table, id, column+" < ?", limit) })
}

// expireSpans deletes spans from one to another (excluded), of every site and of all.
func (r *retainer) expireSpans(from, to int64) error {
	turns := 0
	for _, table := range []struct{ name, id string }{{"tops", "(far, site, span)"}, {"countries", "(site, span, country)"}, {"tallies", "(site, span, sort, name)"}} {
		if err := r.again(&turns, func(x *tx) (bool, error) {
			var site, span sql.NullInt64
			err := x.row("SELECT t.site, t.span FROM (SELECT s.id AS site, (SELECT MIN(span) FROM "+table.name+
				" WHERE site = s.id AND span >= ?) AS span FROM (SELECT id FROM sites UNION ALL SELECT 0) s) t WHERE t.span < ? LIMIT 1", from, to).Scan(&site, &span)
			if err == sql.ErrNoRows {
				return false, nil
			}
			if err != nil {
				return false, err
			}
			_, err = r.deleteSome(x, &r.did.Sums, table.name, table.id, "site = ? AND span = ?", site.Int64, span.Int64)
			return true, err
		}); err != nil {
			return err
		}
	}
	return nil
}
