package find

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"testing"
)

const (
	tutkKeepAlive = "4c6f8d0c40d040ca2d2d082dc0eecad8e06b702365cd6318"
	tutkSearch    = "6e4c9d8c40d140ca3d2da82d00e7cadaba9ac93c0dc4a5ee796a0c2814a04fbc6e2e8d8c40d040ca384d6d5940d4cbd84e0e9d8a44a1104a2d6e280c20e4fad861724268"
)

func init() {
	addSample("tutk", udpAt(32761, 50000, hexBytes(tutkKeepAlive)), udpAt(50000, 32761, hexBytes(tutkSearch)),
		udpAt(50000, 40000, wyzeKeepAlive()))
}

// wyzeKeepAlive has the layout of go2rtc's: 48 bytes, size 0x24.
func wyzeKeepAlive() []byte {
	b := make([]byte, 48)
	copy(b, "\x51\xcc\x00\x00\x02\x12\x24\x00")
	return b
}

// tutkScramble is the inverse of tutkPlain, written from the same description.
func tutkScramble(plain [16]byte) []byte {
	var mixed, out [16]byte
	for i := range 4 {
		w := bits.RotateLeft32(binary.LittleEndian.Uint32(plain[4*i:]), -(4*i + 1))
		binary.LittleEndian.PutUint32(mixed[4*i:], w)
	}
	for i := range 4 {
		var w uint32
		for j := range 4 {
			k := tutkOrder[4*i+j]
			w |= uint32(mixed[k]^tutkCharm[k]) << (8 * j)
		}
		binary.LittleEndian.PutUint32(out[4*i:], bits.RotateLeft32(w, -(4*i+3)))
	}
	return out[:]
}

// The pairs came out of go2rtc pkg/tutk when run on these inputs.
func TestTUTKPlain(t *testing.T) {
	for plain, wire := range map[string]string{
		"0402120a080000002804120000000000": tutkKeepAlive[:32],
		"04021902340000000106210000000000": tutkSearch[:32],
	} {
		got := tutkPlain(hexBytes(wire))
		if !bytes.Equal(got[:], hexBytes(plain)) {
			t.Errorf("%s: %x, want %s", wire, got, plain)
		}
		if back := tutkScramble(got); !bytes.Equal(back, hexBytes(wire)) {
			t.Errorf("%s: back to %x", wire, back)
		}
	}
}

func TestTUTK(t *testing.T) {
	wantVendor(t, tutkProtocol, udpAt(50000, 32761, hexBytes(tutkSearch)), "sender tutk.message=search", "sender tutk.asks=yes")
	wantVendor(t, tutkProtocol, udpAt(32761, 50000, hexBytes(tutkKeepAlive)), "sender tutk.message=keep-alive", "sender tutk.speaks=yes")
	answer := tutkScramble([16]byte{4, 2, 0x1a, 2, 4, 0, 0, 0, 2, 6})
	wantVendor(t, tutkProtocol, udpAt(32761, 50000, append(answer, 0, 0, 0, 0)),
		"sender tutk.message=search answer", "sender tutk.present=yes")
	wantVendor(t, tutkProtocol, udpAt(50000, 40000, wyzeKeepAlive()), "sender tutk.message=wyze keep-alive", "sender tutk.speaks=yes")
	refuses(t, tutkProtocol, hexBytes(tutkSearch)[:16], append(hexBytes(tutkKeepAlive), 0), wyzeKeepAlive()[:47])
}

func FuzzTUTK(f *testing.F) { fuzzRow(f, tutkProtocol) }

func BenchmarkTUTKDetect(b *testing.B) {
	m := udpAt(50000, 40000, rtpPacket)
	for b.Loop() {
		tutkProtocol.Detect(m)
	}
}

func BenchmarkPPPPDetect(b *testing.B) {
	m := udpAt(50000, 40000, rtpPacket)
	for b.Loop() {
		ppppProtocol.Detect(m)
	}
}
