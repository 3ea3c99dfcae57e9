package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"cordon"
	"cordon/internal/notify"
	"cordon/internal/people"
	"cordon/internal/store"
)

// newNotify makes the part that tells people and programs outside.
func (a *application) newNotify() (err error) {
	host, err := os.Hostname()
	if err != nil {
		host = "cordon"
	}
	w := &watched{store: a.store, called: map[string]lastCall{}}
	a.notify, err = notify.New(notify.Config{
		Store: a.store, Key: a.key, Dir: filepath.Join(a.places.Data, "export"), Host: host, Version: version,
		Alarm: a.alarmOf, Device: a.deviceOf, Watching: w.list, Person: a.personOf,
		Raise: func(code, channel, title string, since time.Time) {
			a.guard.Trouble(code, channel, title, since, time.Now())
		},
		Over: func(code, channel, why string) { a.guard.Over(code, "", channel, why, time.Now()) },
		Log:  a.log,
	})
	return err
}

// alarmOf looks an alarm up for a notification.
func (a *application) alarmOf(ctx context.Context, id int64) (cordon.Alarm, bool, error) {
	alarm, err := a.store.Alarm(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return alarm, false, nil
	}
	return alarm, err == nil, err
}

// deviceOf looks up whom an alarm is about.
func (a *application) deviceOf(ctx context.Context, id string) (cordon.Audited, bool, error) {
	d, err := a.store.Device(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return d.Audited, false, nil
	}
	return d.Audited, err == nil, err
}

// personOf says what somebody who wants to hear of alarms may see; an installer may see none
// (the row alarm.list of the rights table).
func (a *application) personOf(ctx context.Context, id string) (sites []string, there bool, err error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, false, nil
	}
	p, err := a.people.Person(ctx, n)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return p.Sites, err == nil && !p.Ended(time.Now()) && p.Role != people.Installer, err
}

// hearAlarms tells notify when there is news. What the bus loses is found a little later: the
// news itself is in the store.
func (a *application) hearAlarms(ctx context.Context) error {
	s := a.bus.Subscribe(64)
	defer s.Close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-s.C:
			if e.Kind == "alarm" && e.ID != "" {
				a.notify.News()
			}
		}
	}
}

// watched lists what watches or listens for Home Assistant. It remembers of each device when it
// last called home, for as long as the device is not judged anew.
type watched struct {
	store  *store.Store
	mu     sync.Mutex // one list at a time
	called map[string]lastCall
}

// lastCall is when a device, as it was judged at a time, last talked to the outside.
type lastCall struct{ judged, at time.Time }

// watchedMost is how many devices are looked at.
const watchedMost = 2000

// list implements notify.Config.Watching.
func (w *watched) list(ctx context.Context) ([]notify.Watched, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	alarms, err := w.alarms(ctx)
	if err != nil {
		return nil, err
	}
	var out []notify.Watched
	hidden := false
	q := store.DevicesQuery{Watches: true, Hidden: &hidden, Page: store.Page{Limit: 500}}
	for len(out) < watchedMost {
		p, err := w.store.Devices(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range p.Rows {
			d, err := w.device(ctx, &p.Rows[i])
			if err != nil {
				return nil, err
			}
			if n := alarms[d.ID]; n != nil {
				d.Alarms, d.Worst = n.count, n.worst
			}
			out = append(out, d)
		}
		if q.Page.After = p.Next; p.Next == "" {
			break
		}
	}
	return out, nil
}

// device makes a line of a device.
func (w *watched) device(ctx context.Context, r *store.DeviceRow) (notify.Watched, error) {
	out := notify.Watched{
		Who: notify.Who{ID: r.ID, Site: r.Site, Class: r.Class, Brand: r.Brand, Maker: r.Maker, Model: r.Model, Grade: r.Grade}, Firmware: r.Firmware, Score: r.Score,
	}
	if len(r.Addrs) > 0 {
		out.Address = r.Addrs[0].String()
	}
	if len(r.MACs) > 0 {
		out.MAC = r.MACs[0].String()
	}
	if len(r.Names) > 0 {
		out.Name = r.Names[0]
	}
	call, known := w.called[r.ID]
	if !known || !call.judged.Equal(r.Judged) {
		d, err := w.store.Device(ctx, r.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
		call = lastCall{judged: r.Judged}
		for i := range d.Destinations {
			if t := d.Destinations[i].Last; t.After(call.at) {
				call.at = t
			}
		}
		if len(w.called) > 2*watchedMost {
			clear(w.called)
		}
		w.called[r.ID] = call
	}
	out.Called = call.at
	return out, nil
}

// openAlarms are a device's.
type openAlarms struct {
	count int
	worst cordon.Severity
}

// alarms counts the open alarms by device.
func (w *watched) alarms(ctx context.Context) (map[string]*openAlarms, error) {
	out := map[string]*openAlarms{}
	q := store.AlarmsQuery{States: []string{string(cordon.AlarmRaised), string(cordon.AlarmAcknowledged), string(cordon.AlarmSnoozed)}, Page: store.Page{Limit: 1000}}
	for range 20 { // pages: a storm of more is not told by device
		p, err := w.store.Alarms(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range p.Rows {
			r := &p.Rows[i]
			n := out[r.Device]
			if n == nil {
				n = &openAlarms{}
				out[r.Device] = n
			}
			n.count++
			if r.Severity.Rank() > n.worst.Rank() {
				n.worst = r.Severity
			}
		}
		if q.Page.After = p.Next; p.Next == "" {
			break
		}
	}
	return out, nil
}
