package lab

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// The sizes of what hostile devices send.
const (
	endless = 1 << 30         // bytes of a body without end: more than anybody should read
	depth   = 200_000         // levels of nesting
	drip    = 2 * time.Second // between two bytes of a slow answer
)

// spoils reports whether answers are such that no second one can follow on the connection.
func (l *life) spoils() bool {
	for _, b := range []Behaviour{SlowLoris, EndlessBody, WrongLength, Garbage, HalfHeader} {
		if l.options[b] {
			return true
		}
	}
	return false
}

// worsen changes an answer as the device's behaviours have it.
func (l *life) worsen(r reply) reply {
	switch {
	case l.options[RedirectAway] && l.room.Outside().IsValid():
		r.status, r.headers = 302, append(r.headers, "Location: http://"+l.room.Outside().String()+"/login.htm")
	case l.options[HostileXML]:
		r.status, r.kind, r.body = 200, "application/xml", hostileXML()
	case l.options[HostileJSON]:
		r.status, r.kind, r.body = 200, "application/json", bytes.Repeat([]byte(`{"a":[`), depth)
	}
	return r
}

// hostileXML grows without end where entities are followed and is deep where they are not.
func hostileXML() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x0 "lollollollollollollollollollol">`)
	for i := range 9 {
		from, to := string(rune('0'+i)), string(rune('1'+i))
		b.WriteString(`<!ENTITY x` + to + ` "` + strings.Repeat("&x"+from+";", 10) + `">`)
	}
	b.WriteString(`<!ENTITY f SYSTEM "file:///etc/hostname">]><DeviceInfo><deviceName>&x9;</deviceName><model>&f;</model>`)
	b.WriteString(strings.Repeat("<a>", depth))
	return []byte(b.String())
}

// length is what Content-Length says of a body of n bytes.
func (l *life) length(n int) int {
	switch {
	case l.options[EndlessBody]:
		return endless
	case l.options[WrongLength]:
		return n*3 + 1000
	}
	return n
}

// deliver writes an answer, whole or as the device's behaviours have it, and reports whether
// all went well.
func (l *life) deliver(ctx context.Context, c net.Conn, b []byte) bool {
	head := max(bytes.Index(b, []byte("\r\n\r\n")), 0)
	switch {
	case l.options[Garbage]:
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
	case l.options[HalfHeader]:
		b = b[:head*2/3]
	case l.options[SlowLoris]:
		return l.dribble(ctx, c, b)
	case l.options[EndlessBody]:
		return pour(c, b)
	}
	_, err := c.Write(b)
	return err == nil
}

// dribble sends a byte at a time, for as long as anybody listens.
func (l *life) dribble(ctx context.Context, c net.Conn, b []byte) bool {
	c.SetDeadline(time.Now().Add(time.Hour))
	for i := range b {
		if _, err := c.Write(b[i : i+1]); err != nil || !wait(ctx, drip) {
			return false
		}
	}
	return true
}

// pour sends an answer and then more and more.
func pour(c net.Conn, b []byte) bool {
	block := bytes.Repeat([]byte("<p>more</p>\n"), 1000)
	for sent := 0; sent < endless; sent += len(b) {
		if _, err := c.Write(b); err != nil {
			return false
		}
		b = block
	}
	return false
}
