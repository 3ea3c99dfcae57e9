package main

import (
	"context"
	"fmt"
	"net"
	"time"
)

// redialFor is how long whoever takes the frames may be gone: an application that was killed is
// back in a second. Meanwhile frames wait in the queue.
const redialFor = 30 * time.Second

// redialed is a connection to a unix socket that is made again when it breaks. What Write is
// given is written whole to one connection: a frame that broke off in the middle nobody took, and
// one that is written is never sent again, so that none counts twice.
type redialed struct {
	ctx   context.Context
	path  string
	hello func() [][]byte // frames that every connection begins with, but for the first
	conn  net.Conn
}

// Write implements io.Writer.
func (r *redialed) Write(frame []byte) (int, error) {
	n, err := r.conn.Write(frame)
	if err == nil {
		return n, nil
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for over := time.After(redialFor); ; {
		if r.again(frame) {
			return len(frame), nil
		}
		select {
		case <-look.C:
		case <-over:
			return 0, fmt.Errorf("nobody answers for %v: %w", redialFor, err)
		case <-r.ctx.Done():
			return 0, err
		}
	}
}

// again makes a new connection and writes the frame to it.
func (r *redialed) again(frame []byte) bool {
	c, err := net.Dial("unix", r.path)
	if err != nil {
		return false
	}
	for _, f := range append(r.hello(), frame) {
		if _, err := c.Write(f); err != nil {
			c.Close()
			return false
		}
	}
	r.conn.Close()
	r.conn = c
	return true
}

// Close implements io.Closer.
func (r *redialed) Close() error { return r.conn.Close() }
