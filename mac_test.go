package cordon_test

import (
	"errors"
	"testing"

	"cordon"
)

func TestParseMAC(t *testing.T) {
	want := cordon.MAC{0xbc, 0xad, 0x28, 0x00, 0x0f, 0xff}
	for _, s := range []string{"bc:ad:28:00:0f:ff", "BC-AD-28-00-0F-FF", "bcad.2800.0fff", "bcad28000fff", ":bcad28000fff:"} {
		if got, err := cordon.ParseMAC(s); err != nil || got != want {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "bc:ad:28:00:0f", "bc:ad:28:00:0f:f", "bc:ad:28:00:0f:ff:0", "bc:ad:28:00:0f:fg", "bc ad 28 00 0f ff", "bc:ad:28:00:0f:ff\x00"} {
		if got, err := cordon.ParseMAC(s); !errors.Is(err, cordon.ErrMAC) || got != (cordon.MAC{}) {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	if n := testing.AllocsPerRun(100, func() { cordon.ParseMAC("bc:ad:28:00:0f:ff") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
