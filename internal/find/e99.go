package find

import "cordon"

var e99Protocol = &Protocol{
	Name:      "e99",
	Doc:       "Keep-alive that the application of E99 toy drones sends to the drone (one source)",
	Source:    "captures camera/e99-drone, hundreds of times the same four bytes",
	Transport: UDP,
	Ports:     []uint16{8800},
	Kinds:     []cordon.Kind{"e99.asks"},
	Detect:    func(m *Message) bool { return m.To.Addr.Port() == 8800 && string(m.Data) == "\xef\x00\x04\x00" },
	Hear:      func(m *Message, emit Emit) { emit(Sender, "e99.asks", "yes") },
}
