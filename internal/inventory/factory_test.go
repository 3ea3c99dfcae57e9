package inventory

import (
	"net/netip"
	"testing"

	"cordon"
	"cordon/internal/packet"
)

// A camera that still has the address it left the factory with, outside the networks named, is
// no router for that.
func TestFactoryAddressIsNoRouter(t *testing.T) {
	for addr, routes := range map[string]bool{"192.168.1.64": false, "198.51.100.7": true} {
		l := NewLedger(Limits{})
		mac := cordon.MAC{0x4c, 0xbd, 0x8f, 1, 2, 3}
		l.Flow(&packet.Flow{
			End:   [2]packet.End{{MAC: mac, Addr: netip.MustParseAddr(addr), Port: 1}, {Addr: netip.MustParseAddr("239.255.255.250"), Port: 37020}},
			Proto: packet.ProtoUDP, Packets: [2]uint32{1, 0}, First: 1, Last: 2,
		}, "", "", "")
		l.Flow(&packet.Flow{
			End:   [2]packet.End{{MAC: mac, Addr: netip.MustParseAddr("fe80::1"), Port: 1}, {Addr: netip.MustParseAddr("ff02::fb"), Port: 5353}},
			Proto: packet.ProtoUDP, Packets: [2]uint32{1, 0}, First: 1, Last: 2,
		}, "", "", "")
		l.markRouters([]cordon.Network{{Prefix: netip.MustParsePrefix("10.77.0.0/24")}, {Prefix: netip.MustParsePrefix("fe80::/10")}})
		found := false
		for _, f := range l.factsOf(nil, l.hostByMAC(mac)) {
			found = found || l.observation(l.facts.at(f), cordon.Key{}).Kind == "ether.routes"
		}
		if found != routes {
			t.Errorf("%s: said to pass packets on: %v, want %v", addr, found, routes)
		}
	}
}
