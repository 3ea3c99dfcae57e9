package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"cordon"
)

// FactsOf gives the facts about a device: of the hosts that have one of its addresses or
// interfaces, or its id for a key of another kind, at whatever site; in no order that means
// anything, until yield fails.
func (s *Store) FactsOf(ctx context.Context, d *cordon.Device, yield func(Fact) error) error {
	where, args := []string{"h.value = ?"}, []any{[]byte(d.ID)}
	for _, i := range d.Interfaces {
		if i.MAC != (cordon.MAC{}) {
			where, args = append(where, "h.mac = ?"), append(args, i.MAC[:])
		}
		for _, a := range i.Addrs {
			where, args = append(where, "h.addr = ?"), append(args, addressBytes(a))
		}
	}
	err := s.query(ctx, func(rows *sql.Rows) error {
		f, _, err := scanFact(rows)
		if err != nil {
			return err
		}
		return yield(f)
	}, "SELECT f.host, f.kind, f.mark, f.asked, f.first, f.last, f.count, f.sensor, f.value, s.name, h.addr, h.mac, h.kind, h.value, k.name"+
		" FROM hosts h JOIN facts f ON f.host = h.id JOIN sites s ON s.id = h.site JOIN kinds k ON k.id = f.kind WHERE "+strings.Join(where, " OR "), args...)
	if err != nil {
		return fmt.Errorf("store: facts of %s: %w", d.ID, s.say(err))
	}
	return nil
}
