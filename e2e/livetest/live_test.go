package livetest

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

var (
	camera   = netip.MustParseAddr("192.168.8.21")
	recorder = netip.MustParseAddr("192.168.8.2")
)

// datagram is a UDP frame of the camera to the recorder, or back (RFC 768, RFC 791).
func datagram(back bool, port uint16, data []byte) []byte {
	b := []byte{0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00}
	from, to, sport, dport := camera, recorder, uint16(40000), port
	if back {
		copy(b, []byte{0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2})
		from, to, sport, dport = to, from, dport, sport
	}
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(28+len(data)))
	b = append(b, 0, 0, 0, 0, 64, 17, 0, 0)
	b = slices.Concat(b, from.AsSlice(), to.AsSlice())
	b = binary.BigEndian.AppendUint16(b, sport)
	b = binary.BigEndian.AppendUint16(b, dport)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(data)))
	return slices.Concat(b, []byte{0, 0}, data)
}

// tagged puts an 802.1Q tag into a frame.
func tagged(id uint16, f []byte) []byte {
	return slices.Concat(f[:12], []byte{0x81, 0, byte(id >> 8), byte(id)}, f[12:])
}

// total adds up the parts of the flow on a port: frames and bytes of both sides.
func (k *Told) total(port uint16) (frames uint32, bytes uint64, ended bool) {
	for i := range k.Flows {
		if f := &k.Flows[i]; f.End[1].Port == port {
			frames += f.Packets[0] + f.Packets[1]
			bytes += f.Bytes[0] + f.Bytes[1]
			ended = !f.More
		}
	}
	return frames, bytes, ended
}

// TestHears counts what the sender counts, and is told of it while it goes on.
func TestHears(t *testing.T) {
	Need(t)
	p := NewPair(t, "hear0")
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.In, Sensor: "yard/hear0"}, &told)
	h.Up(t)
	var sent uint64
	for i := range 5000 {
		f := datagram(i%3 == 1, 9000, bytes.Repeat([]byte{byte(i)}, i%1400))
		sent += uint64(len(f))
		p.Send(t, f)
	}
	p.Send(t, arp())
	h.UntilTold(t, "a part of the flow", func() bool { n, _, _ := told.total(9000); return n == 5000 })
	if _, _, ended := told.total(9000); ended {
		t.Error("the flow was told to end while it goes on")
	}
	p.Send(t, datagram(false, 9000, []byte("more")))
	h.UntilTold(t, "what is new of it", func() bool { n, _, _ := told.total(9000); return n == 5001 })
	h.Stop(t)
	n, b, ended := told.total(9000)
	if want := sent + uint64(len(datagram(false, 0, []byte("more")))); n != 5001 || b != want || !ended {
		t.Errorf("told %d frames, %d bytes, ended %v; sent 5001, %d", n, b, ended, want)
	}
	if s := h.State(); s.Packets != 5002 || s.Dropped != 0 || s.Records == 0 || s.Last.IsZero() || s.Name != "yard/hear0" || s.Kind != "live" {
		t.Errorf("state %+v", s)
	}
	if !slices.ContainsFunc(told.Facts, func(f sensor.Fact) bool {
		return f.Origin.Sensor == "yard/hear0" && f.Kind == "arp.address" && f.Value == camera.String()
	}) {
		t.Errorf("no fact of the camera: %+v", told.Facts)
	}
}

// arp is the camera's question for the recorder (RFC 826).
func arp() []byte {
	b := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 0x02, 0, 0, 0, 0, 1}
	return slices.Concat(b, camera.AsSlice(), make([]byte, 6), recorder.AsSlice())
}

// TestVLAN has the tag put back that the kernel takes out of frames: sizes are those on the wire.
func TestVLAN(t *testing.T) {
	Need(t)
	p := NewPair(t, "vlan0")
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.In}, &told)
	h.Up(t)
	plain, in8 := datagram(false, 9000, make([]byte, 100)), tagged(8, datagram(false, 9001, make([]byte, 100)))
	twice := tagged(8, tagged(9, datagram(false, 9002, make([]byte, 100))))
	p.Send(t, plain, in8, twice)
	h.Until(t, "three frames", func(s cordon.SensorState) bool { return s.Packets == 3 })
	h.Stop(t)
	for port, want := range map[uint16][]byte{9000: plain, 9001: in8, 9002: twice} {
		if n, b, _ := told.total(port); n != 1 || b != uint64(len(want)) {
			t.Errorf("port %d: %d frames, %d bytes; sent one of %d", port, n, b, len(want))
		}
	}
}

// TestInterfaceComesBack takes the interface down, up, away and back: what is sent in between is
// nobody's loss, and the flow goes on.
func TestInterfaceComesBack(t *testing.T) {
	Need(t)
	p := NewPair(t, "back0")
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.In}, &told)
	one := datagram(false, 9000, []byte("x"))
	frames := uint64(0)
	hears := func() {
		t.Helper()
		h.Up(t)
		p.Send(t, one)
		frames++
		h.Until(t, "a frame", func(s cordon.SensorState) bool { return s.Packets == frames })
	}
	down := func(detail string) {
		t.Helper()
		h.Until(t, "down", func(s cordon.SensorState) bool { return !s.Up && bytes.Contains([]byte(s.Detail), []byte(detail)) })
	}
	hears()
	SetUp(t, p.In, false)
	down("ip link set back0 up")
	SetUp(t, p.In, true)
	hears()
	p.Remove(t)
	down("there is no interface back0")
	p.Make(t)
	hears()
	h.Stop(t)
	if n, _, ended := told.total(9000); n != 3 || !ended {
		t.Errorf("told %d frames, ended %v", n, ended)
	}
	begun := 0
	for _, f := range told.Flows {
		if !f.Again && f.End[1].Port == 9000 {
			begun++
		}
	}
	if begun != 1 {
		t.Errorf("%d flows, want one that goes on", begun)
	}
}

// TestWaitsForInterface begins before there is an interface.
func TestWaitsForInterface(t *testing.T) {
	Need(t)
	p := &Pair{In: "late0", Out: "late0x", fd: -1}
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.In}, &told)
	h.Until(t, "a reason", func(s cordon.SensorState) bool { return !s.Up && s.Detail != "" })
	p.Make(t)
	t.Cleanup(func() { p.Remove(t) })
	h.Up(t)
}

// TestLoopbackOnce hears what this machine tells itself once, though it leaves and comes in.
func TestLoopbackOnce(t *testing.T) {
	Need(t)
	SetUp(t, "lo", true)
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: "lo"}, &told)
	h.Up(t)
	lo := &Pair{fd: PacketSocket(t, "lo")}
	lo.Send(t, datagram(false, 9000, []byte("x")))
	h.Until(t, "a frame", func(s cordon.SensorState) bool { return s.Packets > 0 })
	h.Stop(t)
	if n, _, _ := told.total(9000); n != 1 {
		t.Errorf("%d frames, sent one", n)
	}
}

// TestOwnFramesOnce hears what the listening machine sends itself, once.
func TestOwnFramesOnce(t *testing.T) {
	Need(t)
	p := NewPair(t, "own0")
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.Out}, &told)
	h.Up(t)
	p.Send(t, datagram(false, 9000, []byte("x")))
	h.Until(t, "a frame", func(s cordon.SensorState) bool { return s.Packets > 0 })
	h.Stop(t)
	if n, _, _ := told.total(9000); n != 1 {
		t.Errorf("%d frames, sent one", n)
	}
}

// TestCores shares an interface among cores: both directions of a flow are heard by one.
func TestCores(t *testing.T) {
	Need(t)
	p := NewPair(t, "core0")
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.In, Workers: 4}, &told)
	h.Up(t)
	const flows = 200
	for i := range uint16(flows) {
		p.Send(t, datagram(false, 9000+i, []byte("ask")), datagram(true, 9000+i, []byte("answer")))
	}
	h.Until(t, "all frames", func(s cordon.SensorState) bool { return s.Packets == 2*flows })
	h.Stop(t)
	for i := range uint16(flows) {
		n, _, _ := told.total(9000 + i)
		if n != 2 {
			t.Errorf("port %d: %d frames in one flow, want 2", 9000+i, n)
		}
	}
	if slices.ContainsFunc(told.Flows, func(f packet.Flow) bool { return f.State != packet.StateAnswered }) {
		t.Error("a flow was torn in two")
	}
}

// TestFullRing does not take what the kernel has for it: what the kernel then drops is counted.
func TestFullRing(t *testing.T) {
	Need(t)
	p := NewPair(t, "full0")
	slow := &holding{held: make(chan struct{}), release: make(chan struct{})}
	h := Hear(t, sensor.LiveConfig{Interface: p.In, Ring: 1}, slow) // as small as rings are: 2 MiB
	h.Up(t)
	p.Send(t, datagram(false, 9000, []byte("x")))
	<-slow.held
	for range 300 {
		p.Send(t, datagram(false, 9001, make([]byte, 60000)))
	}
	close(slow.release)
	h.Until(t, "every frame, heard or dropped", func(s cordon.SensorState) bool { return s.Packets+s.Dropped == 301 })
	if s := h.State(); s.Dropped == 0 {
		t.Errorf("18 MB went into 2 MiB: %+v", s)
	}
}

// TestTooManyFlows says so when a table is full.
func TestTooManyFlows(t *testing.T) {
	Need(t)
	p := NewPair(t, "many0")
	var told Told
	h := Hear(t, sensor.LiveConfig{Interface: p.In, Table: packet.Config{MaxFlows: 10}}, &told)
	h.Up(t)
	for i := range uint16(20) {
		p.Send(t, datagram(false, 9000+i, nil))
	}
	h.Until(t, "a word about it", func(s cordon.SensorState) bool {
		return s.Up && bytes.Contains([]byte(s.Detail), []byte("more than 10 conversations at once"))
	})
	h.Stop(t)
	if n := len(told.Flows); n != 20 {
		t.Errorf("told of %d flows, want 20", n)
	}
}

// holding is a sink that holds up whoever tells it the first fact.
type holding struct {
	Told
	once          sync.Once
	held, release chan struct{}
}

func (k *holding) Observe(f *sensor.Fact) {
	k.once.Do(func() {
		close(k.held)
		<-k.release
	})
	k.Told.Observe(f)
}
