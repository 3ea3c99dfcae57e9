package lab

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"cordon"
)

// spaces is a lab of namespaces:
//
//	operator ──┐                          ┌── device
//	device ────┤ wire: near      far ─────┤
//	device ────┘        │          │      └── device
//	                    └─ router ─┘
//	                         │
//	                      outside
//
// The wire is a namespace with two bridges; every other node is one of its own.
type spaces struct {
	name                    string
	plan                    *plan
	wire, router, out, oper *space
	devices                 []*space
	doors                   []Room
	beyond                  *Outside
	recorder                *recorder
	record                  string
	claim                   io.Closer
}

// newNamespaces builds the network of a plan, or leaves nothing behind.
func newNamespaces(c *Config, p *plan) (network, error) {
	hold, err := claim(c.Name)
	if err != nil {
		return nil, err
	}
	n := &spaces{name: c.Name, plan: p, claim: hold}
	if old := named(c.Name); len(old) > 0 {
		hold.Close()
		return nil, fmt.Errorf("namespace %s: %w: `cordon lab down` removes it", old[0], ErrUp)
	}
	for _, step := range []func() error{n.make, n.names, n.layWire, n.layRouter, n.layOutside, n.layOperator, n.layDevices,
		func() error { return n.listen(c) }} {
		if err := step(); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	return n, nil
}

// make makes the namespaces that every lab has.
func (n *spaces) make() error {
	for _, s := range []**space{&n.wire, &n.router, &n.out, &n.oper} {
		var err error
		if *s, err = newSpace(); err != nil {
			return err
		}
	}
	return nil
}

// names makes the namespaces that people want to look into visible to ip-netns(8). Inside
// `unshare -Urn` that is not permitted, and not needed: cordon lab run finds its way without.
func (n *spaces) names() error {
	for _, s := range []struct {
		space *space
		name  string
	}{{n.oper, n.name}, {n.wire, n.name + wirePart}, {n.router, n.name + routerPart}, {n.out, n.name + outsidePart}} {
		err := s.space.keep(s.name)
		if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EROFS) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	nearBridge = "near"
	farBridge  = "far"
	port0      = "eth0"
)

func (n *spaces) layWire() error {
	for _, key := range []string{"ipv6.conf.all.disable_ipv6", "ipv6.conf.default.disable_ipv6"} {
		if err := n.wire.sysctl(key, "1"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("wire: %w", err)
		}
	}
	n.wire.sysctl("bridge.bridge-nf-call-iptables", "0") // exists only where br_netfilter is loaded: no filter sits there anyway
	if err := n.wire.bridge(nearBridge); err != nil {
		return err
	}
	return n.wire.bridge(farBridge)
}

// attach joins an interface of a namespace to a bridge of the wire.
func (n *spaces) attach(s *space, name string, mac cordon.MAC, port, bridge string) error {
	if err := cable(end{in: n.wire, name: port}, end{in: s, name: name, mac: mac}); err != nil {
		return err
	}
	return n.wire.plug(port, bridge)
}

func (n *spaces) layRouter() error {
	p, r := n.plan, n.router
	if err := r.sysctl("ipv4.ip_forward", "1"); err != nil {
		return fmt.Errorf("router: this machine does not let a namespace forward: %w", err)
	}
	r.sysctl("ipv4.conf.all.send_redirects", "0")
	if err := n.attach(r, port0, p.routerMAC[0], "router0", nearBridge); err != nil {
		return err
	}
	if err := n.attach(r, "eth1", p.routerMAC[1], "router1", farBridge); err != nil {
		return err
	}
	if err := cable(end{in: r, name: "eth2"}, end{in: n.out, name: port0, mac: p.outsideMAC}); err != nil {
		return err
	}
	return errors.Join(
		r.address(port0, netip.PrefixFrom(p.router, p.net.Bits())),
		r.address("eth1", netip.PrefixFrom(p.routerFar, p.far.Bits())),
		r.address("eth2", netip.PrefixFrom(transitRouter, transit.Bits())),
		r.route("eth2", everywhere, transitOutside))
}

func (n *spaces) layOutside() error {
	p, o := n.plan, n.out
	o.sysctl("ipv6.conf.all.disable_ipv6", "1")
	o.sysctl("ipv4.conf.all.rp_filter", "0")
	o.sysctl("ipv4.conf."+port0+".rp_filter", "0")
	return errors.Join(
		o.address(port0, netip.PrefixFrom(transitOutside, transit.Bits())),
		o.route(port0, p.net, transitRouter),
		o.route(port0, p.far, transitRouter),
		o.swallow())
}

func (n *spaces) layOperator() error {
	p := n.plan
	n.oper.quickIPv6()
	if err := n.attach(n.oper, port0, p.operMAC, "operator", nearBridge); err != nil {
		return err
	}
	return errors.Join(
		n.oper.address(port0, netip.PrefixFrom(p.operator, p.net.Bits())),
		n.oper.route(port0, everywhere, p.router))
}

func (n *spaces) layDevices() error {
	for i := range n.plan.seats {
		d, err := newSpace()
		if err != nil {
			return err
		}
		n.devices = append(n.devices, d)
		if err := n.layDevice(d, &n.plan.seats[i], fmt.Sprintf("device%d", i+1)); err != nil {
			return fmt.Errorf("lab: %s: %w", n.plan.seats[i].guest.Truth().Name, err)
		}
	}
	return nil
}

func (n *spaces) layDevice(d *space, s *seat, port string) error {
	d.quickIPv6()
	d.sysctl("ipv4.conf.all.rp_filter", "0")
	d.sysctl("ipv4.conf.default.rp_filter", "0")
	bridge := nearBridge
	if s.place == BehindFar {
		bridge = farBridge
	}
	mac := s.guest.Truth().MAC
	if err := n.attach(d, port0, mac, port, bridge); err != nil {
		return err
	}
	err := errors.Join(
		d.route(port0, groups4, netip.Addr{}), // as camera firmware does: groups work before there is an address
		d.route(port0, broadcast4, netip.Addr{}))
	if err == nil {
		r := newRoom(d, mac, n.outsideAddr(len(n.doors)), n.plan.resolver(s))
		n.doors = append(n.doors, r)
		err = r.Settle(s.addr, s.gateway)
	}
	return err
}

// quickIPv6 lets a link-local address be used at once, without looking for its double first (RFC 4862, 5.4).
func (s *space) quickIPv6() {
	s.sysctl("ipv6.conf.default.accept_dad", "0")
	s.sysctl("ipv6.conf.default.dad_transmits", "0")
}

// outsideAddr is the host beyond that device i takes for the internet.
func (n *spaces) outsideAddr(i int) netip.Addr {
	return host(internet[i%len(internet)], 1+i/len(internet)%250)
}

// resolver is where a device asks for names.
func (p *plan) resolver(s *seat) netip.Addr { return s.gateway }

// listen starts what hears all: the recorder, and the outside.
func (n *spaces) listen(c *Config) error {
	var err error
	if n.beyond, err = newOutside(n.out, n.router); err != nil {
		return err
	}
	if c.Record == nil && !c.Mirror {
		return nil
	}
	var port *mirror
	if c.Mirror {
		if port, err = newMirror(n.wire, n.oper); err != nil {
			return err
		}
	}
	out := c.Record
	if out == nil {
		out = io.Discard
	}
	if f, ok := out.(*os.File); ok {
		n.record, _ = filepath.Abs(f.Name())
	}
	n.recorder, err = newRecorder(n.wire, out, port, n.plan, c.Apart)
	return err
}

func (n *spaces) rooms() []Room     { return n.doors }
func (n *spaces) outside() *Outside { return n.beyond }

func (n *spaces) tell(s *Status) {
	s.Kind, s.PID, s.Named = "namespaces", os.Getpid(), n.oper.name
	s.Space = fmt.Sprintf("/proc/%d/fd/%d", s.PID, n.oper.fd)
	s.Networks = []string{n.plan.net.String()}
	for _, seat := range n.plan.seats {
		if seat.place == BehindFar {
			s.Networks = append(s.Networks, n.plan.far.String())
			break
		}
	}
	s.Operator, s.MAC, s.Router, s.Record = n.plan.operator, n.plan.operMAC, n.plan.router, n.record
	if n.recorder != nil {
		s.Recorded, s.Missed = n.recorder.counts()
	}
}

// close removes everything, also of a lab that was built in part.
func (n *spaces) close() error {
	var errs []error
	defer n.claim.Close()
	if n.beyond != nil {
		n.beyond.close()
	}
	if n.recorder != nil {
		errs = append(errs, n.recorder.close())
	}
	for _, s := range append(n.devices, n.oper, n.router, n.out, n.wire) {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("lab: taking it down: %w", err)
	}
	return nil
}

// validName holds a lab's name to what may be a file name and is plainly ours.
func validName(name string) error {
	if !strings.HasPrefix(name, DefaultName) || strings.ContainsAny(name, "/ \t\n") || len(name) > 64 || part(strings.TrimPrefix(name, DefaultName)) {
		return fmt.Errorf("lab: a name begins with %s and is short, for instance %s-2", DefaultName, DefaultName)
	}
	return nil
}
