package find

import "encoding/binary"

var quicProtocol = &Protocol{
	Name:      "quic",
	Doc:       "encrypted connections over UDP: the name that the client asks for",
	Source:    "RFC 9000, RFC 9001 (version 1), RFC 9369 (version 2)",
	Transport: UDP,
	Ports:     []uint16{443},
	Anywhere:  true,
	Kinds:     []Kind{"quic.sni", "quic.ja4"},
	Detect:    detectQUIC,
	Hear:      hearQUIC,
}

// The versions whose Initial packets can be read, and version negotiation (0).
const (
	quicV1 = 0x00000001
	quicV2 = 0x6b3343cf
)

// detectQUIC wants a long header (both high bits set; RFC 9000 section 17.2) of a known
// version with connection ids of at most 20 bytes. A capture that begins in the midst shows only short
// headers, which are random but for two bits: on port 443 alone they are taken for QUIC (a guess).
func detectQUIC(m *Message) bool {
	b := m.Data
	if len(b) < 21 || b[0]&0x40 == 0 {
		return false
	}
	if b[0]&0x80 == 0 {
		return m.Port(443)
	}
	version := binary.BigEndian.Uint32(b[1:])
	known := version == quicV1 || version == quicV2 || version&0xFFFFFF00 == 0xFF000000 || // drafts
		version>>24 == 'Q' && version>>16&0xFF == '0' // Google's, before the RFC
	if !known || b[5] > 20 {
		return false
	}
	return int(b[5])+6 < len(b) && b[6+int(b[5])] <= 20
}

// hearQUIC reads the ClientHello in a client's Initial. Hellos with post-quantum keys
// are spread over two datagrams, their frames in any order: the name is then looked
// for in what this datagram holds.
func hearQUIC(m *Message, emit Emit) {
	if m.From.Addr.Port() == 443 && m.To.Addr.Port() != 443 { // a server's own Initial: other keys, no name
		return
	}
	var stream [quicStream]byte
	n, whole := quicCrypto(m.Data, stream[:])
	if n < 4 {
		return
	}
	length := int(stream[1])<<16 | int(stream[2])<<8 | int(stream[3])
	var hello clientHello
	if whole && stream[0] == helloClient && 4+length <= n && hello.parse(stream[4:4+length]) {
		hello.emit('q', Sender, m.Spare, emit)
		return
	}
	emit(Sender, "quic.sni", looseName(stream[:n]))
}

// quicStream bounds the CRYPTO bytes of one datagram: it holds no more than its payload.
const quicStream = 4096
