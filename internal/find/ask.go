package find

import (
	"net/netip"
	"slices"

	"cordon"
)

// Ask is one datagram that asks devices who they are: a question that reads and changes
// nothing (docs/design/scan.md, S5). It leaves with TTL 1 to groups and broadcast.
type Ask struct {
	Groups    []netip.Addr // multicast groups, IPv4 and IPv6, that it is sent to
	Broadcast bool         // it is sent to 255.255.255.255 too
	Unicast   bool         // it may be sent to one host as well
	Caution   bool         // answers may carry secrets, or are much larger than the question: sent only when the operator says so
	Port      uint16       // where it is sent
	From      uint16       // the local port that answers come back to; 0: any
	Listen    []netip.Addr // groups to which answers are sent; to be joined
	// Bytes makes the datagram. What the protocol lets be chosen (message ids) comes from the asker.
	Bytes func(a *Asker) []byte
}

// Asker is who asks.
type Asker struct {
	Addr  netip.Addr // ours, on the link that the question leaves by
	MAC   cordon.MAC // zero when not known
	Nonce [16]byte   // fresh random bytes for message ids
}

// To lists where the question is sent on a link: its groups, and the broadcast address.
func (a *Ask) To() []netip.Addr {
	if !a.Broadcast {
		return a.Groups
	}
	return append(slices.Clone(a.Groups), netip.AddrFrom4([4]byte{255, 255, 255, 255}))
}
