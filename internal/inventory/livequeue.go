package inventory

import (
	"errors"
	"sync"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// queued is a frame that came and was not read yet.
type queued struct {
	site, name string
	frame      []byte
}

// queue holds what came, up to a bound in bytes: those who fill it never wait.
type queue struct {
	mu    sync.Mutex
	list  []queued
	bytes int
	most  int
}

func newQueue(most int) *queue { return &queue{most: most} }

// put adds a frame, which is kept; false when there is no room.
func (q *queue) put(f queued) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bytes+len(f.frame) > q.most {
		return false
	}
	q.list = append(q.list, f)
	q.bytes += len(f.frame)
	return true
}

// take gives frames of about so many bytes, oldest first, and whether there are more.
func (q *queue) take(bytes int) (list []queued, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for ; n < len(q.list) && bytes > 0; n++ {
		bytes -= len(q.list[n].frame)
		q.bytes -= len(q.list[n].frame)
	}
	list = q.list[:n:n]
	if q.list = q.list[n:]; len(q.list) == 0 {
		q.list = nil
	}
	return list, len(q.list) > 0
}

func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}

// source packs what one source in this process tells into frames, as a sensor process does.
type source struct {
	mu sync.Mutex
	w  *sensor.FeedWriter
}

// Source gives a sink for one source at a site: what it is told is judged and kept within a
// second or so. It may be used by many goroutines, and never waits for a judgement or a store.
func (l *Live) Source(site, name string) sensor.Sink {
	s := &source{w: sensor.NewFeedWriter(func(frame []byte) error { return l.Feed(site, name, frame) })}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sources = append(l.sources, s)
	return s
}

// Observe implements sensor.Sink.
func (s *source) Observe(f *sensor.Fact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.Observe(f)
}

// Flow implements sensor.Sink.
func (s *source) Flow(f *packet.Flow, app, name, nameFrom string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.Flow(f, app, name, nameFrom)
}

// cutSources ends the frames that sources are at.
func (l *Live) cutSources() {
	l.mu.Lock()
	list := l.sources
	l.mu.Unlock()
	for _, s := range list {
		s.mu.Lock()
		_ = s.w.Cut() // Feed has counted what there was no room for
		s.mu.Unlock()
	}
}

// ErrOverflow says that a frame was lost because the queue was full.
var ErrOverflow = errors.New("the queue is full: what came was lost, and counted")

// Feed takes one frame of a sensor's feed (sensor.NextFrame), which is kept as it is: the
// caller must not change it any more. The error is ErrOverflow; nothing waits.
func (l *Live) Feed(site, name string, frame []byte) error {
	if l.queue.put(queued{site, name, frame}) {
		return nil
	}
	l.stats.overflow.Add(uint64(len(frame)))
	l.stats.lost.Add(1)
	return ErrOverflow
}

// sayLost tells once, and again when it goes on, that something was lost.
func (l *Live) sayLost(now time.Time) {
	lost := l.stats.lost.Load()
	if lost == l.lost {
		return
	}
	if l.lost == 0 || l.round%60 == 0 {
		l.c.Publish(cordon.Event{At: now, Kind: "sensor", Title: "more came than could be kept: part of it was lost"})
	}
	l.lost = lost
}
