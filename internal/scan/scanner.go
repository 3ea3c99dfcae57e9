package scan

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/find"
	"cordon/internal/reach"
)

// workers bounds the hosts that are asked at the same time: each may hold a few connections and answers of 64 KiB.
const workers = 64

// scanner is one run. Everything below mu is shared by sweep, sockets and workers.
type scanner struct {
	c       Config
	began   time.Time
	life    context.Context // of the run: answers come to callbacks that have none
	room    chan struct{}   // one token per worker at work
	working sync.WaitGroup
	heard   chan struct{} // closed when answers to the groups' questions are no longer waited for
	opening sync.Mutex
	raws    map[int]*reach.Raw // by link index, nil where none could be opened; under opening
	lines   *journal

	mu     sync.Mutex
	hosts  map[netip.Addr]*host
	doing  string
	done   int
	of     int
	latest netip.Addr
	lost   []string
	strays map[netip.Addr]bool       // see Result.Elsewhere
	named  map[netip.Addr]cordon.MAC // by address outside the scope: the interface that its answer names
	local  map[netip.Addr]bool       // link-local addresses from which somebody answered
	macs   map[cordon.MAC]bool       // who is on our links
	broke  error                     // what ended the run early, other than ctx
}

// host is one live host; its fields are shared with the sweep under scanner.mu, except
// those below the line, which belong to its worker.
type host struct {
	addr  netip.Addr
	mac   cordon.MAC
	ports map[uint16]bool // answered: open or not
	seen  []cordon.Observation
	more  chan struct{} // something was added; holds one token at most
	over  bool          // interview came to an end
	near  bool          // it answered by ARP or neighbour discovery

	// The worker's own.
	done   map[string]ask.Outcome
	shown  map[uint16]bool // ports whose certificate was noted
	raw    map[string][]byte
	own    *ask.Login      // the owner's account on it, nil when none was given or it must not be used
	logged map[string]bool // where it was accepted: "web", "onvif"
	turned bool            // it was refused, and that was said
}

func newScanner(c Config) *scanner {
	if c.waits == nil {
		c.waits = &usualWaits
	}
	return &scanner{
		c: c, began: time.Now(), room: make(chan struct{}, workers), heard: make(chan struct{}),
		raws: map[int]*reach.Raw{}, lines: newJournal(c.Journal), hosts: map[netip.Addr]*host{}, strays: map[netip.Addr]bool{}, named: map[netip.Addr]cordon.MAC{}, local: map[netip.Addr]bool{}, macs: map[cordon.MAC]bool{},
	}
}

// run is the whole scan: listen, ask the groups, sweep, and wait for the workers.
func (s *scanner) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.life = ctx
	s.lines.head(s)
	s.restore(ctx)
	stop := s.report(ctx)
	defer stop()
	defer s.closeRaws()
	sockets := s.askGroups(ctx)
	defer sockets.close()
	nowhere := s.sweep(ctx, len(sockets.all) > 0)
	s.say("asking")
	s.working.Wait()
	if nowhere != nil {
		return nowhere
	}
	s.tie()
	if err := s.lines.close(); err != nil {
		s.warn("the journal could not be written, so this run cannot be resumed: " + err.Error())
	}
	return s.broke
}

// found makes a host known, however it was met, and starts its worker. It does nothing for
// an address outside the scope: who answers from elsewhere is reported by its facts only.
func (s *scanner) found(ctx context.Context, a netip.Addr, mac cordon.MAC, how string) *host {
	a = a.Unmap().WithZone("")
	if s.c.Door.Scope().Allow(a) != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[a]
	if h == nil {
		h = &host{addr: a, mac: mac, ports: map[uint16]bool{}, more: make(chan struct{}, 1), done: map[string]ask.Outcome{}, shown: map[uint16]bool{}, raw: map[string][]byte{}}
		s.hosts[a] = h
		s.latest = a
		s.working.Add(1)
		go s.worker(ctx, h, how)
	}
	if h.mac == (cordon.MAC{}) {
		h.mac = mac
	}
	return h
}

// hostAt is the host at an address, nil when it is not known.
func (s *scanner) hostAt(a netip.Addr) *host {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hosts[a]
}

// macOf is the host's interface, zero while it is not known.
func (s *scanner) macOf(h *host) cordon.MAC {
	s.mu.Lock()
	defer s.mu.Unlock()
	return h.mac
}

// worker does everything that is done about one host.
func (s *scanner) worker(ctx context.Context, h *host, how string) {
	defer s.working.Done()
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	case <-ctx.Done():
		return
	}
	s.note(h, "scan.alive", how)
	if s.resumed(h) {
		return
	}
	s.findPorts(ctx, h)
	for _, p := range s.open(h) {
		s.note(h, "tcp.open", portText(p))
	}
	s.note(h, "scan.ports", strconv.Itoa(len(s.c.Ports)))
	if s.c.Interview {
		if s.c.Login != nil {
			h.own = s.c.Login(h.addr)
		}
		s.interview(ctx, h)
		s.tryFactory(ctx, h)
	}
	if ctx.Err() != nil {
		s.note(h, "scan.interview", "interrupted")
		return
	}
	s.mu.Lock()
	h.over, s.latest = true, h.addr
	s.mu.Unlock()
	s.lines.done(h.addr)
}

// keep adds facts to the hosts they are about, and to the journal.
func (s *scanner) keep(facts []cordon.Observation) {
	if len(facts) == 0 {
		return
	}
	s.lines.facts(facts)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range facts {
		a, err := netip.ParseAddr(o.About.Value)
		if err != nil || o.About.Kind != cordon.KeyAddress {
			continue
		}
		h := s.hosts[a]
		if h == nil && s.strays[a] && strings.HasSuffix(string(o.Kind), ".mac") {
			if m, err := cordon.ParseMAC(o.Value); err == nil {
				s.named[a] = m
			}
		}
		if h == nil || len(h.seen) >= maxSeen || slices.ContainsFunc(h.seen, func(x cordon.Observation) bool { return x.Kind == o.Kind && x.Value == o.Value }) {
			continue
		}
		h.seen = append(h.seen, o)
		h.wake()
	}
}

// wake tells the worker that something was added.
func (h *host) wake() {
	select {
	case h.more <- struct{}{}:
	default: // it has not looked yet at what came before
	}
}

// maxSeen bounds the facts of one host that its interview may build on; the ledger has its own bound.
const maxSeen = 512

// hear passes on an exchange and keeps what it says.
func (s *scanner) hear(m *find.Message) { s.keep(s.c.Hear.Hear(m)) }

// note passes on a fact about a host that is no message.
func (s *scanner) note(h *host, kind cordon.Kind, value string) {
	s.noteOf(cordon.Key{Kind: cordon.KeyAddress, Value: h.addr.String()}, kind, value)
}

// noteOf passes on a fact about anybody.
func (s *scanner) noteOf(about cordon.Key, kind cordon.Kind, value string) {
	s.keep([]cordon.Observation{s.c.Hear.Note(cordon.Observation{At: time.Now(), Count: 1, About: about, Kind: kind, Value: value})})
}

// open gives the host's open ports, sorted.
func (s *scanner) open(h *host) []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return h.open()
}

// open is the same for who holds scanner.mu.
func (h *host) open() []uint16 {
	var out []uint16
	for p, open := range h.ports {
		if open {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// port is where a service is found on the wire.
func (s *scanner) port(service uint16) uint16 { return service + s.c.Offset }

// service is which service is found at a port of the wire; like port it wraps around.
func (s *scanner) service(port uint16) uint16 { return port - s.c.Offset }

// warn says once what is lost.
func (s *scanner) warn(text string) {
	s.mu.Lock()
	known := slices.Contains(s.lost, text)
	if !known {
		s.lost = append(s.lost, text)
	}
	s.mu.Unlock()
	if !known && s.c.Warn != nil {
		s.c.Warn(text)
	}
}

// result is what was done, whether or not it came to its end.
func (s *scanner) result(ctx context.Context) *Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Result{Scan: cordon.Scan{
		Networks: s.c.Door.Scope().Prefixes(), Pace: s.c.Door.Pace().Name, First: s.began.UTC(), Last: time.Now().UTC(),
		Addresses: s.of, Swept: s.done, Lost: s.lost, Interview: s.c.Interview,
	}}
	t := s.c.Door.Sent()
	r.Scan.Packets, r.Scan.Connections = t.Packets, t.Connections
	for _, h := range s.hosts {
		r.Found = append(r.Found, Found{Addr: h.addr, MAC: h.mac, Ports: h.open(), Asked: h.over})
		r.Scan.Alive++
		if h.over {
			r.Scan.Asked++
		}
	}
	r.Elsewhere = slices.SortedFunc(maps.Keys(s.strays), netip.Addr.Compare)
	slices.SortFunc(r.Found, func(a, b Found) int { return a.Addr.Compare(b.Addr) })
	r.Scan.Interrupted = ctx.Err() != nil || s.broke != nil || r.Scan.Asked < r.Scan.Alive
	return r
}
