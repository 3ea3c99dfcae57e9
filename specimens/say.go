package specimens

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
)

// Say is one thing said in a conversation: who says it and exactly one payload.
type Say struct {
	Reply  bool     `toml:"reply"`  // by the side that was spoken to
	After  Duration `toml:"after"`  // silence before it
	Text   string   `toml:"text"`   // as it stands
	Lines  string   `toml:"lines"`  // a head as in HTTP: every line ends CRLF, an empty line follows
	Body   string   `toml:"body"`   // with lines: follows them, and Content-Length is added
	Fill   int      `toml:"fill"`   // with lines: a body of so many meaningless bytes
	Hex    string   `toml:"hex"`    // spaces are for the reader
	Base64 string   `toml:"base64"` // RFC 4648, 4
	DHIP   string   `toml:"dhip"`   // JSON in Dahua's frame
	XM     string   `toml:"xm"`     // JSON in Xiongmai's frame, with its message id
	XMID   uint16   `toml:"xm_id"`
	Tuya   string   `toml:"tuya"` // JSON in a Tuya 3.1 broadcast
}

// bytes builds the payload.
func (s *Say) bytes(t *tape) ([]byte, error) {
	var forms []func() ([]byte, error)
	add := func(there bool, f func() ([]byte, error)) {
		if there {
			forms = append(forms, f)
		}
	}
	add(s.Text != "", func() ([]byte, error) { return []byte(s.Text), nil })
	add(s.Lines != "", func() ([]byte, error) { return s.head(t), nil })
	add(s.Hex != "", func() ([]byte, error) { return hex.DecodeString(strings.Join(strings.Fields(s.Hex), "")) })
	add(s.Base64 != "", func() ([]byte, error) { return base64.StdEncoding.DecodeString(s.Base64) })
	add(s.DHIP != "", func() ([]byte, error) { return dhip(s.DHIP), nil })
	add(s.XM != "", func() ([]byte, error) { return xiongmai(s.XMID, s.XM), nil })
	add(s.Tuya != "", func() ([]byte, error) { return tuya(s.Tuya), nil })
	if len(forms) != 1 {
		return nil, fmt.Errorf("%d payloads, want exactly one", len(forms))
	}
	if (s.Body != "" || s.Fill != 0) && s.Lines == "" {
		return nil, errors.New("body or fill without lines")
	}
	if s.Fill < 0 || s.Fill > 1<<20 {
		return nil, fmt.Errorf("fill of %d bytes, at most 1 MiB", s.Fill)
	}
	return forms[0]()
}

// head is an HTTP-shaped message (RFC 9112, 2.1), also RTSP, SSDP and SIP.
func (s *Say) head(t *tape) []byte {
	body := []byte(s.Body)
	if s.Fill > 0 {
		body = t.random(s.Fill)
	}
	b := []byte(strings.ReplaceAll(strings.Trim(s.Lines, "\n"), "\n", "\r\n") + "\r\n")
	if len(body) > 0 {
		b = fmt.Appendf(b, "Content-Length: %d\r\n", len(body))
	}
	return append(append(b, '\r', '\n'), body...)
}

// dhip frames JSON as Dahua's DHIP: 32-byte little-endian header with the length twice
// (julienblitte/UniversalScanner Dahua2.cs and its self-test packets).
func dhip(json string) []byte {
	json += "\n"
	b := make([]byte, 32, 32+len(json))
	binary.LittleEndian.PutUint32(b, 32)
	copy(b[4:], "DHIP")
	binary.LittleEndian.PutUint32(b[16:], uint32(len(json)))
	binary.LittleEndian.PutUint32(b[24:], uint32(len(json)))
	return append(b, json...)
}

// xiongmai frames JSON as DVRIP-Web: 20-byte little-endian header (OpenIPC/python-dvr).
func xiongmai(id uint16, json string) []byte {
	json += "\n\x00"
	b := make([]byte, 20, 20+len(json))
	b[0], b[1] = 0xff, 0x01
	binary.LittleEndian.PutUint16(b[14:], id)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(json)))
	return append(b, json...)
}

// tuya frames JSON as the broadcast of Tuya protocol 3.1: prefix, sequence, command, length,
// return code, payload, CRC-32, suffix (jasonacox/tinytuya PROTOCOL.md).
func tuya(json string) []byte {
	be := binary.BigEndian
	b := be.AppendUint32(nil, 0x000055aa)
	b = append(b, make([]byte, 8)...)
	b = be.AppendUint32(b, uint32(4+len(json)+8))
	b = append(b, 0, 0, 0, 0)
	b = append(b, json...)
	b = be.AppendUint32(b, crc32.ChecksumIEEE(b))
	return be.AppendUint32(b, 0x0000aa55)
}

// UDP is an exchange of datagrams.
type UDP struct {
	From string `toml:"from"` // a party; empty: the device, from a fresh port
	To   string `toml:"to"`   // a party with its port
	Say  []Say  `toml:"say"`
	// AnswerTo is where replies go when not to the asker's port (some discovery protocols answer to a group).
	AnswerTo string `toml:"answer_to"`
	// Answerer is who replies when the question went to everybody.
	Answerer string `toml:"answerer"`
}

func (u *UDP) play(t *tape, at time.Duration) error {
	from, to, err := t.pair(u.From, u.To)
	if err != nil {
		return err
	}
	answerer, answerTo := to, from
	if u.Answerer != "" {
		if answerer, err = t.party(u.Answerer); err != nil {
			return err
		}
		if answerer.port == 0 {
			answerer.port = to.port
		}
	}
	if u.AnswerTo != "" {
		if answerTo, err = t.party(u.AnswerTo); err != nil {
			return err
		}
	}
	for i := range u.Say {
		b, err := u.Say[i].bytes(t)
		if err != nil {
			return fmt.Errorf("say %d: %w", i+1, err)
		}
		at += time.Duration(u.Say[i].After)
		if u.Say[i].Reply {
			at += delay(from, to)
			t.udp(at, answerer, answerTo, b)
		} else {
			at += lanDelay
			t.udp(at, from, to, b)
		}
	}
	return nil
}
