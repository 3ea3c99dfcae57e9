package find

import (
	"encoding/binary"
	"strconv"
)

var rtpProtocol = &Protocol{
	Name:      "rtp",
	Doc:       "video or sound as it flows, and the reports about it (RTCP)",
	Source:    "RFC 3550 sections 5.1 and 6.4; RFC 3551 section 6 (payload types); RFC 6184 section 5 (H.264), RFC 7798 section 4 (H.265)",
	Transport: UDP,
	Anywhere:  true,
	Kinds:     []Kind{"rtp.video", "rtp.audio"},
	Detect:    func(m *Message) bool { return detectRTCP(m.Data) || detectRTP(m.Data) },
	Hear:      hearRTP,
}

// rtpHead is the fixed header, rtpTypes the static payload types that cameras use
// (RFC 3551 tables 4 and 5).
const rtpHead = 12

// rtpStatic names the static payload types and whether they are video.
func rtpStatic(pt byte) (name string, video bool) {
	switch pt {
	case 0:
		return "PCMU", false
	case 8:
		return "PCMA", false
	case 3:
		return "GSM", false
	case 4:
		return "G723", false
	case 9:
		return "G722", false
	case 14:
		return "MPA", false
	case 18:
		return "G729", false
	case 26:
		return "JPEG", true
	case 31:
		return "H261", true
	case 32:
		return "MPV", true
	case 33:
		return "MP2T", true
	case 34:
		return "H263", true
	}
	return "", false
}

// isRTP reports whether the datagram can be RTP or RTCP at all: version 2, a payload
// type in use, and lengths that fit. It is for ports that an RTSP SETUP or an SDP
// named; on others it is far too lax, see Protocol rtp.
func isRTP(b []byte) bool {
	if len(b) < 8 || b[0]>>6 != 2 {
		return false
	}
	if b[1] >= 200 && b[1] <= 206 { // RTCP, RFC 3550 section 12.1 and RFC 4585
		return (int(binary.BigEndian.Uint16(b[2:]))+1)*4 <= len(b)
	}
	return len(rtpPayload(b)) > 0
}

// rtpPayload is what follows the header, its contributors and its extension; nil if
// they do not fit.
func rtpPayload(b []byte) []byte {
	if len(b) < rtpHead || b[0]>>6 != 2 {
		return nil
	}
	at := rtpHead + 4*int(b[0]&15)
	if b[0]&0x10 != 0 {
		if at+4 > len(b) {
			return nil
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	if at >= len(b) {
		return nil
	}
	return b[at:]
}

// detectRTCP wants a report that begins a compound packet (RFC 3550 section 6.1):
// sender or receiver report, then another RTCP packet of the same version, the lengths
// adding up to the datagram exactly.
func detectRTCP(b []byte) bool {
	if len(b) < 16 || b[0]>>6 != 2 || b[1] != 200 && b[1] != 201 || b[0]&0x20 != 0 {
		return false
	}
	parts := 0
	for len(b) >= 4 {
		n := (int(binary.BigEndian.Uint16(b[2:])) + 1) * 4
		if b[0]>>6 != 2 || b[1] < 200 || b[1] > 207 || n > len(b) {
			return false
		}
		b = b[n:]
		parts++
	}
	return len(b) == 0 && parts >= 2
}

// detectRTP judges one datagram, so it is strict: a plain header (no padding, no
// contributors), and a payload that only its codec would have. Sound in static types
// must have the size of a usual packet time; video must begin a picture's slice.
func detectRTP(b []byte) bool {
	if len(b) < rtpHead+2 || b[0]&^0x10 != 0x80 {
		return false
	}
	payload := rtpPayload(b)
	if len(payload) < 2 || binary.BigEndian.Uint32(b[8:]) == 0 {
		return false
	}
	switch pt := b[1] & 0x7F; {
	case pt == 0 || pt == 8: // G.711: 80 bytes for 10 ms, so 160 is 20 ms
		return b[0] == 0x80 && binary.BigEndian.Uint32(b[4:])%80 == 0 && len(payload)%80 == 0 && len(payload) <= 480
	case pt == 26: // JPEG, RFC 2435 section 3.1: type-specific 0, offset 0, sizes in eights
		return len(payload) > 8 && payload[0] == 0 && payload[1]|payload[2]|payload[3] == 0 && payload[6] > 0 && payload[7] > 0 && len(b) > 500
	case pt == 33:
		return len(payload)%188 == 0 && payload[0] == 0x47
	case pt >= 96 && b[0] == 0x90 && b[12] == 0xBE && b[13] == 0xDE: // RFC 8285 section 4.2: WebRTC's extensions
		return true
	case pt >= 96:
		return h264Start(payload) || h265Start(payload)
	}
	return false
}

// h264Start reports whether the payload begins a picture as cameras send it: an FU-A
// (type 28) with the start bit of a slice (1 or 5) that fills its packet, a parameter
// set (7) with a known profile, or an aggregate (24) that begins with one.
func h264Start(p []byte) bool {
	if len(p) < 4 || p[0]&0x80 != 0 {
		return false
	}
	switch p[0] & 31 {
	case 28:
		kind := p[1] & 31
		return p[1]>>5 == 4 && (kind == 1 || kind == 5) && p[0]&0x60 != 0 && len(p) >= 500
	case 7:
		return p[0]&0x60 != 0 && len(p) < 100 && h264Profile(p[1]) && p[2]&3 == 0
	case 24:
		n := int(p[1])<<8 | int(p[2])
		return n+3 <= len(p) && n > 4 && p[3]&0x9F == 7 && len(p) > 5 && h264Profile(p[4])
	}
	return false
}

// h264Profile: baseline, main, extended, high, high 10 (ITU-T H.264 annex A).
func h264Profile(c byte) bool { return c == 66 || c == 77 || c == 88 || c == 100 || c == 110 }

// h265Start likewise: a fragment (type 49) with the start bit of a slice, or the
// parameter sets 32 to 34, layer 0 and temporal id 1.
func h265Start(p []byte) bool {
	if len(p) < 4 || p[0]&0x81 != 0 || p[1] != 1 {
		return false
	}
	switch kind := p[0] >> 1; kind {
	case 49:
		inner := p[2] & 0x3F
		return p[2]>>6 == 2 && (inner <= 1 || inner == 19 || inner == 20) && len(p) >= 500
	case 32, 33:
		return len(p) < 200 && p[2] != 0
	}
	return false
}

// hearRTP names what flows. RTCP says nothing of the codec.
func hearRTP(m *Message, emit Emit) {
	b := m.Data
	if !isRTP(b) || b[1] >= 200 && b[1] <= 206 {
		return
	}
	pt := b[1] & 0x7F
	payload := rtpPayload(b)
	name, video := rtpStatic(pt)
	switch {
	case name != "" && video:
		emit(Sender, "rtp.video", name)
	case name != "":
		emit(Sender, "rtp.audio", name)
	case pt >= 96 && h265Start(payload):
		emit(Sender, "rtp.video", "H265")
	case pt >= 96 && h264Start(payload):
		emit(Sender, "rtp.video", "H264")
	case pt >= 96 && len(payload) >= 900: // dynamic: sound never fills a packet
		emit(Sender, "rtp.video", strconv.Itoa(int(pt)))
	}
}
