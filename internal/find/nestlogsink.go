package find

import "cordon"

// A Weave message: length u16, flags u16, id u32, then the sender's and the receiver's
// EUI-64, all little endian, so that Nest's prefix 18:b4:30 stands at the end of each. Read off
// capture iot/ndpi/nest_log_sink.pcap.
const nestPort = 11095

var nestLogSinkProtocol = &Protocol{
	Name:      "nest-logsink",
	Doc:       "Nest device reporting to its log sink (Weave)",
	Source:    "ntop/nDPI, capture iot/ndpi/nest_log_sink.pcap; NEU-SNS/intl-iot host list for the name",
	Transport: TCP,
	Ports:     []uint16{nestPort},
	Kinds:     []cordon.Kind{"nest.logsink"},
	Detect: func(m *Message) bool {
		const oui = "\x30\xb4\x18"
		return m.To.Addr.Port() == nestPort && len(m.Data) >= 24 && string(m.Data[13:16]) == oui && string(m.Data[21:24]) == oui
	},
	Hear:   func(m *Message, emit Emit) { emit(Sender, "nest.logsink", "yes") },
	Enough: func(m *Message) bool { return true },
}
