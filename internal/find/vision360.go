package find

import (
	"bytes"

	"cordon"
)

const vision360Port = 3600

var vision360Protocol = &Protocol{
	Name:      "vision360",
	Doc:       "360 Vision Technology discovery (text)",
	Source:    "julienblitte/UniversalScanner 360Vision.cs and its self-test",
	Transport: UDP,
	Ports:     []uint16{vision360Port},
	Always:    true,
	Kinds:     []cordon.Kind{"vision360.present", "vision360.asks", "vision360.type", "vision360.mac"},
	Detect: func(m *Message) bool {
		return m.Port(vision360Port) && (string(m.Data) == "DISCOVER\n" || hasPrefix(m.Data, "DISCOVER TYPE="))
	},
	Hear: hearVision360,
	Asks: []*Ask{{Broadcast: true, Port: vision360Port, From: vision360Port, Bytes: fixed("DISCOVER\n")}},
}

// hearVision360 reads DISCOVER TYPE=IPDOME KEY='00:11:22:33:44:55' ID=...
func hearVision360(m *Message, emit Emit) {
	rest, ok := bytes.CutPrefix(m.Data, []byte("DISCOVER TYPE="))
	if !ok {
		emit(Sender, "vision360.asks", "yes")
		return
	}
	emit(Sender, "vision360.present", "yes")
	kind, rest, _ := bytes.Cut(rest, []byte(" "))
	emit(Sender, "vision360.type", fieldText(kind))
	_, rest, _ = bytes.Cut(rest, []byte("KEY='"))
	key, _, _ := bytes.Cut(rest, []byte("'"))
	emit(Sender, "vision360.mac", textMAC(fieldText(key)))
}
