package reach

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// onSocket has do set something on a socket.
func onSocket(c syscall.RawConn, do func(fd int) error) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = do(int(fd)) }); e != nil {
		return e
	}
	return err
}

// hops4 is the ancillary data of a datagram that leaves by the link with TTL 1 (ip(7): IP_TTL,
// IP_PKTINFO). It is needed beside IP_MULTICAST_TTL because broadcast goes by the unicast TTL.
func hops4(index int, source netip.Addr) []byte {
	var ttl [4]byte
	binary.NativeEndian.PutUint32(ttl[:], 1)
	var info [12]byte // struct in_pktinfo: index, our address (0: the kernel's choice), destination (unused)
	binary.NativeEndian.PutUint32(info[:], uint32(index))
	if source.Is4() {
		copy(info[4:], source.AsSlice())
	}
	return append(ancillary(unix.IPPROTO_IP, unix.IP_TTL, ttl[:]), ancillary(unix.IPPROTO_IP, unix.IP_PKTINFO, info[:])...)
}

// hops6 is the same for IPv6 (ipv6(7): IPV6_HOPLIMIT, IPV6_PKTINFO).
func hops6(index int) []byte {
	var hops [4]byte
	binary.NativeEndian.PutUint32(hops[:], 1)
	var info [20]byte // struct in6_pktinfo: our address (unset: the kernel's choice), index
	binary.NativeEndian.PutUint32(info[16:], uint32(index))
	return append(ancillary(unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT, hops[:]), ancillary(unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, info[:])...)
}

// ancillary makes one control message (cmsg(3)).
func ancillary(level, kind int32, data []byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(data)))
	word := unix.CmsgLen(0) - 8 // size of the length field, which is a size_t
	if word > 4 {
		binary.NativeEndian.PutUint64(b, uint64(unix.CmsgLen(len(data))))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(unix.CmsgLen(len(data))))
	}
	binary.NativeEndian.PutUint32(b[word:], uint32(level))
	binary.NativeEndian.PutUint32(b[word+4:], uint32(kind))
	copy(b[unix.CmsgLen(0):], data)
	return b
}
