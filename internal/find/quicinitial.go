package find

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// quicSuite is what differs between the versions: the salt and the labels from which
// the keys of Initial packets follow, and the packet's type bits.
type quicSuite struct {
	salt        []byte
	key, iv, hp string
	initial     byte
}

// RFC 9001 section 5.2 and RFC 9369 section 3.3.1 (salts), RFC 9001 section 5.1 and RFC
// 9369 section 3.3.2 (labels), RFC 9000 section 17.2 and RFC 9369 section 3.2 (types).
var (
	quicSuite1 = &quicSuite{salt: []byte{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
		key: "quic key", iv: "quic iv", hp: "quic hp", initial: 0}
	quicSuite2 = &quicSuite{salt: []byte{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
		key: "quicv2 key", iv: "quicv2 iv", hp: "quicv2 hp", initial: 1}
	// draft-ietf-quic-tls-29 to -32 section 5.2; later drafts use version 1's.
	quicSuite29 = &quicSuite{salt: []byte{0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
		key: "quic key", iv: "quic iv", hp: "quic hp", initial: 0}
)

func suiteOf(version uint32) *quicSuite {
	switch {
	case version == quicV1, version == 0xFF000021, version == 0xFF000022:
		return quicSuite1
	case version == quicV2:
		return quicSuite2
	case version >= 0xFF00001D && version <= 0xFF000020:
		return quicSuite29
	}
	return nil
}

// quicCrypto decrypts a client's Initial packets in the datagram and lays the CRYPTO
// frames' data out in stream. n is how far it reaches; whole, that nothing is missing
// before n. n is 0 when there is no Initial that can be read.
func quicCrypto(b []byte, stream []byte) (n int, whole bool) {
	var have []span
	for i := 0; i < 4 && len(b) > 0; i++ { // packets coalesced in one datagram, section 12.2
		plain, rest := openInitial(b)
		if plain == nil {
			break
		}
		have = cryptoFrames(plain, stream, have)
		b = rest
	}
	slices.SortFunc(have, func(a, b span) int { return a.from - b.from })
	whole = true
	for _, s := range have {
		if s.from > n {
			whole = false
		}
		n = max(n, s.to)
	}
	return n, whole
}

type span struct{ from, to int }

// cryptoFrames walks through the frames an Initial may carry (RFC 9000 section 12.4):
// PADDING 0, PING 1, ACK 2 and 3, CRYPTO 6; at anything else it stops.
func cryptoFrames(b, stream []byte, have []span) []span {
	r := quicReader{reader{b: b}}
	for r.left() && len(have) < 64 {
		switch kind := r.u8(); kind {
		case 0, 1:
		case 2, 3:
			r.ack(kind == 3)
		case 6:
			at := r.varint()
			data := r.take(r.varint())
			if r.bad || at > len(stream) {
				return have
			}
			to := at + copy(stream[at:], data)
			have = append(have, span{at, to})
		default:
			return have
		}
	}
	return have
}

// quicReader reads QUIC's variable-length integers (RFC 9000 section 16).
type quicReader struct{ reader }

// varint reads one; values over 2^30 read as bad: nothing here is that large.
func (r *quicReader) varint() int {
	b := r.take(1)
	if b == nil {
		return 0
	}
	n, v := 1<<(b[0]>>6), uint64(b[0]&0x3F)
	for _, c := range r.take(n - 1) {
		v = v<<8 | uint64(c)
	}
	if v > 1<<30 {
		r.bad = true
		return 0
	}
	return int(v)
}

// ack passes over an ACK frame (section 19.3): largest, delay, count, first range, ranges.
func (r *quicReader) ack(ecn bool) {
	r.long()
	r.long()
	count := r.varint()
	r.long()
	for i := 0; i < count && !r.bad; i++ {
		r.long()
		r.long()
	}
	if ecn {
		r.long()
		r.long()
		r.long()
	}
}

// long passes over an integer of any size.
func (r *quicReader) long() {
	if b := r.take(1); b != nil {
		r.skip(1<<(b[0]>>6) - 1)
	}
}

// openInitial decrypts the Initial packet that b begins with; plain is nil if it is
// none or was sent by a server (whose keys follow from another secret).
func openInitial(b []byte) (plain, rest []byte) {
	if len(b) < 7 || b[0]&0xC0 != 0xC0 {
		return nil, nil
	}
	suite := suiteOf(binary.BigEndian.Uint32(b[1:]))
	if suite == nil || b[0]>>4&3 != suite.initial {
		return nil, nil
	}
	r := quicReader{reader{b: b}}
	r.skip(5)
	dcid := r.block8()
	r.block8()
	r.take(r.varint()) // token
	length := r.varint()
	at := len(b) - len(r.b) // of the packet number
	r.take(length)
	if r.bad || length < 4+16+1 || len(dcid) > 20 {
		return nil, nil
	}
	return suite.open(b[:at+length], at, dcid), r.b
}

// open removes header protection (RFC 9001 section 5.4) and decrypts (section 5.3)
// packet, whose packet number begins at pn.
func (s *quicSuite) open(packet []byte, pn int, dcid []byte) []byte {
	key, iv, hp, ok := s.keys(dcid)
	if !ok {
		return nil
	}
	block, err := aes.NewCipher(hp)
	if err != nil {
		return nil
	}
	var mask [16]byte
	block.Encrypt(mask[:], packet[pn+4:pn+20])
	first := packet[0] ^ mask[0]&0x0F
	size := int(first&3) + 1
	header := append(make([]byte, 0, len(packet)), packet[:pn+size]...)
	header[0] = first
	var nonce [12]byte
	copy(nonce[:], iv)
	for i := 0; i < size; i++ {
		header[pn+i] ^= mask[1+i]
		nonce[12-size+i] ^= header[pn+i]
	}
	aead, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	gcm, err := cipher.NewGCM(aead)
	if err != nil {
		return nil
	}
	plain, err := gcm.Open(nil, nonce[:], packet[pn+size:], header)
	if err != nil {
		return nil
	}
	return plain
}

// keys derives the client's Initial keys from its destination connection id (RFC 9001
// sections 5.1 and 5.2).
func (s *quicSuite) keys(dcid []byte) (key, iv, hp []byte, ok bool) {
	secret, err := hkdf.Extract(sha256.New, dcid, s.salt)
	if err != nil {
		return nil, nil, nil, false
	}
	client := expandLabel(secret, "client in", 32)
	return expandLabel(client, s.key, 16), expandLabel(client, s.iv, 12), expandLabel(client, s.hp, 16), client != nil
}

// expandLabel is HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context.
func expandLabel(secret []byte, label string, n int) []byte {
	info := append(make([]byte, 0, 32), byte(n>>8), byte(n), byte(6+len(label)))
	info = append(info, "tls13 "...)
	info = append(info, label...)
	info = append(info, 0)
	out, err := hkdf.Expand(sha256.New, secret, string(info), n)
	if err != nil {
		return nil
	}
	return out
}
