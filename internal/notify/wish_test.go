package notify

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"cordon"
)

func TestWhen(t *testing.T) {
	night := Quiet{From: "22:00", To: "07:00"}
	for _, c := range []struct {
		name     string
		wish     Wish
		now      string
		severity cordon.Severity
		want     string // in UTC; empty: at once
		with     string
	}{
		{"at once", Wish{}, "2026-03-02T10:00:00Z", cordon.Low, "", ""},
		{"before the night", Wish{Quiet: night, Zone: "UTC"}, "2026-03-02T21:59:59Z", cordon.High, "", ""},
		{"in the evening", Wish{Quiet: night, Zone: "UTC"}, "2026-03-02T22:00:00Z", cordon.High, "2026-03-03T07:00:00Z", "quiet"},
		{"in the morning", Wish{Quiet: night, Zone: "UTC"}, "2026-03-03T06:59:00Z", cordon.High, "2026-03-03T07:00:00Z", "quiet"},
		{"when it ends", Wish{Quiet: night, Zone: "UTC"}, "2026-03-03T07:00:00Z", cordon.High, "", ""},
		{"urgent", Wish{Quiet: night, Zone: "UTC"}, "2026-03-02T23:00:00Z", cordon.Critical, "", ""},
		{"never urgent", Wish{Quiet: night, Zone: "UTC", Urgent: "never"}, "2026-03-02T23:00:00Z", cordon.Critical, "2026-03-03T07:00:00Z", "quiet"},
		{"another zone", Wish{Quiet: night, Zone: "Europe/Berlin"}, "2026-03-02T21:30:00Z", cordon.High, "2026-03-03T06:00:00Z", "quiet"},
		{"over the change of the clock", Wish{Quiet: night, Zone: "Europe/Berlin"}, "2026-03-28T21:30:00Z", cordon.High, "2026-03-29T05:00:00Z", "quiet"},
		{"at noon", Wish{Quiet: Quiet{"12:00", "13:00"}, Zone: "UTC"}, "2026-03-02T12:30:00Z", cordon.High, "2026-03-02T13:00:00Z", "quiet"},
		{"daily", Wish{Digest: "daily", Zone: "UTC"}, "2026-03-02T07:59:00Z", cordon.High, "2026-03-02T08:00:00Z", "digest"},
		{"daily, just after", Wish{Digest: "daily", Zone: "UTC"}, "2026-03-02T08:00:00Z", cordon.High, "2026-03-03T08:00:00Z", "digest"},
		{"weekly", Wish{Digest: "weekly", At: "17:30", Day: "friday", Zone: "UTC"}, "2026-03-02T08:00:00Z", cordon.High, "2026-03-06T17:30:00Z", "digest"},
		{"weekly, on the day", Wish{Digest: "weekly", Zone: "UTC"}, "2026-03-02T09:00:00Z", cordon.High, "2026-03-09T08:00:00Z", "digest"},
		{"digest, urgent from high", Wish{Digest: "daily", Urgent: cordon.High}, "2026-03-02T09:00:00Z", cordon.High, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.wish.check(); err != nil {
				t.Fatal(err)
			}
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			until, with := c.wish.when(c.severity, now)
			got := ""
			if !until.IsZero() {
				got = until.UTC().Format(time.RFC3339)
			}
			if got != c.want || with != c.with {
				t.Errorf("until %q with %q, want %q with %q", got, with, c.want, c.with)
			}
		})
	}
}

func TestWishCheck(t *testing.T) {
	for _, w := range []Wish{
		{From: "loud"}, {Urgent: "x"}, {Zone: "Mars/North"}, {Quiet: Quiet{From: "22:00"}}, {Quiet: Quiet{"22:00", "22:00"}},
		{Quiet: Quiet{"25:00", "07:00"}}, {Digest: "hourly"}, {At: "8"}, {Day: "someday"},
	} {
		if err := w.check(); err == nil {
			t.Errorf("%+v was taken", w)
		}
	}
}

func TestWants(t *testing.T) {
	a := &cordon.Alarm{Finding: cordon.Finding{Code: "scans", Severity: cordon.Medium}, Site: "hall"}
	for _, c := range []struct {
		wish Wish
		what string
		want bool
	}{
		{Wish{}, "raised", true},
		{Wish{}, "resolved", false},
		{Wish{Resolved: true}, "resolved", true},
		{Wish{From: "high"}, "raised", false},
		{Wish{From: "medium"}, "worse", true},
		{Wish{Sites: []string{"barn"}}, "raised", false},
		{Wish{Sites: []string{"barn", "hall"}}, "raised", true},
		{Wish{Codes: []string{"floods"}}, "raised", false},
		{Wish{Codes: []string{"scans"}}, "raised", true},
	} {
		if got := c.wish.wants(a, c.what); got != c.want {
			t.Errorf("%+v %s: %v", c.wish, c.what, got)
		}
	}
}

// Where there is room for nobody else, who is there may still choose anew.
func TestWishFull(t *testing.T) {
	s := newBox(t).make()
	if err := s.PutWish(t.Context(), "kim", Personal{}); err != nil {
		t.Fatal(err)
	}
	for i := range maxPeople - 1 {
		s.wishes[strconv.Itoa(i)] = Personal{}
	}
	if err := s.PutWish(t.Context(), "kim", Personal{Wish: Wish{From: "high"}}); err != nil {
		t.Error(err)
	}
	if err := s.PutWish(t.Context(), "eve", Personal{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("one too many: %v", err)
	}
}
