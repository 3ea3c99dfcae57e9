package find

import (
	"encoding/binary"
	"net/netip"

	"cordon"
)

var arpProtocol = &Protocol{
	Name:      "arp",
	Doc:       "address resolution: which hardware address claims which IPv4 address",
	Source:    "RFC 826; RFC 5227 (probes and announcements)",
	Transport: Ether,
	Always:    true,
	Kinds:     []Kind{"arp.address"},
	Detect:    detectARP,
	Hear:      hearARP,
}

// etherARP is the EtherType of ARP (RFC 826, "ether_type$ADDRESS_RESOLUTION").
const etherARP = 0x0806

// detectARP wants Ethernet and IPv4 (hardware type 1, protocol type 0x0800, lengths 6 and 4).
func detectARP(m *Message) bool {
	return m.EtherType == etherARP && len(m.Data) >= 28 &&
		binary.BigEndian.Uint64(m.Data)>>16 == 0x0001_0800_0604
}

// hearARP takes the sender's own claim. An all-zero sender address is a probe
// (RFC 5227 section 2.1.1), which claims nothing yet.
func hearARP(m *Message, emit Emit) {
	if !detectARP(m) {
		return
	}
	mac := cordon.MAC(m.Data[8:14])
	addr := netip.AddrFrom4([4]byte(m.Data[14:18]))
	if mac.Group() || mac == (cordon.MAC{}) || addr.IsUnspecified() || addr.IsMulticast() {
		return
	}
	emit(About(cordon.KeyMAC, mac.String()), "arp.address", addr.String())
}
