package lab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"cordon"
)

// tapped is one frame as a tap heard it. Its data is lent until the callback returns.
type tapped struct {
	at   time.Time
	kind uint8 // unix.PACKET_HOST, _OUTGOING, ... (packet(7))
	data []byte
}

// tap hears all frames of an interface (packet(7), promiscuous).
type tap struct {
	fd    int
	done  chan struct{}
	stop  atomic.Bool
	drops atomic.Int64
}

// The kernel holds this much for a tap that is late. A read waits at most tapWait, so that closing need not.
const (
	tapBuffer = 16 << 20
	tapWait   = 100 * time.Millisecond
)

// newTap starts to listen, in a namespace, and gives every frame to hear, one at a time.
func newTap(s *space, name string, hear func(tapped)) (*tap, error) {
	t := &tap{fd: -1, done: make(chan struct{})}
	err := s.do(func() error {
		eth, err := net.InterfaceByName(name)
		if err != nil {
			return err
		}
		if t.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL)) // network byte order
		wait := unix.NsecToTimeval(int64(tapWait))
		if unix.SetsockoptInt(t.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, tapBuffer) != nil {
			unix.SetsockoptInt(t.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, tapBuffer) // less, where more is not permitted
		}
		return errors.Join(
			unix.SetsockoptInt(t.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
			unix.SetsockoptTimeval(t.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait),
			unix.SetsockoptPacketMreq(t.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
				&unix.PacketMreq{Ifindex: int32(eth.Index), Type: unix.PACKET_MR_PROMISC}),
			unix.Bind(t.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: eth.Index}))
	})
	if err != nil {
		if t.fd >= 0 {
			unix.Close(t.fd)
		}
		return nil, fmt.Errorf("tap on %s: %w", name, err)
	}
	go t.run(hear)
	return t, nil
}

func (t *tap) run(hear func(tapped)) {
	defer close(t.done)
	buf, control := make([]byte, 1<<17), make([]byte, 128)
	for {
		n, cn, _, from, err := unix.Recvmsg(t.fd, buf, control, 0)
		switch {
		case err == unix.EAGAIN && t.stop.Load():
			return
		case err == unix.EAGAIN, err == unix.EINTR, err == unix.ENETDOWN:
			continue
		case err != nil:
			return
		}
		f := tapped{at: stamp(control[:cn]), data: buf[:n]}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok {
			f.kind = ll.Pkttype
		}
		hear(f)
	}
}

// stamp reads when the kernel took the frame (socket(7), SO_TIMESTAMPNS).
func stamp(control []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err == nil {
		for _, m := range messages {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
				return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
			}
		}
	}
	return time.Now()
}

// missed is how many frames came too fast.
func (t *tap) missed() int {
	if st, err := unix.GetsockoptTpacketStats(t.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		t.drops.Add(int64(st.Drops)) // reading sets it back
	}
	return int(t.drops.Load())
}

// close hears out what has arrived, and ends.
func (t *tap) close() {
	t.stop.Store(true)
	<-t.done
	unix.Close(t.fd)
}

// recorder writes what passes the wire as a capture: what a mirror port of each switch shows, with
// what passes both written once.
type recorder struct {
	taps []*tap
	net  netip.Prefix
	port *mirror // gets it too; nil: there is none

	mu     sync.Mutex
	out    *bufio.Writer
	frames int
	err    error
}

// newRecorder taps both bridges, for a capture and for a mirror port (nil: there is none); apart
// leaves the operator's frames out.
func newRecorder(wire *space, out io.Writer, port *mirror, p *plan, apart bool) (*recorder, error) {
	r, err := newRecorderTo(out, p.net)
	if err != nil {
		return nil, err
	}
	r.port = port
	for bridge, keep := range map[string]func([]byte) bool{
		nearBridge: func([]byte) bool { return true },
		farBridge:  func(b []byte) bool { return !r.near(b) },
	} {
		t, err := newTap(wire, bridge, func(f tapped) {
			if keep(f.data) && !(apart && operators(f.data, p)) {
				r.write(f)
			}
		})
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		r.taps = append(r.taps, t)
	}
	return r, nil
}

// newRecorderTo makes one without taps.
func newRecorderTo(out io.Writer, near netip.Prefix) (*recorder, error) {
	r := &recorder{out: bufio.NewWriterSize(out, 1<<16), net: near}
	r.header()
	return r, r.err
}

// near reports whether a frame of the far bridge also passes the near one: one end is there.
func (r *recorder) near(b []byte) bool {
	if len(b) < 34 || b[12] != 0x08 || b[13] != 0x00 {
		return false
	}
	return r.net.Contains(netip.AddrFrom4([4]byte(b[26:30]))) || r.net.Contains(netip.AddrFrom4([4]byte(b[30:34])))
}

// operators reports whether the operator sent a frame, or is sent it, or the router looks on his
// behalf for somebody.
func operators(b []byte, p *plan) bool {
	if len(b) < 12 {
		return false
	}
	if cordon.MAC(b[:6]) == p.operMAC || cordon.MAC(b[6:12]) == p.operMAC {
		return true
	}
	if len(b) >= 14 && b[12] == 0x08 && b[13] == 0x06 && slices.Contains(p.routerMAC[:], cordon.MAC(b[6:12])) {
		return true // the router asks for whom the operator's packets are
	}
	if len(b) < 34 || b[12] != 0x08 || b[13] != 0x00 {
		return false
	}
	return netip.AddrFrom4([4]byte(b[26:30])) == p.operator || netip.AddrFrom4([4]byte(b[30:34])) == p.operator
}

// snap is the longest frame that is kept whole.
const snap = 1 << 16

// header writes the file header of pcap with nanoseconds (draft-ietf-opsawg-pcap, 4).
func (r *recorder) header() {
	h := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 4)
	h = append(h, make([]byte, 8)...)
	h = binary.LittleEndian.AppendUint32(h, snap)
	h = binary.LittleEndian.AppendUint32(h, 1) // LINKTYPE_ETHERNET
	_, r.err = r.out.Write(h)
}

func (r *recorder) write(f tapped) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	if r.port != nil {
		r.port.send(f.data)
	}
	kept := f.data[:min(len(f.data), snap)]
	h := binary.LittleEndian.AppendUint32(make([]byte, 0, 16), uint32(f.at.Unix()))
	h = binary.LittleEndian.AppendUint32(h, uint32(f.at.Nanosecond()))
	h = binary.LittleEndian.AppendUint32(h, uint32(len(kept)))
	h = binary.LittleEndian.AppendUint32(h, uint32(len(f.data)))
	if _, r.err = r.out.Write(h); r.err == nil {
		_, r.err = r.out.Write(kept)
	}
	r.frames++
}

// counts gives the frames that were written and those that were missed. What was written is in the file then.
func (r *recorder) counts() (written, missed int) {
	for _, t := range r.taps {
		missed += t.missed()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.out.Flush()
	}
	return r.frames, missed
}

func (r *recorder) close() error {
	for _, t := range r.taps {
		t.close()
	}
	if r.port != nil {
		r.port.close()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.out.Flush()
	}
	if r.err != nil {
		return fmt.Errorf("record: %w", r.err)
	}
	return nil
}
