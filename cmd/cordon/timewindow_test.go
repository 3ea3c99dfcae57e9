package main

import (
	"testing"
	"time"
)

func TestTimeWindow(t *testing.T) {
	day := func(hour, minute int) time.Time { return time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		window string
		at     time.Time
		want   time.Time
	}{
		{"", day(12, 0), day(12, 0)},
		{"01:00-05:00", day(3, 0), day(3, 0)},
		{"01:00-05:00", day(0, 30), day(1, 0)},
		{"01:00-05:00", day(5, 0), day(25, 0)},
		{"22:00-04:00", day(23, 59), day(23, 59)},
		{"22:00-04:00", day(3, 59), day(3, 59)},
		{"22:00-04:00", day(4, 0), day(22, 0)},
	} {
		w, err := parseTimeWindow(c.window)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.opens(c.at); !got.Equal(c.want) {
			t.Errorf("%q opens after %s at %s, want %s", c.window, c.at, got, c.want)
		}
	}
	for window, want := range map[string]time.Time{"": {}, "01:00-05:00": {}, "22:00-04:00": day(28, 0), "10:00-13:00": {}, "23:00-23:59": day(23, 59)} {
		w, err := parseTimeWindow(window)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.closes(day(23, 30)); !got.Equal(want) {
			t.Errorf("%q closes after half past eleven at %s, want %s", window, got, want)
		}
	}
	for _, bad := range []string{"1", "01:00", "05:00-05:00", "25:00-26:00", "a-b"} {
		if _, err := parseTimeWindow(bad); err == nil {
			t.Errorf("%q is taken for a window", bad)
		}
	}
}
