package ask

import "slices"

// What the ports of devices are used for, in the order in which they are asked: the number
// decides only what is tried first (knowledge/ports.toml has the sources).
var (
	// webPorts serve HTTP in the clear.
	webPorts = []uint16{80, 8080, 81, 88, 82, 83, 85, 8081, 8088, 8090, 8008, 8060, 8899, 1400, 49152, 2020, 9080, 10080, 7001, 888, 8888, 8800}
	// tlsPorts serve HTTP over TLS.
	tlsPorts = []uint16{443, 8443, 4443, 9443, 7443, 10443, 444, 1443}
	// rtspPorts serve RTSP; rtspsPorts RTSP over TLS (RFC 7826 section 19.1.2: 322).
	rtspPorts  = []uint16{554, 8554, 10554, 5554, 7070, 1554, 5544, 8555}
	rtspsPorts = []uint16{322, 9554}
	// firstPorts are where the server speaks first: SSH, FTP, Telnet (RFC 854), and makers' control ports.
	firstPorts = []uint16{22, 21, 23, 2323, 2222, 2121, 5000, 6036, 9000, 8000, 7080, 9527}
	// mutePorts are not asked here: mail servers are no devices, and of the others each has its own row,
	// says nothing without a log-in, a key or a handshake of its own (Dahua 37777, Tuya 6668, Bosch 1756, EZVIZ 9010, RTMP 1935), has a weakness
	// that a stray byte might touch (Xiongmai 9530), or is a person's (SMB, printing, remote desktop).
	mutePorts = []uint16{25, 110, 143, 465, 587, 993, 995, 34567, 37777, 6668, 1756, 9530, 9010, 1935, 9020, 17000, 17001, 139, 445, 135, 515, 9100, 3389, 5900, 1883, 8883, 53}
)

// maxUnknown is how many open ports of unknown use are asked: a host with more is a server, or
// a trap for scanners that answers on every port.
const maxUnknown = 6

// among gives the open ports of the list, in the list's order.
func (h *Host) among(list []uint16) []uint16 {
	var out []uint16
	for _, p := range list {
		if h.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// unknown gives the first open ports whose number says nothing.
func (h *Host) unknown() []uint16 {
	var out []uint16
	for _, p := range h.Open {
		if len(out) == maxUnknown {
			break
		}
		if !usual(p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// usual reports whether the number of a port says what to ask.
func usual(p uint16) bool {
	for _, list := range [][]uint16{webPorts, tlsPorts, rtspPorts, rtspsPorts, firstPorts, mutePorts} {
		if slices.Contains(list, p) {
			return true
		}
	}
	return false
}
