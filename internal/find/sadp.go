package find

import (
	"bytes"
	"strconv"
	"strings"

	"cordon"
)

// sadpPort is where both questions and answers go (UniversalScanner Hikvision.cs).
const sadpPort = 37020

var sadpProtocol = &Protocol{
	Name: "sadp",
	Doc:  "Hikvision Search Active Devices Protocol: answers name model, serial number and firmware",
	Source: "julienblitte/UniversalScanner Hikvision.cs and its self-test; cameronnewman/hikvision-tooling; " +
		"MatrixEditor/hiktools",
	Transport: UDP,
	Ports:     []uint16{sadpPort},
	Always:    true,
	Kinds: []cordon.Kind{"sadp.present", "sadp.asks", "sadp.command", "sadp.model", "sadp.serial", "sadp.serial_model",
		"sadp.built", "sadp.firmware", "sadp.oem", "sadp.activated", "sadp.cloud", "sadp.channels", "sadp.disks",
		"sadp.mac", "sadp.address"},
	Detect: detectSADP,
	Hear:   hearSADP,
	Asks:   []*Ask{sadpAsk("inquiry", 0), sadpAsk("inquiry_v32", 1)},
}

// sadpAsk is the question of the maker's tool, old or (v32) newer. Answers come to the group
// or to the sender, always to the same port.
func sadpAsk(kind string, which byte) *Ask {
	return &Ask{Groups: groups("239.255.255.250"), Broadcast: true, Port: sadpPort, From: sadpPort,
		Listen: groups("239.255.255.250"),
		Bytes: func(a *Asker) []byte {
			return []byte(`<?xml version="1.0" encoding="utf-8"?><Probe><Uuid>` + strings.ToUpper(a.uuid(which)) +
				`</Uuid><Types>` + kind + `</Types></Probe>`)
		}}
}

// detectSADP asks for the port, an XML document and one of the two roots: WS-Discovery
// has a ProbeMatch as well, but always with a namespace prefix or attributes.
func detectSADP(m *Message) bool {
	if !m.Port(sadpPort) || leadByte(m.Data) != '<' {
		return false
	}
	head := m.Data[:min(len(m.Data), 256)]
	return (bytes.Contains(head, []byte("<Probe>")) || bytes.Contains(head, []byte("<ProbeMatch>"))) &&
		bytes.Contains(m.Data, []byte("<Types>"))
}

func hearSADP(m *Message, emit Emit) {
	kind := bodyElement(m.Data, "Types")
	if !bytes.Contains(m.Data[:min(len(m.Data), 256)], []byte("<ProbeMatch>")) {
		if strings.HasPrefix(kind, "inquiry") {
			emit(Sender, "sadp.asks", "yes")
		} else {
			emit(Sender, "sadp.command", kind)
		}
		return
	}
	field := func(name string) string { return bodyElement(m.Data, name) }
	emit(Sender, "sadp.present", "yes")
	emit(Sender, "sadp.model", field("DeviceDescription"))
	emitHikSerial(field("DeviceSN"), emit)
	emit(Sender, "sadp.firmware", field("SoftwareVersion"))
	emit(Sender, "sadp.oem", field("OEMInfo"))
	emit(Sender, "sadp.activated", field("Activated"))
	emit(Sender, "sadp.cloud", field("HCPlatformEnable"))
	emit(Sender, "sadp.channels", sadpChannels(field("AnalogChannelNum"), field("DigitalChannelNum")))
	if n := field("DiskNumber"); allDigits(n) {
		emit(Sender, "sadp.disks", n)
	}
	emit(Sender, "sadp.mac", textMAC(field("MAC")))
	emit(Sender, "sadp.address", textIP(field("IPv4Address")))
}

// sadpChannels adds analogue and digital channels; "" when neither is a number.
func sadpChannels(analog, digital string) string {
	a, errA := strconv.ParseUint(analog, 10, 16)
	d, errD := strconv.ParseUint(digital, 10, 16)
	if errA != nil && errD != nil {
		return ""
	}
	return strconv.FormatUint(a+d, 10)
}

// emitHikSerial emits a serial number whole (to be hashed) and the two parts of it that
// name a product and not a device: the model it was built as and the day.
func emitHikSerial(serial string, emit Emit) {
	emit(Sender, "sadp.serial", serial)
	if model, built, ok := splitHikSerial(serial); ok {
		emit(Sender, "sadp.serial_model", model)
		emit(Sender, "sadp.built", built)
	}
}

// splitHikSerial takes apart <model><yyyymmdd><4 letters><9 digits>, the form in
// MatrixEditor/hiktools and hikvision-tooling; built is YYYY-MM-DD. Recorders
// append letters (WCVU) after the digits; these are allowed.
func splitHikSerial(s string) (model, built string, ok bool) {
	s = strings.TrimRight(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	const tail = 8 + 4 + 9
	if len(s) <= tail {
		return "", "", false
	}
	day, letters, number := s[len(s)-tail:len(s)-13], s[len(s)-13:len(s)-9], s[len(s)-9:]
	if !allDigits(day) || !allDigits(number) || strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", "", false
	}
	if day[:2] != "20" || day[4:6] < "01" || day[4:6] > "12" || day[6:] < "01" || day[6:] > "31" {
		return "", "", false
	}
	return s[:len(s)-tail], day[:4] + "-" + day[4:6] + "-" + day[6:], true
}
