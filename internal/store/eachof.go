package store

import (
	"context"
	"fmt"
)

// EachOf gives the devices that a question asks for, and whose line is wanted, whole but without their
// findings, in the question's order, until yield fails. The question's page is not heeded. Lines are
// read from memory: only the devices that are wanted are looked up.
func (s *Store) EachOf(ctx context.Context, q DevicesQuery, want func(*DeviceRow) bool, yield func(*Known) error) error {
	q.Page = Page{Limit: maxLimit}
	for {
		p, err := s.Devices(ctx, q)
		if err != nil {
			return err
		}
		for i := range p.Rows {
			if !want(&p.Rows[i]) {
				continue
			}
			var k Known
			var body []byte
			err := s.one(ctx, "SELECT body FROM bodies WHERE id = ?", []any{p.Rows[i].ID}, &body)
			if err == nil {
				err = expand(body, &k)
			}
			if err != nil {
				return fmt.Errorf("store: device %q: %w", p.Rows[i].ID, s.say(err))
			}
			if err := yield(&k); err != nil {
				return err
			}
		}
		if q.Page.After = p.Next; p.Next == "" {
			return nil
		}
	}
}
