package find

import "bytes"

// Fields are parted by '^'; the answer's first thirteen were read the same way in every source.
const (
	v380Port      = 10008 // the question goes here, as a broadcast
	v380ReplyPort = 10009 // the answer comes here, whatever port the question came from
	v380Fields    = 13
	v380MAC       = 2
	v380Address   = 3
	v380ID        = 12
)

var v380Protocol = &Protocol{
	Name: "v380",
	Doc:  "V380 (Macro-video) search: answers name the MAC address and the number by which the cloud knows the camera",
	Source: "V380Decoder DeviceDiscovery.cs; five more unnamed public programs that ask and read in the same way " +
		"(one tells of three cameras answering); no whole answer was found",
	Transport: UDP,
	Ports:     []uint16{v380Port, v380ReplyPort},
	Anywhere:  true,
	Always:    true,
	Kinds:     []Kind{"v380.present", "v380.asks", "v380.id", "v380.mac", "v380.address"},
	Detect:    detectV380,
	Hear:      hearV380,
}

// detectV380 wants the word of a question with its number, or an answer that has its fields.
func detectV380(m *Message) bool {
	switch b := m.Data; {
	case hasPrefix(b, "NVDEVSEARCH^1"), hasPrefix(b, "NVGROUPSEARCH^1"):
		return true
	case hasPrefix(b, "NVDEVRESULT^"):
		return bytes.Count(b[:min(len(b), MaxValue)], []byte{'^'}) >= v380Fields-1
	}
	return false
}

func hearV380(m *Message, emit Emit) {
	if !detectV380(m) {
		return
	}
	if !hasPrefix(m.Data, "NVDEVRESULT^") {
		emit(Sender, "v380.asks", "yes")
		return
	}
	fields := bytes.SplitN(m.Data[:min(len(m.Data), MaxValue)], []byte{'^'}, v380Fields+1)
	emit(Sender, "v380.present", "yes")
	emit(Sender, "v380.id", fieldText(fields[v380ID]))
	emit(Sender, "v380.mac", textMAC(fieldText(fields[v380MAC])))
	emit(Sender, "v380.address", textIP(fieldText(fields[v380Address])))
}
