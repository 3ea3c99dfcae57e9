package sensor

import (
	"net/netip"
	"sync"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
)

// Names is what far ends are called by name servers' answers, per asker, as sources learn
// them from logs. It is bounded, and safe for concurrent use. Create it with NewNames.
type Names struct {
	mu      sync.Mutex
	names   *names
	answers answers
}

// NewNames makes an empty one, which may be shared by all sources of one site.
func NewNames() *Names {
	return &Names{names: newNames(), answers: answers{pair: map[uint64]answer{}}}
}

// learn takes that a name server led the asker to the address by this name, at a time in
// nanoseconds. What is no host name is not taken.
func (n *Names) learn(asker, addr netip.Addr, name string, at int64) {
	if name = farName("", name); name == "" || !addr.IsValid() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers.learn(asker.Unmap(), addr, n.names.number(name), at)
}

// lookup gives the name by which the asker was led to the address before the time; empty: none.
func (n *Names) lookup(asker, addr netip.Addr, at int64) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.names.text[n.answers.lookup(asker.Unmap(), addr.Unmap(), at)]
}

// teller passes on what logs and exports say, as the Listener does with what packets say:
// facts about somebody only, secrets hashed, far ends named. It is used by one goroutine.
type teller struct {
	sink    Sink
	secrets Secrets
	origin  cordon.Origin
	names   *Names
	state   *sourceState
	emit    find.Emit // tidies what is told through it
	who     subject
	at      int64
}

// subject is whom the facts being told are about.
type subject struct {
	addr netip.Addr
	mac  cordon.MAC
}

func newTeller(env Env, name string, state *sourceState) *teller {
	t := &teller{sink: env.Sink, secrets: NewSecrets(env.Key), origin: cordon.Origin{Sensor: name}, names: env.Names, state: state}
	if t.names == nil {
		t.names = NewNames()
	}
	t.emit = find.Tidied(t.fact)
	return t
}

// about tells a fact about an address that can be somebody's; else it is dropped.
func (t *teller) about(at int64, a netip.Addr, kind cordon.Kind, value string) {
	t.at, t.who = at, subject{addr: a.Unmap().WithZone("")}
	t.emit(find.Sender, kind, value)
}

// aboutMAC tells a fact about an interface.
func (t *teller) aboutMAC(at int64, m cordon.MAC, kind cordon.Kind, value string) {
	t.at, t.who = at, subject{mac: m}
	t.emit(find.Sender, kind, value)
}

func (t *teller) fact(_ find.Subject, kind cordon.Kind, value string) {
	f := Fact{At: t.at, Kind: kind, Value: value, Origin: &t.origin, Addr: t.who.addr, MAC: t.who.mac}
	if f.Addr.IsValid() {
		if !own(f.Addr) || f.Addr.IsLoopback() {
			return
		}
	} else if f.MAC == (cordon.MAC{}) || f.MAC.Group() {
		return
	}
	if find.Secret[kind] {
		f.Value = t.secrets.Hide(value)
	}
	t.state.recorded()
	t.sink.Observe(&f)
}

// flow tells a flow. name is what its opener called the answerer itself, "" where it did
// not say; then it is what name servers told the opener.
func (t *teller) flow(f *packet.Flow, app string, name Name) {
	a, b := f.End[packet.Opener].Addr, f.End[packet.Answerer].Addr
	if !a.IsValid() || !b.IsValid() {
		return
	}
	f.End[0].Addr, f.End[1].Addr = a.Unmap().WithZone(""), b.Unmap().WithZone("")
	if name.Text == "" {
		if n := t.names.lookup(a, b, f.First); n != "" {
			name = Name{n, "dns"}
		}
	}
	t.state.recorded()
	t.sink.Flow(f, app, name.Text, name.From)
}
