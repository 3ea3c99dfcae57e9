package find

var mpegtsProtocol = &Protocol{
	Name:      "mpegts",
	Doc:       "video as a bare transport stream",
	Source:    "ISO/IEC 13818-1 section 2.4.3.2; proto/ndpi/mpegts.pcap",
	Transport: UDP,
	Anywhere:  true,
	Kinds:     []Kind{"rtp.video"},
	Detect:    func(m *Message) bool { return detectTS(m.Data) },
	Hear: func(m *Message, emit Emit) {
		if detectTS(m.Data) {
			emit(Sender, "rtp.video", "MP2T")
		}
	},
}

// tsPacket is the size of a transport packet, which begins with the sync byte 0x47.
const tsPacket = 188

// detectTS wants three packets at least, as encoders fill datagrams (usually with seven).
func detectTS(b []byte) bool {
	if len(b) < 3*tsPacket || len(b)%tsPacket != 0 {
		return false
	}
	for i := 0; i < len(b); i += tsPacket {
		if b[i] != 0x47 {
			return false
		}
	}
	return true
}
