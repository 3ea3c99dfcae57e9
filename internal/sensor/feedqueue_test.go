package sensor

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"cordon"
)

// TestFeedQueueNeverWaits fills a queue whose reader does not read: what does not fit is left
// out whole, and how the sensor is doing still gets in.
func TestFeedQueueNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		q := NewFeedQueue(100)
		ended := make(chan error, 1)
		go func() { ended <- q.Run(w) }()
		a, b, c := bytes.Repeat([]byte("a"), 60), bytes.Repeat([]byte("b"), 40), []byte("c")
		if !q.Put(a) || !q.Put(b) {
			t.Error("no room though nothing was put")
		}
		synctest.Wait() // the first is being written, and counts
		if q.Put(c) {
			t.Error("took more than its bound")
		}
		state := StateFrame(&cordon.SensorState{Overflow: 1})
		if !q.Put(state) {
			t.Error("took no state")
		}
		got := make([]byte, 100)
		if _, err := io.ReadFull(r, got); err != nil || string(got) != string(a)+string(b) {
			t.Errorf("read %q, %v", got, err)
		}
		synctest.Wait()
		go func() {
			frame, err := NextFrame(r, nil)
			if err != nil || !bytes.Equal(frame, state) {
				t.Errorf("state %q, %v", frame, err)
			}
		}()
		q.Close()
		if err := <-ended; err != nil || q.Put(c) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestFeedQueueReaderGone ends when nobody reads.
func TestFeedQueueReaderGone(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	q := NewFeedQueue(100)
	q.Put([]byte("x"))
	if err := q.Run(w); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("ended with %v", err)
	}
	if q.Put([]byte("y")) {
		t.Error("takes frames that nobody reads")
	}
}
