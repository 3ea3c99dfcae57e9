package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cordon"
	"cordon/internal/store"
)

// rebuild fills the ledgers from what the store has, by the window: at the start. What comes
// meanwhile waits in the queue.
func (l *Live) rebuild(ctx context.Context) error {
	now := l.c.Now()
	ledgers, err := restore(ctx, l.c.Store, now.Add(-l.c.Limits.Window), endOfTime, l.c.Limits.Ledger)
	if err != nil {
		return err
	}
	l.fill(ledgers, now)
	return nil
}

// fill has the ledgers take the place of those before.
func (l *Live) fill(ledgers Ledgers, now time.Time) {
	l.areas = map[string]*area{}
	for site, ledger := range ledgers {
		l.areas[site] = newArea(site, ledger)
	}
	l.built = now
	l.stats.restored.Add(1)
}

// filling numbers the fillings of the ledgers, from 1.
func (l *Live) filling() int { return int(l.stats.restored.Load()) }

// rebuilding is ledgers being filled beside those in use.
type rebuilding struct {
	since, to time.Time
	ledgers   Ledgers
	done      chan error
	stop      context.CancelFunc
}

// daily fills the ledgers anew once a day, so that what is older than the window is forgotten.
// The history is read beside the work; the little that came meanwhile, and the facts, when it
// is done. Both begin when the store has taken everything.
func (l *Live) daily(ctx context.Context, now time.Time) {
	if l.writer.first() != nil || len(l.pending.items) > 0 {
		return
	}
	if r := l.again; r != nil {
		select {
		case err := <-r.done:
			l.stopRebuilding()
			if err == nil {
				err = l.swap(ctx, r, now)
			}
			if err != nil {
				l.built = now.Add(-23 * time.Hour) // again in an hour; what there is goes on
				l.c.Report(fmt.Errorf("live inventory: forget what is old: %w", err))
			}
		default:
		}
		return
	}
	if since := now.Sub(l.built); since < 24*time.Hour && since >= 0 {
		return
	}
	r := &rebuilding{since: now.Add(-l.c.Limits.Window), to: l.handed.Add(1), ledgers: Ledgers{}, done: make(chan error, 1)}
	ctx, r.stop = context.WithCancel(ctx)
	l.again = r
	l.writer.still.Store(true)
	go func() { r.done <- r.ledgers.flows(ctx, l.c.Store, r.since, r.to, l.c.Limits.Ledger) }()
}

// swap adds what came since and puts the ledgers in place.
func (l *Live) swap(ctx context.Context, r *rebuilding, now time.Time) error {
	if err := r.ledgers.flows(ctx, l.c.Store, r.to, endOfTime, l.c.Limits.Ledger); err != nil {
		return err
	}
	if err := r.ledgers.facts(ctx, l.c.Store, r.since, l.c.Limits.Ledger); err != nil {
		return err
	}
	l.fill(r.ledgers, now)
	return nil
}

// stopRebuilding lets go of ledgers that are being filled.
func (l *Live) stopRebuilding() {
	if l.again != nil {
		l.again.stop()
		l.again = nil
		l.writer.still.Store(false)
	}
}

func compareFacts(a, b store.Fact) int {
	return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Site, b.Site), a.Addr.Compare(b.Addr),
		slices.Compare(a.MAC[:], b.MAC[:]), cmp.Compare(a.Other.Kind, b.Other.Kind), cmp.Compare(a.Other.Value, b.Other.Value),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}

func compareContacts(a, b cordon.Contact) int {
	return cmp.Or(cmp.Compare(a.Device, b.Device), a.Start.Compare(b.Start), a.Far.Compare(b.Far), cmp.Compare(a.Port, b.Port),
		cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.App, b.App), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Peer, b.Peer))
}
