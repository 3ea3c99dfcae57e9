package find

import "cordon"

// The two greetings are 16 bytes: length 0x10 and a code three times over, all big endian.
const (
	hikGreeting      = "\x00\x00\x00\x10\x00\x00\x00\x1e\x00\x00\x00\x1e\x00\x00\x00\x00"
	hikGreetingOther = "\x00\x00\x00\x10\x00\x00\x00\x0d\x00\x00\x00\x0d\x00\x00\x00\x00"
)

var hikSDKProtocol = &Protocol{
	Name:      "hik-sdk",
	Doc:       "Hikvision control port, by what it says first",
	Source:    "nmap service probes, Hikvision IPCam control port (the fact only)",
	Transport: TCP,
	Ports:     []uint16{8000},
	Anywhere:  true,
	Kinds:     []cordon.Kind{"hikvision.port"},
	Detect: func(m *Message) bool {
		return hasPrefix(m.Reply, hikGreeting) || hasPrefix(m.Reply, hikGreetingOther)
	},
	Hear:   func(m *Message, emit Emit) { emit(Receiver, "hikvision.port", "yes") },
	Enough: func(m *Message) bool { return true },
}
