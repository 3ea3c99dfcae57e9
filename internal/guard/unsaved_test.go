package guard_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cordon"
	"cordon/internal/guard"
	"cordon/internal/store"
	"cordon/knowledge"
)

// fullDisk is a memory that takes no alarms while it is full.
type fullDisk struct {
	keeper
	full bool
}

func (d *fullDisk) PutAlarm(ctx context.Context, a cordon.Alarm) (int64, error) {
	if d.full {
		return 0, store.ErrFull
	}
	return d.keeper.PutAlarm(ctx, a)
}

// A store that takes nothing is one alarm, seen before the store has it, and over when it does.
func TestUnsaved(t *testing.T) {
	d := &fullDisk{keeper: keeper{settings: map[string][]byte{}}}
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	st := cordon.SensorState{Name: "store", Kind: guard.StoreKind, Up: true}
	g, err := guard.New(t.Context(), guard.Config{
		Store: d, Know: func() *knowledge.Base { return &knowledge.Base{} }, Sensors: func() []cordon.SensorState { return []cordon.SensorState{st} }, Learning: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	pass := func(long time.Duration) {
		for range long / time.Second {
			now = now.Add(time.Second)
			g.Step(nil, nil, now)
			if err := g.Flush(t.Context()); err != nil && !errors.Is(err, store.ErrFull) {
				t.Fatal(err)
			}
		}
	}
	pass(time.Minute)
	st.Up, st.Since, st.Detail, d.full = false, now, store.ErrFull.Error(), true
	pass(time.Minute)
	if got := g.Unsaved(); len(got) != 1 || got[0].Code != "store-down" || got[0].ID != 0 || len(d.alarms) != 0 {
		t.Errorf("unsaved: %+v, kept: %+v", got, d.alarms)
	}
	st.Up, st.Since, d.full = true, now, false
	pass(10 * time.Second)
	if c := g.Counts(); c.Open != 0 || c.Raised != 1 || c.Unsaved != 0 || len(g.Unsaved()) != 0 {
		t.Errorf("afterwards: %+v", c)
	}
	if len(d.alarms) != 1 || d.alarms[0].State != cordon.AlarmResolved {
		t.Errorf("kept: %+v", d.alarms)
	}
}
