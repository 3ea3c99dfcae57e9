package specimens

import (
	"encoding/binary"
	"fmt"
	"time"
)

// TCP is a conversation over one connection.
type TCP struct {
	From       string `toml:"from"` // who opens it; empty: the device
	To         string `toml:"to"`   // a party with its port
	Say        []Say  `toml:"say"`
	Unanswered bool   `toml:"unanswered"` // nobody answers the SYN; it is repeated as Linux does
	Refused    bool   `toml:"refused"`    // the SYN is answered with a reset
	Open       bool   `toml:"open"`       // the connection is still open when the capture ends
}

func (c *TCP) play(t *tape, at time.Duration) error {
	from, to, err := t.pair(c.From, c.To)
	if err != nil {
		return err
	}
	if c.Unanswered || c.Refused {
		if len(c.Say) > 0 {
			return fmt.Errorf("nothing can be said on a connection that was not answered")
		}
		t.knock(at, from, to, c.Refused)
		return nil
	}
	conn := t.dial(at, from, to)
	for i := range c.Say {
		b, err := c.Say[i].bytes(t)
		if err != nil {
			return fmt.Errorf("say %d: %w", i+1, err)
		}
		conn.at += time.Duration(c.Say[i].After)
		conn.send(side(c.Say[i].Reply), b)
	}
	if !c.Open {
		conn.close()
	}
	return nil
}

// The flags of RFC 9293, 3.1.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// segmentSize is what fits on Ethernet: 1500 less 20 for IPv4 and 20 for TCP.
const segmentSize = 1460

// conn is one connection being written: side 0 opened it.
type conn struct {
	t     *tape
	at    time.Duration // of the latest packet
	rtt   time.Duration
	party [2]party
	seq   [2]uint32
}

// side numbers the one that speaks.
func side(reply bool) int {
	if reply {
		return 1
	}
	return 0
}

// synOptions are what Linux sends first: MSS 1460, SACK permitted, window scale 7 (RFC 9293, 3.2; RFC 2018; RFC 7323), padded.
var synOptions = []byte{2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7, 0, 0}

// dial writes the handshake.
func (t *tape) dial(at time.Duration, from, to party) *conn {
	c := &conn{t: t, at: at, rtt: delay(from, to), party: [2]party{from, to}, seq: [2]uint32{t.rng.Uint32(), t.rng.Uint32()}}
	c.segment(0, flagSYN, synOptions, nil)
	c.at += c.rtt
	c.segment(1, flagSYN|flagACK, synOptions, nil)
	c.at += lanDelay / 4
	c.segment(0, flagACK, nil, nil)
	return c
}

// knock writes SYNs that lead nowhere: refused at once, or repeated after 1 and 3 seconds (RFC 6298, 2.1 and 5.5).
func (t *tape) knock(at time.Duration, from, to party, refused bool) {
	c := &conn{t: t, at: at, rtt: delay(from, to), party: [2]party{from, to}, seq: [2]uint32{t.rng.Uint32(), 0}}
	c.segment(0, flagSYN, synOptions, nil)
	if refused {
		c.at += c.rtt
		c.segment(1, flagRST|flagACK, nil, nil)
		return
	}
	for _, wait := range []time.Duration{time.Second, 2 * time.Second} {
		c.seq[0]--
		c.at += wait
		c.segment(0, flagSYN, synOptions, nil)
	}
}

// segment writes one packet and counts what it carries.
func (c *conn) segment(by int, flags byte, options, payload []byte) {
	b := make([]byte, 20, 20+len(options)+len(payload))
	be := binary.BigEndian
	be.PutUint16(b, c.party[by].port)
	be.PutUint16(b[2:], c.party[1-by].port)
	be.PutUint32(b[4:], c.seq[by])
	if flags&flagACK != 0 {
		be.PutUint32(b[8:], c.seq[1-by])
	}
	b[12] = byte((20+len(options))/4) << 4
	b[13] = flags
	be.PutUint16(b[14:], 64240) // window, in units of 2^7 after the handshake
	b = append(append(b, options...), payload...)
	be.PutUint16(b[16:], checksum(pseudo(c.party[by], c.party[1-by], protoTCP, len(b)), b))
	c.t.ip4(c.at, c.party[by], c.party[1-by], protoTCP, b)
	c.seq[by] += uint32(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		c.seq[by]++
	}
}

// send writes bytes in segments; the other side acknowledges every second one and the last (RFC 9293, 3.8.6.3).
func (c *conn) send(by int, b []byte) {
	for n := 0; len(b) > 0; n++ {
		part := b[:min(len(b), segmentSize)]
		b = b[len(part):]
		flags := byte(flagACK)
		if len(b) == 0 {
			flags |= flagPSH
		}
		c.at += 120 * time.Microsecond // 1500 bytes at 100 Mbit/s
		c.segment(by, flags, nil, part)
		if n%2 == 1 || len(b) == 0 {
			c.at += c.rtt / 2
			c.segment(1-by, flagACK, nil, nil)
		}
	}
}

// close ends the connection in the usual four packets.
func (c *conn) close() {
	c.at += lanDelay
	c.segment(0, flagFIN|flagACK, nil, nil)
	c.at += c.rtt
	c.segment(1, flagFIN|flagACK, nil, nil)
	c.at += lanDelay / 4
	c.segment(0, flagACK, nil, nil)
}
