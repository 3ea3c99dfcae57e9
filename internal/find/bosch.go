package find

import (
	"bytes"

	"cordon"
)

// The question is the magic, a transaction and ff 00 06 de; answers have 32 bytes, or are
// XML with a namespace of their own (UniversalScanner Bosch.cs).
const (
	boschAskPort = 1757
	boschPort    = 1758
	boschMagic   = "\x99\x39\xa4\x27"
	boschSearch  = "\xff\x00\x06\xde"
)

var boschProtocol = &Protocol{
	Name:      "bosch",
	Doc:       "Bosch (VCS) discovery, binary or XML",
	Source:    "julienblitte/UniversalScanner Bosch.cs and its two self-tests",
	Transport: UDP,
	Ports:     []uint16{boschAskPort, boschPort},
	Always:    true,
	Kinds:     []cordon.Kind{"bosch.present", "bosch.asks", "bosch.name", "bosch.serial", "bosch.mac", "bosch.address"},
	Detect:    detectBosch,
	Hear:      hearBosch,
	Asks: []*Ask{{Broadcast: true, Port: boschAskPort, From: boschPort, Bytes: func(a *Asker) []byte {
		return append(append([]byte(boschMagic), a.Nonce[:4]...), boschSearch...) // the number is ours to choose
	}}},
}

func detectBosch(m *Message) bool {
	b := m.Data
	if !m.Port(boschAskPort) && !m.Port(boschPort) {
		return false
	}
	if hasPrefix(b, boschMagic) {
		return len(b) == 32 || len(b) == 12 && string(b[8:]) == boschSearch
	}
	return boschXML(b)
}

func boschXML(b []byte) bool {
	return leadByte(b) == '<' && bytes.Contains(b[:min(len(b), 160)], []byte(`<root xmlns="OEMExt`))
}

func hearBosch(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectBosch(m):
	case len(b) == 12:
		emit(Sender, "bosch.asks", "yes")
	case len(b) == 32:
		emit(Sender, "bosch.present", "yes")
		emit(Sender, "bosch.mac", fieldMAC(b[0x08:]))
		emit(Sender, "bosch.address", fieldIP(b[0x10:]))
	default:
		emit(Sender, "bosch.present", "yes")
		emit(Sender, "bosch.name", bodyElement(b, "friendlyName"))
		emit(Sender, "bosch.serial", bodyElement(b, "serialNumber"))
		emit(Sender, "bosch.mac", textMAC(bodyElement(b, "physAddress")))
		emit(Sender, "bosch.address", textIP(bodyElement(b, "unitIPAddress")))
	}
}
