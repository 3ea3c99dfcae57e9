package labtest

import (
	"slices"
	"testing"
	"time"

	"cordon"
	"cordon/internal/assess"
)

// A network in which nobody does anything to be told of: no alarm but what a scan found wrong
// with the devices themselves, and of those that are no cameras none. It is learned for a minute
// and watched for one more, in the long form (CORDON_TORTURE) for an hour.
func TestLiveQuiet(t *testing.T) {
	Need(t)
	long := time.Minute
	if Rounds(t, 0) > 0 {
		long = time.Hour
	}
	st := Up(t, "--seed=11", "--mirror", "--apart", "--behave=all=-call-home", "--behave=all=-trickle", "--behave=all=-fetch")
	l := RunIn(t, st, `learning = "1m"`, "[scan]", `every = "24h"`)
	after := time.Now().Add(time.Minute + long)
	l.scanned()
	for !t.Failed() && time.Now().Before(after) {
		next := time.Now().Add(10 * time.Second)
		l.Until("ten seconds to pass", time.Minute, func() bool { return time.Now().After(next) })
		l.holdQuiet()
	}
	things := 0
	for i := range st.Devices {
		d := &st.Devices[i]
		if !slices.ContainsFunc(d.Truth.Class, cordon.Thing) {
			if codes := l.alarmsOf(d); len(codes) > 0 {
				t.Errorf("%s, which is a %v, raised %v", d.Truth.Name, d.Truth.Class, codes)
			}
			continue
		}
		things++
	}
	if alarms := Listed[cordon.Alarm](l, "/v1/alarms?limit=1000"); things == 0 || len(alarms) == 0 {
		t.Errorf("%d cameras and the like, %d alarms: the scan found nothing", things, len(alarms))
	}
}

// holdQuiet fails on alarms that do not follow from what a device says of itself.
func (l *Live) holdQuiet() {
	l.t.Helper()
	for _, a := range Listed[cordon.Alarm](l, "/v1/alarms?limit=1000") {
		standing := slices.ContainsFunc(assess.Checks(), func(c *assess.Check) bool { return c.Code == a.Code })
		if !standing {
			l.t.Errorf("%s about %q: %s: %q", a.Code, a.Device, a.Title, a.Evidence)
		}
	}
}
