package find

var ntpProtocol = &Protocol{
	Name:      "ntp",
	Doc:       "time: who asks for it and who gives it",
	Source:    "RFC 5905 section 7.3",
	Transport: UDP,
	Ports:     []uint16{123},
	Kinds:     []Kind{"ntp.server", "ntp.client"},
	Detect:    detectNTP,
	Hear:      hearNTP,
}

// detectNTP wants version 1 to 4 and a mode; modes 6 and 7 (control, private) may be short.
func detectNTP(m *Message) bool {
	if len(m.Data) < 8 {
		return false
	}
	version, mode := m.Data[0]>>3&7, m.Data[0]&7
	return version >= 1 && version <= 4 && mode >= 1 && (len(m.Data) >= 48 || mode >= 6)
}

// hearNTP: mode 3 asks, 4 answers, 5 broadcasts (RFC 5905 figure 10).
func hearNTP(m *Message, emit Emit) {
	if len(m.Data) < 48 {
		return
	}
	switch m.Data[0] & 7 {
	case 3:
		emit(Sender, "ntp.client", "yes")
	case 4, 5:
		emit(Sender, "ntp.server", "yes")
	}
}
