package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// folder is a sensor.Sink that makes of the parts in which flows were told in a stretch of time
// one part each, and of the sightings of a fact one: the same flows and facts in a fraction of
// the bytes.
type folder struct {
	w     *sensor.FeedWriter
	open  map[foldKey]*folded
	order int
	facts map[factID]bool
}

type foldKey struct {
	end   [2]packet.End
	proto packet.Proto
}

// folded is a flow that goes on.
type folded struct {
	flow            packet.Flow
	app, name, from string
	order           int
}

// foldAtOnce bounds the flows and the facts that are held: an hour of a flood has millions. What
// goes beyond is told as far as it came, and goes on as a further part.
const foldAtOnce = 1 << 16

func newFolder(emit func(frame []byte) error) *folder {
	return &folder{w: sensor.NewFeedWriter(emit), open: map[foldKey]*folded{}, facts: map[factID]bool{}}
}

// Observe implements sensor.Sink: a fact is kept once.
func (d *folder) Observe(f *sensor.Fact) {
	k := factID{"", f.Addr, f.MAC, f.Other, f.Kind, f.Value, f.Origin != nil && f.Origin.Asked}
	if d.facts[k] {
		return
	}
	if len(d.facts) >= foldAtOnce {
		clear(d.facts)
	}
	d.facts[k] = true
	d.w.Observe(f)
}

// Flow implements sensor.Sink.
func (d *folder) Flow(f *packet.Flow, app, name, nameFrom string) {
	k := foldKey{f.End, f.Proto}
	had := d.open[k]
	if had != nil && !f.Again {
		d.tell(k, had) // its last part was lost
		had = nil
	}
	if had == nil {
		if !f.More {
			d.w.Flow(f, app, name, nameFrom)
			return
		}
		if len(d.open) >= foldAtOnce {
			d.spill()
		}
		d.order++
		d.open[k] = &folded{*f, app, name, nameFrom, d.order}
		return
	}
	had.add(f)
	had.app, had.name, had.from = app, name, nameFrom
	if !f.More {
		d.tell(k, had)
	}
}

// add makes two parts one.
func (h *folded) add(f *packet.Flow) {
	sum := *f
	for s := range 2 {
		sum.Packets[s] += h.flow.Packets[s]
		sum.Bytes[s] += h.flow.Bytes[s]
		sum.Payload[s] += h.flow.Payload[s]
		sum.Big[s] += h.flow.Big[s]
	}
	sum.Seconds += h.flow.Seconds
	sum.Again, sum.Before = h.flow.Again, h.flow.Before
	h.flow = sum
}

func (d *folder) tell(k foldKey, h *folded) {
	d.w.Flow(&h.flow, h.app, h.name, h.from)
	delete(d.open, k)
}

// finish tells what goes on, and ends the frame.
func (d *folder) finish() error {
	d.spill()
	return d.w.Cut()
}

// spill tells what goes on, in the order in which it was begun.
func (d *folder) spill() {
	rest := make([]foldKey, 0, len(d.open))
	for k := range d.open {
		rest = append(rest, k)
	}
	slices.SortFunc(rest, func(a, b foldKey) int { return cmp.Compare(d.open[a].order, d.open[b].order) })
	for _, k := range rest {
		d.tell(k, d.open[k])
	}
}

// errCrowded says that a stretch of history is too large to be condensed in memory.
var errCrowded = errors.New("too much was heard for it to be condensed")

// maxCondensed bounds the bytes of the frames that Condense makes: an hour of 50 cameras is far below.
const maxCondensed = 32 << 20

// Condense gives the history of a stretch of time in fewer frames: judged, they are the same.
// Frames that cannot be read are left out. The error is errCrowded where it would take too much memory.
func Condense(ctx context.Context, from Kept, begin, end time.Time) (frames [][]byte, err error) {
	type feed struct{ site, source string }
	folders, order, size := map[feed]*folder{}, []feed(nil), 0
	err = from.History(ctx, begin, end, func(_ time.Time, b []byte) error {
		site, source, frame, err := OpenFrame(b)
		if err != nil {
			return nil
		}
		k := feed{site, source}
		if folders[k] == nil {
			folders[k] = newFolder(func(f []byte) error {
				frames = append(frames, wrapFrame(site, source, f))
				size += len(f)
				return nil
			})
			order = append(order, k)
		}
		_ = sensor.ReadFrame(frame, folders[k]) // what stands before the damage is kept
		if size > maxCondensed {
			return errCrowded
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("condense history: %w", err)
	}
	for _, k := range order {
		if err := folders[k].finish(); err != nil {
			return nil, fmt.Errorf("condense history: %w", err)
		}
	}
	return frames, nil
}

// condenseAfter is how long history stays as it came: then each hour is condensed.
const condenseAfter = time.Hour

// condense condenses the hours that are over, one at a time, if the store can.
func (w *writer) condense(ctx context.Context) {
	s, can := w.live.c.Store.(Condenser)
	if !can || w.first() != nil || w.still.Load() {
		return
	}
	end := w.live.c.Now().Add(-condenseAfter).Truncate(time.Hour)
	if w.condensed.IsZero() {
		w.condensed = w.condensedUpTo(ctx, end)
	}
	if !w.condensed.Before(end) {
		if w.condensed.After(end.Add(2 * time.Hour)) {
			w.condensed = end // the clock was set back
		}
		return
	}
	hour := w.condensed.Add(time.Hour)
	frames, err := Condense(ctx, w.live.c.Store, w.condensed, hour)
	if err == nil {
		err = s.Condense(ctx, w.condensed, hour, frames)
	}
	if err != nil && !errors.Is(err, errCrowded) { // that hour stays as it came
		w.live.c.Report(fmt.Errorf("live inventory: %w", err))
		return
	}
	w.condensed = hour
	if err := w.live.c.Store.PutSetting(ctx, condensedName, []byte(hour.UTC().Format(time.RFC3339))); err != nil {
		w.live.c.Report(fmt.Errorf("live inventory: %w", err))
	}
}

// condensedName is the setting that says up to when history is condensed.
const condensedName = "inventory.condensed"

// condensedUpTo reads how far an earlier run came; the hour before end when there was none.
func (w *writer) condensedUpTo(ctx context.Context, end time.Time) time.Time {
	b, err := w.live.c.Store.Setting(ctx, condensedName)
	if err == nil {
		if at, err := time.Parse(time.RFC3339, string(b)); err == nil && !at.After(end) && end.Sub(at) < w.live.c.Limits.Window {
			return at.UTC()
		}
	}
	return end.Add(-time.Hour)
}
