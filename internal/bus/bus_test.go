package bus

import (
	"strconv"
	"sync"
	"testing"

	"cordon"
)

func event(n int) cordon.Event { return cordon.Event{Kind: "device", ID: strconv.Itoa(n)} }

func TestEveryoneHearsInOrder(t *testing.T) {
	b := New()
	one, two := b.Subscribe(10), b.Subscribe(10)
	for n := range 10 {
		b.Publish(event(n))
	}
	for _, s := range []*Subscription{one, two} {
		for n := range 10 {
			if got := <-s.C; got != event(n) {
				t.Fatalf("event %d: got %+v", n, got)
			}
		}
		if s.Lost() != 0 {
			t.Errorf("lost %d, want none", s.Lost())
		}
	}
}

// A subscriber that never takes anything loses what it has no room for, is told so, and
// costs the others nothing.
func TestSlowLoses(t *testing.T) {
	var b Bus
	slow, quick := b.Subscribe(2), b.Subscribe(1)
	for n := range 5 {
		b.Publish(event(n))
		if got := <-quick.C; got != event(n) {
			t.Fatalf("quick: got %+v", got)
		}
	}
	if slow.Lost() != 3 || quick.Lost() != 0 {
		t.Errorf("lost %d and %d, want 3 and 0", slow.Lost(), quick.Lost())
	}
	if got := <-slow.C; got != event(0) {
		t.Errorf("slow's first: %+v", got)
	}
	if s := b.Stats(); s != (Stats{Subscribers: 2, Published: 5, Lost: 3}) {
		t.Errorf("stats %+v", s)
	}
}

func TestCloseLeavesWhatIsThere(t *testing.T) {
	b := New()
	s := b.Subscribe(0)
	b.Publish(event(1))
	s.Close()
	s.Close()
	b.Publish(event(2))
	if got, open := <-s.C; !open || got != event(1) {
		t.Errorf("got %+v %v", got, open)
	}
	if _, open := <-s.C; open {
		t.Error("C is still open")
	}
	if n := b.Stats().Subscribers; n != 0 {
		t.Errorf("%d subscribers left", n)
	}
}

// Publishing, subscribing and closing at once neither panics nor loses count.
func TestTogether(t *testing.T) {
	b := New()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 200 {
				b.Publish(event(n))
			}
		})
		wg.Go(func() {
			for range 50 {
				s := b.Subscribe(4)
				select {
				case <-s.C:
				default:
				}
				s.Close()
			}
		})
	}
	wg.Wait()
	if s := b.Stats(); s.Published != 1600 || s.Subscribers != 0 {
		t.Errorf("stats %+v", s)
	}
}
