package specimens

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// DHCP is a device getting its address from the gateway: discover, offer, request, acknowledge (RFC 2131, 3.1).
type DHCP struct {
	Hostname    string `toml:"hostname"`     // option 12
	VendorClass string `toml:"vendor_class"` // option 60
	Ask         []byte `toml:"ask"`          // option 55, in the order in which the device sends it
}

// The options of RFC 2132 that are used here.
const (
	optMask        = 1
	optRouter      = 3
	optDNS         = 6
	optHostname    = 12
	optRequested   = 50
	optLease       = 51
	optType        = 53
	optServer      = 54
	optAsk         = 55
	optVendorClass = 60
	optClientID    = 61
)

func (d *DHCP) play(t *tape, at time.Duration) error {
	self, _ := t.party("device")
	everybody, _ := t.party("broadcast")
	gateway, _ := t.party("gateway")
	nobody := party{mac: self.mac, addr: netip.IPv4Unspecified(), port: 68}
	t.xid = t.rng.Uint32()
	addr, server := self.addr.As4(), gateway.addr.As4()

	// The client asks as itself without an address; the server answers to everybody (RFC 2131, 4.1).
	t.udp(at, nobody, everybody.at(67), t.bootp(1, self, netip.IPv4Unspecified(), d.asks(self, 1)))
	at += 180 * time.Millisecond
	t.udp(at, gateway.at(67), everybody.at(68), t.bootp(2, self, self.addr, lease(2, server)))
	at += 2 * time.Millisecond
	request := append(d.asks(self, 3), option(optRequested, addr[:])...)
	t.udp(at, nobody, everybody.at(67), t.bootp(1, self, netip.IPv4Unspecified(), append(request, option(optServer, server[:])...)))
	at += 9 * time.Millisecond
	t.udp(at, gateway.at(67), everybody.at(68), t.bootp(2, self, self.addr, lease(5, server)))
	return nil
}

// bootp is the fixed part of RFC 2131, 2, with its cookie, the options and their end.
func (t *tape) bootp(op byte, client party, yours netip.Addr, options []byte) []byte {
	b := make([]byte, 240, 320)
	b[0], b[1], b[2] = op, 1, 6
	binary.BigEndian.PutUint32(b[4:], t.xid)
	b[10] = 0x80 // please broadcast
	your := yours.As4()
	copy(b[16:], your[:])
	copy(b[28:], client.mac[:])
	copy(b[236:], []byte{0x63, 0x82, 0x53, 0x63})
	b = append(append(b, options...), 255)
	for len(b) < 300 { // BOOTP's least, which clients keep to (RFC 1542, 2.1)
		b = append(b, 0)
	}
	return b
}

// asks gives the client's options: its message type and what it says of itself.
func (d *DHCP) asks(self party, kind byte) []byte {
	b := option(optType, []byte{kind})
	b = append(b, option(optClientID, append([]byte{1}, self.mac[:]...))...)
	if d.Hostname != "" {
		b = append(b, option(optHostname, []byte(d.Hostname))...)
	}
	if d.VendorClass != "" {
		b = append(b, option(optVendorClass, []byte(d.VendorClass))...)
	}
	if len(d.Ask) > 0 {
		b = append(b, option(optAsk, d.Ask)...)
	}
	return b
}

// lease gives the server's options: a day's lease, with the gateway as router and name server.
func lease(kind byte, server [4]byte) []byte {
	b := option(optType, []byte{kind})
	b = append(b, option(optServer, server[:])...)
	b = append(b, option(optLease, []byte{0, 1, 0x51, 0x80})...) // 86,400 s
	b = append(b, option(optMask, []byte{255, 255, 255, 0})...)
	b = append(b, option(optRouter, server[:])...)
	return append(b, option(optDNS, server[:])...)
}

// option is one tagged value; at most 255 bytes of it.
func option(code byte, value []byte) []byte {
	value = value[:min(len(value), 255)]
	return append([]byte{code, byte(len(value))}, value...)
}
