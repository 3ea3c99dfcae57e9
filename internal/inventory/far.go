package inventory

import (
	"encoding/binary"
	"net/netip"

	"cordon"
)

// farEnd is what an address that is none of the devices is, whoever talks to it.
type farEnd struct {
	group, outside bool
	place          cordon.Place
}

// far gives what is known of a host that owner gives to no unit: it is looked up once, and
// noted in owner, where -1 says that it was not, and -2 and less how deep it lies in fars.
// It holds until the next call.
func (j *judge) far(h uint32) *farEnd {
	if at := j.owner[h]; at < -1 {
		return &j.fars[-2-at]
	}
	host := j.ledger.hosts.at(h)
	e := farEnd{group: j.group(host)}
	if !e.group && !contains(j.nets, host.addr) && !nowhere(host.addr) {
		e.outside, e.place = true, j.know.Where(host.addr)
	}
	j.owner[h] = int32(-2 - len(j.fars))
	j.fars = append(j.fars, e)
	return &j.fars[len(j.fars)-1]
}

// group reports whether an address is that of many: multicast, broadcast, or nobody's.
func (j *judge) group(h *host) bool { return !someones(h.addr) || j.subnetBroadcast(h) }

// subnetBroadcast reports whether an inside address that never spoke ends in .255.
func (j *judge) subnetBroadcast(h *host) bool {
	return h.mac == (cordon.MAC{}) && h.addr.Is4() && h.addr.As4()[3] == 255 && contains(j.nets, h.addr)
}

// nowhere reports whether an address cannot be on the internet, whosever it is: private ones
// (RFC 1918, RFC 4193), shared (RFC 6598), link-local, and those reserved at both ends of IPv4
// (RFC 1122 section 3.2.1.3, RFC 1112 section 4).
func nowhere(a netip.Addr) bool {
	if a.Is4() {
		if b := a.As4(); b[0] == 0 || b[0] >= 240 {
			return true
		}
	}
	return contains(private, a)
}

// addrOrder is a number by which addresses stand as netip.Addr.Compare has them: of two that
// differ in it the lesser comes first. Of IPv6 it tells the first 63 bits apart.
func addrOrder(a netip.Addr) uint64 {
	switch {
	case a.Is4():
		b := a.As4()
		return 1<<32 | uint64(binary.BigEndian.Uint32(b[:]))
	case a.Is6():
		b := a.As16()
		return 1<<63 | binary.BigEndian.Uint64(b[:])>>1
	}
	return 0
}
