package find

var eapolProtocol = &Protocol{
	Name:      "eapol",
	Doc:       "a station joining a Wi-Fi network, or a port log-in (802.1X)",
	Source:    "IEEE 802.1X-2020, clause 11.3",
	Transport: Ether,
	Always:    true,
	Kinds:     []Kind{"eapol.seen"},
	Detect:    detectEAPOL,
	Hear:      func(m *Message, emit Emit) { emit(Sender, "eapol.seen", "yes") },
}

// detectEAPOL wants version 1 to 3 and a packet type of 0 (EAP) to 8 (announcement request).
func detectEAPOL(m *Message) bool {
	return m.EtherType == 0x888E && len(m.Data) >= 4 && m.Data[0] >= 1 && m.Data[0] <= 3 && m.Data[1] <= 8
}
