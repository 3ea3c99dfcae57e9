package watch

import "testing"

func TestPeriod(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 seconds", 2.2: "2.2 seconds", 30: "30 seconds", 59.6: "59.6 seconds", 59.97: "1 min", 60: "1 min", 90: "1 min 30 s", 600: "10 min",
		3600: "1 h", 16363: "4 h 32 min", 47.9 * 3600: "47 h 54 min", 72 * 3600: "3 days",
	} {
		if got := period(seconds); got != want {
			t.Errorf("%v: %q, want %q", seconds, got, want)
		}
	}
}
