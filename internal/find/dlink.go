package find

import "cordon"

// The announcement has 317 bytes: ff ff, step counter, 0, a0, 0, then fixed fields. Read
// off the DCS-935L's start-up in captures camera/iotsentinel-D-LinkCam (IoT Sentinel).
const (
	dlinkPort = 62976
	dlinkLen  = 317
)

var dlinkProtocol = &Protocol{
	Name:      "dlink",
	Doc:       "D-Link camera announcement at start-up: names model, firmware and hardware",
	Source:    "captures camera/iotsentinel-D-LinkCam (andypitcher/IoT_Sentinel), read off ten start-ups of a DCS-935L",
	Transport: UDP,
	Ports:     []uint16{dlinkPort},
	Always:    true,
	Kinds: []cordon.Kind{"dlink.present", "dlink.class", "dlink.model", "dlink.firmware", "dlink.hardware", "dlink.mac",
		"dlink.address"},
	Detect: detectDLink,
	Hear:   hearDLink,
}

func detectDLink(m *Message) bool {
	b := m.Data
	return m.Port(dlinkPort) && len(b) == dlinkLen && b[0] == 0xff && b[1] == 0xff && b[3] == 0 && b[4] == 0xa0 && b[5] == 0 &&
		string(b[0x06:0x0c]) == string(b[0x96:0x9c])
}

func hearDLink(m *Message, emit Emit) {
	b := m.Data
	if !detectDLink(m) {
		return
	}
	emit(Sender, "dlink.present", "yes")
	emit(Sender, "dlink.class", fieldText(b[0x16:0x4b]))
	emit(Sender, "dlink.model", fieldText(b[0xdc:0x11c]))
	emit(Sender, "dlink.firmware", fieldText(b[0x76:0x96]))
	emit(Sender, "dlink.hardware", fieldText(b[0x9c:0xdc]))
	emit(Sender, "dlink.mac", fieldMAC(b[0x06:]))
	emit(Sender, "dlink.address", fieldIP(b[0x0c:]))
}
