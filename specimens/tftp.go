package specimens

import (
	"encoding/binary"
	"fmt"
	"time"
)

// TFTP is a device fetching a file without a word about who it is (RFC 1350).
type TFTP struct {
	Server     string `toml:"server"` // a party
	File       string `toml:"file"`
	Begins     string `toml:"begins"` // how the file begins; the rest means nothing
	Bytes      int    `toml:"bytes"`  // its length, at most 1 MiB
	Unanswered bool   `toml:"unanswered"`
}

func (f *TFTP) play(t *tape, at time.Duration) error {
	self, to, err := t.pair("device", f.Server+":69")
	if err != nil {
		return err
	}
	if f.Bytes < len(f.Begins) || f.Bytes > 1<<20 {
		return fmt.Errorf("tftp: a file of %d bytes that begins with %d", f.Bytes, len(f.Begins))
	}
	t.udp(at, self, to, []byte("\x00\x01"+f.File+"\x00octet\x00"))
	if f.Unanswered {
		return nil
	}
	server := to.at(t.freshPort()) // the server answers from a port of its own (RFC 1350, 4)
	content := append([]byte(f.Begins), t.random(f.Bytes-len(f.Begins))...)
	for block := uint16(1); ; block++ {
		part := content[:min(len(content), 512)]
		content = content[len(part):]
		at += delay(self, to)
		t.udp(at, server, self, append(binary.BigEndian.AppendUint16([]byte{0, 3}, block), part...))
		at += lanDelay / 2
		t.udp(at, self, server, binary.BigEndian.AppendUint16([]byte{0, 4}, block))
		if len(part) < 512 {
			return nil
		}
	}
}
