package find

var lldpProtocol = &Protocol{
	Name:      "lldp",
	Doc:       "switches, access points and some cameras telling their neighbours who they are",
	Source:    "IEEE 802.1AB-2016, clause 8",
	Transport: Ether,
	Always:    true,
	Kinds:     []Kind{"lldp.system", "lldp.description", "lldp.port"},
	Detect:    func(m *Message) bool { return m.EtherType == 0x88CC && len(m.Data) >= 4 && m.Data[0] == 2 },
	Hear:      hearLLDP,
}

// hearLLDP reads the TLVs: 7 bits type, 9 bits length (clause 8.4); 4 is the port's
// description, 5 the system's name, 6 its description.
func hearLLDP(m *Message, emit Emit) {
	kinds := [...]Kind{4: "lldp.port", 5: "lldp.system", 6: "lldp.description"}
	for r := (reader{b: m.Data}); r.left(); {
		head := r.u16()
		v := r.take(head & 0x1FF)
		switch kind := head >> 9; {
		case kind == 0:
			return
		case kind < len(kinds) && kinds[kind] != "":
			emit(Sender, kinds[kind], string(v))
		}
	}
}
