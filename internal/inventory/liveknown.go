package inventory

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// known is what the store has of a device, as far as that is compared.
type known struct {
	id, site  string
	beliefs   [len(fields)]string
	macs      []cordon.MAC
	addrs     []netip.Addr
	names     []string
	first     time.Time // when it was first seen
	rest      string    // what else is worth writing at once when it changes
	put       time.Time // when it was last written, by Now
	heard     time.Time // Device.Last as it was written
	amount    uint64    // what it exchanged, as it was written
	knowledge string
	findings  map[findingID]*standing
	lives     lives
}

// fields are the beliefs whose changes are kept, as cordon.Change names them.
var fields = [...]string{"class", "brand", "maker", "model", "firmware", "grade"}

func (k *known) class() string { return k.beliefs[0] }

// beliefs of a device, with the strongest reason for each.
func beliefs(d *cordon.Audited) (values, reasons [len(fields)]string) {
	for i, b := range []*cordon.Belief{&d.Identity.Class, &d.Identity.Brand, &d.Identity.Maker, &d.Identity.Model, &d.Identity.Firmware} {
		values[i] = b.Value
		if len(b.Reasons) > 0 {
			reasons[i] = because(b.Reasons[0])
		}
	}
	values[5], reasons[5] = d.Grade.Letter, d.Grade.Why
	if len(d.Grade.Steps) > 0 {
		reasons[5] = d.Grade.Steps[0].Text
	}
	return values, reasons
}

// because writes a reason with what was seen.
func because(r cordon.Reason) string {
	if r.Value == "" || strings.Contains(r.Text, r.Value) {
		return r.Text
	}
	return r.Text + ": " + r.Value
}

// loadKnown reads the devices and the open findings of the store.
func (l *Live) loadKnown(ctx context.Context) error {
	if err := eachDevice(ctx, l.c.Store, l.learn); err != nil {
		return err
	}
	if err := l.loadFindings(ctx); err != nil {
		return err
	}
	return l.loadLives(ctx)
}

func (l *Live) learn(r *store.DeviceRow) {
	l.ids.learn(r.Site, r.ID, r.MACs)
	if len(l.known) >= l.c.Limits.Devices || l.known[r.ID] != nil {
		return
	}
	k := &known{id: r.ID, site: r.Site, macs: r.MACs, addrs: r.Addrs, names: r.Names, put: r.Judged, first: r.First, heard: r.Last, knowledge: r.Knowledge}
	k.beliefs = [len(fields)]string{r.Class, r.Brand, r.Maker, r.Model, r.Firmware, r.Grade}
	l.known[r.ID] = k
	l.stats.devices.Store(uint64(len(l.known)))
}

// putEvery is how long what changes all the time (amounts, times) may wait to be written.
const putEvery = time.Minute

// conclude compares what is concluded of a device with what the store has, and notes what to write.
func (l *Live) conclude(p *area, d *cordon.Audited, heard evidence, now time.Time) (closed []watch.Event) {
	k := l.known[d.ID]
	isNew := k == nil
	if isNew {
		if len(l.known) >= l.c.Limits.Devices {
			return nil
		}
		k = &known{id: d.ID, site: p.site, first: d.First}
		l.known[d.ID] = k
		l.stats.devices.Store(uint64(len(l.known)))
	}
	k.lives.seen(d.Last)
	macs, version := macsOf(d), p.know.Version
	changed := !slices.Equal(macs, k.macs)
	k.macs = macs
	changed = l.compare(k, d, isNew, version, now) || changed
	findings, closed := l.compareFindings(p, k, d, heard, now)
	rest, amount := restOf(d), d.Sent+d.Received+uint64(d.Flows)
	stale := now.Sub(k.put) >= putEvery || now.Before(k.put)
	if changed || isNew || findings || rest != k.rest && (k.rest != "" || stale) || version != k.knowledge || stale && (!d.Last.Equal(k.heard) || amount != k.amount) {
		l.pending.devices = append(l.pending.devices, store.Known{Audited: *d, Knowledge: version, Judged: now})
		k.put, k.heard, k.amount, k.knowledge = now, d.Last, amount, version
		if changed || isNew {
			l.c.Publish(cordon.Event{At: now, Kind: "device", ID: d.ID, Site: d.Site, Title: title(d)})
		}
	}
	k.rest = rest
	return closed
}

// title says in a line what a device is.
func title(d *cordon.Audited) string {
	out := []string{}
	for _, s := range []string{d.Identity.Maker.Value, d.Identity.Model.Value, d.Identity.Class.Value} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// restOf is what of a device, apart from its beliefs, is worth writing as soon as it changes.
func restOf(d *cordon.Audited) string {
	var lists []string
	for i := range d.Lists {
		lists = append(lists, d.Lists[i].List+" "+d.Lists[i].Verdict)
	}
	return fmt.Sprint(d.Reach, d.Hidden, d.Ports, d.Grade.Score, lists, d.Claim != nil, len(d.Interfaces))
}

// compare notes each belief that became another.
func (l *Live) compare(k *known, d *cordon.Audited, isNew bool, version string, now time.Time) (changed bool) {
	values, reasons := beliefs(d)
	note := func(field, from, to, why string) {
		changed = true
		l.pending.changes = append(l.pending.changes, cordon.Change{
			At: now, Device: d.ID, Field: field, From: from, To: to, Why: why, Knowledge: version,
		})
	}
	for i, f := range fields {
		if values[i] != k.beliefs[i] {
			note(f, k.beliefs[i], values[i], cmp.Or(reasons[i], "what spoke for it no longer does"))
		}
	}
	addrs := addrsOf(d)
	if !slices.Equal(addrs, k.addrs) && !isNew {
		note("address", join(k.addrs), join(addrs), "seen in use by the same interface")
	}
	if !slices.Equal(d.Names, k.names) && !isNew {
		note("name", strings.Join(k.names, ", "), strings.Join(d.Names, ", "), "a name that it gives itself")
	}
	k.beliefs, k.addrs, k.names = values, addrs, d.Names
	return changed
}

func macsOf(d *cordon.Audited) []cordon.MAC {
	var out []cordon.MAC
	for i := range d.Interfaces {
		if m := d.Interfaces[i].MAC; m != (cordon.MAC{}) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b cordon.MAC) int { return slices.Compare(a[:], b[:]) })
	return out
}

func addrsOf(d *cordon.Audited) []netip.Addr {
	var out []netip.Addr
	for i := range d.Interfaces {
		out = append(out, d.Interfaces[i].Addrs...)
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

func join(addrs []netip.Addr) string {
	var out []string
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

// judge judges what is due and gives it with its events before those that there are.
func (l *Live) judge(now time.Time, events *[]watch.Event) []cordon.Audited {
	var judged []cordon.Audited
	var closed []watch.Event
	left := l.c.Limits.Judged
	waiting, told := l.pending.closed, len(l.pending.findings)
	l.pending.closed = nil
	for _, p := range l.sites() {
		due := l.due(p, left)
		left -= len(due)
		for _, u := range due {
			unit := &p.judge.units[u]
			if unit.mac == (cordon.MAC{}) && !l.ids.confirm(p.site, p.ledger.hosts.at(unit.hosts[0]).addr, unit.id) {
				p.ledger.regroup() // another site's device took the id in this second
				p.now.add(unit.hosts[0])
				continue
			}
			var d cordon.Audited
			p.judge.unit(&d, unit)
			d.Site = p.site
			heard := p.judge.evidence(unit)
			closed = append(closed, l.conclude(p, &d, heard, now)...)
			judged = append(judged, d)
			for _, c := range p.judge.behind(&d, p.judge.told) {
				closed = append(closed, l.conclude(p, &c, heard, now)...)
				judged = append(judged, c)
			}
		}
	}
	l.pending.closed = append(reopen(waiting, l.pending.findings[told:]), l.pending.closed...)
	l.noteMoves(now)
	all := make([]watch.Event, 0, len(judged)+len(*events)+len(closed))
	for i := range judged {
		all = append(all, watch.Event{Site: judged[i].Site, Device: judged[i].ID, Judged: &judged[i]})
	}
	*events = append(append(all, *events...), closed...)
	return judged
}

// noteMoves keeps that an interface was found for a device known by its address.
func (l *Live) noteMoves(now time.Time) {
	for _, m := range l.ids.moved {
		l.pending.changes = append(l.pending.changes, cordon.Change{
			At: now, Device: m.id, Field: "interface", To: m.mac.String(), Why: m.why,
		})
	}
	l.ids.moved = nil
	for _, m := range l.ids.merged {
		l.pending.changes = append(l.pending.changes,
			cordon.Change{At: now, Device: m.was, Field: "device", From: m.was, To: m.is, Why: m.why},
			cordon.Change{At: now, Device: m.is, Field: "device", From: m.was, To: m.is, Why: m.why})
		l.forget(m.was, "it is the device "+m.is+": "+m.why, now)
	}
	l.ids.merged = nil
}

// passers takes devices out of mind that were there for less than an hour, more than an hour
// ago, when there is hardly room left: a crowd of made-up ones. The store has them.
func (l *Live) passers(now time.Time) {
	if len(l.known) < l.c.Limits.Devices*7/8 {
		return
	}
	for id, k := range l.known {
		if len(k.findings) == 0 && !cordon.Watches(k.class()) && now.Sub(k.heard) > time.Hour && k.heard.Sub(k.first) < time.Hour {
			delete(l.known, id)
		}
	}
	l.stats.devices.Store(uint64(len(l.known)))
}

// forget takes a device that turned out to be another out of mind: its findings are over.
func (l *Live) forget(id, why string, now time.Time) {
	k := l.known[id]
	if k == nil {
		return
	}
	for f, s := range k.findings {
		if s.closed.IsZero() {
			l.pending.closed = append(l.pending.closed, closing{id, f.code, f.key, why, now})
		}
	}
	slices.SortFunc(l.pending.closed, func(a, b closing) int {
		return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.code, b.code), cmp.Compare(a.key, b.key))
	})
	delete(l.known, id)
	l.stats.devices.Store(uint64(len(l.known)))
}
