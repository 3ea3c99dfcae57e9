package find

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"strings"

	"cordon"
)

// The three kinds of datagram, little endian (thirtythreeforty/neolink dissector
// documentation; checked on its twelve sample datagrams):
// discovery 3acf872a, length u32, 1 u32, id u32, CRC u32, text under a key stream;
// data 10cf872a, connection u32, 0 u32, number u32, length u32, Baichuan bytes;
// acknowledgement 20cf872a, 20 bytes, length u32, bits.
const (
	reolinkTalk  = "\x3a\xcf\x87\x2a"
	reolinkData  = "\x10\xcf\x87\x2a"
	reolinkAck   = "\x20\xcf\x87\x2a"
	reolinkPing  = "\xaa\xaa\x00\x00" // to port 2000: who is there?
	reolinkHeadU = 20

	reolinkUID      = 16    // length of a UID (neolink, README)
	reolinkPingPort = 3000  // answers to the ping come here, whatever port it came from
	reolinkTalkPort = 50000 // where we ask to be answered: any would do
)

// reolinkWords are the key stream, to each of which the id is added.
var reolinkWords = [8]uint32{0x1f2d3c4b, 0x5a6c7f8d, 0x38172e4b, 0x8271635a, 0x863f1a2b, 0xa5c6f7d8, 0x8371e1b4, 0x17f2d3a5}

var reolinkUDPProtocol = &Protocol{
	Name:      "reolink-udp",
	Doc:       "Reolink (Baichuan) search and P2P over UDP",
	Source:    "thirtythreeforty/neolink dissector documentation and sample datagrams",
	Transport: UDP,
	Ports:     []uint16{2000, 2015, 2018},
	Anywhere:  true,
	Always:    true,
	Kinds: append([]cordon.Kind{"reolink.asks", "reolink.client", "reolink.speaks", "reolink.message",
		"reolink.id"}, reolinkKinds...),
	Detect: detectReolinkUDP,
	Hear:   hearReolinkUDP,
	Asks: []*Ask{
		{Broadcast: true, Port: 2015, From: reolinkTalkPort, Bytes: reolinkQuestion},
		{Broadcast: true, Port: 2018, From: reolinkTalkPort, Bytes: reolinkQuestion},
		{Broadcast: true, Port: 2000, From: reolinkPingPort, Bytes: fixed(reolinkPing)},
	},
}

// detectReolinkUDP asks for the magic and the exact length that the header gives.
func detectReolinkUDP(m *Message) bool {
	b := m.Data
	if string(b) == reolinkPing {
		return m.To.Addr.Port() == 2000
	}
	if reolinkFound(m) != nil {
		return true
	}
	if len(b) < reolinkHeadU {
		return false
	}
	switch {
	case hasPrefix(b, reolinkTalk):
		return uint64(binary.LittleEndian.Uint32(b[4:]))+reolinkHeadU == uint64(len(b)) && binary.LittleEndian.Uint32(b[8:]) == 1
	case hasPrefix(b, reolinkData):
		return uint64(binary.LittleEndian.Uint32(b[16:]))+reolinkHeadU == uint64(len(b))
	case hasPrefix(b, reolinkAck):
		return len(b) >= 28 && uint64(binary.LittleEndian.Uint32(b[24:]))+28 == uint64(len(b))
	}
	return false
}

func hearReolinkUDP(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectReolinkUDP(m):
	case string(b) == reolinkPing:
		emit(Sender, "reolink.asks", "yes")
	case reolinkFound(m) != nil:
		emit(Sender, "reolink.present", "yes")
		emit(Sender, "reolink.id", string(reolinkFound(m)))
	case hasPrefix(b, reolinkTalk):
		hearReolinkTalk(reolinkText(b), emit)
	case hasPrefix(b, reolinkData):
		emit(Sender, "reolink.speaks", "yes")
		hearBaichuan(b[reolinkHeadU:], Sender, Receiver, emit)
	default:
		emit(Sender, "reolink.speaks", "yes")
	}
}

// reolinkFound is the UID in an answer to the ping, nil for anything else. No source gives the
// layout, only that name, address, port and UID are in it (neolink): so it is known by its
// ports and by what must stand in it, the sender's own IPv4 address and a UID of 16 capital
// letters and digits with something else on both sides.
func reolinkFound(m *Message) []byte {
	b, from := m.Data, m.From.Addr.Addr().Unmap()
	if m.To.Addr.Port() != reolinkPingPort || m.From.Addr.Port() != 2000 || len(b) < 32 || len(b) > 2048 || !from.Is4() {
		return nil
	}
	as4 := from.As4()
	back := [4]byte{as4[3], as4[2], as4[1], as4[0]}
	var text [16]byte
	if !bytes.Contains(b, as4[:]) && !bytes.Contains(b, back[:]) && !bytes.Contains(b, from.AppendTo(text[:0])) {
		return nil
	}
	run := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && (b[i] >= 'A' && b[i] <= 'Z' || b[i] >= '0' && b[i] <= '9') {
			run++
			continue
		}
		if run == reolinkUID && !uniform(b[i-run:i]) {
			return b[i-run : i]
		}
		run = 0
	}
	return nil
}

// reolinkQuestion asks every device to answer to the port that it names.
func reolinkQuestion(a *Asker) []byte {
	text := []byte("<P2P>\n<C2D_S>\n<to>\n<port>" + strconv.Itoa(reolinkTalkPort) + "</port>\n</to>\n</C2D_S>\n</P2P>\n")
	id := max(binary.LittleEndian.Uint32(a.Nonce[:]), 1)
	reolinkCipher(text, id)
	b := append([]byte(reolinkTalk), make([]byte, reolinkHeadU-len(reolinkTalk))...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(text)))
	binary.LittleEndian.PutUint32(b[8:], 1)
	binary.LittleEndian.PutUint32(b[12:], id)
	binary.LittleEndian.PutUint32(b[16:], reolinkSum(text))
	return append(b, text...)
}

// reolinkSum is zlib's polynomial, starting at zero and not inverted at the end.
func reolinkSum(b []byte) uint32 { return ^crc32.Update(^uint32(0), crc32.IEEETable, b) }

// reolinkCipher hides b, or shows it again.
func reolinkCipher(b []byte, id uint32) {
	for i := range b {
		b[i] ^= byte((reolinkWords[i/4%8] + id) >> (8 * (i % 4)))
	}
}

// reolinkText checks the CRC and deciphers; nil where the check fails.
func reolinkText(b []byte) []byte {
	body, id := b[reolinkHeadU:], binary.LittleEndian.Uint32(b[12:])
	if len(body) > maxBody || reolinkSum(body) != binary.LittleEndian.Uint32(b[16:]) {
		return nil
	}
	plain := bytes.Clone(body)
	reolinkCipher(plain, id)
	return plain
}

// hearReolinkTalk reads <P2P><D2C_T>...: the first letter of the inner element says who
// speaks, C an application, D a device, others (M, R) the maker's servers.
func hearReolinkTalk(doc []byte, emit Emit) {
	_, rest, _ := bytes.Cut(doc, []byte("<P2P>"))
	_, rest, _ = bytes.Cut(rest, []byte("<"))
	inner, _, ok := bytes.Cut(rest, []byte(">"))
	if !ok || len(inner) > 16 || !printable(inner) {
		return
	}
	name := string(inner)
	emit(Sender, "reolink.message", name)
	switch {
	case name == "C2D_S":
		emit(Sender, "reolink.asks", "yes")
	case strings.HasPrefix(name, "C2"):
		emit(Sender, "reolink.client", "yes")
	case strings.HasPrefix(name, "D2"):
		emit(Sender, "reolink.present", "yes")
		emit(Sender, "reolink.id", bodyElement(doc, "uid"))
	default:
		emit(Sender, "reolink.speaks", "yes")
	}
}
