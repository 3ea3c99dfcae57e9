package inventory

import (
	"net/netip"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// atOnce is how many bytes of frames are read before it is said whom they were about: it bounds
// what is in memory meanwhile.
const atOnce = 2 << 20

// maxEvents bounds what the watcher is told in one second: a flood is told by what the devices
// are judged by.
const maxEvents = 20_000

// item is one thing that was heard: a part of a flow, or a fact that the watcher heeds.
type item struct {
	place *area
	name  string // of the source
	flow  *packet.Flow
	app   string
	far   string // name of the far end
	from  string
	fact  *sensor.Fact
}

// pending is what was heard since the last batch for the store, and of whom it is not said yet.
type pending struct {
	facts    map[factID]*store.Fact
	contacts map[contactID]*cordon.Contact
	frames   [][]byte
	bytes    int
	items    []item

	devices  []store.Known
	changes  []cordon.Change
	findings []store.FindingRow
	closed   []closing
}

func newPending() *pending {
	return &pending{facts: map[factID]*store.Fact{}, contacts: map[contactID]*cordon.Contact{}}
}

// factID is what makes two sightings one fact.
type factID struct {
	site  string
	addr  netip.Addr
	mac   cordon.MAC
	other cordon.Key
	kind  cordon.Kind
	value string
	asked bool
}

// contactID is what makes two parts of flows one contact.
type contactID struct {
	device, peer, app, name, protocol string
	hour                              int64
	far                               netip.Addr
	port                              uint16
	opened                            bool
}

// hear reads some of what is queued into the ledgers, and reports whether there is more.
func (l *Live) hear() (more bool) {
	list, more := l.queue.take(atOnce)
	for i := range list {
		q := &list[i]
		in := intake{live: l, place: l.area(q.site), name: q.name}
		if err := sensor.ReadFrame(q.frame, &in); err != nil {
			l.stats.refused.Add(1)
			if in.records == 0 {
				continue
			}
		}
		frame := wrapFrame(q.site, q.name, q.frame)
		l.pending.frames = append(l.pending.frames, frame)
		l.pending.bytes += len(frame)
	}
	return more
}

// intake is the sensor.Sink of one frame.
type intake struct {
	live    *Live
	place   *area
	name    string
	records int
}

// Observe implements sensor.Sink.
func (in *intake) Observe(f *sensor.Fact) {
	in.records++
	in.place.ledger.Observe(f)
	in.live.pending.fact(in.place.site, f)
	in.live.heardAt = later(in.live.heardAt, moment(f.At))
	if watch.Heeds(f.Kind) && len(in.live.pending.items) < maxEvents {
		kept := *f
		in.live.pending.items = append(in.live.pending.items, item{place: in.place, name: in.name, fact: &kept})
	}
}

// Flow implements sensor.Sink.
func (in *intake) Flow(f *packet.Flow, app, name, nameFrom string) {
	in.records++
	in.place.ledger.Flow(f, app, name, nameFrom)
	in.live.heardAt = later(in.live.heardAt, moment(f.Last))
	kept := *f
	in.live.pending.items = append(in.live.pending.items, item{place: in.place, name: in.name, flow: &kept, app: app, far: name, from: nameFrom})
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// fact adds one sighting to what the store is to be told.
func (p *pending) fact(site string, f *sensor.Fact) {
	k := factID{site, f.Addr, f.MAC, f.Other, f.Kind, f.Value, f.Origin != nil && f.Origin.Asked}
	had := p.facts[k]
	if had == nil {
		had = &store.Fact{Site: site, Addr: f.Addr, MAC: f.MAC, Other: f.Other, Kind: f.Kind, Value: f.Value, First: f.At, Last: f.At}
		p.facts[k] = had
		p.bytes += 200 + len(f.Value)
	}
	had.Count++
	had.First, had.Last = min(had.First, f.At), max(had.Last, f.At)
	if f.Origin != nil {
		had.By = *f.Origin
	}
}

// resolve says whom the flows and facts heard are about: contacts for the store, events for
// the watcher.
func (l *Live) resolve(events *[]watch.Event) {
	for _, p := range l.sites() {
		l.group(p)
	}
	wait := l.pending.items[:0]
	for i := range l.pending.items {
		it := &l.pending.items[i]
		switch {
		case !it.grouped():
			wait = append(wait, *it)
		case it.fact != nil:
			l.resolveFact(it, events)
		default:
			l.resolveFlow(it, events)
		}
	}
	clear(l.pending.items[len(wait):])
	l.pending.items = wait
}

// grouped reports whether it is said whose the hosts of an item are: among very many hosts
// that is not asked every second.
func (it *item) grouped() bool {
	l, known := it.place.ledger, len(it.place.judge.owner)
	if it.fact != nil {
		return int(l.hostOf(it.fact)) < known
	}
	for s := range it.flow.End {
		if int(l.byAddr.find(&l.hosts, it.flow.End[s].Addr.Unmap())) >= known {
			return false
		}
	}
	return true
}

func (l *Live) resolveFact(it *item, events *[]watch.Event) {
	ledger, j := it.place.ledger, it.place.judge
	h := ledger.hostOf(it.fact)
	if h == 0 || int(h) >= len(j.owner) || j.owner[h] < 0 {
		return
	}
	u := &j.units[j.owner[h]]
	o := cordon.Observation{
		At: moment(it.fact.At), Last: moment(it.fact.At), Count: 1, Site: it.place.site,
		About: cordon.Key{Kind: cordon.KeyMAC, Value: u.id}, Kind: it.fact.Kind, Value: it.fact.Value,
	}
	if u.mac == (cordon.MAC{}) {
		o.About.Kind = cordon.KeyAddress
	}
	if it.fact.Origin != nil {
		o.By = *it.fact.Origin
	}
	*events = append(*events, watch.Event{Site: it.place.site, Device: u.id, Sensor: it.name, Fact: &o})
}

// resolveFlow tells a part of a flow as each of its ends that is a device sees it.
func (l *Live) resolveFlow(it *item, events *[]watch.Event) {
	ledger, j, f := it.place.ledger, it.place.judge, it.flow
	var hosts [2]uint32
	for s := range hosts {
		if hosts[s] = ledger.byAddr.find(&ledger.hosts, f.End[s].Addr.Unmap()); hosts[s] == 0 || int(hosts[s]) >= len(j.owner) {
			return // no room for them: counted
		}
	}
	t := partTalk(f, hosts)
	for s := range hosts {
		if j.owner[hosts[s]] < 0 || s == 1 && hosts[0] == hosts[1] {
			continue
		}
		flow := j.delta(&t, packet.Side(s))
		flow.App, flow.Name, flow.NameFrom = it.app, it.far, it.from
		if f.Again {
			flow.Count, flow.Refused, flow.Unanswered = 0, 0, 0
		}
		flow.First = moment(f.First)
		l.pending.contact(it.place.site, &flow, f)
		if len(*events) < maxEvents {
			*events = append(*events, watch.Event{Site: it.place.site, Device: flow.Device, Sensor: it.name, Flow: &flow, More: f.More})
		}
	}
}

// partTalk is one part of a flow as a talk of its own.
func partTalk(f *packet.Flow, hosts [2]uint32) talk {
	t := talk{host: hosts, port: f.End[1].Port, proto: f.Proto}
	t.add(f)
	return t
}

// delta makes the noun of a part, as the device at one end sees it.
func (j *judge) delta(t *talk, mine packet.Side) cordon.Flow {
	var f cordon.Flow
	t.flow(&f, mine, &rhythms{})
	hosts := &j.ledger.hosts
	far := hosts.at(t.host[1-mine])
	f.Device, f.Local, f.Far = j.units[j.owner[t.host[mine]]].id, hosts.at(t.host[mine]).addr, far.addr
	if o := j.owner[t.host[1-mine]]; o >= 0 {
		f.Peer, f.Group = j.units[o].id, j.group(far)
		return f
	}
	end := j.far(t.host[1-mine])
	f.Group, f.Outside, f.Place = end.group, end.outside, end.place
	return f
}

// maxContacts bounds the far ends told apart in one batch: those of a flood are one sum for
// each device.
const maxContacts = 20_000

// contact adds a part of a flow to what its device exchanged in its hour. A conversation is
// counted with its first part, and as unanswered when it ends so.
func (p *pending) contact(site string, f *cordon.Flow, part *packet.Flow) {
	start := f.Last.Truncate(time.Hour)
	k := contactID{f.Device, f.Peer, f.App, f.Name, f.Transport, start.UnixNano(), f.Far, f.Port, f.Opened}
	c := p.contacts[k]
	if c == nil && len(p.contacts) >= maxContacts {
		k = contactID{device: f.Device, hour: k.hour, protocol: f.Transport}
		c = p.contacts[k]
	}
	if c == nil {
		c = &cordon.Contact{
			Site: site, Device: k.device, Start: start, Grain: time.Hour, Far: k.far, Port: k.port, Protocol: k.protocol,
			App: k.app, Name: k.name, Peer: k.peer, Opened: k.opened,
		}
		if k.far.IsValid() {
			c.Place, c.Outside = f.Place, f.Outside
		}
		p.contacts[k] = c
		p.bytes += 300
	}
	c.Sent += f.Sent
	c.Received += f.Received
	if !part.Again {
		c.Flows++
	}
	if !part.More && part.State == packet.StateAttempt {
		c.Unanswered++
	}
}
