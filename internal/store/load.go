package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cordon"
)

// Loader brings contacts by the day into a store that nothing else writes to, for measurements
// (bench/store). It is quicker than Append, as nothing is moved
// afterwards. A load that stopped before Done leaves sums behind the contacts: begin it again in
// a new store. It is not for concurrent use.
type Loader struct {
	s        *Store
	daysFrom int64
	sums     *tops
	out      *ended
}

// Loader begins a load. Contacts are to be older than hours are kept; from a day on, single days
// are among the sums (TopFarEnds), as Retain would have left them.
func (s *Store) Loader(daysFrom time.Time) *Loader {
	return &Loader{s: s, daysFrom: dayOf(daysFrom), sums: newTops(), out: newEnded()}
}

// Add adds contacts in one transaction; Start is in the day. All contacts of one device in one
// Add is quickest.
func (l *Loader) Add(ctx context.Context, contacts []cordon.Contact) error {
	return l.s.write(ctx, "load", func(x *tx) error {
		packs := map[int64][]packed{}
		for i := range contacts {
			if err := l.add(x, packs, &contacts[i]); err != nil {
				return err
			}
		}
		return x.mergePacks("daypacks", packs)
	})
}

func (l *Loader) add(x *tx, packs map[int64][]packed, c *cordon.Contact) error {
	site, err := x.site(c.Site)
	if err != nil {
		return err
	}
	p, err := x.party(partyName{device: c.Device, site: site})
	if err != nil {
		return err
	}
	n := sum{sent: amount(c.Sent), received: amount(c.Received), flows: max(int64(c.Flows), 0), unanswered: max(int64(c.Unanswered), 0)}
	d, far := dayOf(c.Start), int64(0)
	if !p.hidden {
		if far, err = x.met(endOf(c), d); err != nil {
			return err
		}
	}
	w := d / week
	id := daypackID(p.id, w)
	packs[id] = append(packs[id], packed{d - w*week, far, n})
	if !c.Outside || far == 0 {
		return nil
	}
	l.out.add(x, p.id, d*24, site, c.Device, n)
	sum := dayEnd{sum: n, behind: behindOf(&c.Place)}
	l.sums.add(far, site, spanAll, sum)
	l.sums.add(far, site, spanOfMonth(d), sum)
	for _, b := range blocks {
		if d >= l.daysFrom {
			l.sums.add(far, site, b.of(d), sum)
		}
	}
	return nil
}

// met is the number of a far end that was met on a day.
func (x *tx) met(n endName, day int64) (int64, error) {
	e, ok := x.fresh.ends[n]
	if !ok {
		e, ok = x.s.names.ends[n]
	}
	if ok && e.last >= day {
		return e.id, nil
	}
	e, err := x.meetEnd(e, ok, n, day)
	if err != nil {
		return 0, fmt.Errorf("far end: %w", err)
	}
	return e.id, nil
}

// Done puts the sums.
func (l *Loader) Done(ctx context.Context) error {
	sums, out := l.sums, l.out
	l.sums, l.out = newTops(), newEnded()
	clear(out.pulses) // hours are not known
	if err := l.s.write(ctx, "load", func(x *tx) error { return errors.Join(x.putTops(sums), out.put(x)) }); err != nil {
		return err
	}
	clear(l.s.pulse.homes)
	clear(l.s.pulse.hours)
	return l.s.loadPulse(ctx)
}
