package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"cordon"
)

// What can be wrong with the machine. Errors that wrap them say what to do.
var (
	ErrPermission   = errors.New("not permitted: be root, or run it inside `unshare -Urn`, or use loopback addresses")
	ErrNoNamespaces = errors.New("this kernel has no network namespaces: use loopback addresses")
	ErrUp           = errors.New("already up")
	ErrDown         = errors.New("no lab is up")
)

// Guest is a device as the network sees it. Its MAC is in its Truth.
type Guest interface {
	// Run serves until the context ends; it returns early only with an error.
	Run(ctx context.Context, room Room) error
	// Ready is closed when it serves for the first time.
	Ready() <-chan struct{}
	Truth() Truth
	Counters() Counters
	Does(Behaviour) bool
}

// Config says what lab is wanted. Seed and Guests have no default.
type Config struct {
	Name     string           // of its namespaces; empty: cordon-lab, which others must begin with
	Seed     uint64           // from which addresses are drawn
	Net, Far netip.Prefix     // zero: DefaultNet, DefaultFar
	Loopback bool             // on loopback addresses, for which no permission is needed
	Offset   int              // of ports on loopback addresses; zero: DefaultOffset
	Record   io.Writer        // gets a capture (pcap) of all frames; nil: none
	Mirror   bool             // the operator has an interface, MirrorPort, that shows all frames
	Apart    bool             // capture and mirror are without the operator's frames: what the devices do by themselves
	Guests   []Guest          // each with a name of its own
	Places   map[string]Place // by name, where it is not left to the device or the seed
}

// DefaultName is the namespace of the operator, and how all others of a lab begin.
const DefaultName = "cordon-lab"

// network is what a lab is built on: namespaces, or loopback addresses.
type network interface {
	// rooms are in the order of the plan.
	rooms() []Room
	outside() *Outside // nil: there is none
	// tell fills in what only the network knows.
	tell(*Status)
	close() error
}

// Lab is a running one. Its methods may be called concurrently.
type Lab struct {
	config  Config
	plan    *plan
	net     network
	started time.Time
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	failed map[string]string // what ended a device before its time, by name
	once   sync.Once
	closed error
}

// Up builds the network and lets the devices in; all answer when it returns. Close it.
func Up(c Config) (*Lab, error) {
	if c.Name == "" {
		c.Name = DefaultName
	}
	if len(c.Guests) == 0 {
		return nil, errors.New("lab: nobody to let in")
	}
	p, err := newPlan(&c)
	if err != nil {
		return nil, err
	}
	l := &Lab{config: c, plan: p, started: time.Now().UTC(), failed: map[string]string{}}
	if c.Loopback {
		l.net, err = newLoopback(&l.config, p)
	} else {
		l.net, err = newNamespaces(&l.config, p)
	}
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	for i, room := range l.net.rooms() {
		l.running.Go(func() { l.run(ctx, p.seats[i].guest, room) })
	}
	if err := l.settled(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// bootLimit is how long the devices may take to answer, all of them.
const bootLimit = 30 * time.Second

// settled waits until every device serves, or says which does not.
func (l *Lab) settled() error {
	limit := time.NewTimer(bootLimit)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, s := range l.plan.seats {
		name := s.guest.Truth().Name
		for ready := false; !ready; {
			select {
			case <-s.guest.Ready():
				ready = true
			case <-tick.C:
				if why := l.failure(name); why != "" {
					return fmt.Errorf("lab: %s does not start: %s", name, why)
				}
			case <-limit.C:
				return fmt.Errorf("lab: %s did not start within %s", name, bootLimit)
			}
		}
	}
	return nil
}

// failure is why a device ended, empty while it lives.
func (l *Lab) failure(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed[name]
}

// run lets one device live, and remembers why it died.
func (l *Lab) run(ctx context.Context, g Guest, room Room) {
	err := g.Run(ctx, room)
	if err == nil || ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed[g.Truth().Name] = err.Error()
}

// Close ends the devices and removes all that was made for them. Later calls give the answer of the first.
func (l *Lab) Close() error {
	l.once.Do(func() {
		l.stop()
		l.running.Wait()
		l.closed = l.net.close()
	})
	return l.closed
}

// Outside is what plays the internet, nil on loopback addresses.
func (l *Lab) Outside() *Outside { return l.net.outside() }

// Status is all that is known of a lab, with the truth that a scan must not see.
type Status struct {
	Name     string     `json:"name"`
	Kind     string     `json:"kind"` // namespaces or loopback
	PID      int        `json:"pid"`
	Seed     uint64     `json:"seed"`
	Started  time.Time  `json:"started"`
	Networks []string   `json:"networks"`           // to be named to a scan
	Space    string     `json:"space,omitempty"`    // file of the operator's namespace
	Named    string     `json:"named,omitempty"`    // its name for ip-netns(8); empty: it has none
	Operator netip.Addr `json:"operator"`           // whence the scan is run
	MAC      cordon.MAC `json:"operator_mac"`       // of the operator's interface
	Router   netip.Addr `json:"router"`             // invalid on loopback addresses
	Offset   int        `json:"port_offset"`        // added to every port, modulo 65536; 0 in namespaces
	Lost     []string   `json:"lost,omitempty"`     // what this kind of lab cannot show
	Record   string     `json:"record,omitempty"`   // file of the capture
	Recorded int        `json:"recorded,omitempty"` // frames in it
	Missed   int        `json:"missed,omitempty"`   // frames that came too fast to be recorded
	Arrived  int        `json:"arrived_outside"`    // packets
	Devices  []Seated   `json:"devices"`            // sorted by address
}

// Seated is a device in its place.
type Seated struct {
	Addr       netip.Addr  `json:"address"` // invalid while it has none
	Place      Place       `json:"place"`
	Behaviours []Behaviour `json:"behaviours"`
	Failed     string      `json:"failed,omitempty"` // why it no longer answers
	Truth      Truth       `json:"truth"`
	Counters   Counters    `json:"counters"`
}

// Status tells how the lab is now.
func (l *Lab) Status() Status {
	s := Status{Name: l.config.Name, Seed: l.config.Seed, Started: l.started}
	rooms := l.net.rooms()
	for i, seat := range l.plan.seats {
		d := Seated{Addr: rooms[i].Addr(), Place: seat.place, Truth: seat.guest.Truth(), Counters: seat.guest.Counters(), Behaviours: []Behaviour{}}
		for _, b := range Behaviours() {
			if seat.guest.Does(b) {
				d.Behaviours = append(d.Behaviours, b)
			}
		}
		d.Failed = l.failure(d.Truth.Name)
		s.Devices = append(s.Devices, d)
	}
	slices.SortStableFunc(s.Devices, func(a, b Seated) int { return a.Addr.Compare(b.Addr) })
	l.net.tell(&s)
	if o := l.net.outside(); o != nil {
		s.Arrived = o.Count()
	}
	return s
}

// Move gives a device another address of its network, as a lease that ran out does: what it serves
// goes on there, and the old address is silent. Only in namespaces.
func (l *Lab) Move(name string, to netip.Addr) error {
	for i := range l.plan.seats {
		s := &l.plan.seats[i]
		if s.guest.Truth().Name != name {
			continue
		}
		room, ok := l.net.rooms()[i].(*spaceRoom)
		if !ok || !s.addr.Contains(to) {
			return fmt.Errorf("lab: %s cannot move to %s: only in namespaces, inside its network", name, to)
		}
		return room.Settle(netip.PrefixFrom(to, s.addr.Bits()), s.gateway)
	}
	return fmt.Errorf("lab: no device is called %s", name)
}

// String names the lab.
func (l *Lab) String() string { return fmt.Sprintf("%s (seed %d)", l.config.Name, l.config.Seed) }
