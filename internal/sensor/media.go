package sensor

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

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
		if p, err := strconv.ParseUint(e.p, 10, 16); err == nil && p != 0 && len(l.media) < maxMedia {
			l.media[mediaEnd{e.a, uint16(p)}] = struct{}{}
		}
	}
}

// Bits 40-63 of a flow's Note while it may be media: 8 bits of a run of datagrams that
// look like RTP with consecutive sequence numbers, 16 bits of the last sequence number.
const (
	noteRunShift = 40
	noteSeqShift = 48
	mediaRun     = 4 // consecutive RTP headers before an unannounced flow is called RTP
)

// guessMedia names RTP by its announced ports, or by a run of RTP headers whose
// sequence numbers follow each other (RFC 3550 section 5.1; appendix A.1 asks for two, we for four).
func (l *Listener) guessMedia(m *packet.Message) (packet.App, bool) {
	f := m.Flow
	if f == nil || len(m.Data) < 12 || m.Data[0]>>6 != 2 {
		return l.strangeDatagram(m)
	}
	if l.announced(m) {
		l.fact(find.Sender, "rtp.video", "announced")
		return l.rtp, false
	}
	seq := binary.BigEndian.Uint16(m.Data[2:])
	run := f.Note >> noteRunShift & 0xff
	if run > 0 && seq == uint16(f.Note>>noteSeqShift)+1 {
		run++
	} else {
		run = 1
	}
	f.Note = f.Note&(1<<noteRunShift-1) | run<<noteRunShift | uint64(seq)<<noteSeqShift
	if run < mediaRun {
		return 0, true
	}
	l.fact(find.Sender, "rtp.video", "payload type "+strconv.Itoa(int(m.Data[1]&0x7f)))
	return l.rtp, false
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
