package reach

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"cordon"
)

// EchoKind is what sort of answer came to a raw probe.
type EchoKind uint8

// The kinds of answer.
const (
	EchoARP         EchoKind = 1 + iota // ARP reply: the host is alive, on the link
	EchoOpen                            // TCP SYN and ACK: the port is open
	EchoClosed                          // TCP reset: the host is alive, the port closed
	EchoPing                            // ICMP or ICMPv6 echo reply
	EchoNeighbour                       // IPv6 neighbour advertisement
	EchoUnreachable                     // ICMP or ICMPv6: somebody says that the host or port can not be reached
)

// Echo is one answer to one of our probes: answers that we did not ask for are left out.
type Echo struct {
	Kind  EchoKind
	From  netip.Addr    // who answered; link-local IPv6 addresses carry the link's name as zone
	About netip.Addr    // the address probed: From, but for EchoUnreachable. Invalid for an answer to Neighbours
	MAC   cordon.MAC    // of the frame's sender, or what ARP or neighbour discovery says: a router's for routed hosts
	Port  uint16        // the TCP port probed; 0 for other kinds
	At    time.Time     // when it was heard
	RTT   time.Duration // since the probe was sent; 0 when that is no longer known
	Frame []byte        // the Ethernet frame, borrowed: copy it to keep it
}

// Raw sends probes as Ethernet frames on one link, and hears the answers. Its methods may be
// called by many goroutines; each waits for the pace. They fail with ErrOutside for what is not
// in the scope, with the context's error, or with what the kernel says (an interface that goes
// down: syscall.ENETDOWN; that is gone: syscall.ENXIO).
type Raw struct{}

// Raw opens raw sending on an Ethernet link of Links or of a Route. Every answer is given to
// hear from one goroutine of Raw's, until Close has returned; hear must not wait for Raw. It fails with
// ErrPermission where the kernel does not allow it, and with errors.ErrUnsupported on links
// that are not Ethernet, loopback among them: connections serve there.
func (d *Door) Raw(l Link, hear func(Echo)) (*Raw, error) { return nil, errors.ErrUnsupported }

// ARP asks who has the IPv4 address: one broadcast frame. An address of another network than
// the link's own (a factory address) is asked as a probe, with no sender address (RFC 5227, 2.1.1).
func (r *Raw) ARP(ctx context.Context, a netip.Addr) error { return errors.ErrUnsupported }

// Solicit asks who has the IPv6 address, which must be on the link (RFC 4861, 4.3): one frame to
// the address's solicited-node group.
func (r *Raw) Solicit(ctx context.Context, a netip.Addr) error { return errors.ErrUnsupported }

// SYN probes a TCP port half-open: one SYN; when the port answers that it is open, it is given a
// reset, paid to the pace too. The frame goes to the MAC; with the zero MAC Raw finds out itself:
// what ARP, Solicit or the kernel know, else it asks. Routed addresses go to their gateway's MAC.
func (r *Raw) SYN(ctx context.Context, to netip.AddrPort, mac cordon.MAC) error {
	return errors.ErrUnsupported
}

// Ping sends one ICMP or ICMPv6 echo request. The MAC is as for SYN.
func (r *Raw) Ping(ctx context.Context, a netip.Addr, mac cordon.MAC) error {
	return errors.ErrUnsupported
}

// Neighbours sends an echo request to all IPv6 hosts of the link, ff02::1, with hop limit 1.
// Answers (EchoPing) come from whoever likes to answer, mostly from link-local addresses.
func (r *Raw) Neighbours(ctx context.Context) error { return errors.ErrUnsupported }

// Close stops sending and hearing.
func (r *Raw) Close() error { return nil }
