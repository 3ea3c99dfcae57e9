package sensor

import (
	"encoding/binary"
	"strconv"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
)

// burst counts what one interface did since start.
type burst struct {
	start int64
	n     int
	last  uint32 // what was counted last: the same again does not count
	told  bool
}

// bursts watches interfaces for messages that harm by their number, which no single flow
// shows: ARP questions for a whole network, and requests to address servers.
type bursts struct{ arp, dhcp map[cordon.MAC]*burst }

// Limits of what is ordinary.
const (
	burstTime  = 10e9    // nanoseconds
	sweepARP   = 64      // addresses asked for: attack/slips_test8.pcap asks for 500 in 13 s
	floodDHCP  = 50      // requests of one interface: attack/dhcp_flood_zeek.pcap has 50 a second, a client one in seconds
	maxBursts  = 1 << 16 // interfaces watched
	dhcpClient = 68      // RFC 2131 section 4.1; relays send from 67
	dhcpServer = 67
	etherARP   = 0x0806 // RFC 826
)

// count adds one and reports whether that is the one that makes it too many.
func count(m map[cordon.MAC]*burst, mac cordon.MAC, at int64, what uint32, most int) bool {
	b := m[mac]
	if b == nil {
		if len(m) >= maxBursts || mac == (cordon.MAC{}) {
			return false
		}
		b = &burst{start: at}
		m[mac] = b
	}
	if at-b.start > burstTime || at < b.start {
		b.start, b.n = at, 0
	}
	if b.n > 0 && b.last == what {
		return false
	}
	b.n++
	b.last = what
	if b.n < most || b.told {
		return false
	}
	b.told = true
	return true
}

// tally counts a message and tells, once for each interface, that it is one of too many.
func (l *Listener) tally(m *packet.Message) {
	switch {
	case m.Proto == packet.EtherProto && m.EtherType == etherARP:
		// A question (operation 1) for the address at 24, RFC 826; not for one's own, RFC 5227.
		if d := m.Data; len(d) >= 28 && d[6] == 0 && d[7] == 1 && string(d[14:18]) != string(d[24:28]) &&
			count(l.bursts.arp, m.From.MAC, m.At, binary.BigEndian.Uint32(d[24:]), sweepARP) {
			l.tellBurst(m, "arp.sweep", sweepARP, "addresses")
		}
	case m.Proto == packet.ProtoUDP && m.To.Port == dhcpServer && m.From.Port == dhcpClient:
		// Each counts: the flood of the capture collection repeats one message under ever new addresses.
		if count(l.bursts.dhcp, m.From.MAC, m.At, uint32(m.At), floodDHCP) {
			l.tellBurst(m, "dhcp.flood", floodDHCP, "requests")
		}
	}
}

func (l *Listener) tellBurst(m *packet.Message, kind cordon.Kind, n int, of string) {
	l.fact(find.About(cordon.KeyMAC, m.From.MAC.String()), kind, strconv.Itoa(n)+" "+of+" and more within 10 seconds")
}
