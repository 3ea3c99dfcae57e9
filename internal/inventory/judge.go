package inventory

import (
	"cmp"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/identify"
	"cordon/internal/packet"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// Options are the owner's choices for an audit.
type Options struct {
	Nets       []netip.Prefix             // what is inside; empty: inferred
	Answered   []netip.Addr               // inside too: addresses from which somebody on our own link answered a scan
	Lists      []string                   // lists that count for the grade; empty: all
	AllDevices bool                       // list the far ends of people's own devices too
	Accounts   []string                   // accounts on devices that the owner knows of
	Claims     []cordon.Claim             // the owner's inventory; empty: none was given
	Hide       func(serial string) string // hides a serial number as facts have it (sensor.Secrets.Hide); nil: serials of claims are not looked for
	Now        time.Time                  // as of when lists and certificates are judged; zero: the end of what was seen

	site string  // whose devices they are
	ids  *naming // which ids they have had; nil: each is named anew
}

// judge carries what judging one device needs of the whole.
type judge struct {
	ledger  *Ledger
	know    *knowledge.Base
	options Options
	nets    []cordon.Network
	units   []unit
	also    map[int32][]further // further interfaces, by unit
	owner   []int32             // by host: its unit, else what is known of it as a far end, see far
	fars    []farEnd
	cut     bool
	seen    []cordon.Observation // reused from device to device, as are those below
	facts   []uint32             // numbers in Ledger.facts of what is in seen
	keys    []uint64             // what tells seen's kinds and values apart
	flows   []cordon.Flow
	refs    []ref
	namer   *identify.Identifier
	listed  map[listKey]*assess.Listed
	clouds  map[uint32]string // who runs the far ends of these names, see cloud
	lends   bool              // destinations are used again for the next device, see Judgement.Each
	ends    []cordon.Destination
	common  *assess.Shared
	claims  map[string]*cordon.Claim // by unit id
	own     map[cordon.MAC]bool      // interfaces of the units, made when first needed, see met
	told    []cordon.Observation     // of the device judged last: the cameras behind it, see behind
}

// gather fills seen and flows with what is known of one device.
func (j *judge) gather(u *unit) {
	j.seen, j.facts, j.keys, j.flows, j.refs = j.seen[:0], j.facts[:0], j.keys[:0], j.flows[:0], j.refs[:0]
	about := cordon.Key{Kind: cordon.KeyMAC, Value: u.id}
	if u.mac == (cordon.MAC{}) {
		about.Kind = cordon.KeyAddress
	}
	for _, h := range u.hosts {
		j.facts = j.ledger.factsOf(j.facts, h)
		if j.ledger.asked[h] != 0 {
			j.facts = slices.DeleteFunc(j.facts, func(n uint32) bool { return !j.ledger.stands(h, j.ledger.facts.at(n)) })
		}
		j.refs = j.ledger.refs(j.refs, h)
	}
	byFirst := func(x, y uint32) int { return cmp.Compare(j.ledger.facts.at(x).first, j.ledger.facts.at(y).first) }
	if !slices.IsSortedFunc(j.facts, byFirst) { // of several hosts, or of a capture whose packets are out of order
		slices.SortStableFunc(j.facts, byFirst)
	}
	for _, n := range j.facts {
		f := j.ledger.facts.at(n)
		j.seen = append(j.seen, j.ledger.observation(f, about))
		j.keys = append(j.keys, f.key())
	}
	if len(j.refs) > 1 {
		slices.SortFunc(j.refs, j.ledger.compareRefs)
	}
	j.flows = slices.Grow(j.flows, len(j.refs))
	j.flows = j.flows[:len(j.refs)]
	for i := range j.refs {
		j.flow(&j.flows[i], u, j.refs[i])
	}
}

// unit has one device named, assessed and watched, in the place given.
func (j *judge) unit(d *cordon.Audited, u *unit) {
	j.gather(u)
	*d = cordon.Audited{Device: j.ledger.device(u, j.further(u))}
	d.Names = names(j.seen)
	d.Ports = ports(j.seen)
	d.Registered = j.namer.Registered(u.mac)
	d.Identity = j.namer.Identify(identify.In{MAC: u.mac, Seen: j.seen, Keys: j.keys, Flows: j.flows})
	d.Reach = reach(&d.Device, j.flows)
	listed := j.lists(d.Identity.Maker)
	d.Lists = listed.Lists
	in := assess.In{
		Know: j.know, Device: &d.Device, Listed: listed, Seen: j.seen, Flows: j.flows,
		Now: j.options.Now, Cut: j.cut, Shared: j.common, Accounts: j.options.Accounts,
		Chosen: j.options.Lists, Claims: len(j.options.Claims) > 0, Claim: j.claims[u.id],
	}
	d.Claim = in.Claim
	d.Findings = append(assess.Device(in), watch.Device(watch.In{
		Know: j.know, Device: &d.Device, Seen: j.seen, Flows: j.flows, First: moment(j.ledger.first), Last: moment(j.ledger.last),
	})...)
	if d.Hidden = personal(d.Identity.Class) && !j.options.AllDevices; d.Hidden {
		j.hide(d) // before the grade, whose arithmetic quotes the findings' titles
	}
	assess.Place(in, d.Findings)
	sortFindings(d.Findings)
	d.Grade = assess.Grade(in, d.Findings)
	j.totals(d)
	j.told = j.told[:0]
	for i := range j.seen {
		if j.seen[i].Kind == "recorder.channel" {
			j.told = append(j.told, j.seen[i])
		}
	}
	j.shrink()
}

// further gives the further interfaces of a unit.
func (j *judge) further(u *unit) []further {
	if len(j.also) == 0 {
		return nil
	}
	return j.also[j.owner[u.hosts[0]]]
}

// personal reports whether a device is, or where nothing else is known may well be, a
// person's own: in doubt its far ends stay private.
func personal(class cordon.Belief) bool {
	return cordon.Personal(class.Value) || class.Value == "" && cordon.Personal(class.Possible)
}

// hide takes whom a device called out of what is told of it. What is not known for a
// person's keeps its findings: those of unknown devices are about attacks only.
func (j *judge) hide(d *cordon.Audited) {
	if cordon.Personal(d.Identity.Class.Value) {
		d.Findings = slices.DeleteFunc(d.Findings, func(f cordon.Finding) bool { return watch.NamesFarEnd(f.Code) })
	}
	hideFarEnds(&d.Identity)
}

// hideFarEnds takes out of an identity's reasons whom the device called: what that said of it stays.
func hideFarEnds(id *cordon.Identity) {
	for _, b := range []*cordon.Belief{&id.Class, &id.Brand, &id.Maker, &id.Model, &id.Firmware} {
		b.Reasons = slices.Clone(b.Reasons)
		for i := range b.Reasons {
			if identify.NamesFarEnd(b.Reasons[i].Channel) {
				b.Reasons[i].Value = ""
			}
		}
	}
}

// shrink lets go of what one device with very many conversations made grow: the next such
// device is far.
func (j *judge) shrink() {
	huge := cap(j.flows) > hugeFlows
	if cap(j.flows) > usualFlows {
		j.flows, j.refs, j.ends = nil, nil, nil
	}
	if cap(j.seen) > usualFlows {
		j.seen, j.facts, j.keys = nil, nil, nil
	}
	if huge {
		runtime.GC() // or the collector would take that much for what is usually held, and let as much again pile up
	}
}

// usualFlows is up to how many conversations or facts room is kept from device to device: two megabytes.
const usualFlows = 1 << 12

// hugeFlows is how many conversations of one device (a router, a name server) take more memory than
// judging everybody else does: 27 megabytes. A ledger has room for some dozens of such devices.
const hugeFlows = 1 << 16

// reach is watch.Reach, but for what is no camera: a router's own conversations cannot be
// told from those it passes on, and a computer has no recorder. What was seen for a moment
// only is not closed: there was no time to see whom else it calls.
func reach(d *cordon.Device, flows []cordon.Flow) cordon.Reach {
	class := d.Identity.Class.Value
	if class == cordon.ClassRouter {
		return cordon.ReachUnknown
	}
	r := watch.Reach(flows)
	if r == cordon.ReachClosed && (cordon.Personal(class) || d.Last.Sub(d.First) < closedAfter) {
		return cordon.ReachOwn
	}
	return r
}

// closedAfter is how long a device must have been seen before it may be called closed:
// cameras look for their cloud every minute or so where they cannot reach it.
const closedAfter = 5 * time.Minute

// listKey is all that the listings of a device depend on.
type listKey struct{ maker, possible, verdict, settle string }

// lists gives the listings of a maker belief; devices with the same one share them.
func (j *judge) lists(maker cordon.Belief) *assess.Listed {
	verdict, settle := assess.Verdict(maker)
	k := listKey{maker.Key, maker.Possible, verdict, settle}
	l := j.listed[k]
	if l == nil {
		l = assess.Lists(j.know, maker, j.options.Lists, j.options.Now)
		j.listed[k] = l
	}
	return l
}

// totals fills the sums and, unless the device is a person's own, the destinations.
func (j *judge) totals(d *cordon.Audited) {
	for i := range j.flows {
		f := &j.flows[i]
		d.Sent += f.Sent
		d.Received += f.Received
		d.Flows += f.Count
	}
	if !d.Hidden {
		d.Destinations = j.destinations()
	}
}

// ref is one host's side of a talk.
type ref struct {
	bytes uint64 // of both sides: what refs are sorted by, unless they are equal
	far   uint64 // then the far end's address, as far as addrOrder tells it apart
	talk  uint32
	mine  packet.Side
}

// refs appends the talks of a host.
func (l *Ledger) refs(dst []ref, h uint32) []ref {
	for n := l.hosts.at(h).talks; n != 0; {
		t := l.talks.at(n)
		mine := t.side(h)
		if t.count > 0 || t.seconds > 0 || l.parts.of[n] != 0 { // else: all of it turned out to be another's
			dst = append(dst, ref{l.bytesOf(n), addrOrder(l.hosts.at(t.host[1-mine]).addr), n, mine})
		}
		n = t.next[mine]
	}
	return dst
}

// compareRefs orders by bytes, most first, then by far end, port, protocol and the rest:
// the same input gives the same order.
func (l *Ledger) compareRefs(a, b ref) int {
	if c := cmp.Compare(b.bytes, a.bytes); c != 0 {
		return c
	}
	if c := cmp.Compare(a.far, b.far); c != 0 {
		return c
	}
	x, y := l.talks.at(a.talk), l.talks.at(b.talk)
	fx, fy := l.hosts.at(x.host[1-a.mine]), l.hosts.at(y.host[1-b.mine])
	if c := fx.addr.Compare(fy.addr); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(x.port, y.port), cmp.Compare(x.proto, y.proto), cmp.Compare(l.firstOf(a.talk), l.firstOf(b.talk)),
		cmp.Compare(l.apps.text[x.app], l.apps.text[y.app]), cmp.Compare(l.values.text[x.name], l.values.text[y.name]))
}

// flow makes the noun of a talk, from the side of one of its ends, in the place given.
func (j *judge) flow(f *cordon.Flow, u *unit, r ref) {
	l := j.ledger
	t := l.talks.at(r.talk)
	far := l.hosts.at(t.host[1-r.mine])
	if l.parts.of[r.talk] != 0 {
		w := l.whole(r.talk)
		w.talk.flow(f, r.mine, &w.rhythms)
	} else {
		t.flow(f, r.mine, l.rhythms.at(t.rhythms))
	}
	f.Device, f.Local, f.Far = u.id, l.hosts.at(t.host[r.mine]).addr, far.addr
	f.App, f.Name, f.NameFrom = l.apps.text[t.app], l.values.text[t.name], l.froms.text[t.nameFrom]
	if o := j.owner[t.host[1-r.mine]]; o >= 0 {
		f.Peer, f.Group = j.units[o].id, j.group(far)
		return
	}
	end := j.far(t.host[1-r.mine])
	f.Group, f.Outside, f.Place = end.group, end.outside, end.place
}

// flow makes the noun, from the side of one end, in the place given.
func (t *talk) flow(f *cordon.Flow, mine packet.Side, timing *rhythms) {
	his := 1 - mine
	*f = cordon.Flow{
		Port: t.port, Transport: transport(t.proto), Opened: mine == packet.Opener,
		State: t.state(), Count: int(t.count), Refused: int(t.refused),
		Unanswered: int(t.count - t.answered - t.refused - t.midway),
		Sent:       t.bytes[mine], Received: t.bytes[his],
		PayloadSent: t.payload[mine], PayloadReceived: t.payload[his],
		PacketsSent: uint64(t.packets[mine]), PacketsReceived: uint64(t.packets[his]),
		First: moment(t.first), Last: moment(t.last),
	}
	f.Shape = cordon.Shape{
		ActiveSeconds: int(t.seconds), BigSent: share(t.big[mine], t.packets[mine]), BigReceived: share(t.big[his], t.packets[his]),
	}
	if t.rhythms != 0 {
		r := timing.best(t.count, t.answered+t.midway > 0)
		f.Shape.Beats, f.Shape.PeriodMean, f.Shape.PeriodSpread = int(r.n), r.mean(), r.spread()
	}
}

func (t *talk) state() cordon.FlowState {
	switch {
	case t.answered > 0:
		return cordon.StateAnswered
	case t.midway > 0:
		return cordon.StateMidway
	case t.refused > 0:
		return cordon.StateRefused
	}
	return cordon.StateAttempt
}

func share(part, of uint32) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

func transport(p packet.Proto) string {
	switch p {
	case packet.ProtoTCP:
		return "tcp"
	case packet.ProtoUDP:
		return "udp"
	case packet.ProtoICMP:
		return "icmp"
	case packet.ProtoICMPv6:
		return "icmpv6"
	case packet.ProtoIGMP:
		return "igmp"
	}
	return strconv.Itoa(int(p))
}
