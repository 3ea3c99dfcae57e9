package find

import "cordon"

const hiflyingPort = 48899

var hiflyingProtocol = &Protocol{
	Name:      "hiflying",
	Doc:       "Hi-Flying Wi-Fi module in set-up mode announces its MAC address: the module's maker, not the device's",
	Source:    "captures iot/iotsentinel-EdnetGateway (andypitcher/IoT_Sentinel); the module's maker from its MAC prefix AC:CF:23",
	Transport: UDP,
	Ports:     []uint16{hiflyingPort, 49999},
	Always:    true,
	Kinds:     []cordon.Kind{"hiflying.present", "hiflying.mac"},
	Detect:    detectHiflying,
	Hear:      hearHiflying,
}

// detectHiflying asks for the fixed word and twelve hex digits.
func detectHiflying(m *Message) bool {
	const word = "smart_config "
	if !m.Port(hiflyingPort) || !hasPrefix(m.Data, word) || len(m.Data) != len(word)+12 {
		return false
	}
	for _, c := range m.Data[len(word):] {
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

func hearHiflying(m *Message, emit Emit) {
	if detectHiflying(m) {
		emit(Sender, "hiflying.present", "yes")
		emit(Sender, "hiflying.mac", textMAC(string(m.Data[len(m.Data)-12:])))
	}
}
