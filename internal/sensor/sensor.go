// Package sensor brings in what was heard: it reads capture files and listens on interfaces,
// feeds frames to packet, lets find hear what was said, takes flow exports and logs of others,
// and passes flows and facts on to a Sink; frames of a feed carry them between processes. It
// promises that facts carry no secret (those kinds are hashed with the instance's key on the
// way) and that memory stays bounded. It keeps no devices and judges nothing: that is
// inventory's work.
package sensor

import (
	"net/netip"
	"time"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
)

// Sink takes what a sensor learned. Calls of one source come from one goroutine, in the order
// in which it was heard.
type Sink interface {
	// Observe takes one fact. Facts about nobody (multicast receivers) are not sent. f is
	// valid only during the call; its Kind and Value may be kept.
	Observe(f *Fact)
	// Flow takes a flow that ended, or a part of one that goes on (f.More), its application (empty: not recognised) and the name
	// behind its answerer as its opener knew it. f is valid only during the call.
	Flow(f *packet.Flow, app, name, nameFrom string)
}

// Fact is an observation before it is known which device it is about: named by its
// address, by its interface where it spoke without an address of its own, or by Other.
type Fact struct {
	At     int64 // nanoseconds since 1970-01-01 UTC
	Addr   netip.Addr
	MAC    cordon.MAC
	Other  cordon.Key
	Kind   cordon.Kind
	Value  string
	Origin *cordon.Origin
}

// Name is what a far end is called, and how that was learned.
type Name struct {
	Text string // lower case, empty when not known
	From string // dns, sni, quic, host or certificate
}

// nameKinds are the facts that name the answerer of the conversation they came from,
// best first: a later one never replaces an earlier one.
var nameKinds = []struct {
	kind cordon.Kind
	from string
}{
	{"tls.sni", "sni"}, {"quic.sni", "quic"}, {"http.host", "host"}, {"tls.subject", "certificate"},
}

// Listener folds what a packet.Table hears into a Sink. Create it with NewListener.
type Listener struct {
	sink    Sink
	secrets Secrets
	origin  cordon.Origin
	names   *names
	answers answers
	media   map[mediaEnd]struct{}
	bursts  bursts
	msg     find.Message
	heard   Fact // lent to the sink, one after the other
	cur     *packet.Message
	emit    find.Emit
	app     [256]string
	rtp     packet.App
	spare   map[cordon.Kind]bool
	traits  [256]traits
	called  [manyCalled]called
	told    find.Told

	announces func(mediaEnd) // told of ports announced for media; nil: nobody
}

// NewListener makes a listener that sends what it learns to sink and hashes secrets with key.
func NewListener(sensor string, key []byte, sink Sink) *Listener {
	l := &Listener{
		sink: sink, secrets: NewSecrets(key), origin: cordon.Origin{Sensor: sensor},
		names: newNames(), answers: answers{pair: map[uint64]answer{}}, media: map[mediaEnd]struct{}{},
		bursts: bursts{arp: map[cordon.MAC]*burst{}, dhcp: map[cordon.MAC]*burst{}},
	}
	l.emit = find.Tidied(l.fact)
	l.told.Take = func(t *find.Told, asker find.Subject, addr netip.Addr) {
		l.answers.learn(l.side(asker), addr, l.names.numberOf(t.Name), l.cur.At)
	}
	for _, p := range find.Protocols() {
		l.app[find.Number(p)] = p.Name
		if p.Name == "rtp" {
			l.rtp = packet.App(find.Number(p))
		}
	}
	return l
}

// Hear implements packet.Listener: it names the application and passes on the facts.
func (l *Listener) Hear(m *packet.Message) (packet.App, bool) {
	l.cur = m
	l.fill(m)
	if m.Proto == packet.EtherProto {
		l.fact(find.Sender, "ether.mac", "speaks")
	}
	l.tally(m)
	l.noteAnswer(m.Flow)
	var p *find.Protocol
	known := m.Flow != nil && m.Flow.App != 0
	if known {
		p = find.ByNumber(uint8(m.Flow.App))
	}
	if p == nil || m.Proto == packet.ProtoUDP {
		if q := find.Identify(&l.msg); q != nil {
			p = q
		}
	}
	switch {
	case p == nil && m.Proto == packet.ProtoUDP:
		return l.guessMedia(m)
	case p == nil:
		return l.stranger(m)
	case m.Proto == packet.ProtoTCP:
		return packet.App(find.Number(p)), l.stream(p, m)
	}
	if p.Hear != nil {
		p.Hear(&l.msg, l.emit)
	}
	return packet.App(find.Number(p)), p.Hear != nil
}

// stream hears a connection once: when the protocol has enough, or nothing more will come.
func (l *Listener) stream(p *find.Protocol, m *packet.Message) (more bool) {
	if p.Hear == nil {
		return false
	}
	if m.Final || p.Enough != nil && p.Enough(&l.msg) {
		p.Hear(&l.msg, l.emit)
		return false
	}
	return true
}

// undecided is how many bytes of a connection may pass before it counts as unknown:
// every protocol in find shows itself within a line or a header.
const undecided = 512

// stranger deals with a message that no protocol claims.
func (l *Listener) stranger(m *packet.Message) (packet.App, bool) {
	if m.Proto != packet.ProtoTCP {
		return 0, true
	}
	if !m.Final && len(m.Data) < undecided && len(m.Reply) < undecided {
		return 0, true
	}
	l.unknown(m)
	return 0, false
}

// unknown keeps the first bytes of a conversation nobody recognised, as evidence for rules on raw bytes.
func (l *Listener) unknown(m *packet.Message) {
	if len(m.Data) == 0 && len(m.Reply) > 0 {
		l.fact(find.Receiver, "tcp.banner", payload(m.To.Port, m.Reply))
		return
	}
	if len(m.Data) > 0 {
		l.fact(find.Sender, "tcp.payload", payload(m.To.Port, m.Data))
	}
}

func (l *Listener) fill(m *packet.Message) {
	t := find.Transport(0) // a protocol that find does not listen to
	switch m.Proto {
	case packet.ProtoTCP:
		t = find.TCP
	case packet.ProtoUDP:
		t = find.UDP
	case packet.ProtoICMPv6:
		t = find.ICMP6
	case packet.EtherProto:
		t = find.Ether
	}
	l.msg = find.Message{
		At: time.Unix(0, m.At).UTC(), Transport: t, EtherType: m.EtherType,
		From: party(&m.From), To: party(&m.To), Data: m.Data, Reply: m.Reply, Final: m.Final,
		Spare: l.spare, Told: &l.told,
	}
}

func party(e *packet.End) find.Party {
	return find.Party{MAC: e.MAC, Addr: netip.AddrPortFrom(e.Addr, e.Port)}
}

// Ended implements packet.Listener: the flow goes to the sink under its best name.
func (l *Listener) Ended(f *packet.Flow) {
	n := l.nameOf(f)
	l.sink.Flow(f, l.app[f.App], n.Text, n.From)
}

// fact is the find.Emit of this listener.
func (l *Listener) fact(about find.Subject, kind cordon.Kind, value string) {
	switch kind {
	case "dns.answer":
		l.answers.learnText(l.names, l.side(about), value, l.cur.At)
		return
	case "rtsp.rtp":
		l.expectMedia(value)
		return
	}
	is := l.traitsOf(kind)
	if is.name != 0 {
		l.noteName(uint64(is.name), kind, value)
	}
	if is.spare {
		return
	}
	f := &l.heard
	*f = Fact{At: l.cur.At, Kind: kind, Value: value, Origin: &l.origin}
	if !l.about(f, about) {
		return
	}
	if is.secret {
		f.Value = l.secrets.Hide(value)
	}
	l.sink.Observe(f)
}

// side is the address of the party that a fact is about, zero for a named key.
func (l *Listener) side(s find.Subject) netip.Addr {
	switch {
	case s.IsSender():
		return l.cur.From.Addr
	case s.IsReceiver():
		return l.cur.To.Addr
	}
	return netip.Addr{}
}

// about says whom the fact is about, and reports whether that is anybody: the party's
// address where it has one of its own, else its interface.
func (l *Listener) about(f *Fact, s find.Subject) bool {
	if !s.IsSender() && !s.IsReceiver() {
		f.Other = s.Key
		return s.Key.Value != ""
	}
	e := &l.cur.From
	if s.IsReceiver() {
		e = &l.cur.To
	}
	if own(e.Addr) {
		f.Addr = e.Addr.Unmap()
		return true
	}
	f.MAC = e.MAC
	return !e.Addr.IsMulticast() && !e.MAC.Group() && e.MAC != (cordon.MAC{})
}

// own reports whether an address can be somebody's: not unset, unspecified, multicast or broadcast.
func own(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != broadcast
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
