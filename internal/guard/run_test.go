package guard_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cordon"
	"cordon/internal/guard"
	"cordon/internal/store"
	"cordon/internal/watch"
	"cordon/knowledge"
)

// keeper is a memory that keeps settings too, and counts.
type keeper struct {
	memory
	settings map[string][]byte
	saves    atomic.Int32
}

func (k *keeper) Setting(_ context.Context, name string) ([]byte, error) {
	if b := k.settings[name]; b != nil {
		return b, nil
	}
	return nil, store.ErrNotFound
}

func (k *keeper) PutSetting(_ context.Context, name string, b []byte) error {
	k.settings[name] = b
	k.saves.Add(1)
	return nil
}

// Alarms are written within a second or so, what is usual at intervals and at the end, and
// sooner when something was told.
func TestRunWritesInTime(t *testing.T) {
	k := &keeper{settings: map[string][]byte{}}
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int32
		g, err := guard.New(t.Context(), guard.Config{
			Store: k, Know: func() *knowledge.Base { return &knowledge.Base{} }, Publish: func(cordon.Event) { told.Add(1) }, Learning: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- g.Run(ctx) }()
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		g.Step(nil, nil, time.Now())
		pass(9 * time.Minute)
		if k.saves.Load() != 0 {
			t.Errorf("nothing was told, and it was saved %d times", k.saves.Load())
		}
		pass(2 * time.Minute)
		if k.saves.Load() != 1 {
			t.Errorf("after 11 minutes it was saved %d times, want once", k.saves.Load())
		}
		d := cordon.Audited{Device: cordon.Device{ID: "cam"}}
		g.Step([]watch.Event{{Device: "cam", Judged: &d}}, []cordon.Audited{d}, time.Now())
		pass(2 * time.Second)
		if len(k.alarms) != 1 || told.Load() != 1 {
			t.Errorf("two seconds later there are %d alarms, and people were told %d times", len(k.alarms), told.Load())
		}
		pass(time.Minute)
		if k.saves.Load() != 2 {
			t.Errorf("a minute after news it was saved %d times, want twice", k.saves.Load())
		}
		g.Step(nil, nil, time.Now())
		stop()
		if err := <-over; err != nil || k.saves.Load() != 3 {
			t.Errorf("stopped: %v, saved %d times, want three", err, k.saves.Load())
		}
	})
}
