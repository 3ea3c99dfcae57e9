package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/internal/store"
)

// Kept is what a ledger can be filled from: facts in any order, and the frames of the feed,
// oldest first. store.Store is one.
type Kept interface {
	Facts(ctx context.Context, since time.Time, yield func(store.Fact) error) error
	History(ctx context.Context, from, to time.Time, yield func(at time.Time, frame []byte) error) error
}

// Ledgers is a ledger for each site: what is one address here is another device there.
type Ledgers map[string]*Ledger

// of gives the ledger of a site, made when it is first asked for.
func (ls Ledgers) of(site string, l Limits) *Ledger {
	if ls[site] == nil {
		ls[site] = NewLedger(l)
	}
	return ls[site]
}

// Restore fills a ledger for each site from what is kept since a time: its facts, then the
// flows of its history. Judged, they give what the ledgers gave into which all of it came
// first. Frames that cannot be read are counted (Audit.Dropped, "frames"), not fatal.
func Restore(ctx context.Context, from Kept, since time.Time, l Limits) (Ledgers, error) {
	return restore(ctx, from, since, endOfTime, l)
}

// endOfTime is later than anything that is kept.
var endOfTime = time.Unix(0, 1<<63-1).UTC()

// restore is Restore up to a time (excluded).
func restore(ctx context.Context, from Kept, since, to time.Time, l Limits) (Ledgers, error) {
	out := Ledgers{}
	if err := out.facts(ctx, from, since, l); err != nil {
		return nil, err
	}
	return out, out.flows(ctx, from, since, to, l)
}

// facts puts back all facts last seen since a time.
func (ls Ledgers) facts(ctx context.Context, from Kept, since time.Time, l Limits) error {
	if err := restoreFacts(ctx, from, since, func(site string) *Ledger { return ls.of(site, l) }); err != nil {
		return err
	}
	for _, ledger := range ls {
		ledger.restored()
	}
	return nil
}

// flows adds the flows of the history from one time to another (excluded). They may come
// before the facts, and in several goes, oldest first.
func (ls Ledgers) flows(ctx context.Context, from Kept, since, to time.Time, l Limits) error {
	err := from.History(ctx, since, to, func(_ time.Time, frame []byte) error {
		site, _, body, err := OpenFrame(frame)
		ledger := ls.of(site, l)
		if err == nil {
			err = sensor.ReadFrame(body, onlyFlows{ledger})
		}
		if err != nil {
			ledger.dropped["frames"]++
		}
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("restore history: %w", err)
	}
	return nil
}

// onlyFlows passes on flows: the facts of a frame are in the table of facts too, where they
// are counted.
type onlyFlows struct{ ledger *Ledger }

func (onlyFlows) Observe(*sensor.Fact) {}

func (o onlyFlows) Flow(f *packet.Flow, app, name, nameFrom string) {
	o.ledger.Flow(f, app, name, nameFrom)
}

// errEnough stops the reading of facts when there is no room for more.
var errEnough = errors.New("enough")

// restoreFacts puts the facts into the ledgers in the order in which they were first seen.
func restoreFacts(ctx context.Context, from Kept, since time.Time, of func(site string) *Ledger) error {
	var all []store.Fact
	err := from.Facts(ctx, since, func(f store.Fact) error {
		if len(all) >= maxRestored {
			return errEnough
		}
		all = append(all, f)
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("restore facts: %w", err)
	}
	slices.SortFunc(all, compareFacts)
	for i := range all {
		of(all[i].Site).RestoreFact(&all[i])
	}
	if err != nil {
		of("").dropped["facts"]++
	}
	return nil
}

// maxRestored bounds the facts that are sorted at once: some 500 MB of them.
const maxRestored = 2 << 20

// RestoreFact puts back a fact that was kept, with all its sightings; the facts of one host are
// to come in the order in which they were first seen. f is valid only during
// the call; its Kind and Value may be kept.
func (l *Ledger) RestoreFact(f *store.Fact) {
	if f.Count <= 0 {
		return
	}
	at := sensor.Fact{At: f.First, Addr: f.Addr, MAC: f.MAC, Other: f.Other, Kind: f.Kind, Value: f.Value, Origin: &f.By}
	n := l.observe(&at)
	if n == 0 {
		return
	}
	kept := l.facts.at(n)
	kept.count += uint32(min(f.Count-1, 1<<31))
	if kept.last = max(kept.last, f.Last); f.First < kept.first {
		kept.first = f.First
	}
	if h := l.hostOf(&at); h != 0 {
		l.seen(h, f.First, f.Last)
	}
}

// restored is to be called when all facts are back: an interview is judged by all that it brought.
func (l *Ledger) restored() {
	for h := range l.hosts.len() {
		for i := l.hosts.at(uint32(h)).facts; i != 0; i = l.facts.at(i).next {
			l.interviewed(uint32(h), i)
		}
	}
}

// Interviews: a complete one says anew what a host answers when it is asked.

// interviewSlack is how long before it is found alive a host may have answered questions to everybody.
const interviewSlack = 2 * time.Minute

// interviewed notes from when on what a host was asked stands, if the fact says that an
// interview of it came to its end: older answers are superseded, see stands.
func (l *Ledger) interviewed(h, n uint32) {
	f := l.facts.at(n)
	if l.kinds.text[f.kind] != "scan.interview" || l.values.text[f.value] != "complete" || f.origin&1 == 0 {
		return
	}
	begun := f.last - int64(10*time.Minute)
	answered := false
	for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
		if g := l.facts.at(i); l.kinds.text[g.kind] == "scan.alive" && g.last <= f.last {
			begun = max(begun, g.last)
		}
	}
	begun -= int64(interviewSlack)
	for i := l.hosts.at(h).facts; i != 0 && !answered; i = l.facts.at(i).next {
		g := l.facts.at(i)
		answered = g.origin&1 != 0 && g.last >= begun && l.protocol(g) != "scan"
	}
	if !answered {
		return // it was there, and silent: that proves nothing
	}
	if l.asked == nil {
		l.asked = map[uint32]int64{}
	}
	l.asked[h] = max(l.asked[h], begun)
}

// stands reports whether a fact about a host still stands: what it answered to questions does
// until it is asked again and answers otherwise. Passwords are tried in their own time: what
// is known of them stands until the next try.
func (l *Ledger) stands(h uint32, f *fact) bool {
	begun := l.asked[h]
	if f.origin&1 == 0 || f.last >= begun {
		return true
	}
	if l.protocol(f) != "password" {
		return false
	}
	for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
		if g := l.facts.at(i); g.last >= begun && l.protocol(g) == "password" {
			return false
		}
	}
	return true
}

// protocol is the part of a fact's kind before the dot.
func (l *Ledger) protocol(f *fact) string {
	p, _, _ := strings.Cut(l.kinds.text[f.kind], ".")
	return p
}
