package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"cordon"
	"cordon/internal/assess"
)

// PutDevices keeps what is concluded about devices, each whole in place of what stood before.
// A device that is Hidden loses the far ends that were kept of it before, in the same
// transaction. A device that no longer is one keeps its row: ids are never used again.
func (s *Store) PutDevices(ctx context.Context, devices []Known) error {
	return s.write(ctx, "devices", func(x *tx) error {
		lines := make([]*line, 0, len(devices))
		for i := range devices {
			l, err := x.putDevice(&devices[i])
			if err != nil {
				return fmt.Errorf("%q: %w", devices[i].ID, err)
			}
			lines = append(lines, l)
		}
		x.after = append(x.after, func() { s.list.put(lines) })
		return nil
	})
}

func (x *tx) putDevice(k *Known) (*line, error) {
	kept := *k
	if kept.Hidden {
		kept.Destinations = nil
	}
	kept.Findings = nil
	row := rowOf(&kept)
	l := newLine(row)
	was := x.s.list.get(row.ID)
	if was != nil {
		l = l.counting(count{was.Findings, was.worst, was.open})
	}
	b, err := json.Marshal(&l.DeviceRow)
	if err != nil {
		return nil, err
	}
	body, err := squeeze(&kept)
	if err != nil {
		return nil, err
	}
	if _, err = x.exec("INSERT INTO devices (id, line) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET line = excluded.line", row.ID, b); err != nil {
		return nil, err
	}
	if _, err = x.exec("INSERT INTO bodies (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", row.ID, body); err != nil {
		return nil, err
	}
	if watches := cordon.Watches(row.Class); watches != (was != nil && cordon.Watches(was.Class)) {
		if err := x.recast(row.ID, watches); err != nil {
			return nil, err
		}
	}
	if was == nil && kept.Hidden || was != nil && was.Hidden != kept.Hidden {
		err = x.hide(row.ID, kept.Hidden, cordon.Watches(row.Class))
	}
	return l, err
}

// rowOf is a device's line.
func rowOf(k *Known) DeviceRow {
	r := DeviceRow{
		ID: text(k.ID), Site: text(k.Site), Department: text(k.Department), Room: text(k.Room), Class: text(k.Identity.Class.Value),
		Maker: text(k.Identity.Maker.Value), MakerKey: text(k.Identity.Maker.Key), Brand: text(k.Identity.Brand.Value),
		Model: text(k.Identity.Model.Value), Firmware: text(k.Identity.Firmware.Value),
		Grade: text(k.Grade.Letter), Score: k.Grade.Score, Reach: k.Reach, Lists: []string{}, MACs: []cordon.MAC{}, Addrs: []netip.Addr{},
		Sent: k.Sent, Received: k.Received, Flows: k.Flows, Hidden: k.Hidden, First: k.First.UTC(), Last: k.Last.UTC(),
		Knowledge: k.Knowledge, Judged: k.Judged.UTC(),
	}
	r.Possible = text(k.Identity.Maker.Possible)
	verdict, _ := assess.Verdict(k.Identity.Maker)
	r.Settled = verdict == assess.Consistent
	for _, n := range k.Names {
		r.Names = append(r.Names, text(n))
	}
	for _, l := range k.Lists {
		r.Lists = append(r.Lists, l.List)
	}
	for _, i := range k.Interfaces {
		if i.MAC != (cordon.MAC{}) {
			r.MACs = append(r.MACs, i.MAC)
		}
		r.Addrs = append(r.Addrs, i.Addrs...)
	}
	slices.SortStableFunc(r.Addrs, cordon.CompareAddrs)
	if c := k.Claim; c != nil {
		r.Claimed, r.Serial = true, text(c.Serial)
		if r.Department == "" {
			r.Department = text(c.Department)
		}
		if r.Room == "" {
			r.Room = text(c.Room)
		}
	}
	return r
}

// Device gives all that is concluded about one device, its open findings among it, worst first
// (1,000 at most). ErrNotFound for an id that was never put.
func (s *Store) Device(ctx context.Context, id string) (Known, error) {
	var k Known
	var body []byte
	err := s.one(ctx, "SELECT body FROM bodies WHERE id = ?", []any{text(id)}, &body)
	if err == nil {
		err = expand(body, &k)
	}
	if err != nil {
		return Known{}, fmt.Errorf("store: device %q: %w", id, s.say(err))
	}
	page, err := s.Findings(ctx, FindingsQuery{Device: id, State: "open", Page: Page{Limit: maxLimit}})
	for _, f := range page.Rows {
		k.Findings = append(k.Findings, f.Finding)
	}
	return k, err
}

// EachDevice gives every device, in no order that means anything, until yield fails: for
// starting again. Findings are not among it.
func (s *Store) EachDevice(ctx context.Context, yield func(Known) error) error {
	s.list.mu.RLock()
	ids := make([]string, 0, len(s.list.rows))
	for id := range s.list.rows {
		ids = append(ids, id)
	}
	s.list.mu.RUnlock()
	for _, id := range ids {
		var k Known
		var body []byte
		err := s.one(ctx, "SELECT body FROM bodies WHERE id = ?", []any{id}, &body)
		if err == nil {
			err = expand(body, &k)
		}
		if err != nil {
			return fmt.Errorf("store: device %q: %w", id, s.say(err))
		}
		if err := yield(k); err != nil {
			return err
		}
	}
	return nil
}
