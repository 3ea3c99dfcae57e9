package store

import (
	"database/sql"
	"errors"
	"fmt"
)

// hide makes a device hidden, or no longer so, at every site it was at. What is kept of one that
// becomes hidden is added up to one sum an hour or a day, without far ends, and is taken out of
// the sums over all devices; far ends that only it knew are forgotten.
func (x *tx) hide(device string, hidden, watching bool) error {
	clear(x.fresh.parties)
	x.after = append(x.after, func() { clear(x.s.names.parties) })
	rows, err := x.rows("UPDATE parties SET hidden = ? WHERE device = ? RETURNING id, site", flag(hidden), device)
	if err != nil {
		return err
	}
	at := map[int64]int64{}
	if err := each(rows, func(r *sql.Rows) error {
		var id, site int64
		err := r.Scan(&id, &site)
		at[id] = site
		return err
	}); err != nil || !hidden {
		return err
	}
	if err := x.unsay(device, watching); err != nil {
		return err
	}
	for id, site := range at {
		if err := x.hideParty(id, site); err != nil {
			return fmt.Errorf("hide: %w", err)
		}
	}
	return nil
}

// farDay is what a party exchanged with a far end on a day.
type farDay struct{ far, day int64 }

// hideParty takes the far ends of one party out of every table.
func (x *tx) hideParty(party, site int64) error {
	open, sums := map[farDay]sum{}, map[farDay]sum{}
	if _, err := x.exec("DELETE FROM homes WHERE party = ?", party); err != nil {
		return err
	}
	if err := errors.Join(x.stripHours(party, open), x.stripHourpacks(party, sums), x.stripDaypacks(party, sums)); err != nil {
		return err
	}
	if len(open)+len(sums) == 0 {
		return nil
	}
	for more := true; more; { // all sums in one place: what is in topdays cannot be told apart from what was
		var err error
		if more, err = x.rollDays(1 << 40); err != nil {
			return err
		}
	}
	fars, err := x.takeOpen(open, site)
	if err != nil {
		return err
	}
	gone, err := x.takePacked(sums, site)
	if err != nil {
		return err
	}
	return x.forgetEnds(append(fars, gone...))
}

// takeOpen takes what was in hours out of today's sums, and gives its far ends outside.
func (x *tx) takeOpen(open map[farDay]sum, site int64) (fars []int64, err error) {
	for k, n := range open {
		_, outside, err := x.behindOf(k.far)
		if err != nil {
			return nil, err
		}
		if outside {
			x.drop(dayKey{k.day, site, k.far}, n)
			fars = append(fars, k.far)
		}
	}
	return fars, nil
}

const takeDay = "UPDATE days SET sent = sent - ?, received = received - ?, flows = flows - ?, unanswered = unanswered - ? WHERE site = ? AND day = ?"

// takePacked takes what was in packs out of tops and days, and gives the far ends of which it has nothing left.
func (x *tx) takePacked(sums map[farDay]sum, site int64) (gone []int64, err error) {
	old := newTops()
	for k, n := range sums {
		b, outside, err := x.behindOf(k.far)
		if err != nil {
			return nil, err
		}
		if outside {
			if _, err := x.exec(takeDay, n.sent, n.received, n.flows, n.unanswered, site, k.day); err != nil {
				return nil, err
			}
			old.addDay(dayKey{k.day, site, k.far}, dayEnd{sum: n, behind: b})
		}
	}
	return x.takeTops(old)
}

// forgetEnds deletes those of some far ends outside that are in no sum any more.
func (x *tx) forgetEnds(fars []int64) error {
	for _, far := range fars {
		if x.s.today.open(far, x.dropped) {
			continue
		}
		if _, err := x.exec("DELETE FROM ends WHERE id = ? AND NOT EXISTS (SELECT 1 FROM tops WHERE tops.far = ends.id)", far); err != nil {
			return err
		}
	}
	x.after = append(x.after, func() { clear(x.s.names.ends) })
	return nil
}

// stripHours makes one row of each open hour, and adds up what its rows said.
func (x *tx) stripHours(party int64, into map[farDay]sum) error {
	hours, err := x.numbers(openHours)
	if err != nil {
		return err
	}
	for _, h := range hours {
		rows, err := x.rows("DELETE FROM hours WHERE hour = ? AND party = ? RETURNING far, sent, received, flows, unanswered", h, party)
		if err != nil {
			return err
		}
		var all sum
		n := 0
		if err := each(rows, func(r *sql.Rows) error {
			var far int64
			var s sum
			err := r.Scan(&far, &s.sent, &s.received, &s.flows, &s.unanswered)
			n++
			all.add(s)
			addFar(into, far, h/24, s)
			return err
		}); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if _, err := x.exec("INSERT INTO hours (hour, party, far, sent, received, flows, unanswered) VALUES (?, ?, 0, ?, ?, ?, ?)",
			h, party, all.sent, all.received, all.flows, all.unanswered); err != nil {
			return err
		}
	}
	return nil
}

func addFar(into map[farDay]sum, far, day int64, n sum) {
	if far != 0 {
		addTo(into, farDay{far, day}, n)
	}
}

// numbers reads a column of numbers.
func (x *tx) numbers(q string, args ...any) (out []int64, err error) {
	rows, err := x.rows(q, args...)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(r *sql.Rows) error {
		var n int64
		err := r.Scan(&n)
		out = append(out, n)
		return err
	})
	return out, err
}

// stripHourpacks strips the packs of a party's days.
func (x *tx) stripHourpacks(party int64, into map[farDay]sum) error {
	days, err := x.numbers(packedDays)
	if err != nil {
		return err
	}
	for _, d := range days {
		id := hourpackID(d, party)
		if err := x.stripPacks("hourpacks", id, id, func(int64, int64) int64 { return d }, into); err != nil {
			return err
		}
	}
	return nil
}

// stripDaypacks strips the packs of a party's weeks.
func (x *tx) stripDaypacks(party int64, into map[farDay]sum) error {
	return x.stripPacks("daypacks", daypackID(party, 0), daypackID(party, 1<<16-1), func(id, slot int64) int64 {
		return id&(1<<16-1)*week + slot
	}, into)
}

// stripPacks takes the far ends out of packs, and adds up what they said. dayOf gives the day of
// a pack's slot.
func (x *tx) stripPacks(table string, from, to int64, dayOf func(id, slot int64) int64, into map[farDay]sum) error {
	rows, err := x.rows("SELECT id, body FROM "+table+" WHERE id >= ? AND id <= ?", from, to)
	if err != nil {
		return err
	}
	packs := map[int64][]packed{}
	if err := each(rows, func(r *sql.Rows) error {
		var id int64
		var b []byte
		if err := r.Scan(&id, &b); err != nil {
			return err
		}
		var err error
		packs[id], err = decodePack(b, nil)
		return err
	}); err != nil {
		return err
	}
	for id, all := range packs {
		for i, p := range all {
			addFar(into, p.far, dayOf(id, p.slot), p.sum)
			all[i].far = 0
		}
		if _, err := x.exec("UPDATE "+table+" SET body = ? WHERE id = ?", encodePack(all), id); err != nil {
			return err
		}
	}
	return nil
}
