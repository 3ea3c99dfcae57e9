package sensor

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"cordon/internal/packet"
)

// The ring's geometry. A block is handed over when it is full or 60 ms old: at 1 Gbit/s
// some 240 times a second, which is what waking up costs. A frame of 64 KiB, as
// segmentation offload makes them, fits in a block.
const (
	ringBlock   = 512 << 10
	ringRetire  = 60 // milliseconds
	ringFrame   = 2048
	ringReserve = 8 // bytes before each frame, so that a VLAN tag can be put back in place
)

// ring is a packet socket with TPACKET_V3: blocks of memory that kernel and program hand to
// each other (packet(7); Documentation/networking/packet_mmap.rst in the kernel's source).
// Not safe for concurrent use, but for close.
type ring struct {
	file   *os.File // owns the socket, so that the runtime waits for it
	conn   syscall.RawConn
	memory []byte
	blocks int
	next   int
	lo     bool // frames that leave are met again as they come in
}

// openRing opens a socket on the link. group, when not 0, is shared with the other sockets of
// a fan-out.
func openRing(l link, size int, promiscuous bool, group uint16) (*ring, error) {
	// Protocol 0: nothing is heard before bind says on which link.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	r := &ring{file: os.NewFile(uintptr(fd), "packet socket on "+l.name), blocks: max(size/ringBlock, 4), lo: l.loopback}
	if err := r.open(fd, l, promiscuous, group); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *ring) open(fd int, l link, promiscuous bool, group uint16) error {
	if err := r.shape(fd); err != nil {
		return err
	}
	var err error
	if r.conn, err = r.file.SyscallConn(); err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: l.index}); err != nil {
		return fmt.Errorf("packet socket: bind to %s: %w", l.name, err)
	}
	if promiscuous {
		m := unix.PacketMreq{Ifindex: int32(l.index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil {
			return fmt.Errorf("packet socket: promiscuous mode on %s: %w", l.name, err)
		}
	}
	if group != 0 {
		// Both directions of a flow have one hash (skb_get_hash_symmetric in net/packet/af_packet.c).
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, int(group)|unix.PACKET_FANOUT_HASH<<16); err != nil {
			return fmt.Errorf("packet socket: fan-out on %s: %w", l.name, err)
		}
	}
	return nil
}

// shape asks for the ring and maps it.
func (r *ring) shape(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("packet socket: TPACKET_V3: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_RESERVE, ringReserve); err != nil {
		return fmt.Errorf("packet socket: PACKET_RESERVE: %w", err)
	}
	err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
		Block_size: ringBlock, Block_nr: uint32(r.blocks), Frame_size: ringFrame,
		Frame_nr: uint32(r.blocks * (ringBlock / ringFrame)), Retire_blk_tov: ringRetire,
	})
	if err != nil {
		return fmt.Errorf("packet socket: a ring of %d MiB: %w", r.blocks*ringBlock>>20, err)
	}
	if r.memory, err = unix.Mmap(fd, 0, r.blocks*ringBlock, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("packet socket: map the ring: %w", err)
	}
	return nil
}

func (r *ring) close() {
	r.file.Close()
	if r.memory != nil {
		_ = unix.Munmap(r.memory)
		r.memory = nil
	}
}

// Where things are in a block (struct tpacket_block_desc in linux/if_packet.h).
const (
	blockStatus  = 8
	blockPackets = 12
	blockFirst   = 16
)

func (r *ring) block() []byte { return r.memory[r.next*ringBlock:][:ringBlock] }

// owner is whose the next block is. It is written by the kernel while we look.
func (r *ring) owner() *uint32 {
	return (*uint32)(unsafe.Pointer(&r.block()[blockStatus])) // #nosec: within the block, aligned by it
}

func (r *ring) ready() bool { return atomic.LoadUint32(r.owner())&unix.TP_STATUS_USER != 0 }

// wait waits until a block is ours or the time is over, and says which.
func (r *ring) wait(until time.Time) (bool, error) {
	if r.ready() {
		return true, nil
	}
	if err := r.file.SetReadDeadline(until); err != nil {
		return false, err
	}
	woken := false
	err := r.conn.Read(func(uintptr) bool {
		done := woken || r.ready() // an error wakes us too, and leaves no block
		woken = true
		return done
	})
	if err != nil && !os.IsTimeout(err) {
		return false, err
	}
	return r.ready(), nil
}

// read gives every frame of the block that is ours to do, and hands the block back.
func (r *ring) read(do func(f packet.Frame)) {
	walkBlock(r.block(), r.lo, do)
	atomic.StoreUint32(r.owner(), unix.TP_STATUS_KERNEL)
	r.next = (r.next + 1) % r.blocks
}

// Where things are before a frame (struct tpacket3_hdr, behind which struct sockaddr_ll
// begins at 48, both in linux/if_packet.h).
const (
	headNext   = 0
	headSec    = 4
	headNsec   = 8
	headKept   = 12
	headWire   = 16
	headStatus = 20
	headMAC    = 24
	headTCI    = 32
	headTPID   = 36
	headHatype = 48 + 8
	headKind   = 48 + 10
	headEnd    = 48 + 20
)

// walkBlock gives the frames of a block. What the kernel's offloading took away of a VLAN is put
// back. skipOutgoing leaves out what is met again as it comes in.
func walkBlock(b []byte, skipOutgoing bool, do func(f packet.Frame)) {
	n := binary.NativeEndian.Uint32(b[blockPackets:])
	at := uint64(binary.NativeEndian.Uint32(b[blockFirst:]))
	for range n {
		if at+headEnd > uint64(len(b)) {
			return
		}
		h := b[at:]
		if f, ok := ringedFrame(h); ok && !(skipOutgoing && h[headKind] == unix.PACKET_OUTGOING) {
			do(f)
		}
		step := binary.NativeEndian.Uint32(h[headNext:])
		if step == 0 {
			return
		}
		at += uint64(step)
	}
}

func ringedFrame(h []byte) (packet.Frame, bool) {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(h[at:]) }
	mac, kept := uint64(binary.NativeEndian.Uint16(h[headMAC:])), uint64(u32(headKept))
	if mac < headEnd || mac+kept > uint64(len(h)) {
		return packet.Frame{}, false
	}
	f := packet.Frame{
		At:   int64(u32(headSec))*1e9 + int64(u32(headNsec)),
		Link: linkType(binary.NativeEndian.Uint16(h[headHatype:])), Data: h[mac : mac+kept : mac+kept], Wire: int(u32(headWire)),
	}
	if u32(headStatus)&unix.TP_STATUS_VLAN_VALID != 0 && kept >= 12 && f.Link == packet.LinkEthernet {
		tpid := uint16(unix.ETH_P_8021Q)
		if u32(headStatus)&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
			tpid = binary.NativeEndian.Uint16(h[headTPID:])
		}
		f.Data = putTag(h, int(mac), int(kept), tpid, uint16(u32(headTCI)))
		f.Wire += 4
	}
	return f, true
}

// putTag moves the addresses four bytes to the front, where the ring keeps room, and writes the
// tag behind them (IEEE 802.1Q, 9.3).
func putTag(h []byte, mac, kept int, tpid, tci uint16) []byte {
	d := h[mac-4 : mac+kept : mac+kept]
	copy(d, d[4:16])
	binary.BigEndian.PutUint16(d[12:], tpid)
	binary.BigEndian.PutUint16(d[14:], tci)
	return d
}

// linkType tells by its hardware type (linux/if_arp.h) what a link's frames begin with; what has
// no MAC addresses begins with IP.
func linkType(hatype uint16) packet.LinkType {
	switch hatype {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		return packet.LinkEthernet
	}
	return packet.LinkRaw
}

// lost reads how many frames the kernel dropped since the last call because the ring was full.
func (r *ring) lost() uint64 {
	var n uint64
	_ = r.conn.Control(func(fd uintptr) {
		if s, err := unix.GetsockoptTpacketStatsV3(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			n = uint64(s.Drops)
		}
	})
	return n
}

// trouble is the error that waits on the socket: ENETDOWN when its link went down or away.
func (r *ring) trouble() error {
	var n int
	err := r.conn.Control(func(fd uintptr) {
		n, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
	})
	if err != nil {
		return err
	}
	if n != 0 {
		return unix.Errno(n)
	}
	return nil
}

// networkOrder gives a number in network byte order, whatever the machine's is.
func networkOrder(n uint16) uint16 {
	return binary.NativeEndian.Uint16([]byte{byte(n >> 8), byte(n)})
}
