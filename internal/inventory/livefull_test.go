package inventory

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cordon/internal/packet"
	"cordon/internal/store"
)

// A device that there is no room for is counted: nothing is left out in silence.
func TestLeftOutIsCounted(t *testing.T) {
	w := wind(t, newFakeStore(), start, func(c *LiveConfig) { c.Limits.Devices = 1 })
	w.fact(mac(1), "", "arp.address", "10.0.0.5", false)
	w.turns(2)
	if n := w.Stats().NoRoom; n != 0 {
		t.Fatalf("%d left out, and there is room", n)
	}
	w.fact(mac(2), "", "arp.address", "10.0.0.6", false)
	w.turns(2)
	if got := w.Stats(); got.NoRoom == 0 || got.Devices != 1 {
		t.Fatalf("%d left out, %d known", got.NoRoom, got.Devices)
	}
}

// A store that takes nothing is said once when that begins and once when it is over.
func TestStoreThatFailsIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeStore()
		r := run(t, s, know(t), nil)
		src := r.Source("", "eth0")
		second := func(port uint16) {
			now := time.Now().UnixNano()
			src.Flow(&packet.Flow{
				End: [2]packet.End{end(mac(1), "10.0.0.5", port), end(mac(9), "198.51.100.1", 443)}, Proto: packet.ProtoTCP, State: packet.StateAnswered,
				Packets: [2]uint32{1, 1}, Bytes: [2]uint64{100, 1000}, First: now, Last: now, Seconds: 1, Bursts: 1,
			}, "tls", "", "")
			pass(time.Second)
		}
		for n := range uint16(40) {
			switch n {
			case 10:
				s.setAway(store.ErrFull)
			case 25:
				if got := r.Stats(); got.Failing == "" || got.Since.IsZero() {
					t.Errorf("the store takes nothing, and that is known as %q since %v", got.Failing, got.Since)
				}
				s.setAway(nil)
			}
			second(4000 + n)
		}
		if got := r.Stats(); got.Failing != "" || got.Lost != 0 {
			t.Errorf("it takes everything again: %q, lost %d", got.Failing, got.Lost)
		}
		r.stop()
		var said []string
		for _, e := range r.told {
			if e.Kind == "sensor" {
				said = append(said, e.Title)
			}
		}
		if len(said) != 2 || !strings.Contains(said[0], "cannot be kept") || !strings.Contains(said[1], "kept again") {
			t.Errorf("said %q", said)
		}
	})
}
