package find

import (
	"bytes"
	"strconv"

	"cordon"
)

var edimaxProtocol = &Protocol{
	Name:      "edimax",
	Doc:       "Edimax broadcast by which a camera or plug tells its own port",
	Source:    "captures camera/iotsentinel-EdimaxCam1 and iot/iotsentinel-EdimaxPlug2101W (andypitcher/IoT_Sentinel)",
	Transport: UDP,
	Anywhere:  true, // the port is random
	Kinds:     []cordon.Kind{"edimax.present"},
	Detect:    detectEdimax,
	Hear:      func(m *Message, emit Emit) { emit(Sender, "edimax.present", "yes") },
}

// detectEdimax asks for the whole message but for its number, which must be the port that
// it comes from and goes to.
func detectEdimax(m *Message) bool {
	const head, tail = `<param><code value="1300" /><port value="`, `" /></param>`
	if !hasPrefix(m.Data, head) || !bytes.HasSuffix(m.Data, []byte(tail)) ||
		len(m.Data) <= len(head)+len(tail) || len(m.Data) > len(head)+len(tail)+5 {
		return false
	}
	var digits [5]byte
	port := strconv.AppendUint(digits[:0], uint64(m.From.Addr.Port()), 10)
	return bytes.Equal(m.Data[len(head):len(m.Data)-len(tail)], port) && m.To.Addr.Port() == m.From.Addr.Port()
}
