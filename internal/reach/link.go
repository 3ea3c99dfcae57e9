package reach

import (
	"errors"
	"net/netip"

	"cordon"
)

// Link is a network interface of this machine that is up.
type Link struct {
	Name      string
	Index     int
	MAC       cordon.MAC     // zero where it has none: loopback, tunnels
	Addrs     []netip.Prefix // its addresses with the length of their network; not masked
	Loopback  bool
	Multicast bool
	MTU       int
}

// Route is how an address is reached.
type Route struct {
	Link    Link
	Gateway netip.Addr // whom the frames go to; invalid when the address is on the link
	Source  netip.Addr // our address towards it
}

func links() ([]Link, error) { return nil, nil }

// Links gives the interfaces that have an address in the scope: those that questions to
// groups and broadcast may leave by. Loopback is among them when loopback is in the scope.
func (d *Door) Links() []Link { return nil }

// OnLink gives the interface on whose wire the address is: no router between. False for
// what is routed. It says nothing of the scope.
func (d *Door) OnLink(a netip.Addr) (Link, bool) { return Link{}, false }

// Route gives how the kernel would reach an address in the scope: the link whose Raw serves
// it, also when that link has no address in the scope itself.
func (d *Door) Route(a netip.Addr) (Route, error) { return Route{}, errors.ErrUnsupported }
