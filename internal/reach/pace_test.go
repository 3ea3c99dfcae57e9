package reach

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func whole() float64 { return 1 }

// most gives the greatest number of moments within any span, both ends counted.
func most(at []time.Time, span time.Duration) int {
	best := 0
	for i, j := 0, 0; j < len(at); j++ {
		for at[j].Sub(at[i]) > span {
			i++
		}
		best = max(best, j-i+1)
	}
	return best
}

// TestPaceHolds has many senders in a hurry, some of whom pause, and looks at every tenth of a second.
func TestPaceHolds(t *testing.T) {
	for _, p := range []Pace{Gentle, Polite, Fast, {Packets: 3}, {Packets: 15}, {Packets: 1234}} {
		synctest.Test(t, func(t *testing.T) {
			m := newMeter(p.Packets, whole)
			var mu sync.Mutex
			var at []time.Time
			start := time.Now()
			var all sync.WaitGroup
			for i := range 7 {
				k := min(1+i%3, max(1, p.Packets/10))
				all.Go(func() {
					for n := 0; time.Since(start) < 3*time.Second; n++ {
						if m.take(t.Context(), nil, k) != nil {
							return
						}
						mu.Lock()
						for range k {
							at = append(at, time.Now())
						}
						mu.Unlock()
						if n%50 == 0 {
							time.Sleep(time.Duration(i) * 33 * time.Millisecond)
						}
					}
				})
			}
			all.Wait()
			if p.Packets < 10 {
				if n := most(at, time.Second); n > p.Packets {
					t.Errorf("%d a second: %d within one", p.Packets, n)
				}
				return
			}
			if n, all := most(at, tenth), p.Packets/10; n > all-all/unmetered { // the rest is the kernel's
				t.Errorf("%d a second: %d within a tenth", p.Packets, n)
			}
			if n := most(at, burst); n > max(3, p.Packets/10/burstShare) {
				t.Errorf("%d a second: %d within a hundredth", p.Packets, n)
			}
			if used := float64(len(at)) / time.Since(start).Seconds(); used < 0.8*float64(p.Packets/10*10) {
				t.Errorf("%d a second: only %.0f were granted", p.Packets, used)
			}
		})
	}
}

// TestPaceHoldsWhenHeldUp sends packets that leave late, as on a busy machine: they count from when they left.
func TestPaceHoldsWhenHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(Polite.Packets, whole)
		var at []time.Time
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for range 200 {
					err := m.send(t.Context(), nil, 10, func() error {
						if len(at)%300 == 0 {
							time.Sleep(70 * time.Millisecond)
						}
						at = append(at, slices.Repeat([]time.Time{time.Now()}, 10)...)
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := most(at, tenth); len(at) != 6000 || n > Polite.Packets/10 {
			t.Errorf("of %d, %d left within a tenth of a second", len(at), n)
		}
	})
}

// TestPaceMakesRoom: what the kernel sends by itself is made room for, as long as it is not most of all.
func TestPaceMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(Polite.Packets, whole)
		var at []time.Time // kernel's and ours
		mine, start := 0, time.Now()
		for round := 0; time.Since(start) < 3*time.Second; round++ {
			if round%100 == 0 {
				for range 30 {
					m.note(time.Now())
					at = append(at, time.Now())
				}
			}
			if err := m.take(t.Context(), nil, 1); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Now())
			mine++
		}
		if most := 3*Polite.Packets + Polite.Packets/10 + 30; len(at) > most || mine < 2000 {
			t.Errorf("%d in three seconds, %d of them ours; want %d at most", len(at), mine, most)
		}
		for range 1000 { // one who asks without end
			m.note(time.Now())
		}
		before := time.Now()
		if err := m.take(t.Context(), nil, 30); err != nil || time.Since(before) > tenth {
			t.Errorf("held up for %v, %v", time.Since(before), err)
		}
	})
}

func TestTakeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(10, whole)
		done := make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), 350*time.Millisecond)
		defer cancel()
		if err := m.take(ctx, done, 100); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		go func() {
			time.Sleep(time.Second)
			close(done)
		}()
		start := time.Now()
		if err := m.take(t.Context(), done, 100); !errors.Is(err, ErrClosed) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		if err := m.take(t.Context(), done, 1); !errors.Is(err, ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestConnsHold begins connections that take different times, fail, hang, and looks at those completed.
func TestConnsHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoorways(50, whole)
		var mu sync.Mutex
		at := map[netip.Prefix][]time.Time{}
		start := time.Now()
		var all sync.WaitGroup
		for i := range 60 {
			all.Go(func() {
				a := netip.AddrFrom4([4]byte{10, 0, byte(i % 2), byte(i)})
				for n := 0; time.Since(start) < 3*time.Second; n++ {
					end, err := d.begin(t.Context(), nil, a)
					if err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration((i*7+n*13)%90) * time.Millisecond) // the round trip
					completed := (i+n)%3 != 0
					if !completed && n%2 == 0 {
						time.Sleep(time.Second) // it hangs
					}
					end(completed)
					if completed {
						mu.Lock()
						at[network(a)] = append(at[network(a)], time.Now())
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		for p, moments := range at {
			if n := most(moments, tenth); n > 5 {
				t.Errorf("%v: %d completed within a tenth of a second, want 5 at most", p, n)
			}
			if len(moments) < 60 {
				t.Errorf("%v: only %d completed in three seconds", p, len(moments))
			}
		}
		if len(at) != 2 {
			t.Errorf("%d networks", len(at))
		}
	})
}

// TestRefusedConnsAreFree: a host that refuses at once holds nobody up.
func TestRefusedConnsAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoorways(50, whole)
		start := time.Now()
		for range 1000 {
			end, err := d.begin(t.Context(), nil, netip.MustParseAddr("10.0.0.1"))
			if err != nil {
				t.Fatal(err)
			}
			end(false)
		}
		if time.Since(start) != 0 {
			t.Errorf("took %v", time.Since(start))
		}
	})
}

func TestManyNetworks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoorways(50, whole)
		for i := range 3 * manyNets {
			end, err := d.begin(t.Context(), nil, netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}))
			if err != nil {
				t.Fatal(err)
			}
			end(true)
			time.Sleep(time.Millisecond)
		}
		if len(d.nets) > manyNets+1 {
			t.Errorf("%d networks are remembered", len(d.nets))
		}
	})
}

// TestPatience: answers get slow, then stop, then are well again.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatience()
		share := func() float64 { return p.current(time.Now()) }
		say := func(n int, rtt time.Duration) {
			for range n {
				time.Sleep(20 * time.Millisecond)
				p.answered(netip.MustParseAddr("10.0.0.1"), rtt, time.Now())
			}
		}
		say(200, 2*time.Millisecond)
		say(200, 20*time.Millisecond) // ten times, but within what is our own jitter
		if share() != 1 {
			t.Fatalf("%v before anything was slow", share())
		}
		say(40, 200*time.Millisecond)
		if share() != 0.5 {
			t.Fatalf("%v after answers got slow", share())
		}
		say(2000, 200*time.Millisecond)
		if share() != leastShare {
			t.Fatalf("%v while answers stay slow", share())
		}
		say(100, 2*time.Millisecond) // two seconds
		if s := share(); s <= leastShare || s >= 0.25 {
			t.Errorf("%v after two good seconds: want a step", s)
		}
		say(3000, 2*time.Millisecond)
		if share() != 1 {
			t.Errorf("%v after a good minute", share())
		}
		for range 40 {
			time.Sleep(20 * time.Millisecond)
			p.missing(time.Now())
		}
		if share() != 0.5 {
			t.Errorf("%v after answers stopped", share())
		}
		time.Sleep(time.Minute) // no news
		for range 10 {
			share()
			time.Sleep(raiseEach)
		}
		if share() != 1 {
			t.Errorf("%v after a quiet minute", share())
		}
	})
}

// TestSlowPace: a sixteenth of the share is a sixteenth of the packets.
func TestSlowPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(1000, func() float64 { return 1.0 / 16 })
		start := time.Now()
		if err := m.take(t.Context(), nil, 60); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 900*time.Millisecond || d > 1100*time.Millisecond {
			t.Errorf("60 packets at a sixteenth of 1000 a second took %v", d)
		}
	})
}

func TestZeroPace(t *testing.T) {
	scope, _ := NewScope([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, nil)
	if _, err := Open(scope, Pace{}); err == nil {
		t.Error("the zero pace was taken")
	}
}

func TestRecall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := map[int]string{}
		r := newRecall[int, string](time.Second, 3)
		r.gone = func(k int, v string) { gone[k] = v }
		for k := range 3 {
			r.put(k, "a", time.Now())
		}
		time.Sleep(time.Second)
		r.put(0, "b", time.Now())
		if v, ok := r.get(0, time.Now()); !ok || v != "b" {
			t.Error(v, ok)
		}
		if v, ok := r.get(1, time.Now()); !ok || v != "a" {
			t.Error(v, ok)
		}
		time.Sleep(time.Second)
		if _, ok := r.get(1, time.Now()); ok || len(gone) != 2 || gone[1] != "a" {
			t.Error(ok, gone)
		}
		for k := range 100 {
			r.put(k, "c", time.Now())
			if len(r.young)+len(r.old) > 6 {
				t.Fatal("too many")
			}
		}
		time.Sleep(time.Hour)
		if _, ok := r.get(99, time.Now()); ok {
			t.Error("remembered for an hour")
		}
	})
}
