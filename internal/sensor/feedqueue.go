package sensor

import (
	"io"
	"sync"
)

// FeedQueue stands between a sensor and whoever reads its frames: putting never waits, and
// what does not fit within the bound is left out whole. Create it with NewFeedQueue. It is
// safe for concurrent use, but for Run, which is called once.
type FeedQueue struct {
	most int

	mu     sync.Mutex
	frames [][]byte
	bytes  int
	closed bool
	more   chan struct{} // holds one when there is something to do
}

// stateRoom is what the queue takes beyond its bound to say that it is full.
const stateRoom = 64 << 10

// NewFeedQueue makes a queue that holds so many bytes at most.
func NewFeedQueue(most int) *FeedQueue {
	return &FeedQueue{most: most, more: make(chan struct{}, 1)}
}

// Put takes a frame, which is the queue's from then on, and reports whether there was room.
func (q *FeedQueue) Put(frame []byte) bool {
	room := q.most
	if IsState(frame) {
		room += stateRoom
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.bytes+len(frame) > room {
		return false
	}
	q.frames = append(q.frames, frame)
	q.bytes += len(frame)
	q.wake()
	return true
}

// Close takes no more frames; Run ends when it has written those that are there.
func (q *FeedQueue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

func (q *FeedQueue) wake() {
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// Run writes frames until the queue is closed and empty, or writing fails. A frame counts
// against the bound until it is written.
func (q *FeedQueue) Run(w io.Writer) error {
	for range q.more {
		for {
			frames, closed := q.take()
			for _, f := range frames {
				if _, err := w.Write(f); err != nil {
					q.Close()
					return err
				}
				q.written(len(f))
			}
			if len(frames) == 0 {
				if closed {
					return nil
				}
				break
			}
		}
	}
	return nil
}

func (q *FeedQueue) take() (frames [][]byte, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	frames, q.frames = q.frames, nil
	return frames, q.closed
}

func (q *FeedQueue) written(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= n
}
