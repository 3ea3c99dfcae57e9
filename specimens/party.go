package specimens

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"cordon"
)

// gatewayMAC is from the block that IANA keeps for documents (RFC 9542, 2.1.2): a real
// maker's would say something about the maker.
var gatewayMAC = cordon.MAC{0x00, 0x00, 0x5e, 0x00, 0x53, 0x01}

// gatewayAddr gives addresses, answers names and leads outside.
var gatewayAddr = netip.MustParseAddr("192.168.20.1")

// party is one end of a conversation as seen on the wire: outside ends are behind the gateway's MAC.
type party struct {
	mac  cordon.MAC
	addr netip.Addr
	port uint16
}

// outside reports whether the party is behind the gateway.
func (p party) outside() bool { return p.mac == gatewayMAC && p.addr != gatewayAddr }

// at gives the same end on another port.
func (p party) at(port uint16) party {
	p.port = port
	return p
}

// party resolves a name from a specimen: "device", "gateway", "broadcast", another specimen's
// folder or an IPv4 address, each with ":port" where the conversation needs one. Empty is "device".
func (t *tape) party(name string) (party, error) {
	var port uint64
	if host, digits, ok := strings.Cut(name, ":"); ok {
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return party{}, fmt.Errorf("party %q: bad port", name)
		}
		name, port = host, n
	}
	p, err := t.host(name)
	p.port = uint16(port)
	return p, err
}

func (t *tape) host(name string) (party, error) {
	switch name {
	case "", "device":
		return t.device(t.self), nil
	case "gateway":
		return party{mac: gatewayMAC, addr: gatewayAddr}, nil
	case "broadcast":
		return party{mac: cordon.BroadcastMAC, addr: netip.AddrFrom4([4]byte{255, 255, 255, 255})}, nil
	}
	for i := range t.all {
		if t.all[i].Name == name {
			return t.device(&t.all[i]), nil
		}
	}
	a, err := netip.ParseAddr(name)
	if err != nil || !a.Is4() {
		return party{}, fmt.Errorf("party %q is neither a specimen nor an IPv4 address", name)
	}
	return party{mac: t.link(a), addr: a}, nil
}

func (t *tape) device(s *Specimen) party { return party{mac: s.Device.MAC, addr: s.Device.Addr()} }

// link gives the MAC that carries packets to an address.
func (t *tape) link(a netip.Addr) cordon.MAC {
	if b := a.As4(); a.IsMulticast() { // RFC 1112, 6.4: the low 23 bits
		return cordon.MAC{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
	}
	for i := range t.all {
		if t.all[i].Device.Addr() == a {
			return t.all[i].Device.MAC
		}
	}
	return gatewayMAC
}

// pair resolves the two ends of a conversation, and gives the opener a fresh port where it names none.
func (t *tape) pair(from, to string) (a, b party, err error) {
	if a, err = t.party(from); err != nil {
		return
	}
	if b, err = t.party(to); err != nil {
		return
	}
	if b.port == 0 {
		return a, b, fmt.Errorf("party %q needs a port", to)
	}
	if a.port == 0 {
		a.port = t.freshPort()
	}
	return
}
