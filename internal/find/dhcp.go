package find

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"cordon"
)

var dhcpProtocol = &Protocol{
	Name:      "dhcp",
	Doc:       "address leases: what a device calls itself and what it asks for",
	Source:    "RFC 2131 (layout), RFC 2132 (options), RFC 4702 (client FQDN)",
	Transport: UDP,
	Ports:     []uint16{67, 68},
	Anywhere:  true, // the magic cookie at offset 236 is strict enough
	Always:    true,
	Kinds: []Kind{"dhcp.hostname", "dhcp.vendor_class", "dhcp.opt55", "dhcp.client_fqdn",
		"dhcp.requested", "dhcp.address", "dhcp.server", "dhcp.router", "dhcp.dns", "dhcp.ntp"},
	Detect: detectDHCP,
	Hear:   hearDHCP,
}

// dhcpCookie begins the options (RFC 2131 section 3), after the 236 fixed bytes.
const (
	dhcpCookie = 0x63825363
	dhcpFixed  = 236
)

// detectDHCP wants a request or reply (op 1 or 2) of Ethernet (type 1, length 6) with the cookie.
func detectDHCP(m *Message) bool {
	b := m.Data
	return len(b) >= dhcpFixed+4 && (b[0] == 1 || b[0] == 2) && b[1] == 1 && b[2] == 6 &&
		binary.BigEndian.Uint32(b[dhcpFixed:]) == dhcpCookie
}

// hearDHCP hangs what the client says, and what it is given, on the client's
// hardware address (chaddr, offset 28): a relay's or a broadcast's sender is not it.
func hearDHCP(m *Message, emit Emit) {
	if !detectDHCP(m) {
		return
	}
	mac := cordon.MAC(m.Data[28:34])
	if mac.Group() || mac == (cordon.MAC{}) {
		return
	}
	client := About(cordon.KeyMAC, mac.String())
	reply := m.Data[0] == 2
	var kind byte
	r := reader{b: m.Data[dhcpFixed+4:]}
	for r.left() {
		code := r.u8()
		if code == 0 {
			continue
		}
		if code == 255 {
			break
		}
		v := r.block8()
		if r.bad {
			break
		}
		switch {
		case code == 53 && len(v) == 1:
			kind = v[0]
		case reply:
			hearLease(code, v, client, emit)
		default:
			hearClient(code, v, client, emit)
		}
	}
	const offer, ack = 2, 5 // RFC 2132 section 9.6
	if !reply || kind != offer && kind != ack {
		return
	}
	emit(Sender, "dhcp.server", "yes")
	if given := netip.AddrFrom4([4]byte(m.Data[16:20])); kind == ack && !given.IsUnspecified() {
		emit(client, "dhcp.address", given.String())
	}
}

// hearClient takes one option of a request.
func hearClient(code int, v []byte, client Subject, emit Emit) {
	switch code {
	case 12:
		emit(client, "dhcp.hostname", string(v))
	case 50:
		if len(v) == 4 {
			emit(client, "dhcp.requested", netip.AddrFrom4([4]byte(v)).String())
		}
	case 55:
		emit(client, "dhcp.opt55", decimals(v))
	case 60:
		emit(client, "dhcp.vendor_class", string(v))
	case 81: // flags and two unused bytes, then the name (RFC 4702 section 2)
		if len(v) > 3 {
			emit(client, "dhcp.client_fqdn", fqdn(v[0], v[3:]))
		}
	}
}

// hearLease takes one option of a reply: who shall be the client's router, name and time server.
func hearLease(code int, v []byte, client Subject, emit Emit) {
	kind := map[int]Kind{3: "dhcp.router", 6: "dhcp.dns", 42: "dhcp.ntp"}[code]
	if kind == "" {
		return
	}
	for ; len(v) >= 4; v = v[4:] {
		emit(client, kind, netip.AddrFrom4([4]byte(v)).String())
	}
}

// fqdn reads option 81's name: DNS wire form when flag E (0x04) is set, else text.
func fqdn(flags byte, name []byte) string {
	if flags&4 == 0 {
		return string(name)
	}
	var buf [maxName]byte
	d := dnsReader{msg: name}
	return string(d.name(buf[:0]))
}

// decimals writes bytes as "1,3,6".
func decimals(v []byte) string {
	b := make([]byte, 0, 4*len(v))
	for i, c := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(c), 10)
	}
	return string(b)
}
