package inventory

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"cordon"
	"cordon/internal/store"
)

// fakeStore keeps everything in memory, adds facts and contacts up as a store does, and fails
// while away is set.
type fakeStore struct {
	mu       sync.Mutex
	away     error
	facts    map[factID]*store.Fact
	contacts map[contactID]*cordon.Contact
	frames   []fakeFrame
	devices  map[string]store.Known
	puts     int // of devices
	changes  []cordon.Change
	findings map[string]*store.FindingRow
	settings map[string][]byte
}

type fakeFrame struct {
	at    time.Time
	frame []byte
}

func newFakeStore() *fakeStore {
	return &fakeStore{
		facts: map[factID]*store.Fact{}, contacts: map[contactID]*cordon.Contact{}, devices: map[string]store.Known{},
		findings: map[string]*store.FindingRow{}, settings: map[string][]byte{},
	}
}

func (s *fakeStore) begin() (func(), error) {
	s.mu.Lock()
	if s.away != nil {
		s.mu.Unlock()
		return func() {}, s.away
	}
	return s.mu.Unlock, nil
}

func (s *fakeStore) setAway(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
}

func (s *fakeStore) Append(_ context.Context, b store.Batch) error {
	end, err := s.begin()
	defer end()
	if err != nil {
		return err
	}
	for _, f := range b.Facts {
		k := factID{f.Site, f.Addr, f.MAC, f.Other, f.Kind, f.Value, f.By.Asked}
		if had := s.facts[k]; had != nil {
			had.Count += f.Count
			had.First, had.Last = min(had.First, f.First), max(had.Last, f.Last)
			continue
		}
		s.facts[k] = &f
	}
	for _, c := range b.Contacts {
		k := contactID{c.Device, c.Peer, c.App, c.Name, c.Protocol, c.Start.UnixNano(), c.Far, c.Port, c.Opened}
		if had := s.contacts[k]; had != nil {
			had.Sent += c.Sent
			had.Received += c.Received
			had.Flows += c.Flows
			had.Unanswered += c.Unanswered
			continue
		}
		s.contacts[k] = &c
	}
	for _, f := range b.Frames {
		s.frames = append(s.frames, fakeFrame{b.At, f})
	}
	return nil
}

func (s *fakeStore) Facts(_ context.Context, since time.Time, yield func(store.Fact) error) error {
	end, err := s.begin()
	if err != nil {
		return err
	}
	all := slices.Collect(maps.Values(s.facts))
	end()
	for _, f := range all { // in the order of a map: any
		if f.Last >= since.UnixNano() {
			if err := yield(*f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *fakeStore) History(_ context.Context, from, to time.Time, yield func(time.Time, []byte) error) error {
	end, err := s.begin()
	if err != nil {
		return err
	}
	all := slices.Clone(s.frames)
	end()
	for _, f := range all {
		if !f.at.Before(from) && f.at.Before(to) {
			if err := yield(f.at, f.frame); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *fakeStore) Condense(_ context.Context, from, to time.Time, frames [][]byte) error {
	end, err := s.begin()
	defer end()
	if err != nil {
		return err
	}
	in := func(f fakeFrame) bool { return !f.at.Before(from) && f.at.Before(to) }
	at := slices.IndexFunc(s.frames, in)
	s.frames = slices.DeleteFunc(s.frames, in)
	for i, f := range frames {
		s.frames = slices.Insert(s.frames, max(at, 0)+i, fakeFrame{from, f})
	}
	return nil
}

func (s *fakeStore) Devices(context.Context, store.DevicesQuery) (store.DevicePage, error) {
	end, err := s.begin()
	defer end()
	var p store.DevicePage
	for _, id := range slices.Sorted(maps.Keys(s.devices)) {
		d := s.devices[id]
		r := store.DeviceRow{ID: id, Site: d.Site, Names: d.Names, Addrs: addrsOf(&d.Audited), First: d.First, Last: d.Last, Knowledge: d.Knowledge, Judged: d.Judged}
		v, _ := beliefs(&d.Audited)
		r.Class, r.Brand, r.Maker, r.Model, r.Firmware, r.Grade = v[0], v[1], v[2], v[3], v[4], v[5]
		for _, i := range d.Interfaces {
			if i.MAC != (cordon.MAC{}) {
				r.MACs = append(r.MACs, i.MAC)
			}
		}
		p.Rows = append(p.Rows, r)
	}
	return p, err
}

func (s *fakeStore) PutDevices(_ context.Context, devices []store.Known) error {
	end, err := s.begin()
	defer end()
	if err != nil {
		return err
	}
	for _, d := range devices {
		s.devices[d.ID] = d
		s.puts++
	}
	return nil
}

func (s *fakeStore) PutChanges(_ context.Context, changes []cordon.Change) error {
	end, err := s.begin()
	defer end()
	if err == nil {
		s.changes = append(s.changes, changes...)
	}
	return err
}

func (s *fakeStore) Findings(context.Context, store.FindingsQuery) (store.FindingPage, error) {
	end, err := s.begin()
	defer end()
	var p store.FindingPage
	for _, k := range slices.Sorted(maps.Keys(s.findings)) {
		if s.findings[k].Closed.IsZero() {
			p.Rows = append(p.Rows, *s.findings[k])
		}
	}
	return p, err
}

func findingKey(device, code, key string) string { return device + "\n" + code + "\n" + key }

func (s *fakeStore) PutFindings(_ context.Context, findings []store.FindingRow) error {
	end, err := s.begin()
	defer end()
	if err != nil {
		return err
	}
	for _, f := range findings {
		f.Closed, f.Why = time.Time{}, ""
		s.findings[findingKey(f.Device, f.Code, f.Key)] = &f
	}
	return nil
}

func (s *fakeStore) CloseFinding(_ context.Context, device, code, key, why string, when time.Time) error {
	end, err := s.begin()
	defer end()
	if err != nil {
		return err
	}
	f := s.findings[findingKey(device, code, key)]
	if f == nil || !f.Closed.IsZero() {
		return store.ErrNotFound
	}
	f.Closed, f.Why = when, why
	return nil
}

func (s *fakeStore) Setting(_ context.Context, name string) ([]byte, error) {
	end, err := s.begin()
	defer end()
	if err == nil && s.settings[name] == nil {
		err = store.ErrNotFound
	}
	return s.settings[name], err
}

func (s *fakeStore) PutSetting(_ context.Context, name string, value []byte) error {
	end, err := s.begin()
	defer end()
	if err == nil {
		s.settings[name] = value
	}
	return err
}

var (
	_ Store     = (*fakeStore)(nil)
	_ Condenser = (*fakeStore)(nil)
	_ Store     = (*store.Store)(nil)
)
