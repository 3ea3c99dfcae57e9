package sensor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"cordon/internal/find"
	"cordon/internal/packet"
)

// MaxCarved bounds one carved file, its answer's head included.
const MaxCarved = 64 << 20

// Carved is a file that crossed in the clear.
type Carved struct {
	Client    netip.Addr // who fetched it
	Server    netip.AddrPort
	URL       string // without query; hostile text
	At        time.Time
	Data      []byte // valid during Keep only; never empty
	SHA256    string // of Data, 64 hex digits
	Announced int64  // length that the server announced, -1 when it did not
	Whole     bool   // all of it was captured
}

// Keeper takes what is carved. Calls come from the goroutine that feeds the table.
type Keeper interface{ Keep(c Carved) }

// Carver stands between a packet.Table and a Listener and keeps the firmware and programs
// that are fetched over HTTP and TFTP. The Listener hears the same as without it. The
// table must be made with CarveConfig. Carved files are also facts of the kind
// carved.sha256 about who fetched them: "sha256 bytes url", and " (incomplete)" where some is missing.
type Carver struct {
	listener  *Listener
	keeper    Keeper
	http      packet.App
	talks     map[talkKey]*talk
	transfers transfers
	followed  map[[2]netip.AddrPort]uint32 // flows heard whole: how much of them is the Listener's
}

// NewCarver wraps a listener.
func NewCarver(l *Listener, k Keeper) *Carver {
	c := &Carver{listener: l, keeper: k, talks: map[talkKey]*talk{}, transfers: transfers{}, followed: map[[2]netip.AddrPort]uint32{}}
	for _, p := range find.Protocols() {
		if p.Name == "http" {
			c.http = packet.App(find.Number(p))
		}
	}
	return c
}

// CarveConfig widens a table's bounds so that whole files come through to the Carver:
// a third of a gigabyte of buffers at the most, in place of 32 MiB.
func (c *Carver) CarveConfig(cfg packet.Config) packet.Config {
	cfg.Prefix, cfg.Buffers, cfg.Follow = MaxCarved, 5*MaxCarved, c.follow
	return cfg
}

// The table's own bounds without carving: what the Listener hears stays within them.
const (
	usualPrefix   = 16 << 10
	usualPatience = 64 * usualPrefix
	usualHeard    = 8
	alwaysHeard   = 4096
)

// talkKey names a connection.
type talkKey struct {
	ends  [2]netip.AddrPort
	first int64
}

func keyOf(f *packet.Flow) talkKey {
	a, b := &f.End[packet.Opener], &f.End[packet.Answerer]
	return talkKey{[2]netip.AddrPort{netip.AddrPortFrom(a.Addr, a.Port), netip.AddrPortFrom(b.Addr, b.Port)}, f.First}
}

// talk is a connection under way.
type talk struct {
	told        bool // the Listener wants no more
	data, reply int  // bytes that it has heard of both sides
	app         packet.App
	web         webTalk
	over        bool // nothing more to carve
}

// Hear implements packet.Listener.
func (c *Carver) Hear(m *packet.Message) (packet.App, bool) {
	switch m.Proto {
	case packet.ProtoTCP:
		return c.stream(m)
	case packet.ProtoUDP:
		return c.datagram(m)
	}
	return c.listener.Hear(m)
}

// Ended implements packet.Listener.
func (c *Carver) Ended(f *packet.Flow) {
	if f.More {
		c.listener.Ended(f)
		return
	}
	switch f.Proto {
	case packet.ProtoTCP:
		delete(c.talks, keyOf(f))
	case packet.ProtoUDP:
		if t := c.transfers.ended(f); t != nil {
			c.transferred(t, false)
		}
		if len(c.followed) > 0 {
			delete(c.followed, keyOf(f).ends)
		}
	}
	c.listener.Ended(f)
}

// stream gives the Listener its share of a connection and carves the rest.
func (c *Carver) stream(m *packet.Message) (packet.App, bool) {
	k := keyOf(m.Flow)
	t := c.talks[k]
	if t == nil {
		t = &talk{}
		c.talks[k] = t
	}
	if !t.told {
		c.tell(t, m)
	}
	if !t.over && t.app == c.http {
		t.over = !t.web.hear(c, m)
	}
	more := !t.told || t.app == c.http && !t.over
	if m.Final || !more {
		delete(c.talks, k)
	}
	return t.app, more && !m.Final
}

// tell lets the Listener hear what it would have heard without carving.
func (c *Carver) tell(t *talk, m *packet.Message) {
	short := *m
	short.Data, short.Reply = m.Data[:min(len(m.Data), usualPrefix)], m.Reply[:min(len(m.Reply), usualPrefix)]
	full := len(short.Data) == usualPrefix && len(short.Reply) == usualPrefix
	short.Final = m.Final || full || len(m.Data) >= usualPatience || len(m.Reply) >= usualPatience
	if !short.Final && len(short.Data) == t.data && len(short.Reply) == t.reply {
		return
	}
	t.data, t.reply = len(short.Data), len(short.Reply)
	app, more := c.listener.Hear(&short)
	if app != 0 {
		t.app = app
	}
	t.told = !more || short.Final
}

// keep passes a file on and notes it as a fact about its client.
func (c *Carver) keep(f Carved) {
	if len(f.Data) == 0 {
		return
	}
	digest := sha256.Sum256(f.Data)
	f.SHA256 = hex.EncodeToString(digest[:])
	c.keeper.Keep(f)
	value := fmt.Sprintf("%s %d %s", f.SHA256, len(f.Data), f.URL)
	if !f.Whole {
		value += " (incomplete)"
	}
	c.listener.sink.Observe(&Fact{
		At: f.At.UnixNano(), Addr: f.Client.Unmap(), Kind: "carved.sha256", Value: find.Tidy(value), Origin: &c.listener.origin,
	})
}
