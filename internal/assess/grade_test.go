package assess

import (
	"testing"
	"time"
)

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]string{
		800 * time.Millisecond: "less than a second", time.Second: "1 second", 42 * time.Second: "42 seconds", 100 * time.Second: "1 minute",
		29 * time.Minute: "29 minutes", 3 * time.Hour: "3 hours",
	} {
		if got := round(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// What is certain by its numbers is not called so: nothing that was only overheard is proof.
func TestPercentIsNeverWhole(t *testing.T) {
	for c, want := range map[float64]int{0: 0, 0.704: 70, 0.994: 99, 0.999: 99, 1: 99} {
		if got := percent(c); got != want {
			t.Errorf("%v: %d, want %d", c, got, want)
		}
	}
}
