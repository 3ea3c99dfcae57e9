package sensor

import (
	"sync"
	"time"

	"cordon"
)

// sourceState is a source's account of itself. It is safe for concurrent use.
type sourceState struct {
	mu sync.Mutex
	s  cordon.SensorState
}

func newSourceState(kind, name string) *sourceState {
	return &sourceState{s: cordon.SensorState{Kind: kind, Name: name, Detail: "not started", Since: time.Now().UTC()}}
}

// State implements Source for whoever embeds it.
func (s *sourceState) State() cordon.SensorState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.s
}

// up says that the source works, with what the owner should know all the same; empty: nothing.
func (s *sourceState) up(detail string) { s.turn(true, detail) }

// down says that the source does not work, and what to do.
func (s *sourceState) down(detail string) { s.turn(false, detail) }

func (s *sourceState) turn(up bool, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.s.Up != up {
		s.s.Since = time.Now().UTC()
	}
	s.s.Up, s.s.Detail = up, detail
}

// came counts packets (datagrams, or lines of a log) and their bytes.
func (s *sourceState) came(packets, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.s.Packets += uint64(packets)
	s.s.Bytes += uint64(bytes)
	s.s.Last = time.Now().UTC()
}

// count changes the counters.
func (s *sourceState) count(change func(*cordon.SensorState)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.s)
}

func (s *sourceState) refused()  { s.count(func(t *cordon.SensorState) { t.Refused++ }) }
func (s *sourceState) recorded() { s.count(func(t *cordon.SensorState) { t.Records++ }) }
func (s *sourceState) lost(n uint64) {
	s.count(func(t *cordon.SensorState) { t.Dropped += n })
}
