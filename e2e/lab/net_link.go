package lab

import (
	"fmt"
	"net"
	"net/netip"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"cordon"
)

// end is one end of a cable.
type end struct {
	in   *space
	name string
	mac  cordon.MAC // zero: the kernel draws one
}

// cable joins two namespaces, both ends up.
func cable(a, b end) error {
	v := &netlink.Veth{LinkAttrs: netlink.NewLinkAttrs(), PeerName: b.name, PeerNamespace: netlink.NsFd(b.in.fd)}
	v.Name = a.name
	if a.mac != (cordon.MAC{}) {
		v.HardwareAddr = a.mac[:]
	}
	if b.mac != (cordon.MAC{}) {
		v.PeerHardwareAddr = b.mac[:]
	}
	if err := a.in.LinkAdd(v); err != nil {
		return fmt.Errorf("cable %s to %s: %w", a.name, b.name, err)
	}
	for _, e := range []end{a, b} {
		if err := e.in.plain(e.name); err != nil {
			return fmt.Errorf("cable %s: %w", e.name, err)
		}
		if err := e.in.up(e.name); err != nil {
			return err
		}
	}
	return nil
}

// up switches an interface on.
func (s *space) up(name string) error {
	l, err := s.LinkByName(name)
	if err == nil {
		err = s.LinkSetUp(l)
	}
	if err != nil {
		return fmt.Errorf("interface %s: %w", name, err)
	}
	return nil
}

// bridge makes a switch of the interfaces named: it floods groups to all, as cheap switches do.
func (s *space) bridge(name string) error {
	snooping := false
	b := &netlink.Bridge{LinkAttrs: netlink.NewLinkAttrs(), MulticastSnooping: &snooping}
	b.Name = name
	if err := s.LinkAdd(b); err != nil {
		return fmt.Errorf("bridge %s: %w", name, err)
	}
	return s.up(name)
}

// plug makes an interface a port of a bridge.
func (s *space) plug(name, bridge string) error {
	l, err := s.LinkByName(name)
	if err != nil {
		return fmt.Errorf("interface %s: %w", name, err)
	}
	b, err := s.LinkByName(bridge)
	if err == nil {
		err = s.LinkSetMaster(l, b)
	}
	if err != nil {
		return fmt.Errorf("bridge %s: port %s: %w", bridge, name, err)
	}
	return nil
}

// address gives an interface an address.
func (s *space) address(name string, p netip.Prefix) error {
	l, err := s.LinkByName(name)
	if err == nil {
		err = s.AddrReplace(l, &netlink.Addr{IPNet: ipNet(p)})
	}
	if err != nil {
		return fmt.Errorf("interface %s: address %s: %w", name, p, err)
	}
	return nil
}

// route leads to a network: by a gateway, or straight out of the interface for an invalid one.
func (s *space) route(name string, to netip.Prefix, gateway netip.Addr) error {
	l, err := s.LinkByName(name)
	if err != nil {
		return fmt.Errorf("interface %s: %w", name, err)
	}
	r := &netlink.Route{LinkIndex: l.Attrs().Index, Dst: ipNet(to), Scope: netlink.SCOPE_LINK}
	if gateway.IsValid() {
		r.Gw, r.Scope = gateway.AsSlice(), netlink.SCOPE_UNIVERSE
	}
	if err := s.RouteReplace(r); err != nil {
		return fmt.Errorf("route to %s: %w", to, err)
	}
	return nil
}

// swallow makes every address that no other route leads to the namespace's own (ip-route(8), type local).
func (s *space) swallow() error {
	lo, err := s.LinkByName("lo")
	if err == nil {
		err = s.RouteReplace(&netlink.Route{LinkIndex: lo.Attrs().Index, Dst: ipNet(everywhere), Scope: netlink.SCOPE_HOST,
			Type: unix.RTN_LOCAL, Table: unix.RT_TABLE_MAIN})
	}
	if err != nil {
		return fmt.Errorf("route of all addresses: %w", err)
	}
	return nil
}

var (
	everywhere = netip.MustParsePrefix("0.0.0.0/0")
	groups4    = netip.MustParsePrefix("224.0.0.0/4")
	broadcast4 = netip.MustParsePrefix("255.255.255.255/32")
)

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// plain switches off what makes frames seen on a virtual cable unlike those on a real one: checksums
// left to hardware, and segments joined into giants (linux/ethtool.h: ETHTOOL_S{RXCSUM,TXCSUM,TSO,GSO,GRO}).
func (s *space) plain(name string) error {
	return s.do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for _, command := range []uint32{unix.ETHTOOL_STXCSUM, unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO, unix.ETHTOOL_SGRO} {
			if err := ethtool(fd, name, command, 0); err != nil && err != unix.EOPNOTSUPP {
				return fmt.Errorf("ethtool %#x: %w", command, err)
			}
		}
		return nil
	})
}

// ethtool sets one value of an interface: struct ifreq holds the name and a pointer to struct ethtool_value.
func ethtool(fd int, name string, command, value uint32) error {
	data := [2]uint32{command, value}
	var request struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte // the union in struct ifreq is larger than its pointer
	}
	copy(request.name[:unix.IFNAMSIZ-1], name)
	request.data = unsafe.Pointer(&data)
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); e != 0 {
		return e
	}
	return nil
}
