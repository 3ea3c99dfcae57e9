package find

import "bytes"

var cdpProtocol = &Protocol{
	Name:      "cdp",
	Doc:       "Cisco discovery: switches, phones and some cameras naming themselves",
	Source:    "Cisco Discovery Protocol, as decoded by Wireshark's packet-cdp (values only)",
	Transport: Ether,
	Always:    true,
	Kinds:     []Kind{"cdp.id", "cdp.platform", "cdp.version"},
	Detect:    func(m *Message) bool { return m.EtherType < 0x600 && bytes.HasPrefix(m.Data, cdpSNAP) },
	Hear:      hearCDP,
}

// cdpSNAP is LLC (aa aa 03), Cisco's OUI 00000c and protocol 2000.
var cdpSNAP = []byte{0xAA, 0xAA, 0x03, 0x00, 0x00, 0x0C, 0x20, 0x00}

// hearCDP skips version, time to live and checksum, then reads TLVs whose length
// includes their four bytes of head.
func hearCDP(m *Message, emit Emit) {
	if !bytes.HasPrefix(m.Data, cdpSNAP) {
		return
	}
	r := reader{b: m.Data[len(cdpSNAP):]}
	for r.skip(4); r.left(); {
		kind := r.u16()
		v := r.take(r.u16() - 4)
		switch kind {
		case 1:
			emit(Sender, "cdp.id", string(v))
		case 5:
			emit(Sender, "cdp.version", string(v))
		case 6:
			emit(Sender, "cdp.platform", string(v))
		}
	}
}
