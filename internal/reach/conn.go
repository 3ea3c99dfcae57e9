package reach

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// What one frame carries, a little under what Ethernet allows; and what one acknowledgement
// stands for (every second full segment, RFC 9293, 3.8.6.3).
const (
	perFrame = 1400
	perAck   = 2 * perFrame
)

// paidAtOnce is how many frames are written for one payment, so that long writes leave
// room for others.
const paidAtOnce = 8

// How long and how much is heard after Close to let the other side end the connection.
const (
	partingWait  = 2 * time.Second // for the pace
	partingTime  = 250 * time.Millisecond
	partingBytes = 64 << 10
)

// conn is a TCP connection that pays.
type conn struct {
	net.Conn // the TCP connection
	door     *Door
	ctx      context.Context // of Dial, ended by Close
	cancel   context.CancelFunc
	unbind   func() bool  // stops watching the context
	owed     atomic.Int64 // bytes read that are not yet paid for
	ended    atomic.Bool  // the other side has closed, or the connection is broken
	closed   atomic.Bool
}

func newConn(ctx context.Context, d *Door, c *net.TCPConn) *conn {
	m := &conn{Conn: c, door: d}
	m.owed.Store(perAck) // the first answer is acknowledged whatever its size
	m.unbind = context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	m.ctx, m.cancel = context.WithCancel(ctx)
	return m
}

// Read pays for what was read before, then reads.
func (c *conn) Read(b []byte) (int, error) {
	if n := c.owed.Load() / perAck; n > 0 {
		if err := c.pay(int(n)); err != nil {
			return 0, err
		}
		c.owed.Add(-n * perAck)
	}
	n, err := c.Conn.Read(b)
	c.owed.Add(int64(n))
	if err != nil {
		c.note(err)
		return n, c.why(err)
	}
	return n, nil
}

// note remembers that there is nothing left to part from.
func (c *conn) note(err error) {
	if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
		c.ended.Store(true)
	}
}

// why gives the context's error where that is what ended Read or Write.
func (c *conn) why(err error) error {
	if err != io.EOF && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	return err
}

// Write pays for a few frames at a time and writes them.
func (c *conn) Write(b []byte) (int, error) {
	sent := 0
	for first := true; first || len(b) > 0; first = false {
		part := b[:min(len(b), paidAtOnce*perFrame)]
		if err := c.pay(frames(len(part))); err != nil {
			return sent, err
		}
		n, err := c.Conn.Write(part)
		sent += n
		c.door.bytes.Add(uint64(n))
		if err != nil {
			return sent, c.why(err)
		}
		b = b[n:]
	}
	c.owed.Store(max(c.owed.Load(), perAck)) // what answers this is acknowledged whatever its size
	return sent, nil
}

// frames gives how many carry that many bytes.
func frames(n int) int { return max(1, (n+perFrame-1)/perFrame) }

func (c *conn) pay(n int) error {
	if c.closed.Load() {
		return net.ErrClosed
	}
	return c.door.pay(c.ctx, n)
}

// Close ends the connection behind the caller's back: it says that we are done, hears out what is
// still under way, for bytes that nobody reads would make the kernel send a reset, and closes.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	c.unbind()
	c.cancel()
	c.door.ends.Go(c.part)
	return nil
}

// part is the orderly end, once it is paid for, or after partingWait where the pace has no room for it: also
// while the Door closes, which waits for it.
func (c *conn) part() {
	ctx, cancel := context.WithTimeout(context.Background(), partingWait)
	defer cancel()
	_ = c.door.meter.take(ctx, nil, farewell)
	tcp := c.Conn.(*net.TCPConn)
	if c.ended.Load() {
		tcp.Close()
		return
	}
	tcp.SetDeadline(time.Now().Add(partingTime))
	if tcp.CloseWrite() == nil {
		io.CopyN(io.Discard, tcp, partingBytes)
	}
	tcp.Close()
}
