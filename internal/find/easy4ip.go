package find

import (
	"bytes"

	"cordon"
)

var easy4ipProtocol = &Protocol{
	Name:      "easy4ip",
	Doc:       "Dahua Easy4IP P2P: datagrams shaped like HTTP with methods of their own (one source)",
	Source:    "P2P notes in an unnamed public file",
	Transport: UDP,
	Ports:     []uint16{8800},
	Anywhere:  true,
	Kinds:     []cordon.Kind{"easy4ip.speaks"},
	Detect: func(m *Message) bool {
		return (hasPrefix(m.Data, "DHGET /") || hasPrefix(m.Data, "DHPOST /")) && bytes.IndexByte(m.Data, '\n') > 0
	},
	// The path carries the serial number, which is the key to the device: it is not passed on.
	Hear: func(m *Message, emit Emit) { emit(Sender, "easy4ip.speaks", "yes") },
}
