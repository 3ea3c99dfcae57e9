package find

import (
	"cordon"
)

// kasaPort serves search (UDP) and control (TCP). The cipher is an XOR autokey: each
// plain byte is XORed with the cipher byte before it, the first with 171
// (python-kasa discover documentation; captures iot/ndpi/tplink_shp.pcap).
const (
	kasaPort = 9999
	kasaKey  = 171
)

var kasaProtocol = &Protocol{
	Name:      "kasa",
	Doc:       "TP-Link Kasa search: answers name model, firmware and type",
	Source:    "python-kasa discover documentation; capture iot/ndpi/tplink_shp.pcap (ntop/nDPI) for the question",
	Transport: UDP,
	Ports:     []uint16{kasaPort},
	Always:    true,
	Kinds:     append([]cordon.Kind{"tplink.asks"}, kasaKinds...),
	Detect:    func(m *Message) bool { return m.Port(kasaPort) && isKasa(m.Data) },
	Hear:      hearKasa,
	Asks:      []*Ask{{Broadcast: true, Unicast: true, Port: kasaPort, Bytes: kasaQuestion}},
}

// kasaKinds are the facts in an answer to get_sysinfo.
var kasaKinds = []cordon.Kind{"tplink.present", "tplink.model", "tplink.firmware", "tplink.hardware", "tplink.type",
	"tplink.alias", "tplink.mac", "tplink.device_id"}

// isKasa looks through the cipher at both ends: the text must begin `{"`, a lower-case
// word of three letters or more and a quote, and end with a brace. An end that was cut off is let
// through only for b longer than what is ever looked at.
func isKasa(b []byte) bool {
	n := len(b)
	if n < 8 || b[0]^kasaKey != '{' || b[1]^b[0] != '"' || n <= maxBody && b[n-1]^b[n-2] != '}' {
		return false
	}
	i := 2
	for i < min(n, 40) && kasaWord(b[i]^b[i-1]) {
		i++
	}
	return i >= 5 && i < n && b[i]^b[i-1] == '"'
}

func kasaWord(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' || c == '.' }

// kasaPlain deciphers at most maxBody bytes into memory of its own.
func kasaPlain(b []byte) []byte {
	b = b[:min(len(b), maxBody)]
	plain := make([]byte, len(b))
	key := byte(kasaKey)
	for i, c := range b {
		plain[i], key = c^key, c
	}
	return plain
}

// kasaQuestion asks for the system information and nothing else.
func kasaQuestion(*Asker) []byte {
	b := []byte(`{"system":{"get_sysinfo":{}}}`)
	key := byte(kasaKey)
	for i := range b {
		b[i] ^= key
		key = b[i]
	}
	return b
}

func hearKasa(m *Message, emit Emit) {
	if !emitKasa(kasaPlain(m.Data), Sender, emit) {
		emit(Sender, "tplink.asks", "yes")
	}
}

// emitKasa emits what an answer to get_sysinfo says; false when plain is none.
func emitKasa(plain []byte, about Subject, emit Emit) bool {
	var v struct {
		System struct {
			Info *struct {
				Model, Mac, Alias, Type, DeviceID string
				SW                                string `json:"sw_ver"`
				HW                                string `json:"hw_ver"`
				MicMAC                            string `json:"mic_mac"`
				MicType                           string `json:"mic_type"`
			} `json:"get_sysinfo"`
		}
	}
	if !bodyJSON(plain, &v) || v.System.Info == nil || v.System.Info.Model == "" {
		return false
	}
	i := v.System.Info
	emit(about, "tplink.present", "yes")
	emit(about, "tplink.model", i.Model)
	emit(about, "tplink.firmware", i.SW)
	emit(about, "tplink.hardware", i.HW)
	emit(about, "tplink.type", i.Type+i.MicType)
	if i.Alias != "" {
		emit(about, "tplink.alias", "present")
	}
	emit(about, "tplink.mac", textMAC(i.Mac+i.MicMAC))
	emit(about, "tplink.device_id", i.DeviceID)
	return true
}
