package find

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"

	"cordon"
)

// The frames of tinytuya PROTOCOL.md, all big endian.
// 55AA: prefix 4, sequence 4, command 4, length 4 (from here to the end of the footer),
// [return code 4, from devices], payload, CRC-32 4 or HMAC 32, footer 4.
// 6699: prefix 4, two zeros, sequence 4, command 4, length 4 (nonce to tag), nonce 12,
// ciphertext, tag 16, footer 4.
const (
	tuyaOldHead = 16
	tuyaNewHead = 18
	tuyaOldTail = 8 // CRC and footer
	tuyaNonce   = 12
	tuyaAskCmd  = 0x25 // the application's question on UDP 7000
)

// tuyaKey is the one key of all broadcasts: md5("yGAdlopoPVldABfn") (tinytuya scanner.py).
var tuyaKey = []byte{0x6c, 0x1e, 0xc8, 0xe2, 0xbb, 0x9b, 0xb5, 0x9a, 0xb5, 0x0b, 0x0d, 0xaf, 0x64, 0x9b, 0x41, 0x0a}

var tuyaProtocol = &Protocol{
	Name: "tuya",
	Doc:  "Tuya LAN broadcast: names the product key and the protocol version, whatever the badge",
	Source: "jasonacox/tinytuya PROTOCOL.md and scanner.py; captures iot/tuya_mood_lamp.pcap (NEU-SNS), " +
		"iot/ndpi/tuya_lp.pcap (ntop/nDPI)",
	Transport: UDP,
	Ports:     []uint16{6666, 6667, 7000},
	Anywhere:  true,
	Always:    true,
	Kinds: []cordon.Kind{"tuya.present", "tuya.asks", "tuya.version", "tuya.product", "tuya.address",
		"tuya.id"},
	Detect: func(m *Message) bool { f, ok := tuyaFrameAt(m.Data); return ok && f.whole },
	Hear:   hearTuya,
	Asks:   []*Ask{{Broadcast: true, Port: 7000, From: 7000, Bytes: tuyaQuestion}},
}

// tuyaFrame is one frame, its body between header and footer.
type tuyaFrame struct {
	command uint32
	head    []byte
	body    []byte
	newer   bool // 6699
	whole   bool // the footer stands where the length says, and nothing follows
}

// tuyaFrameAt reads the frame at the start of b, which may be cut off.
func tuyaFrameAt(b []byte) (f tuyaFrame, ok bool) {
	head, extra, footer := tuyaOldHead, 0, uint32(0xaa55)
	switch {
	case hasPrefix(b, "\x00\x00\x55\xaa"):
	case hasPrefix(b, "\x00\x00\x66\x99\x00\x00"):
		head, extra, footer, f.newer = tuyaNewHead, 4, 0x9966, true // its length leaves the footer out
	default:
		return f, false
	}
	if len(b) < head {
		return f, false
	}
	f.command = binary.BigEndian.Uint32(b[head-8:])
	n := binary.BigEndian.Uint32(b[head-4:])
	if f.command > 0x100 || n < tuyaOldTail || n > 1<<16 {
		return f, false
	}
	f.head, f.body = b[:head], b[head:]
	if end := head + int(n) + extra; end <= len(b) {
		f.whole = end == len(b) && binary.BigEndian.Uint32(b[end-4:]) == footer
		f.body = b[head : end-4]
	}
	return f, true
}

// plain returns the JSON of a broadcast, nil where the broadcast key does not open it.
func (f tuyaFrame) plain() []byte {
	if len(f.body) > maxBody {
		return nil
	}
	block, err := aes.NewCipher(tuyaKey)
	if err != nil {
		return nil
	}
	if f.newer {
		return tuyaOpen(block, f)
	}
	if len(f.body) < 4 {
		return nil
	}
	b := f.body[:len(f.body)-4] // the CRC
	if leadByte(b) != '{' && len(b) >= 4 {
		b = b[4:] // the return code
	}
	if leadByte(b) == '{' {
		return b
	}
	return tuyaECB(block, b)
}

// tuyaECB opens whole blocks and takes the PKCS #7 padding off.
func tuyaECB(block cipher.Block, b []byte) []byte {
	if len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return nil
	}
	plain := make([]byte, len(b))
	for i := 0; i < len(b); i += aes.BlockSize {
		block.Decrypt(plain[i:], b[i:i+aes.BlockSize])
	}
	if pad := int(plain[len(plain)-1]); pad <= aes.BlockSize {
		plain = plain[:len(plain)-pad]
	}
	return plain
}

// tuyaOpen opens a 6699 frame; the header behind the prefix is authenticated with it.
func tuyaOpen(block cipher.Block, f tuyaFrame) []byte {
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(f.body) < tuyaNonce+gcm.Overhead() {
		return nil
	}
	plain, err := gcm.Open(nil, f.body[:tuyaNonce], f.body[tuyaNonce:], f.head[4:])
	if err != nil {
		return nil
	}
	if leadByte(plain) != '{' && len(plain) >= 4 {
		plain = plain[4:] // the return code
	}
	return plain
}

// tuyaQuestion is the application's question in a 6699 frame; devices of protocol 3.5 answer it,
// older ones announce themselves every few seconds.
func tuyaQuestion(a *Asker) []byte {
	plain, err := json.Marshal(struct {
		From string `json:"from"`
		IP   string `json:"ip"`
	}{"app", a.Addr.Unmap().String()})
	block, err2 := aes.NewCipher(tuyaKey)
	if err != nil || err2 != nil {
		return nil
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil
	}
	b := append([]byte("\x00\x00\x66\x99\x00\x00"), make([]byte, tuyaNewHead-6)...)
	binary.BigEndian.PutUint32(b[10:], tuyaAskCmd)
	binary.BigEndian.PutUint32(b[14:], uint32(tuyaNonce+len(plain)+gcm.Overhead()))
	b = append(b, a.Nonce[:tuyaNonce]...)
	b = gcm.Seal(b, a.Nonce[:tuyaNonce], plain, b[4:tuyaNewHead])
	return append(b, "\x00\x00\x99\x66"...)
}

func hearTuya(m *Message, emit Emit) {
	f, ok := tuyaFrameAt(m.Data)
	if !ok {
		return
	}
	var v struct {
		IP, GwID, ProductKey, Version, From string
	}
	switch opened := bodyJSON(f.plain(), &v); {
	case opened && v.From != "" || f.command == tuyaAskCmd && v.GwID == "":
		emit(Sender, "tuya.asks", "yes")
	case opened && v.GwID != "":
		emit(Sender, "tuya.present", "yes")
		emit(Sender, "tuya.version", v.Version)
		emit(Sender, "tuya.product", v.ProductKey)
		emit(Sender, "tuya.address", textIP(v.IP))
		emit(Sender, "tuya.id", v.GwID)
	}
}
