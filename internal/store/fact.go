package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"time"
)

// factPage is how many facts are read at a time, so that no reader stands in the way of the log's end.
const factPage = 10_000

// Facts gives every fact that was last seen at since or later, in no order that means anything,
// until yield fails. Facts appended meanwhile may or may not be among them.
func (s *Store) Facts(ctx context.Context, since time.Time, yield func(Fact) error) error {
	after := factPlace{host: -1, mark: []byte{}}
	for {
		n := 0
		err := s.query(ctx, func(rows *sql.Rows) error {
			f, here, err := scanFact(rows)
			if err != nil {
				return err
			}
			n++
			after = here
			return yield(f)
		}, `SELECT f.host, f.kind, f.mark, f.asked, f.first, f.last, f.count, f.sensor, f.value, s.name, h.addr, h.mac, h.kind, h.value, k.name
			FROM (SELECT * FROM facts WHERE (host, kind, mark, asked) > (?, ?, ?, ?) AND last >= ? ORDER BY host, kind, mark, asked LIMIT ?) f
			JOIN hosts h ON h.id = f.host JOIN sites s ON s.id = h.site JOIN kinds k ON k.id = f.kind
			ORDER BY f.host, f.kind, f.mark, f.asked`,
			after.host, after.kind, after.mark, after.asked, nano(since), factPage)
		if err != nil {
			return fmt.Errorf("store: facts: %w", s.say(err))
		}
		if n < factPage {
			return nil
		}
	}
}

// factPlace is a place in the table.
type factPlace struct {
	host, kind int64
	mark       []byte
	asked      int64
}

func scanFact(rows *sql.Rows) (f Fact, p factPlace, err error) {
	var addr, mac, value, other []byte
	var count int64
	if err = rows.Scan(&p.host, &p.kind, &p.mark, &p.asked, &f.First, &f.Last, &count, &f.By.Sensor, &value,
		&f.Site, &addr, &mac, &f.Other.Kind, &other, &f.Kind); err != nil {
		return f, p, err
	}
	f.Count, f.Value, f.Other.Value, f.By.Asked = int(count), string(value), string(other), p.asked != 0
	f.Addr = address(addr)
	copy(f.MAC[:], mac)
	return f, p, nil
}

// address is the way back from netip.Addr.AsSlice, with the zone behind 16 bytes.
func address(b []byte) netip.Addr {
	if len(b) > 16 {
		a, _ := netip.AddrFromSlice(b[:16])
		return a.WithZone(string(b[16:]))
	}
	a, _ := netip.AddrFromSlice(b) // none: the zero Addr
	return a
}

// History gives the frames of the feed from one time to another (to excluded), oldest first,
// until yield fails. The frame is the caller's.
func (s *Store) History(ctx context.Context, from, to time.Time, yield func(at time.Time, frame []byte) error) error {
	var when, id int64 = nano(from), -1
	for {
		n := 0
		err := s.query(ctx, func(rows *sql.Rows) error {
			var frame []byte
			if err := rows.Scan(&when, &id, &frame); err != nil {
				return err
			}
			n++
			return yield(at(when), frame)
		}, "SELECT at, id, body FROM frames WHERE (at, id) > (?, ?) AND at < ? ORDER BY at, id LIMIT ?", when, id, nano(to), framePage)
		if err != nil {
			return fmt.Errorf("store: history: %w", s.say(err))
		}
		if n < framePage {
			return nil
		}
	}
}

// framePage is how many frames are read at a time.
const framePage = 64

// Ended is the time of the newest frame, zero when there is none.
func (s *Store) Ended(ctx context.Context) (time.Time, error) {
	var when sql.NullInt64
	if err := s.one(ctx, "SELECT MAX(at) FROM frames", nil, &when); err != nil {
		return time.Time{}, fmt.Errorf("store: history: %w", s.say(err))
	}
	return at(when.Int64), nil
}
