package packet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what a hostile file can make Info hold.
const (
	maxComments   = 64   // comments kept; more are counted
	maxComment    = 512  // bytes kept of one comment
	maxName       = 64   // bytes kept of an interface name or an application name
	maxInterfaces = 1024 // interfaces listed, over all sections
	maxLinks      = 64   // distinct link types listed
)

// Info is what a capture file said about itself and what was met in it so far.
type Info struct {
	Format      string // "pcap" or "pcapng"
	Compression string // "gzip", "zstd", "lz4", or "" for none
	Sections    int    // pcapng sections begun; for pcap, files joined into one

	Interfaces     []Interface // in file order, over all sections, at most 1024
	MoreInterfaces int         // interfaces declared beyond those listed
	Links          []LinkType  // distinct declared link types, in file order
	Snaplen        uint32      // largest declared snapshot length; 0: none, or unlimited

	Packets  uint64 // frames delivered
	Bytes    uint64 // their length on the wire
	Captured uint64 // their length in the file
	Cut      uint64 // frames that hold less than was on the wire (snaplen)
	Untimed  uint64 // frames without a timestamp of their own (Simple Packet Blocks)
	Skipped  uint64 // pcapng blocks left out because their inside contradicts itself
	Others   uint64 // pcapng blocks passed over: names, secrets, custom and unknown ones
	Dropped  uint64 // packets that the capturing machine says it lost (statistics and packet drop counts, the larger)

	First, Last int64 // earliest and latest timestamp, nanoseconds since 1970 UTC; 0 before any
	Offset      int64 // bytes of the unpacked stream that Next has passed

	Application  string    // what wrote the file (pcapng shb_userappl); hostile text
	Comments     []Comment // at most 64, each cut to 512 bytes
	MoreComments uint64    // comments beyond those kept
}

// Interface is one capturing interface as the file declares it.
type Interface struct {
	Name       string // pcapng if_name, else "": hostile text
	Link       LinkType
	Snaplen    uint32 // 0: unlimited
	Resolution string // of timestamps, such as "10^-6 s" or "2^-20 s"
	Received   uint64 // packets, as its last statistics block says; 0 where it has none
	Dropped    uint64 // packets lost by the interface and its system, from the same block
	Packets    uint64 // frames delivered from it
}

// Comment is what a person or a tool wrote into the file. Text is valid UTF-8 and
// otherwise hostile.
type Comment struct {
	About  string // "section", "interface", "statistics" or "packet"
	Packet uint64 // for "packet": its number in the file, counted from 1
	Text   string
}

// Info returns what was met so far. It may be called at any time, also after an
// error; the slices are the caller's own.
func (r *Reader) Info() Info {
	r.settle()
	in := r.info
	in.Offset = r.base + int64(r.pos)
	in.Interfaces = slices.Clone(r.info.Interfaces)
	in.Links = slices.Clone(r.info.Links)
	in.Comments = slices.Clone(r.info.Comments)
	var lost uint64
	for _, f := range in.Interfaces {
		lost += f.Dropped
	}
	in.Dropped = max(in.Dropped, lost)
	return in
}

// declare lists an interface and returns its index in Info.Interfaces, -1 for one
// beyond the bound.
func (r *Reader) declare(f Interface) int {
	if f.Snaplen > r.info.Snaplen {
		r.info.Snaplen = f.Snaplen
	}
	if len(r.info.Links) < maxLinks && !slices.Contains(r.info.Links, f.Link) {
		r.info.Links = append(r.info.Links, f.Link)
	}
	if len(r.info.Interfaces) >= maxInterfaces {
		r.info.MoreInterfaces++
		return -1
	}
	r.info.Interfaces = append(r.info.Interfaces, f)
	return len(r.info.Interfaces) - 1
}

// comment keeps a comment, within the bounds.
func (r *Reader) comment(about string, text []byte) {
	if len(text) == 0 {
		return
	}
	if len(r.info.Comments) >= maxComments {
		r.info.MoreComments++
		return
	}
	c := Comment{About: about, Text: cutText(text, maxComment)}
	if about == aboutPacket {
		c.Packet = r.info.Packets + 1
	}
	r.info.Comments = append(r.info.Comments, c)
}

// cutText makes at most n bytes of hostile text valid UTF-8, without cutting inside a
// character. pcapng strings may be zero-terminated (draft-ietf-opsawg-pcapng, 3.5).
func cutText(b []byte, n int) string {
	if len(b) > n {
		b = b[:n]
		for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
			if c := b[len(b)-i]; utf8.RuneStart(c) {
				if !utf8.FullRune(b[len(b)-i:]) {
					b = b[:len(b)-i]
				}
				break
			}
		}
	}
	s, _, _ := strings.Cut(string(b), "\x00")
	return strings.ToValidUTF8(s, "?")
}
