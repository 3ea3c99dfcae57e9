package find

import (
	"bytes"

	"cordon"
)

// tapoAsk is the whole short question; answers carry a header of the same 16 bytes'
// length, then JSON (python-kasa discover.py).
const (
	tapoPort = 20002
	tapoHead = 16
	tapoAsk  = "\x02\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x46\x3c\xb5\xd3"
)

var tapoProtocol = &Protocol{
	Name:      "tapo",
	Doc:       "TP-Link Tapo and newer Kasa search (TDP): answers name model, type and whether it is still unbound",
	Source:    "python-kasa discover.py (DiscoveryResult names the fields); a Go test in an unnamed public file pins the question's bytes",
	Transport: UDP,
	Ports:     []uint16{tapoPort},
	Always:    true,
	Kinds: []cordon.Kind{"tplink.present", "tplink.asks", "tplink.model", "tplink.type", "tplink.mac", "tplink.address",
		"tplink.device_id", "tplink.firmware", "tplink.hardware", "tplink.factory"},
	Detect: detectTapo,
	Hear:   hearTapo,
	Asks:   []*Ask{{Broadcast: true, Unicast: true, Port: tapoPort, Bytes: fixed(tapoAsk)}},
}

// detectTapo asks for the port, the version byte and either the very question or a JSON object.
func detectTapo(m *Message) bool {
	b := m.Data
	if !m.Port(tapoPort) || len(b) < tapoHead || b[0] != 2 {
		return false
	}
	return string(b) == tapoAsk || len(b) > tapoHead+1 && leadByte(b[tapoHead:]) == '{' &&
		bytes.IndexByte(b[tapoHead:], '"') > 0
}

func hearTapo(m *Message, emit Emit) {
	if len(m.Data) <= tapoHead {
		emit(Sender, "tplink.asks", "yes")
		return
	}
	var v struct {
		Result *struct {
			Type    string `json:"device_type"`
			Model   string `json:"device_model"`
			ID      string `json:"device_id"`
			Factory *bool  `json:"factory_default"`
			Version string `json:"firmware_version"` // newer ones only
			Board   string `json:"hardware_version"`
			MAC, IP string
		}
	}
	if !bodyJSON(m.Data[tapoHead:], &v) || v.Result == nil || v.Result.Model == "" && v.Result.Type == "" {
		emit(Sender, "tplink.asks", "yes") // the long question carries a public key
		return
	}
	r := v.Result
	emit(Sender, "tplink.present", "yes")
	emit(Sender, "tplink.model", r.Model)
	emit(Sender, "tplink.type", r.Type)
	emit(Sender, "tplink.mac", textMAC(r.MAC))
	emit(Sender, "tplink.address", textIP(r.IP))
	emit(Sender, "tplink.device_id", r.ID)
	emit(Sender, "tplink.firmware", r.Version)
	emit(Sender, "tplink.hardware", r.Board)
	if r.Factory != nil && *r.Factory {
		emit(Sender, "tplink.factory", "yes")
	}
}
