package sensor

import (
	"encoding/binary"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cordon/internal/packet"
)

// ringed is a frame as the kernel puts it into a block.
type ringed struct {
	data   []byte
	wire   int
	status uint32
	tci    uint32
	tpid   uint16
	kind   byte
	hatype uint16
}

// madeBlock lays frames out as TPACKET_V3 does, each behind 80 bytes of header and reserve.
func madeBlock(frames ...ringed) []byte {
	b := make([]byte, ringBlock)
	e := binary.NativeEndian
	e.PutUint32(b[blockPackets:], uint32(len(frames)))
	at := 48
	e.PutUint32(b[blockFirst:], uint32(at))
	for i, f := range frames {
		h := b[at:]
		const mac = 90
		size := (mac + len(f.data) + 15) &^ 15
		if i < len(frames)-1 {
			e.PutUint32(h[headNext:], uint32(size))
		}
		e.PutUint32(h[headSec:], 1_700_000_000)
		e.PutUint32(h[headNsec:], uint32(i))
		e.PutUint32(h[headKept:], uint32(len(f.data)))
		e.PutUint32(h[headWire:], uint32(max(f.wire, len(f.data))))
		e.PutUint32(h[headStatus:], f.status)
		e.PutUint16(h[headMAC:], mac)
		e.PutUint32(h[headTCI:], f.tci)
		e.PutUint16(h[headTPID:], f.tpid)
		e.PutUint16(h[headHatype:], f.hatype)
		h[headKind] = f.kind
		copy(h[mac:], f.data)
		at += size
	}
	return b
}

func walked(b []byte, skip bool) []packet.Frame {
	var all []packet.Frame
	walkBlock(b, skip, func(f packet.Frame) {
		f.Data = slices.Clone(f.Data)
		all = append(all, f)
	})
	return all
}

func TestWalkBlock(t *testing.T) {
	f := []byte("aaaaaabbbbbb\x08\x00payload")
	got := walked(madeBlock(
		ringed{data: f, hatype: unix.ARPHRD_ETHER},
		ringed{data: f, wire: 1500, hatype: unix.ARPHRD_ETHER, status: unix.TP_STATUS_VLAN_VALID | unix.TP_STATUS_VLAN_TPID_VALID, tci: 0x2008, tpid: 0x88a8},
		ringed{data: f, hatype: unix.ARPHRD_ETHER, status: unix.TP_STATUS_VLAN_VALID, tci: 9},
		ringed{data: f, hatype: unix.ARPHRD_LOOPBACK, kind: unix.PACKET_OUTGOING},
		ringed{data: []byte{0x45}, hatype: unix.ARPHRD_NONE},
	), true)
	const start = 1_700_000_000 * int64(1e9)
	want := []packet.Frame{
		{At: start, Link: packet.LinkEthernet, Data: f, Wire: len(f)},
		{At: start + 1, Link: packet.LinkEthernet, Data: []byte("aaaaaabbbbbb\x88\xa8\x20\x08\x08\x00payload"), Wire: 1504},
		{At: start + 2, Link: packet.LinkEthernet, Data: []byte("aaaaaabbbbbb\x81\x00\x00\x09\x08\x00payload"), Wire: len(f) + 4},
		{At: start + 4, Link: packet.LinkRaw, Data: []byte{0x45}, Wire: 1},
	}
	if !slices.EqualFunc(got, want, func(a, b packet.Frame) bool {
		return a.At == b.At && a.Link == b.Link && a.Wire == b.Wire && string(a.Data) == string(b.Data)
	}) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// FuzzWalkBlock survives a block of anything.
func FuzzWalkBlock(f *testing.F) {
	f.Add(madeBlock(ringed{data: []byte("aaaaaabbbbbb\x08\x00payload"), status: unix.TP_STATUS_VLAN_VALID})[:400])
	f.Fuzz(func(t *testing.T, b []byte) {
		block := make([]byte, 4096)
		copy(block, b)
		walkBlock(block, true, func(packet.Frame) {})
	})
}

func TestSteps(t *testing.T) {
	for _, c := range []struct{ wall, mono, want time.Duration }{
		{time.Second, time.Second, 0},
		{time.Second + 400*time.Millisecond, time.Second, 0},
		{-time.Hour, time.Second, -time.Hour - time.Second},
		{24 * time.Hour, 10 * time.Millisecond, 24*time.Hour - 10*time.Millisecond},
	} {
		var s steps
		start := time.Unix(1_700_000_000, 0)
		if got := s.look(start, time.Hour); got != 0 {
			t.Errorf("the first look sees a step of %v", got)
		}
		if got := s.look(start.Add(c.wall), time.Hour+c.mono); got != c.want {
			t.Errorf("wall %v, monotonic %v: %v, want %v", c.wall, c.mono, got, c.want)
		}
	}
}

// TestClockStep sets the clock in the middle of a flow: the flow goes on, and no gap of it is
// as long as the step.
func TestClockStep(t *testing.T) {
	for _, by := range []time.Duration{24 * time.Hour, -time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			var told keeper
			l := NewLive(LiveConfig{Interface: "none0", Sink: func(int) Sink { return &told }})
			w := l.workers[0]
			b := udpFrame()
			start := time.Unix(1_700_000_000, 0)
			feed := func(at time.Time) {
				w.frame(packet.Frame{At: at.UnixNano(), Link: packet.LinkEthernet, Data: b, Wire: len(b)})
			}
			w.watchClock(start, 0)
			feed(start)
			w.watchClock(start.Add(by).Add(100*time.Millisecond), 100*time.Millisecond)
			feed(start.Add(50 * time.Millisecond)) // the kernel timed it before the step
			feed(start.Add(by).Add(100 * time.Millisecond))
			w.beat(start.Add(by).Add(300 * time.Millisecond))
			w.finish()
			checkStep(t, told.told)
			if s := l.State(); s.Detail == "" {
				t.Error("nobody is told that the clock was set")
			}
		})
	}
}

func checkStep(t *testing.T, told []any) {
	t.Helper()
	var flows []toldFlow
	for _, x := range told {
		if f, ok := x.(toldFlow); ok {
			flows = append(flows, f)
		}
	}
	if len(flows) != 1 || flows[0].Packets[0] != 3 || flows[0].GapSum != 0 {
		t.Fatalf("told %+v", flows)
	}
}

// udpFrame is an empty datagram from 10.0.0.1 to 10.0.0.2.
func udpFrame() []byte {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	return slices.Concat([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0},
		a.AsSlice(), b.AsSlice(), []byte{0x9c, 0x40, 0x23, 0x28, 0, 8, 0, 0})
}

// A sensor that is told to end takes what its ring holds from before, and does not go on with what
// comes meanwhile: somebody else may listen by then.
func TestDrainEnds(t *testing.T) {
	frame := ringed{data: []byte("aaaaaabbbbbb\x08\x00payload"), hatype: unix.ARPHRD_ETHER}
	for _, c := range []struct {
		heard time.Time
		want  uint64
	}{{time.Unix(1_700_000_000, 0), 4}, {time.Now().Add(time.Hour), 1}} {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(pair[1])
		r := &ring{file: os.NewFile(uintptr(pair[0]), "ring"), blocks: 4}
		defer r.file.Close()
		if r.conn, err = r.file.SyscallConn(); err != nil {
			t.Fatal(err)
		}
		for range r.blocks {
			b := madeBlock(frame)
			binary.NativeEndian.PutUint32(b[blockStatus:], unix.TP_STATUS_USER)
			binary.NativeEndian.PutUint32(b[48+headSec:], uint32(c.heard.Unix()))
			r.memory = append(r.memory, b...)
		}
		w := NewLive(LiveConfig{Interface: "x", Sink: func(int) Sink { return &keeper{} }}).workers[0]
		w.drain(r)
		if got := w.table.Stats().Packets; got != c.want {
			t.Errorf("%d of 4 blocks from %v were taken, want %d", got, c.heard, c.want)
		}
	}
}
