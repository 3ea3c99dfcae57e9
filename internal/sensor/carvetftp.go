package sensor

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cordon/internal/packet"
)

// transfers are the TFTP reads under way, by the client's end: the server answers each
// from a port of its own (RFC 1350 section 4).
type transfers map[netip.AddrPort]*transfer

// transfer is one file on its way.
type transfer struct {
	client, server netip.AddrPort // server's port is 0 until it has answered
	name           string
	at             time.Time
	block          uint16 // the next one; wraps after 65,535, as common clients have it
	size           int    // of a whole block
	announced      int64  // tsize (RFC 2349), -1 when not said
	data           []byte
	payload        uint64 // of the server's side of the flow so far, on the wire
	cut            bool   // some of it was not captured, or cannot be true
}

// Bounds on what hostile requests can make the transfers hold.
const (
	maxTransfers     = 256
	maxTransferBytes = 128 << 20
	maxFollowed      = 1 << 16 // flows; more are heard as without carving
	usualBlock       = 512     // RFC 1350 section 2
)

// The operations of RFC 1350 section 5 and RFC 2347.
const (
	tftpRead  = 1
	tftpData  = 3
	tftpError = 5
	tftpOACK  = 6
)

const portTFTP = 69 // IANA

// follow names the flows to hear whole: requests, and answers to them.
func (c *Carver) follow(from, to *packet.End) bool {
	if len(c.followed) >= maxFollowed {
		return false
	}
	most := uint32(usualHeard)
	switch {
	case to.Port == portTFTP || from.Port == portTFTP:
		most = alwaysHeard
	case c.transfers[netip.AddrPortFrom(to.Addr, to.Port)] == nil:
		return false
	}
	c.followed[[2]netip.AddrPort{netip.AddrPortFrom(from.Addr, from.Port), netip.AddrPortFrom(to.Addr, to.Port)}] = most
	return true
}

// datagram carves TFTP and gives the Listener what it would have heard without carving.
func (c *Carver) datagram(m *packet.Message) (packet.App, bool) {
	f := m.Flow
	from, to := netip.AddrPortFrom(m.From.Addr, m.From.Port), netip.AddrPortFrom(m.To.Addr, m.To.Port)
	busy := false
	if len(m.Data) >= 4 && m.Data[0] == 0 {
		busy = c.tftp(m, from, to)
	}
	most := c.followed[keyOf(f).ends]
	if side := sideOf(m); most > 0 && f.Packets[side] > most {
		return f.App, busy || f.Packets[1-side] < most
	}
	app, more := c.listener.Hear(m)
	return app, more || busy
}

// tftp follows a datagram that may be TFTP; true while a transfer is under way.
func (c *Carver) tftp(m *packet.Message, from, to netip.AddrPort) bool {
	op := m.Data[1]
	if op == tftpRead && to.Port() == portTFTP {
		if t := c.transfers[from]; t != nil {
			if len(t.data) > 0 {
				c.transferred(t, false)
			}
			delete(c.transfers, from)
		}
		c.transfers.begin(m, from, to)
		return true
	}
	if t := c.transfers[from]; t != nil && t.server.Addr() == to.Addr() { // the client's own acknowledgements
		if op == tftpError {
			c.transferred(t, false)
			return false
		}
		return true
	}
	t := c.transfers[to]
	if t == nil || t.server.Addr() != from.Addr() || t.server.Port() != 0 && t.server.Port() != from.Port() {
		return false
	}
	t.server = from
	t.measure(m)
	switch op {
	case tftpOACK:
		t.options(m.Data[2:])
	case tftpError:
		c.transferred(t, false)
		return false
	case tftpData:
		return c.block(t, m)
	}
	return true
}

// begin notes a read request: name, mode, options, each ending in a zero (RFC 1350, RFC 2347).
func (ts transfers) begin(m *packet.Message, client, server netip.AddrPort) {
	if len(ts) >= maxTransfers {
		for k, t := range ts { // the oldest will hardly be answered any more
			if t.at.Add(time.Minute).UnixNano() < m.At {
				delete(ts, k)
			}
		}
		if len(ts) >= maxTransfers {
			return
		}
	}
	name, _, ok := bytes.Cut(m.Data[2:], []byte{0})
	if !ok || len(name) == 0 || len(name) > 512 {
		return
	}
	ts[client] = &transfer{
		client: client, server: netip.AddrPortFrom(server.Addr(), 0), name: string(name),
		at: time.Unix(0, m.At).UTC(), block: 1, size: usualBlock, announced: -1,
	}
}

// measure notices a datagram of which the capture holds less than was on the wire: it
// would pass for the short block that ends a transfer.
func (t *transfer) measure(m *packet.Message) {
	side := sideOf(m)
	all := m.Flow.Payload[side]
	if (t.payload != 0 || m.Flow.Packets[side] == 1) && all-t.payload != uint64(len(m.Data)) {
		t.cut = true
	}
	t.payload = all
}

// sideOf is the side of its flow that sent a message.
func sideOf(m *packet.Message) packet.Side {
	if e := &m.Flow.End[packet.Opener]; e.Addr == m.From.Addr && e.Port == m.From.Port {
		return packet.Opener
	}
	return packet.Answerer
}

// options takes what the server agreed to: blksize (RFC 2348) and tsize (RFC 2349).
func (t *transfer) options(b []byte) {
	words := strings.Split(string(b[:min(len(b), 1024)]), "\x00")
	for i := 0; i+1 < len(words); i += 2 {
		n, err := strconv.ParseInt(words[i+1], 10, 63)
		switch {
		case err != nil:
		case strings.EqualFold(words[i], "blksize") && n >= 8 && n <= 65464: // RFC 2348
			t.size = int(n)
		case strings.EqualFold(words[i], "tsize"):
			t.announced = n
		}
	}
}

// block appends a block that is the next one; a block too far ahead ends the transfer.
func (c *Carver) block(t *transfer, m *packet.Message) bool {
	n, data := binary.BigEndian.Uint16(m.Data[2:]), m.Data[4:]
	if n != t.block {
		if int16(n-t.block) > 0 {
			c.transferred(t, false)
			return false
		}
		return true // once more
	}
	t.cut = t.cut || len(data) > t.size
	if len(t.data)+len(data) > MaxCarved || c.transfers.bytes()+len(data) > maxTransferBytes {
		c.transferred(t, false)
		return false
	}
	t.data = append(t.data, data...)
	t.block++
	if len(data) < t.size {
		c.transferred(t, !t.cut)
		return false
	}
	return true
}

func (ts transfers) bytes() int {
	n := 0
	for _, t := range ts {
		n += len(t.data)
	}
	return n
}

// ended gives the transfer that a flow carried, nil for none.
func (ts transfers) ended(f *packet.Flow) *transfer {
	for i := range f.End {
		e := netip.AddrPortFrom(f.End[i].Addr, f.End[i].Port)
		o := f.End[1-i]
		if t := ts[e]; t != nil && t.server == netip.AddrPortFrom(o.Addr, o.Port) {
			return t
		}
	}
	return nil
}

// transferred keeps what came of a file and forgets the transfer.
func (c *Carver) transferred(t *transfer, whole bool) {
	delete(c.transfers, t.client)
	c.keep(Carved{
		Client: t.client.Addr(), Server: t.server, URL: "tftp://" + t.server.Addr().String() + "/" + strings.TrimPrefix(t.name, "/"),
		At: t.at, Data: t.data, Announced: t.announced, Whole: whole,
	})
}
