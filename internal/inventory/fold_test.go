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

// tally is a sensor.Sink that counts.
type tally struct{ flows, facts int }

func (c *tally) Observe(*sensor.Fact)                      { c.facts++ }
func (c *tally) Flow(*packet.Flow, string, string, string) { c.flows++ }
