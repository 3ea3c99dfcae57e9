package find

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"cordon"
)

// dhipPort is the search port; 32 bytes of header precede the JSON
// (UniversalScanner Dahua2.cs; mcw0/DahuaConsole).
const (
	dhipPort = 37810
	dhipHead = 32
)

var dhipProtocol = &Protocol{
	Name: "dhip",
	Doc:  "Dahua DHIP discovery: answers name class, model, vendor string and firmware",
	Source: "julienblitte/UniversalScanner Dahua2.cs and its self-test; mcw0/DahuaConsole; " +
		"wue-iot-note device-broadcast-discovery (a real VTO2000A answer)",
	Transport: UDP,
	Ports:     []uint16{dhipPort},
	Anywhere:  true,
	Always:    true,
	Kinds: []cordon.Kind{"dhip.present", "dhip.asks", "dhip.trigger", "dhip.command", "dhip.class", "dhip.model",
		"dhip.firmware", "dhip.vendor", "dhip.serial", "dhip.hostname", "dhip.mac", "dhip.address", "dhip.channels",
		"dhip.initialised"},
	Detect: detectDHIP,
	Hear:   hearDHIP,
	Asks: []*Ask{
		{Groups: groups("239.255.255.251"), Broadcast: true, Port: dhipPort, From: dhipPort,
			Listen: groups("239.255.255.251"), Bytes: fixed(dhipQuestion('0'))},
		{Unicast: true, Port: dhipPort, Bytes: fixed(dhipQuestion('1'))},
	},
}

// dhipQuestion is the search of the maker's tool; uni '1' asks for an answer to the sender alone.
func dhipQuestion(uni byte) string {
	body := `{"method":"DHDiscover.search","params":{"mac":"","uni":` + string(uni) + "}}\n"
	head := make([]byte, dhipHead)
	copy(head, "\x20\x00\x00\x00DHIP")
	binary.LittleEndian.PutUint32(head[16:], uint32(len(body)))
	binary.LittleEndian.PutUint32(head[24:], uint32(len(body)))
	return string(head) + body
}

// detectDHIP asks for the header, or on the search port for the lone 0xff byte
// that makes old firmware answer.
func detectDHIP(m *Message) bool {
	if len(m.Data) == 1 {
		return m.Data[0] == 0xff && m.To.Addr.Port() == dhipPort
	}
	_, ok := dhipBody(m.Data)
	return ok
}

// dhipBody checks the DHIP header, 20 00 00 00 "DHIP" and the body's length twice
// (offsets 16 and 24, little endian), and returns the body. Old firmware adds a NUL.
func dhipBody(b []byte) ([]byte, bool) {
	if len(b) < dhipHead || !hasPrefix(b, "\x20\x00\x00\x00DHIP") {
		return nil, false
	}
	n := binary.LittleEndian.Uint32(b[16:])
	if n != binary.LittleEndian.Uint32(b[24:]) || n > 1<<20 {
		return nil, false
	}
	return b[dhipHead:min(len(b), dhipHead+int(n))], true
}

// dhipMessage holds the fields of a search message that say something of the device.
type dhipMessage struct {
	MAC    string `json:"mac"`
	Method string `json:"method"`
	Params struct {
		DeviceInfo struct {
			DeviceClass, DeviceType, SerialNo, Version, Vendor, Manufacturer, MachineName string
			VideoInputChannels, RemoteVideoInputChannels, Init                            int
			IPv4Address                                                                   struct{ IPAddress string }
		} `json:"deviceInfo"`
	} `json:"params"`
}

func hearDHIP(m *Message, emit Emit) {
	if len(m.Data) == 1 {
		emit(Sender, "dhip.trigger", "yes")
		return
	}
	body, _ := dhipBody(m.Data)
	var d dhipMessage
	if !bodyJSON(body, &d) { // cut off by the capture, or badly written: that it answered is still sure
		if bytes.Contains(body[:min(len(body), maxBody)], []byte(`"client.notifyDevInfo"`)) {
			emit(Sender, "dhip.present", "yes")
		}
		return
	}
	switch d.Method {
	case "DHDiscover.search":
		emit(Sender, "dhip.asks", "yes")
	case "client.notifyDevInfo":
		emitDHIP(&d, emit)
	default:
		emit(Sender, "dhip.command", d.Method)
	}
}

// dhipInitialised reads the lowest two bits of Init: 0, old firmware that knows no such state;
// 1, nobody has set a password yet; 2, somebody has (Dahua NetSDK, DEVICE_NET_INFO_EX, byInitStatus).
var dhipInitialised = [4]string{1: "no", 2: "yes"}

func emitDHIP(d *dhipMessage, emit Emit) {
	i := &d.Params.DeviceInfo
	emit(Sender, "dhip.present", "yes")
	emit(Sender, "dhip.class", i.DeviceClass)
	emit(Sender, "dhip.model", i.DeviceType)
	emit(Sender, "dhip.firmware", i.Version)
	emit(Sender, "dhip.vendor", i.Vendor)
	if i.Manufacturer != i.Vendor {
		emit(Sender, "dhip.vendor", i.Manufacturer)
	}
	emit(Sender, "dhip.serial", i.SerialNo)
	emit(Sender, "dhip.hostname", i.MachineName)
	emit(Sender, "dhip.mac", textMAC(d.MAC))
	emit(Sender, "dhip.address", textIP(i.IPv4Address.IPAddress))
	emit(Sender, "dhip.initialised", dhipInitialised[i.Init&3])
	if n := i.VideoInputChannels + i.RemoteVideoInputChannels; n > 0 {
		emit(Sender, "dhip.channels", strconv.Itoa(n))
	}
}
