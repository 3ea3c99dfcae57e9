package sensor

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/packet"
)

// mediaEnd is a UDP port that an RTSP or SIP conversation announced for media.
type mediaEnd struct {
	addr netip.Addr
	port uint16
}

// maxMedia bounds the announced ports kept: one per stream and direction.
const maxMedia = 1 << 16

// expectMedia takes an rtsp.rtp fact: the ports on which client and server agreed, "40000 8000".
func (l *Listener) expectMedia(value string) {
	c, s, _ := strings.Cut(value, " ")
	for _, e := range []struct {
		a netip.Addr
		p string
	}{{l.cur.From.Addr, c}, {l.cur.To.Addr, s}} {
		if p, err := strconv.ParseUint(e.p, 10, 16); err == nil && p != 0 && l.expect(mediaEnd{e.a, uint16(p)}) && l.announces != nil {
			l.announces(mediaEnd{e.a, uint16(p)})
		}
	}
}

// expect notes an announced port, and reports whether there was room.
func (l *Listener) expect(e mediaEnd) bool {
	if len(l.media) >= maxMedia {
		return false
	}
	l.media[e] = struct{}{}
	return true
}

// Bits 40-63 of a flow's Note while it may be media: for each side twelve, of which ten are
// the last sequence number and two the run of RTP headers whose numbers followed each
// other before it. Four headers in a row with ten bits right are chance once in a
// thousand million.
const (
	noteRunShift = 40
	noteRunBits  = 12
	seqMask      = 1<<10 - 1
	mediaRun     = 4 // consecutive RTP headers before an unannounced flow is called RTP
)

// guessMedia names RTP by its announced ports, or by a run of RTP headers whose
// sequence numbers follow each other (RFC 3550 section 5.1; appendix A.1 asks for two, we for four).
func (l *Listener) guessMedia(m *packet.Message) (packet.App, bool) {
	f := m.Flow
	if f == nil || len(m.Data) < 12 || m.Data[0]>>6 != 2 {
		return l.strangeDatagram(m)
	}
	kind := m.Data[1] & 0x7f
	if 72 <= kind && kind <= 76 {
		return 0, true // RTCP beside it on the same port, RFC 5761 section 4
	}
	if l.announced(m) {
		l.fact(find.Sender, mediaKind(kind), "announced")
		return l.rtp, false
	}
	if l.run(m) < mediaRun {
		return 0, true
	}
	l.fact(find.Sender, mediaKind(kind), "payload type "+strconv.Itoa(int(kind)))
	return l.rtp, false
}

// run counts the RTP headers in a row, this one included, whose sequence numbers the sender raised by one.
func (l *Listener) run(m *packet.Message) uint64 {
	f := m.Flow
	shift := noteRunShift
	if m.From.Addr != f.End[packet.Opener].Addr || m.From.Port != f.End[packet.Opener].Port {
		shift += noteRunBits
	}
	had := f.Note >> shift & (1<<noteRunBits - 1)
	seq := uint64(binary.BigEndian.Uint16(m.Data[2:])) & seqMask
	run := uint64(1)
	if before := had >> 10; had != 0 && seq == (had+1)&seqMask {
		run = before + 2
	}
	f.Note = f.Note&^(uint64(1<<noteRunBits-1)<<shift) | (min(run, mediaRun)-1)<<10<<shift | seq<<shift
	return run
}

// mediaKind tells sound from pictures by the static payload types of RFC 3551 section 6:
// 0 to 18 are sound; everything else may be pictures.
func mediaKind(payloadType byte) cordon.Kind {
	if payloadType <= 18 {
		return "rtp.audio"
	}
	return "rtp.video"
}

func (l *Listener) announced(m *packet.Message) bool {
	_, a := l.media[mediaEnd{m.From.Addr, m.From.Port}]
	_, b := l.media[mediaEnd{m.To.Addr, m.To.Port}]
	return a || b
}

// strangeDatagram keeps the first bytes of the first datagram of an unrecognised flow.
func (l *Listener) strangeDatagram(m *packet.Message) (packet.App, bool) {
	if f := m.Flow; f != nil && f.Packets[0]+f.Packets[1] <= 1 && len(m.Data) > 0 {
		l.fact(find.Sender, "udp.payload", payload(m.To.Port, m.Data))
	}
	return 0, true
}

// payload writes a port and the first 32 bytes as rules match them: "8000 000000100000001e".
func payload(port uint16, b []byte) string {
	return fmt.Sprintf("%d %s", port, hex.EncodeToString(b[:min(32, len(b))]))
}
