package find

import "bytes"

// topseePort is where questions and answers go, both as broadcasts.
const topseePort = 3001

var topseeProtocol = &Protocol{
	Name: "topsee",
	Doc:  "Topsee (Tianshitong) and Anjvision search: answers carry the device's accounts, on old firmware with their passwords",
	Source: "topsee_udp_discover (unnamed public Python program, checked against a capture by its authors); OpenIPC/python-anjoy; " +
		"two unnamed public C files that write the answer, and one that quotes the announcement of an Anjvision MC200D",
	Transport: UDP,
	Ports:     []uint16{topseePort},
	Anywhere:  true,
	Always:    true,
	Kinds: []Kind{"topsee.present", "topsee.asks", "topsee.command", "topsee.dialect", "topsee.type", "topsee.model", "topsee.firmware",
		"topsee.serial", "topsee.id", "topsee.mac", "topsee.address", "topsee.login"},
	Detect: detectTopsee,
	Hear:   hearTopsee,
}

// topseeRoots are the names of the outermost element: one firmware knows all three and is built with one of them.
var topseeRoots = []struct {
	open    []byte
	dialect string
}{
	{[]byte("<XML_TOPSEE>"), "topsee"},
	{[]byte("<XML_ANJVISION>"), "anjvision"},
	{[]byte("<XML_WTD>"), "wtd"},
}

// The message types of the search and of an announcement that nobody asked for.
var (
	topseeSearch = []byte(`Msg_type="SYSTEM_SEARCHIPC_MESSAGE"`)
	topseeNotify = []byte(`Msg_type="SYSTEM_NOTIFY_INFO_MESSAGE"`)
)

// topseeHead bounds where root and type are looked for: an XML declaration and one start tag stand before them.
const topseeHead = 512

func detectTopsee(m *Message) bool {
	b := m.Data[:min(len(m.Data), topseeHead)]
	return leadByte(b) == '<' && topseeDialect(b) != "" && (bytes.Contains(b, topseeSearch) || bytes.Contains(b, topseeNotify))
}

func topseeDialect(b []byte) string {
	for i := range topseeRoots {
		if bytes.Contains(b, topseeRoots[i].open) {
			return topseeRoots[i].dialect
		}
	}
	return ""
}

// hearTopsee: who tells a device type is a device; code 1, or a message that names no
// serial number, is a question; any other is somebody who sets or restarts a device, or
// the device's receipt for that.
func hearTopsee(m *Message, emit Emit) {
	if !detectTopsee(m) {
		return
	}
	b := m.Data[:min(len(m.Data), maxBody)]
	code := xmlAttr(b, "MESSAGE_HEADER", "Msg_code")
	switch {
	case xmlHas(b, "DEVICE_TYPE"):
		emitTopsee(b, emit)
	case code == "1" || !xmlHas(b, "IPC_SERIALNUMBER"):
		emit(Sender, "topsee.asks", "yes")
	case len(code) <= 4 && allDigits(code):
		emit(Sender, "topsee.command", code)
	}
}

func emitTopsee(b []byte, emit Emit) {
	emit(Sender, "topsee.present", "yes")
	emit(Sender, "topsee.dialect", topseeDialect(b))
	emit(Sender, "topsee.type", xmlAttr(b, "DEVICE_TYPE", "DeviceType"))
	emit(Sender, "topsee.model", xmlAttr(b, "DEVICE_TYPE", "DeviceModule"))
	firmware := xmlAttr(b, "VERSION", "FileSystemVersion")
	emit(Sender, "topsee.firmware", orElse(firmware, xmlAttr(b, "IPC_SERIALNUMBER", "VERSION")))
	emit(Sender, "topsee.serial", xmlAttr(b, "IPC_SERIALNUMBER", "SerialNumber"))
	emit(Sender, "topsee.id", xmlAttr(b, "IPC_SERIALNUMBER", "P2PID"))
	emit(Sender, "topsee.mac", textMAC(xmlAttr(b, "LANConfig", "MacAddress")))
	emit(Sender, "topsee.address", textIP(xmlAttr(b, "LANConfig", "IPAddress")))
	if xmlAttr(b, "Account", "Password") != "" { // never the value
		emit(Sender, "topsee.login", "present")
	}
}
