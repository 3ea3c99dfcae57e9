package ask

import "encoding/binary"

var xiongmaiQuestion = &Question{
	Name:   "dvrip",
	Doc:    "asks the Xiongmai control port for its system information without a log-in: most refuse, and name themselves by how",
	Source: "OpenIPC/python-dvr dvrip.py (MIT): header, message 1020",
	Ask: func(h *Host) []Request {
		if !h.Has(dvripPort) {
			return nil
		}
		body := []byte(`{"Name":"SystemInfo","SessionID":"0x00000000"}` + "\n\x00")
		return []Request{{Name: "dvrip " + portText(dvripPort), Carrier: TCP, Port: dvripPort, Send: dvrip(1020, body), Turn: dvripAnswered, Max: 16 << 10}}
	},
}

const dvripPort = 34567

// dvrip makes a message: ff 01, two zeros, session and sequence 0, no fragments, id and length,
// little endian (OpenIPC/python-dvr).
func dvrip(id uint16, body []byte) []byte {
	b := make([]byte, 20, 20+len(body))
	b[0], b[1] = 0xFF, 1
	binary.LittleEndian.PutUint16(b[14:], id)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
	return append(b, body...)
}

// dvripAnswered ends the conversation at the first whole answer.
func dvripAnswered(heard []byte) ([]byte, bool) {
	return nil, len(heard) >= 20 && uint64(len(heard)-20) >= uint64(binary.LittleEndian.Uint32(heard[16:]))
}
