package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/scan"
	"cordon/internal/sensor"
)

// scanFeed brings what a scan learns to a running Cordon, a frame a second. While that one is
// started anew it waits. It is a sensor.Sink, safe for concurrent use.
type scanFeed struct {
	conn *redialed
	site string
	done chan struct{}
	over sync.WaitGroup
	told time.Time // when it last said how far the scan is; of one goroutine

	mu    sync.Mutex
	feed  *sensor.FeedWriter
	state cordon.SensorState
	err   error // the first: nobody takes what comes after it
}

// openScanFeed connects to the feed socket of a running Cordon, until ctx is done.
func openScanFeed(ctx context.Context, socket, site string) (*scanFeed, error) {
	c, err := dialFeed(ctx, socket)
	if err != nil {
		return nil, fmt.Errorf("--to: no running Cordon takes what is found: %w", err)
	}
	now := time.Now().UTC()
	f := &scanFeed{site: site, done: make(chan struct{}), state: cordon.SensorState{Name: site + ":scan", Kind: scanKind, Up: true, Since: now, Last: now}}
	f.conn = &redialed{ctx: ctx, path: socket, hello: f.hello, conn: c}
	f.feed = sensor.NewFeedWriter(f.send)
	if err := f.send(sensor.StateFrame(&f.state)); err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	f.over.Go(f.cut)
	return f, nil
}

// dialFeed connects to the feed socket, whose application may be starting.
func dialFeed(ctx context.Context, socket string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, redialFor)
	defer stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		c, err := net.Dial("unix", socket)
		if err == nil {
			return c, nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// hello is what every connection begins with: whose frames they are.
func (f *scanFeed) hello() [][]byte { return [][]byte{sensor.StateFrame(&f.state)} }

// stepEvery is how often it says how far the scan is.
const stepEvery = 500 * time.Millisecond

// step says how far the scan is. It is called from one goroutine.
func (f *scanFeed) step(p scan.Progress) {
	if now := time.Now(); now.Sub(f.told) >= stepEvery {
		f.told = now
		f.mu.Lock()
		defer f.mu.Unlock()
		f.send(sensor.StepFrame(&sensor.ScanStep{Site: f.site, Doing: p.Doing, Done: p.Done, Of: p.Of, Alive: p.Alive, Asked: p.Asked}))
	}
}

// send writes one frame; the lock is held.
func (f *scanFeed) send(frame []byte) error {
	if f.err == nil {
		_, f.err = f.conn.Write(frame)
	}
	return f.err
}

// cut ends a frame every second, and says that the scan goes on.
func (f *scanFeed) cut() {
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for {
		select {
		case <-f.done:
			return
		case <-beat.C:
			f.mu.Lock()
			f.feed.Cut()
			f.state.Records = f.feed.Records()
			f.send(sensor.StateFrame(&f.state))
			f.mu.Unlock()
		}
	}
}

// Observe implements sensor.Sink.
func (f *scanFeed) Observe(o *sensor.Fact) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.feed.Observe(o)
	f.state.Last = time.Now().UTC()
}

// Flow implements sensor.Sink.
func (f *scanFeed) Flow(fl *packet.Flow, app, name, nameFrom string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.feed.Flow(fl, app, name, nameFrom)
}

// finish says what the scan did (nil: it could not be done) and hangs up.
func (f *scanFeed) finish(r *scan.Result) error {
	close(f.done)
	f.over.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.conn.Close()
	f.feed.Cut()
	if r == nil {
		return f.err
	}
	frame, err := sensor.ScanFrame(&sensor.ScanDone{Site: f.site, Scan: r.Scan, Elsewhere: r.Elsewhere})
	if err != nil {
		return err
	}
	return f.send(frame)
}
