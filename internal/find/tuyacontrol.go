package find

import "cordon"

const tuyaControlPort = 6668

var tuyaControlProtocol = &Protocol{
	Name:      "tuya-control",
	Doc:       "Tuya local control connection (enciphered with the device's own key)",
	Source:    "jasonacox/tinytuya PROTOCOL.md",
	Transport: TCP,
	Ports:     []uint16{tuyaControlPort},
	Anywhere:  true,
	Kinds:     []cordon.Kind{"tuya.present", "tuya.client"},
	Detect:    detectTuyaControl,
	Hear:      hearTuyaControl,
	Enough:    func(m *Message) bool { return len(m.Data) >= tuyaNewHead && len(m.Reply) >= tuyaNewHead },
}

// detectTuyaControl lets one side do on the usual port; elsewhere both must frame so.
func detectTuyaControl(m *Message) bool {
	_, asked := tuyaFrameAt(m.Data)
	_, answered := tuyaFrameAt(m.Reply)
	if m.To.Addr.Port() == tuyaControlPort {
		return asked && (answered || len(m.Reply) == 0) || answered && len(m.Data) == 0
	}
	return asked && answered
}

func hearTuyaControl(m *Message, emit Emit) {
	if _, asked := tuyaFrameAt(m.Data); asked {
		emit(Sender, "tuya.client", "yes")
	}
	if _, answered := tuyaFrameAt(m.Reply); answered {
		emit(Receiver, "tuya.present", "yes")
	}
}
