package sensor

import (
	"net/netip"
	"sync"
	"time"

	"cordon"
	"cordon/internal/find"
)

// Asked hears the answers to our own questions: the same protocols, the same hashing as
// overheard traffic, but what is said of ourselves is dropped, and every fact says that it
// was asked for. Create it with NewAsked. It is safe for concurrent use: whoever calls it
// waits for the sink, which is called by one at a time.
type Asked struct {
	mu      sync.Mutex
	sink    Sink
	secrets Secrets
	origin  cordon.Origin
}

// NewAsked makes an Asked that sends what it learns to sink and hashes secrets with key,
// which is copied.
func NewAsked(sensorName string, key []byte, sink Sink) *Asked {
	return &Asked{sink: sink, secrets: NewSecrets(key), origin: cordon.Origin{Sensor: sensorName, Asked: true}}
}

// maxAnswer bounds the facts of one exchange: a ledger keeps as many of one host.
const maxAnswer = 1024

// ourDoing are facts that say how we spoke, not how the device is spoken to: that a log-in
// crossed is no fault of the device's when the log-in was ours. The rest are wires for the
// overhearing of what follows, which here does not.
var ourDoing = map[cordon.Kind]bool{
	"http.login": true, "http.login_result": true, "rtsp.login": true, "sip.login": true, "ftp.login": true, "telnet.login": true, "xm.login": true,
	"dhip.login": true, "reolink.login": true, "mqtt.login": true, "snmp.community": true,
	"rtsp.rtp": true, "dns.answer": true,
}

// Hear identifies and hears an exchange that we made: over TCP m.From is us and the whole
// conversation is there; of a datagram m.From is the device that answered. The facts go to
// the sink, and are returned in the order heard, about an address (or a MAC address, where
// who spoke had none, or another key that the answer names); nil when nothing was learned.
// An answer in no known protocol leaves its first bytes. m is only borrowed.
func (a *Asked) Hear(m *find.Message) []cordon.Observation {
	whole := *m
	whole.Final = true
	e := exchange{asked: a, m: &whole, us: whole.From}
	if whole.Transport != find.TCP {
		e.us = whole.To
	}
	if p := find.Identify(&whole); p != nil {
		find.Hear(p, &whole, e.fact)
	} else {
		e.stranger()
	}
	a.pass(e.heard)
	return e.heard
}

// Note passes on a fact that whoever asks found out by itself ("tcp.open" of a port), hashed
// where it is a secret. What it leaves open (By, Count, Last, At's zone) is filled in; a fact
// about nobody, or without a value, is dropped. It returns the fact as it was passed on.
func (a *Asked) Note(o cordon.Observation) cordon.Observation {
	if o.Value = find.Tidy(o.Value); o.Value == "" || o.Kind == "" {
		return cordon.Observation{}
	}
	o = a.complete(o)
	a.pass([]cordon.Observation{o})
	return o
}

// Restore passes on facts that an earlier run has kept, as it kept them: they are hashed already.
func (a *Asked) Restore(facts []cordon.Observation) { a.pass(facts) }

// complete hashes the value where it is a secret and fills in what every observation has.
func (a *Asked) complete(o cordon.Observation) cordon.Observation {
	if find.Secret[o.Kind] {
		o.Value = a.secrets.Hide(o.Value)
	}
	o.At, o.Last = o.At.UTC(), o.Last.UTC()
	if o.Last.Before(o.At) {
		o.Last = o.At
	}
	o.Count = max(o.Count, 1)
	o.By = a.origin
	return o
}

// pass sends observations to the sink. Those about nobody are not sent.
func (a *Asked) pass(list []cordon.Observation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range list {
		if f, ok := a.factOf(&list[i]); ok {
			a.sink.Observe(&f)
		}
	}
}

// factOf is the observation as sinks take it.
func (a *Asked) factOf(o *cordon.Observation) (Fact, bool) {
	f := Fact{At: o.At.UnixNano(), Kind: o.Kind, Value: o.Value, Origin: &a.origin}
	switch o.About.Kind {
	case cordon.KeyAddress:
		addr, err := netip.ParseAddr(o.About.Value)
		f.Addr = addr.Unmap().WithZone("")
		return f, err == nil && own(f.Addr)
	case cordon.KeyMAC:
		mac, err := cordon.ParseMAC(o.About.Value)
		f.MAC = mac
		return f, err == nil && mac != (cordon.MAC{}) && !mac.Group()
	}
	f.Other = o.About
	return f, o.About.Value != ""
}

// exchange is one question with its answer, being heard.
type exchange struct {
	asked *Asked
	m     *find.Message
	us    find.Party
	heard []cordon.Observation
	given bool // the last answer by HTTP was a page, no refusal and no redirect
}

// fact is the find.Emit of an exchange.
func (e *exchange) fact(about find.Subject, kind cordon.Kind, value string) {
	key, ok := e.key(about)
	if !ok || ourDoing[kind] || len(e.heard) >= maxAnswer {
		return
	}
	switch kind {
	case "http.status":
		e.given = len(value) == 3 && value[0] == '2'
	case "http.path":
		if !e.given {
			return // we named the path: that it was refused proves nothing of it
		}
	}
	at := e.m.At
	if at.IsZero() {
		at = time.Unix(0, 0)
	}
	e.keep(at, key, kind, value)
	if kind == "pppp.speaks" && e.m.Transport == find.UDP {
		e.keep(at, key, "pppp.present", value) // overheard it may be either side; who answers our search is the device
	}
}

func (e *exchange) keep(at time.Time, about cordon.Key, kind cordon.Kind, value string) {
	e.heard = append(e.heard, e.asked.complete(cordon.Observation{At: at, About: about, Kind: kind, Value: value}))
}

// key names whom a fact is about; false when that is nobody, or us.
func (e *exchange) key(about find.Subject) (cordon.Key, bool) {
	tcp := e.m.Transport == find.TCP
	switch {
	case about.IsSender() && tcp, about.IsReceiver() && !tcp:
		return cordon.Key{}, false
	case about.IsSender():
		return partyKey(e.m.From)
	case about.IsReceiver():
		return partyKey(e.m.To)
	}
	ours := about.Key.Value == e.us.Addr.Addr().Unmap().String() || about.Key.Value == e.us.MAC.String()
	return about.Key, about.Key.Value != "" && !ours
}

// partyKey is a party's address where it has one of its own, else its interface.
func partyKey(p find.Party) (cordon.Key, bool) {
	if a := p.Addr.Addr().Unmap().WithZone(""); own(a) {
		return cordon.Key{Kind: cordon.KeyAddress, Value: a.String()}, true
	}
	ok := p.MAC != (cordon.MAC{}) && !p.MAC.Group()
	return cordon.Key{Kind: cordon.KeyMAC, Value: p.MAC.String()}, ok
}

// stranger keeps the first bytes of an answer that no protocol claims, as evidence for rules on raw bytes.
func (e *exchange) stranger() {
	m := e.m
	switch {
	case m.Transport == find.UDP && len(m.Data) > 0:
		e.fact(find.Sender, "udp.payload", payload(m.From.Addr.Port(), m.Data))
	case m.Transport == find.TCP && len(m.Reply) > 0 && len(m.Data) == 0:
		e.fact(find.Receiver, "tcp.banner", payload(m.To.Addr.Port(), m.Reply))
	case m.Transport == find.TCP && len(m.Reply) > 0:
		e.fact(find.Receiver, "tcp.payload", payload(m.To.Addr.Port(), m.Reply))
	}
}
