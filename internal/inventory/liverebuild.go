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

// rebuild fills the ledgers anew from what the store has, up to a time, by the window. It is
// done at the start, and once a day so that what is older than the window is forgotten.
func (l *Live) rebuild(ctx context.Context, to time.Time) error {
	now := l.c.Now()
	ledgers, err := restore(ctx, l.c.Store, now.Add(-l.c.Limits.Window), to, l.c.Limits.Ledger, nil)
	if err != nil {
		return err
	}
	l.areas = map[string]*area{}
	for site, ledger := range ledgers {
		l.areas[site] = newArea(site, ledger)
	}
	l.built = now
	l.stats.restored.Add(1)
	return nil
}

// filling numbers the fillings of the ledgers, from 1.
func (l *Live) filling() int { return int(l.stats.restored.Load()) }

// daily rebuilds the ledgers once a day, when the store has taken everything: what comes
// meanwhile waits in the queue.
func (l *Live) daily(ctx context.Context, now time.Time) {
	if since := now.Sub(l.built); since < 24*time.Hour && since >= 0 || l.writer.first() != nil {
		return
	}
	if err := l.rebuild(ctx, endOfTime); err != nil {
		l.built = now.Add(-23 * time.Hour) // again in an hour; what there is goes on
		l.c.Report(fmt.Errorf("live inventory: forget what is old: %w", err))
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
