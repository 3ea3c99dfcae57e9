package find

import (
	"encoding/binary"
	"strconv"

	"cordon"
)

// The Xiongmai header is 20 bytes, little endian: ff, version 00 or 01, two zeros,
// session u32, sequence u32, total u8, current u8, message id u16, length u32
// (OpenIPC/python-dvr dvrip.py). Ids: 1530 search, 1531 its answer.
const (
	xmHead       = 20
	xmSearchPort = 34569
	xmSearch     = 1530
	xmFound      = 1531
)

var xmSearchProtocol = &Protocol{
	Name:      "xm-search",
	Doc:       "Xiongmai LAN search: answers carry NetWork.NetCommon with firmware version, MAC and cloud serial",
	Source:    "OpenIPC/python-dvr DeviceManager.py and dvrip.py; KostasEreksonas Besder investigation (a real answer)",
	Transport: UDP,
	Ports:     []uint16{xmSearchPort},
	Always:    true,
	Kinds: []cordon.Kind{"xm.present", "xm.asks", "xm.command", "xm.version", "xm.built", "xm.hostname", "xm.mac",
		"xm.address", "xm.serial", "xm.channels"},
	Detect: detectXMSearch,
	Hear:   hearXMSearch,
	Asks: []*Ask{{Broadcast: true, Port: xmSearchPort, From: xmSearchPort,
		Bytes: fixed("\xff" + zeroText[:13] + "\xfa\x05" + zeroText[:4])}},
}

// xmFrame is one message of the Xiongmai protocol; body is cut where the bytes end.
type xmFrame struct {
	id   uint16
	size int // of the body, as the header says
	body []byte
}

// nextXM reads the message at the start of b and returns what follows it. ok is false
// where b does not start with a whole, plausible header.
func nextXM(b []byte) (f xmFrame, rest []byte, ok bool) {
	if len(b) < xmHead || b[0] != 0xff || b[1] > 1 || b[2] != 0 || b[3] != 0 {
		return f, nil, false
	}
	f.id = binary.LittleEndian.Uint16(b[14:])
	n := binary.LittleEndian.Uint32(b[16:])
	// 1000 (login) to 2123: the ids in python-dvr and the Besder command list. 1 MiB is above any image.
	if f.id < 1000 || f.id > 2200 || n > 1<<20 {
		return f, nil, false
	}
	f.size = int(n)
	end := min(len(b), xmHead+f.size)
	f.body = b[xmHead:end]
	return f, b[end:], true
}

// detectXMSearch asks for the port, the header, the body's exact length and a JSON body.
func detectXMSearch(m *Message) bool {
	if !m.Port(xmSearchPort) {
		return false
	}
	f, _, ok := nextXM(m.Data)
	return ok && xmHead+f.size == len(m.Data) && (f.size == 0 || leadByte(f.body) == '{')
}

// xmNetCommon is the part of an answer that is looked at.
type xmNetCommon struct {
	Common struct {
		MAC, HostIP, SN, HostName, Version, BuildDate string
		ChannelNum                                    int
	} `json:"NetWork.NetCommon"`
}

func hearXMSearch(m *Message, emit Emit) {
	f, _, ok := nextXM(m.Data)
	switch {
	case !ok:
	case f.id == xmSearch:
		emit(Sender, "xm.asks", "yes")
	case f.id == xmFound:
		emitXMFound(f.body, emit)
	default: // 1532 and 1533 change network settings by broadcast
		emit(Sender, "xm.command", strconv.Itoa(int(f.id)))
	}
}

func emitXMFound(body []byte, emit Emit) {
	var v xmNetCommon
	if !bodyJSON(body, &v) || v.Common.MAC == "" && v.Common.Version == "" && v.Common.SN == "" {
		return
	}
	c := &v.Common
	emit(Sender, "xm.present", "yes")
	emit(Sender, "xm.version", c.Version)
	emit(Sender, "xm.built", c.BuildDate)
	emit(Sender, "xm.hostname", c.HostName)
	emit(Sender, "xm.mac", textMAC(c.MAC))
	emit(Sender, "xm.address", xmAddress(c.HostIP))
	emit(Sender, "xm.serial", c.SN)
	if c.ChannelNum > 0 {
		emit(Sender, "xm.channels", strconv.Itoa(c.ChannelNum))
	}
}

// xmAddress reads "0x6701A8C0": the four address bytes read as a little-endian
// number, so 192.168.1.103.
func xmAddress(s string) string {
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		return ""
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(n))
	return fieldIP(b[:])
}
