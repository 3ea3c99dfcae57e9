package scan

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// between is how often progress is told.
const between = 200 * time.Millisecond

// report tells Progress how far the run is until stop is called, which tells it a last time.
func (s *scanner) report(ctx context.Context) (stop func()) {
	if s.c.Progress == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var telling sync.WaitGroup
	telling.Go(func() {
		tick := time.NewTicker(between)
		defer tick.Stop()
		for ctx.Err() == nil {
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
			s.c.Progress(s.progress())
		}
	})
	return func() { cancel(); telling.Wait() }
}

func (s *scanner) progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := Progress{Doing: s.doing, Done: s.done, Of: s.of, Alive: len(s.hosts), Latest: s.latest, Sent: s.c.Door.Sent()}
	for _, h := range s.hosts {
		if h.over {
			p.Asked++
		}
	}
	return p
}

// say names what the run is doing now.
func (s *scanner) say(doing string) {
	s.mu.Lock()
	s.doing = doing
	s.mu.Unlock()
}

func portText(p uint16) string { return strconv.Itoa(int(p)) }
