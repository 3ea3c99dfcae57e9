package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"cordon"
	"cordon/internal/packet"
)

// between is how many packets pass between two looks at the context and the progress.
const between = 1 << 14

var errInterrupted = errors.New("interrupted")

// Feed reads a capture from r into the table until it ends, is damaged or ctx is done,
// and says what was read. What stopped it early is in Capture.Problem: everything
// before that has been fed. progress, when not nil, is given the bytes read so far
// (unpacked) every few thousand packets.
func Feed(ctx context.Context, r io.Reader, name string, t *packet.Table, progress func(offset int64)) cordon.Capture {
	c := cordon.Capture{File: name}
	before := t.Stats()
	pr, err := packet.NewReader(r)
	if err != nil {
		c.Problem = err.Error()
		return c
	}
	for n := 0; err == nil; n++ {
		if n%between == 0 {
			if ctx.Err() != nil {
				err = errInterrupted
				break
			}
			if progress != nil {
				progress(pr.Info().Offset)
			}
		}
		var f packet.Frame
		if f, err = pr.Next(); err == nil {
			t.Frame(f)
		}
	}
	if !errors.Is(err, io.EOF) {
		c.Problem = err.Error()
	}
	describe(&c, pr.Info())
	met(&c, before, t.Stats())
	return c
}

// Finish ends every flow of the table and notes with the last capture what only then was
// known: fragments that still waited for the rest of their datagram.
func Finish(t *packet.Table, captures []cordon.Capture) {
	before := t.Stats()
	t.Flush()
	if n := len(captures); n > 0 {
		met(&captures[n-1], before, t.Stats())
	}
}

// met adds what the table met between two looks at its counts.
func met(c *cordon.Capture, before, after packet.Stats) {
	c.Tunnelled += after.Tunnelled - before.Tunnelled
	c.Fragments += after.Fragments - before.Fragments
	c.Lost += after.FragmentsDropped - before.FragmentsDropped
	c.EndedEarly += after.EvictedEarly - before.EvictedEarly
}

// describe fills in what the reader met.
func describe(c *cordon.Capture, in packet.Info) {
	c.Format, c.Compression = in.Format, in.Compression
	c.Packets, c.Bytes, c.Cut, c.Dropped, c.Skipped = in.Packets, in.Bytes, in.Cut, in.Dropped, in.Skipped
	if in.Packets > 0 {
		c.First, c.Last = time.Unix(0, in.First).UTC(), time.Unix(0, in.Last).UTC()
	}
	for _, l := range in.Links {
		c.LinkTypes = append(c.LinkTypes, linkName(l))
	}
	for _, k := range in.Comments {
		c.Comments = append(c.Comments, k.Text)
	}
}

// linkNames are those that are decoded (https://www.tcpdump.org/linktypes.html).
var linkNames = map[packet.LinkType]string{
	0: "BSD loopback", 1: "Ethernet", 12: "raw IP", 14: "raw IP", 101: "raw IP", 108: "OpenBSD loopback",
	113: "Linux cooked", 228: "raw IPv4", 229: "raw IPv6", 276: "Linux cooked v2",
}

func linkName(l packet.LinkType) string {
	if n, ok := linkNames[l]; ok {
		return n
	}
	return fmt.Sprintf("link type %d (not decoded)", l)
}
