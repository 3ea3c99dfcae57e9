package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"cordon"
)

// The networks of a lab that was not told others.
var (
	DefaultNet = netip.MustParsePrefix("10.77.0.0/24") // where the operator and most devices are
	DefaultFar = netip.MustParsePrefix("10.78.0.0/24") // behind the router
)

// What is the same in every lab: blocks kept for documents (RFC 5737), of which the first is the
// cable between router and outside, and what a camera that nobody has set up yet takes for its
// own network (Hikvision, Quick Start Guide: 192.168.1.64/24).
var (
	transit        = netip.MustParsePrefix("192.0.2.0/24")
	transitRouter  = netip.MustParseAddr("192.0.2.1")
	transitOutside = netip.MustParseAddr("192.0.2.2")
	internet       = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24")}
	factoryNet     = netip.MustParsePrefix("192.168.1.0/24")
	loopbackNet    = netip.MustParsePrefix("127.77.0.0/24")
)

// Place is where in the lab a device sits.
type Place string

// The places of a lab.
const (
	OnWire    Place = "wire"    // in the operator's own network
	BehindFar Place = "far"     // in the second network, behind the router
	Unset     Place = "factory" // on the operator's wire, at the address that it left the factory with
)

// plan is who sits where.
type plan struct {
	net, far   netip.Prefix
	operator   netip.Addr // last host of net
	router     netip.Addr // first host of net
	routerFar  netip.Addr // first host of far; invalid where nobody is there
	routerMAC  [2]cordon.MAC
	operMAC    cordon.MAC
	outsideMAC cordon.MAC
	seats      []seat
}

// seat is one device's place.
type seat struct {
	guest   Guest
	place   Place
	addr    netip.Prefix // with the length of its network
	gateway netip.Addr
}

// farEvery: one device in so many sits behind the router.
const farEvery = 5

// newPlan draws everybody's address from the seed: among the hosts of its network that the
// router (first) and the operator (last) leave.
func newPlan(c *Config) (*plan, error) {
	if err := checkNets(c); err != nil {
		return nil, err
	}
	rng := seeded(c.Seed)
	p := &plan{net: c.Net.Masked(), far: c.Far.Masked(), router: host(c.Net, 1), operator: host(c.Net, hosts(c.Net)), routerFar: host(c.Far, 1)}
	p.routerMAC, p.operMAC, p.outsideMAC = [2]cordon.MAC{documentMAC(1), documentMAC(2)}, documentMAC(3), documentMAC(4)
	for i, g := range c.Guests {
		s := seat{guest: g, place: placeOf(c, g, i, rng)}
		p.seats = append(p.seats, s)
	}
	p.stray()
	return p, p.assign(rng)
}

// stray leaves one device as it came from the factory, where nobody said who: the last of those
// whose maker gives them that address, if another of that maker stays.
func (p *plan) stray() {
	var of []int
	for i, s := range p.seats {
		if s.place == Unset {
			return
		}
		if t := s.guest.Truth(); t.Maker == "hikvision" && len(t.Behind) == 0 {
			of = append(of, i)
		}
	}
	if len(of) > 1 {
		p.seats[of[len(of)-1]].place = Unset
	}
}

// seeded gives the lots of addresses and places.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 77)) }

// placeOf puts a device where the configuration or the device itself says, else by lot.
func placeOf(c *Config, g Guest, i int, rng *rand.Rand) Place {
	lot := rng.IntN(farEvery)
	if at, ok := c.Places[g.Truth().Name]; ok {
		return at
	}
	if f, ok := g.(interface{ Place() Place }); ok && f.Place() != "" {
		return f.Place()
	}
	if lot == 0 && i > 0 { // the first is always near: some tests want just one
		return BehindFar
	}
	return OnWire
}

// assign draws the addresses.
func (p *plan) assign(rng *rand.Rand) error {
	near, far := newLots(p.net, rng), newLots(p.far, rng)
	strays := 0
	for i := range p.seats {
		s := &p.seats[i]
		var err error
		switch s.place {
		case OnWire:
			s.gateway = p.router
			s.addr, err = near.draw()
		case BehindFar:
			s.gateway = p.routerFar
			s.addr, err = far.draw()
		case Unset:
			s.addr = netip.PrefixFrom(host(factoryNet, 64+strays), factoryNet.Bits())
			s.gateway = host(factoryNet, 1) // what it takes for its router, which is not there
			strays++
		default:
			err = fmt.Errorf("no place is called %q: wire, far or factory", s.place)
		}
		if err != nil {
			return fmt.Errorf("lab: %s: %w", s.guest.Truth().Name, err)
		}
	}
	return nil
}

// lots draws hosts of a network, each once.
type lots struct {
	net   netip.Prefix
	order []int
}

// newLots shuffles the hosts 2 to last but one; of a large network only the first 4,096.
func newLots(net netip.Prefix, rng *rand.Rand) *lots {
	l := &lots{net: net}
	for n := 2; n < hosts(net) && n < 4096; n++ {
		l.order = append(l.order, n)
	}
	rng.Shuffle(len(l.order), func(i, j int) { l.order[i], l.order[j] = l.order[j], l.order[i] })
	return l
}

func (l *lots) draw() (netip.Prefix, error) {
	if len(l.order) == 0 {
		return netip.Prefix{}, fmt.Errorf("no address is left in %s: choose a larger network", l.net)
	}
	n := l.order[0]
	l.order = l.order[1:]
	return netip.PrefixFrom(host(l.net, n), l.net.Bits()), nil
}

// checkNets refuses networks that the lab cannot be built from.
func checkNets(c *Config) error {
	if c.Net == (netip.Prefix{}) {
		c.Net = DefaultNet
	}
	if c.Far == (netip.Prefix{}) {
		c.Far = DefaultFar
	}
	taken := append(slices.Clone(internet), transit, factoryNet, netip.MustParsePrefix("127.0.0.0/8"), groups4)
	for _, n := range []*netip.Prefix{&c.Net, &c.Far} {
		switch {
		case !n.Addr().Is4():
			return fmt.Errorf("lab: network %s: give an IPv4 network; every device has an IPv6 link-local address beside it", n)
		case n.Bits() > 28 || n.Bits() < 16:
			return fmt.Errorf("lab: network %s: give one of /16 to /28", n)
		case slices.ContainsFunc(taken, n.Overlaps):
			return fmt.Errorf("lab: network %s is used for something else in the lab", n)
		}
		*n = n.Masked()
	}
	if c.Net.Overlaps(c.Far) {
		return errors.New("lab: the two networks overlap: " + c.Net.String() + " and " + c.Far.String())
	}
	return nil
}

// hosts is how many addresses of an IPv4 network are hosts: all but its own and its broadcast.
func hosts(p netip.Prefix) int { return 1<<(32-p.Bits()) - 2 }

// host is the nth host of an IPv4 network, from 1.
func host(p netip.Prefix, n int) netip.Addr {
	base := p.Masked().Addr().As4()
	binary.BigEndian.PutUint32(base[:], binary.BigEndian.Uint32(base[:])+uint32(n))
	return netip.AddrFrom4(base)
}

// documentMAC is an address of the block kept for documents (RFC 9542, 2.1.2): a maker's would tell of that maker.
func documentMAC(n byte) cordon.MAC { return cordon.MAC{0x00, 0x00, 0x5e, 0x00, 0x53, n} }
