package store

import (
	"database/sql"
	"errors"
	"slices"
)

// foldRows bounds how many rows one transaction of Retain moves: it holds up Append for
// some tens of milliseconds at most.
const foldRows = 4000

// Days of a week of daypacks: week w holds the days 7w to 7w+6 since 1970.
const week = 7

func hourpackID(day, party int64) int64 { return day<<32 | party }
func daypackID(party, w int64) int64    { return party<<16 | w }

// foldHours moves ended hours, those before limit, into the packs of their days, and what was
// exchanged with far ends outside into topdays, pulses, days and homes as well; false when nothing is left.
func (x *tx) foldHours(limit int64) (bool, error) {
	rows, err := x.rows(`SELECT h.hour, h.party, h.far, h.sent, h.received, h.flows, h.unanswered, COALESCE(p.site, 0), COALESCE(p.device, ''), COALESCE(e.flags, 0)
		FROM (SELECT * FROM hours WHERE hour < ? ORDER BY hour, party, far LIMIT ?) h LEFT JOIN parties p ON p.id = h.party LEFT JOIN ends e ON e.id = h.far
		ORDER BY h.hour, h.party, h.far`, limit, foldRows)
	if err != nil {
		return false, err
	}
	packs, days, out, last, n := map[int64][]packed{}, map[dayKey]sum{}, newEnded(), hourKey{}, 0
	err = each(rows, func(r *sql.Rows) error {
		var p packed
		var site, flags int64
		var device string
		if err := r.Scan(&last.hour, &last.party, &last.far, &p.sent, &p.received, &p.flows, &p.unanswered, &site, &device, &flags); err != nil {
			return err
		}
		n++
		day := floor(last.hour, 24)
		p.slot, p.far = last.hour-day*24, last.far
		id := hourpackID(day, last.party)
		packs[id] = append(packs[id], p)
		if flags&flagOutside != 0 {
			addTo(days, dayKey{day, site, p.far}, p.sum)
			out.add(x, last.party, last.hour, site, device, p.sum)
		}
		return nil
	})
	if err != nil || n == 0 {
		return false, err
	}
	if err := errors.Join(x.mergePacks("hourpacks", packs), x.putDays(days), out.put(x)); err != nil {
		return false, err
	}
	_, err = x.exec("DELETE FROM hours WHERE (hour, party, far) <= (?, ?, ?)", last.hour, last.party, last.far)
	return n == foldRows, err
}

// putDays adds sums to topdays. Those that stand in memory stay: they were there with their hours.
func (x *tx) putDays(days map[dayKey]sum) error {
	keys := make([]dayKey, 0, len(days))
	for k := range days {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, dayKey.compare)
	many := x.many("topdays", "day, site, far, sent, received, flows, unanswered", "(day, site, far)"+adding("topdays"), 7)
	for _, k := range keys {
		n := days[k]
		if err := many.add(k.day, k.site, k.far, n.sent, n.received, n.flows, n.unanswered); err != nil {
			return err
		}
	}
	return many.done()
}

// mergePacks adds rows to packs.
func (x *tx) mergePacks(table string, packs map[int64][]packed) error {
	for _, id := range sortedKeys(packs) {
		rows := packs[id]
		var b []byte
		err := x.row("SELECT body FROM "+table+" WHERE id = ?", id).Scan(&b)
		if err == nil {
			rows, err = decodePack(b, rows)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := x.exec("INSERT INTO "+table+" (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", id, encodePack(rows)); err != nil {
			return err
		}
	}
	return nil
}

// foldDays moves the packs of days before limit into those of their weeks, by days; false when
// nothing is left.
func (x *tx) foldDays(limit int64) (bool, error) {
	rows, err := x.rows("SELECT id, body FROM hourpacks WHERE id < ? ORDER BY id LIMIT ?", hourpackID(limit, 0), foldRows/4)
	if err != nil {
		return false, err
	}
	packs, last, n := map[int64][]packed{}, int64(0), 0
	var hours []packed
	err = each(rows, func(r *sql.Rows) error {
		var b []byte
		if err := r.Scan(&last, &b); err != nil {
			return err
		}
		n++
		var err error
		if hours, err = decodePack(b, hours[:0]); err != nil {
			return err
		}
		day, party := last>>32, last&(1<<32-1)
		w := floor(day, week)
		for i := range hours {
			hours[i].slot = day - w*week
		}
		id := daypackID(party, w)
		packs[id] = append(packs[id], addUp(hours)...)
		return nil
	})
	if err != nil || n == 0 {
		return false, err
	}
	if err := x.mergePacks("daypacks", packs); err != nil {
		return false, err
	}
	_, err = x.exec("DELETE FROM hourpacks WHERE id <= ?", last)
	return n == foldRows/4, err
}
