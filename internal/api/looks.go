package api

import (
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/store"
)

// lookEvery is how often a look of one person at one device's traffic is noted: a page that is
// open asks again and again.
const lookEvery = 10 * time.Minute

// maxSeen bounds what is remembered of looks; beyond it the oldest are noted again.
const maxSeen = 50_000

// seen remembers when something was noted last, for each of many.
type seen struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// due reports whether something is to be noted now, and remembers that it was.
func (s *seen) due(what string, now time.Time, every time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[what]; ok && now.Sub(last) < every && !now.Before(last) {
		return false
	}
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	if len(s.last) >= maxSeen {
		s.forget(now, every)
	}
	s.last[what] = now
	return true
}

// forget drops what is noted again anyhow, and all where that makes no room.
func (s *seen) forget(now time.Time, every time.Duration) {
	for what, last := range s.last {
		if now.Sub(last) >= every {
			delete(s.last, what)
		}
	}
	if len(s.last) >= maxSeen {
		clear(s.last)
	}
}

// undo has something noted the next time.
func (s *seen) undo(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.last, what)
}

// looked notes in the audit log that somebody looks at the traffic of a device, before he sees
// it. What cannot be noted is not shown.
func (s *Server) looked(ctx huma.Context, p *person) error {
	device := ctx.Param("id")
	if device == "" {
		device = ctx.Query("device")
	}
	if device == "" {
		return nil // of all: sums are nobody's
	}
	if len(device) > 200 {
		return store.ErrNotFound // no id is that long (DeviceInput)
	}
	known, err := s.Store.Devices(ctx.Context(), store.DevicesQuery{IDs: []string{device}, Page: store.Page{Limit: 1}})
	if err != nil || len(known.Rows) == 0 {
		return err // the operation says so
	}
	what := p.name + "\x00" + device
	if !s.lookedAt.due(what, s.Now(), lookEvery) {
		return nil
	}
	if err := s.note(ctx.Context(), p.name, "traffic.look", "device "+device, ctx.Operation().OperationID); err != nil {
		s.lookedAt.undo(what)
		return err
	}
	return nil
}
