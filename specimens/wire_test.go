package specimens

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"cordon"
)

// The header that textbooks use to show the sum (RFC 1071 as applied to RFC 791): it adds up to b861.
func TestChecksum(t *testing.T) {
	h, err := hex.DecodeString("45000073000040004011" + "0000" + "c0a80001c0a800c7")
	if err != nil {
		t.Fatal(err)
	}
	if got := checksum(0, h); got != 0xb861 {
		t.Errorf("checksum %04x, want b861", got)
	}
	if got := checksum(0, []byte{0x00, 0x01, 0xf2}); got != ^uint16(0xf201) {
		t.Errorf("an odd byte counts as the high half: got %04x", got)
	}
}

// TestFrames holds the makers' frames against byte vectors that other implementations agree on:
// DHIP's search as UniversalScanner sends it, Tuya's 3.1 broadcast as tinytuya reads it.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name string
		say  Say
		want string
	}{
		{"dhip", Say{DHIP: `{"method":"DHDiscover.search","params":{"mac":"","uni":0}}`}, "200000004448495000000000000000003b000000000000003b000000000000007b226d6574686f64223a224448446973636f7665722e736561726368222c22706172616d73223a7b226d6163223a22222c22756e69223a307d7d0a"},
		{"tuya", Say{Tuya: `{"ip":"192.0.2.20","gwId":"bf0000000000000000abcd","active":2,"ablilty":0,"encrypt":false,"productKey":"keyabcdefgh12345","version":"3.1"}`}, "000055aa000000000000000000000096000000007b226970223a223139322e302e322e3230222c2267774964223a2262663030303030303030303030303030303061626364222c22616374697665223a322c2261626c696c7479223a302c22656e6372797074223a66616c73652c2270726f647563744b6579223a226b657961626364656667683132333435222c2276657273696f6e223a22332e31227d9551fd170000aa55"},
		{"lines", Say{Lines: "\nGET / HTTP/1.1\nHost: a\n", Body: "b"}, hex.EncodeToString([]byte("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nb"))},
		{"hex", Say{Hex: "f1 30\n00 00"}, "f1300000"},
		{"base64", Say{Base64: "8TAAAA=="}, "f1300000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.say.bytes(newTape(nil, 1))
			if err != nil {
				t.Fatal(err)
			}
			if hex.EncodeToString(got) != c.want {
				t.Errorf("got  %x\nwant %s", got, c.want)
			}
		})
	}
}

// TestEveryFrameAddsUp checks each frame's lengths and sums without tshark.
func TestEveryFrameAddsUp(t *testing.T) {
	all := everyone(t)
	tape := newTape(all, 1)
	for i := range all {
		if err := tape.play(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	be := binary.BigEndian
	for _, f := range tape.frames {
		if len(f.data) < shortest || len(f.data) > 1514 {
			t.Fatalf("a frame of %d bytes at %v", len(f.data), f.at)
		}
		if be.Uint16(f.data[12:]) != etherIPv4 {
			continue
		}
		ip := f.data[14 : 14+be.Uint16(f.data[16:])]
		if checksum(0, ip[:20]) != 0 {
			t.Fatalf("IP header at %v does not add up", f.at)
		}
		segment := ip[20:]
		sum := sum16(ip[12:20]) + uint32(ip[9]) + uint32(len(segment))
		if ip[9] == protoICMP {
			sum = 0
		}
		if checksum(sum, segment) != 0 {
			t.Fatalf("protocol %d at %v does not add up", ip[9], f.at)
		}
		if ip[9] == protoUDP && int(be.Uint16(segment[4:])) != len(segment) {
			t.Fatalf("UDP length at %v", f.at)
		}
	}
	if !bytes.Equal(tape.frames[0].data[:6], cordon.BroadcastMAC[:]) {
		t.Error("the first frame is not a DHCP broadcast")
	}
}
