package inventory

import (
	"net/netip"
	"testing"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// A flood takes no more memory than there is for it, and loses nothing.
func TestFolderIsBounded(t *testing.T) {
	var frames [][]byte
	d := newFolder(func(f []byte) error { frames = append(frames, f); return nil })
	const flows = foldAtOnce + 1000
	origin := &cordon.Origin{}
	for i := range flows {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		d.Flow(&packet.Flow{End: [2]packet.End{end(mac(1), a.String(), 4000), end(mac(9), "198.51.100.1", 443)}, Proto: packet.ProtoTCP,
			Packets: [2]uint32{1, 0}, More: true, State: packet.StateAttempt, Bursts: 1, Seconds: 1}, "", "", "")
		d.Observe(&sensor.Fact{Addr: a, Kind: "arp.address", Value: "10.0.0.1", Origin: origin})
		if len(d.open) > foldAtOnce || len(d.facts) > foldAtOnce {
			t.Fatalf("%d flows and %d facts are held", len(d.open), len(d.facts))
		}
	}
	if err := d.finish(); err != nil {
		t.Fatal(err)
	}
	told := tally{}
	for _, f := range frames {
		if err := sensor.ReadFrame(f, &told); err != nil {
			t.Fatal(err)
		}
	}
	if told.flows != flows || told.facts != flows {
		t.Fatalf("told %d flows and %d facts of %d", told.flows, told.facts, flows)
	}
}

// A flow that began before a stretch and goes on after it is one part of it.
func TestFolderGoesOn(t *testing.T) {
	var frames [][]byte
	d := newFolder(func(f []byte) error { frames = append(frames, f); return nil })
	part := packet.Flow{Again: true, Before: packet.StateAttempt, State: packet.StateMidway, More: true, Packets: [2]uint32{1, 2}, Seconds: 1}
	d.Flow(&part, "", "", "")
	part = packet.Flow{Again: true, Before: packet.StateMidway, State: packet.StateAnswered, More: true, Packets: [2]uint32{10, 20}, Seconds: 1}
	d.Flow(&part, "rtsp", "", "")
	if err := d.finish(); err != nil || len(frames) != 1 {
		t.Fatal(len(frames), err)
	}
	var got tally
	if err := sensor.ReadFrame(frames[0], &got); err != nil {
		t.Fatal(err)
	}
	want := packet.Flow{Again: true, Before: packet.StateAttempt, State: packet.StateAnswered, More: true, Packets: [2]uint32{11, 22}, Seconds: 2}
	if got.flows != 1 || got.last != want || got.app != "rtsp" {
		t.Errorf("told %d flows, the last %s %+v, want %+v", got.flows, got.app, got.last, want)
	}
}

// tally is a sensor.Sink that counts, and keeps the last flow.
type tally struct {
	flows, facts int
	last         packet.Flow
	app          string
}

func (c *tally) Observe(*sensor.Fact) { c.facts++ }
func (c *tally) Flow(f *packet.Flow, app, _, _ string) {
	c.flows++
	c.last, c.app = *f, app
}
