package livetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// Hearing is a sensor at work, and a sink that is told what its frames hold.
type Hearing struct {
	*sensor.Live
	stop func() error
	mu   *sync.Mutex
}

// Hear listens on an interface until the test ends or Stop is called. What is heard goes through frames, as
// between processes, to sink, which is called by one at a time.
func Hear(t *testing.T, cfg sensor.LiveConfig, sink sensor.Sink) *Hearing {
	t.Helper()
	var mu sync.Mutex
	always := find.AlwaysPorts()
	cfg.Table.Always = func(port uint16) bool { return slices.Contains(always, port) }
	if cfg.Key == nil {
		cfg.Key = []byte("a key for tests")
	}
	cfg.Sink = func(int) sensor.Sink {
		return sensor.NewFeedWriter(func(frame []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if err := sensor.ReadFrame(frame, sink); err != nil {
				t.Error(err)
			}
			return nil
		})
	}
	l := sensor.NewLive(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	h := &Hearing{Live: l, mu: &mu}
	h.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { h.Stop(t) })
	return h
}

// Stop ends it and waits until everything was told.
func (h *Hearing) Stop(t *testing.T) {
	t.Helper()
	if err := h.stop(); err != nil {
		t.Error(err)
	}
}

// Until waits until the state is as wanted.
func (h *Hearing) Until(t *testing.T, what string, want func(cordon.SensorState) bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond) // the kernel gives no other sign
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !want(h.State()) {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never came: %s; state %+v", what, h.State())
		}
	}
}

// UntilTold waits until a condition holds that what was told may change. The sink rests
// while it is asked.
func (h *Hearing) UntilTold(t *testing.T, what string, want func() bool) {
	t.Helper()
	h.Until(t, what, func(cordon.SensorState) bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return want()
	})
}

// Up waits until it listens.
func (h *Hearing) Up(t *testing.T) {
	t.Helper()
	h.Until(t, "listening", func(s cordon.SensorState) bool { return s.Up })
}

// Told keeps what a sink was told.
type Told struct {
	Facts []sensor.Fact
	Flows []packet.Flow
	Apps  []string
}

// Observe implements sensor.Sink.
func (k *Told) Observe(f *sensor.Fact) { k.Facts = append(k.Facts, *f) }

// Flow implements sensor.Sink.
func (k *Told) Flow(f *packet.Flow, app, _, _ string) {
	k.Flows, k.Apps = append(k.Flows, *f), append(k.Apps, app)
}
