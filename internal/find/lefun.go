package find

import (
	"bytes"

	"cordon"
)

var lefunProtocol = &Protocol{
	Name:      "lefun",
	Doc:       "LeFun or Maisi camera (MIPC platform), by its greeting",
	Source:    "nmap service probes, LeFun or MAISI IP camera (the fact only)",
	Transport: TCP,
	Anywhere:  true,
	Kinds:     []cordon.Kind{"lefun.present"},
	Detect: func(m *Message) bool {
		return bytes.Contains(m.Reply[:min(len(m.Reply), 64)], []byte("Tmrmt_hello"))
	},
	Hear:   func(m *Message, emit Emit) { emit(Receiver, "lefun.present", "yes") },
	Enough: func(m *Message) bool { return true },
}
