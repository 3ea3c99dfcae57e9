package reach

import (
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestSweepCost sweeps a /20 by ARP as fast as the fast pace allows, into the lab, and logs
// how fast that was and what it cost. How fast a loaded machine is, it does not judge; that nobody
// was missed and the pace was kept, it does.
func TestSweepCost(t *testing.T) {
	if !inLab(t) {
		return
	}
	newLab(t)
	must(t, configure("eth0", "10.66.15.250/20"))
	d := door(t, Fast, "10.66.0.0/20")
	var found atomic.Int32
	r, err := d.Raw(d.Links()[0], func(e Echo) {
		if e.Kind == EchoARP {
			found.Add(1)
		}
	})
	must(t, err)
	defer r.Close()
	start, cpu := time.Now(), cpuTime(t)
	for a := range d.Scope().Hosts() {
		if err := r.ARP(t.Context(), a); !errors.Is(err, ErrOutside) { // but for the broadcast address of the /24
			must(t, err)
		}
	}
	took, cost := time.Since(start), cpuTime(t)-cpu
	n := d.Sent().Packets
	t.Logf("%d packets in %v: %.0f a second, %v of CPU with the kernel's and the devices' share in it: %v each", n, took, float64(n)/took.Seconds(), cost, cost/time.Duration(n))
	if n != 4093 {
		t.Errorf("%d packets", n)
	}
	if pace := float64(n-uint64(Fast.Packets)/10) / took.Seconds(); pace > float64(Fast.Packets) {
		t.Errorf("%.0f packets a second", pace)
	}
	for late := time.Now().Add(5 * time.Second); found.Load() < devices && time.Now().Before(late); {
		time.Sleep(time.Millisecond)
	}
	if found.Load() != devices {
		t.Errorf("%d devices found, want %d", found.Load(), devices)
	}
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
