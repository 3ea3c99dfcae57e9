package cordon

import (
	"cmp"
	"net/netip"
)

// CompareAddrs orders addresses by how well people know a device by them: IPv4 first, then
// IPv6, then what holds on one wire only (RFC 3927, RFC 4291 section 2.5.6); alike, by value.
// It returns -1, 0 or 1, as cmp.Compare does.
func CompareAddrs(a, b netip.Addr) int {
	return cmp.Or(cmp.Compare(unfamiliar(a), unfamiliar(b)), a.Compare(b))
}

// unfamiliar ranks an address: 0 is what people write down.
func unfamiliar(a netip.Addr) int {
	switch {
	case !a.IsValid():
		return 4
	case a.IsLinkLocalUnicast() && a.Is4():
		return 2
	case a.IsLinkLocalUnicast():
		return 3
	case a.Is4():
		return 0
	}
	return 1
}

// Address is the address that people know the device by, the first in the order of
// CompareAddrs; the zero Addr where it has none.
func (d *Device) Address() netip.Addr {
	var best netip.Addr
	for _, i := range d.Interfaces {
		for _, a := range i.Addrs {
			if CompareAddrs(a, best) < 0 {
				best = a
			}
		}
	}
	return best
}
