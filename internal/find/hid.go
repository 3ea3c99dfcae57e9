package find

import (
	"bytes"

	"cordon"
)

const hidPort = 4070

var hidProtocol = &Protocol{
	Name:      "hid",
	Doc:       "HID VertX door controller discovery (one source)",
	Source:    "wue-iot-note device-broadcast-discovery",
	Transport: UDP,
	Ports:     []uint16{hidPort},
	Always:    true,
	Kinds:     []cordon.Kind{"hid.present", "hid.asks", "hid.model", "hid.firmware", "hid.mac"},
	Detect: func(m *Message) bool {
		return m.Port(hidPort) && (hasPrefix(m.Data, "discover;0") || hasPrefix(m.Data, "discovered;0"))
	},
	Hear: hearHID,
	Asks: []*Ask{{Unicast: true, Port: hidPort, Bytes: fixed("discover;013;")}},
}

// hearHID reads discovered;096;<mac>;<name>;<ip>;..;<model>;<firmware>;<date>;
func hearHID(m *Message, emit Emit) {
	if !hasPrefix(m.Data, "discovered;") {
		emit(Sender, "hid.asks", "yes")
		return
	}
	emit(Sender, "hid.present", "yes")
	var f [9][]byte
	rest := m.Data
	for i := range f {
		f[i], rest, _ = bytes.Cut(rest, []byte(";"))
	}
	emit(Sender, "hid.mac", textMAC(fieldText(f[2])))
	emit(Sender, "hid.model", fieldText(f[6]))
	emit(Sender, "hid.firmware", fieldText(f[7]))
}
