package main

import (
	"testing"
	"time"

	"cordon"
	"cordon/internal/sensor"
)

// A scan that goes on is looked at again, and not asked for a second time when it has ended meanwhile.
func TestScheduleAsksOnce(t *testing.T) {
	ctx, s := t.Context(), openTestStore(t)
	asked := 0
	l, err := openScanLog(ctx, s, []string{"hq"}, nil, func(string) error { asked++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	sched := &schedule{sites: []scheduled{{site: "hq", every: 24 * time.Hour}}, log: l}
	next := func(now time.Time, wantAsked int, least time.Duration) {
		t.Helper()
		wait, err := sched.next(ctx, now)
		if err != nil || asked != wantAsked || wait < least {
			t.Fatalf("waits %v, asked %d times, %v; want at least %v and %d", wait, asked, err, least, wantAsked)
		}
	}
	now := time.Now()
	next(now, 1, 0)
	next(now, 1, time.Minute)
	l.began(ctx, "hq", now)
	l.done(ctx, &sensor.ScanDone{Site: "hq", Scan: cordon.Scan{Last: now.Add(time.Second)}})
	next(now.Add(time.Minute), 1, 23*time.Hour)
	next(now.Add(24*time.Hour+time.Minute), 2, 0)
}
