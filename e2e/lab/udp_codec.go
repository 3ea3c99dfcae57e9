package lab

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"encoding/binary"
	"hash/crc32"
)

// decode takes a question out of its frame. ok is false for another frame.
func decode(codec string, b []byte) (text []byte, ok bool) {
	switch codec {
	case "kasa":
		return kasa(b, false), true
	case "dhip":
		if len(b) < 32 || string(b[4:8]) != "DHIP" {
			return nil, false
		}
		return b[32:], true
	case "tuya-35":
		return openTuya35(b)
	case "reolink":
		return openReolink(b)
	case "":
		return b, true
	}
	return nil, false
}

// encode puts an answer into its frame; asked is the question, where there was one.
func encode(codec string, b, asked []byte) []byte {
	switch codec {
	case "kasa":
		return kasa(b, true)
	case "dhip":
		return dhip(b)
	case "xm-search":
		return dvripFrame(1531, 0, 0, append(b, '\n', 0))
	case "tuya-33":
		return tuya33(b)
	case "tuya-35":
		return tuya35(b)
	case "tdp":
		return tdp(b, asked)
	}
	return b
}

// kasa is TP-Link's autokey cipher (python-kasa documentation): the key is 171, then the
// byte of cipher text before.
func kasa(b []byte, seal bool) []byte {
	out, key := make([]byte, len(b)), byte(171)
	for i, c := range b {
		out[i] = c ^ key
		if key = c; seal {
			key = out[i]
		}
	}
	return out
}

// dhip is Dahua's 32-byte header: its length, "DHIP", session, id, length twice.
func dhip(b []byte) []byte {
	h := make([]byte, 32, 32+len(b))
	h[0] = 32
	copy(h[4:], "DHIP")
	binary.LittleEndian.PutUint32(h[16:], uint32(len(b)))
	binary.LittleEndian.PutUint32(h[24:], uint32(len(b)))
	return append(h, b...)
}

// tuyaKey hides Tuya's broadcasts: MD5 of a constant (tinytuya, PROTOCOL.md).
var tuyaKey = md5.Sum([]byte("yGAdlopoPVldABfn"))

// tuya33 is a broadcast of protocol 3.3: 55AA frame, AES-128-ECB with PKCS#7.
func tuya33(b []byte) []byte {
	pad := aes.BlockSize - len(b)%aes.BlockSize
	for range pad {
		b = append(b, byte(pad))
	}
	block, _ := aes.NewCipher(tuyaKey[:])
	for i := 0; i < len(b); i += aes.BlockSize {
		block.Encrypt(b[i:], b[i:])
	}
	f := binary.BigEndian.AppendUint32(nil, 0x55aa)
	f = binary.BigEndian.AppendUint32(f, 0)
	f = binary.BigEndian.AppendUint32(f, 0x13)
	f = binary.BigEndian.AppendUint32(f, uint32(4+len(b)+8))
	f = binary.BigEndian.AppendUint32(f, 0) // return code
	f = append(f, b...)
	f = binary.BigEndian.AppendUint32(f, crc32.ChecksumIEEE(f))
	return binary.BigEndian.AppendUint32(f, 0xaa55)
}

func tuyaGCM() cipher.AEAD {
	block, _ := aes.NewCipher(tuyaKey[:])
	aead, _ := cipher.NewGCM(block)
	return aead
}

// tuya35 is an answer of protocol 3.5: 6699 frame, AES-128-GCM, the 14 bytes after the
// prefix as additional data, a return code before the text.
func tuya35(b []byte) []byte {
	f := binary.BigEndian.AppendUint32(nil, 0x6699)
	f = append(f, 0, 0)
	f = binary.BigEndian.AppendUint32(f, 0)
	f = binary.BigEndian.AppendUint32(f, 0x13)
	f = binary.BigEndian.AppendUint32(f, uint32(12+4+len(b)+16))
	iv := []byte("0123456789ab")
	sealed := tuyaGCM().Seal(nil, iv, append(make([]byte, 4), b...), f[4:18])
	f = append(append(f, iv...), sealed...)
	return binary.BigEndian.AppendUint32(f, 0x9966)
}

func openTuya35(b []byte) ([]byte, bool) {
	if len(b) < 18+12+16+4 || binary.BigEndian.Uint32(b) != 0x6699 {
		return nil, false
	}
	text, err := tuyaGCM().Open(nil, b[18:30], b[30:len(b)-4], b[4:18])
	return text, err == nil
}

// reolinkKey is the key stream of Baichuan discovery (neolink, dissector/udp.md): eight
// words, each with the transaction number added.
var reolinkKey = [8]uint32{0x1f2d3c4b, 0x5a6c7f8d, 0x38172e4b, 0x8271635a, 0x863f1a2b, 0xa5c6f7d8, 0x8371e1b4, 0x17f2d3a5}

func openReolink(b []byte) ([]byte, bool) {
	if len(b) < 20 || binary.BigEndian.Uint32(b) != 0x3acf872a {
		return nil, false
	}
	tid := binary.LittleEndian.Uint32(b[12:])
	out := make([]byte, len(b)-20)
	for i := range out {
		var word [4]byte
		binary.LittleEndian.PutUint32(word[:], reolinkKey[i/4%8]+tid)
		out[i] = b[20+i] ^ word[i%4]
	}
	return out, true
}

// tdp is TP-Link's 16-byte header of UDP 20002, which the answer repeats: version, op code,
// length at 4, CRC at 12 (python-kasa; that the CRC counts the whole with 0x5a6b7c8d in its
// place is what several clients do).
func tdp(b, asked []byte) []byte {
	h := make([]byte, 16, 16+len(b))
	copy(h, asked)
	binary.BigEndian.PutUint16(h[4:], uint16(len(b)))
	binary.BigEndian.PutUint32(h[12:], 0x5a6b7c8d)
	out := append(h, b...)
	binary.BigEndian.PutUint32(out[12:], crc32.ChecksumIEEE(out))
	return out
}
