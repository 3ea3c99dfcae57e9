package find

import (
	"encoding/hex"
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
	// Bytes makes the datagram, the same for the same asker. What the protocol lets be chosen
	// (message ids) comes from the asker. The memory is the caller's.
	Bytes func(a *Asker) []byte
}

// Asker is who asks.
type Asker struct {
	Addr  netip.Addr // ours, on the link that the question leaves by
	MAC   cordon.MAC // zero when not known
	Nonce [16]byte   // fresh random bytes for message ids: others for each sending, devices pass over an id twice seen
}

// fixed is for questions in which nothing can be chosen.
func fixed(datagram string) func(*Asker) []byte {
	return func(*Asker) []byte { return []byte(datagram) }
}

// groups parses group addresses; for the tables of this package only, it panics on a bad one.
func groups(addrs ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range addrs {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

// uuid makes a random UUID (RFC 9562 section 5.4) of the asker's nonce. which tells the
// questions of one protocol apart, for devices that answer each id once.
func (a *Asker) uuid(which byte) string {
	u := a.Nonce
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	u[15] ^= which
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// To lists where the question is sent on a link: its groups, and the broadcast address.
func (a *Ask) To() []netip.Addr {
	if !a.Broadcast {
		return a.Groups
	}
	return append(slices.Clone(a.Groups), netip.AddrFrom4([4]byte{255, 255, 255, 255}))
}
