package specimens

import (
	"encoding/binary"
	"time"
)

// video is one stream of pictures being written (RFC 3550, 5.1).
type video struct {
	tape    *tape
	plan    *RTSP
	rtp, to party // over UDP; zero: inside the connection
	ssrc    uint32
	seq     uint16
}

// The pictures: 10 a second, parted into packets of 1,300 bytes, a whole one every 2 seconds
// that is four times as large as the others (guesses that look like an ordinary camera).
const (
	picturesPerSecond = 10
	packetSize        = 1300
	wholeEvery        = 20
	wholeSize         = 4
)

func newVideo(t *tape, plan *RTSP) *video { return &video{tape: t, plan: plan, ssrc: t.rng.Uint32()} }

// stream writes pictures for the planned time; a whole one is paid for by the others.
func (v *video) stream(c *conn) {
	average := v.plan.Kbits * 1000 / 8 / picturesPerSecond
	if average == 0 {
		return
	}
	part := average * wholeEvery / (wholeEvery + wholeSize - 1)
	begin := c.at
	for n := range v.plan.Seconds * picturesPerSecond {
		at := begin + time.Duration(n)*time.Second/picturesPerSecond
		size, whole := part, n%wholeEvery == 0
		if whole {
			size = part * wholeSize
		}
		c.at = max(c.at, at)
		v.picture(c, uint32(n)*90000/picturesPerSecond, size, whole)
	}
}

// picture writes one picture as fragments of one unit (RFC 6184, 5.8; RFC 7798, 4.4.3).
func (v *video) picture(c *conn, stamp uint32, size int, whole bool) {
	for first := true; size > 0; first = false {
		n := min(size, packetSize)
		size -= n
		b := make([]byte, 12, 12+3+n)
		b[0], b[1] = 0x80, 96
		if size == 0 {
			b[1] |= 0x80 // the marker: last packet of the picture
		}
		v.seq++
		binary.BigEndian.PutUint16(b[2:], v.seq)
		binary.BigEndian.PutUint32(b[4:], stamp)
		binary.BigEndian.PutUint32(b[8:], v.ssrc)
		b = append(b, v.unit(first, size == 0, whole)...)
		v.packet(c, append(b, v.tape.random(n)...))
	}
}

// unit is the fragment header: which unit, and whether this begins or ends it.
func (v *video) unit(first, last, whole bool) []byte {
	mark := byte(0)
	if first {
		mark |= 0x80
	}
	if last {
		mark |= 0x40
	}
	if v.plan.codec() == "H265" {
		kind := byte(1) // TRAIL_R
		if whole {
			kind = 19 // IDR_W_RADL
		}
		return []byte{49 << 1, 1, mark | kind}
	}
	kind := byte(1)
	if whole {
		kind = 5
	}
	return []byte{0x60 | 28, mark | kind} // FU-A
}

func (v *video) packet(c *conn, b []byte) {
	if v.rtp.port == 0 {
		c.send(1, interleaved(0, b))
		return
	}
	c.at += 120 * time.Microsecond
	v.tape.udp(c.at, v.rtp, v.to, b)
}
