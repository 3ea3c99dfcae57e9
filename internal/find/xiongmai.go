package find

import (
	"strconv"

	"cordon"
)

// Message ids of the control connection (OpenIPC/python-dvr dvrip.py; the command
// list of the Besder investigation).
const (
	xmPort       = 34567
	xmLogin      = 1000
	xmLoggedIn   = 1001
	xmSystemInfo = 1021
)

var xiongmaiProtocol = &Protocol{
	Name:      "xiongmai",
	Doc:       "Xiongmai control connection (DVRIP-Web): log-in in the clear, system information",
	Source:    "OpenIPC/python-dvr dvrip.py; KostasEreksonas Besder investigation, command payloads",
	Transport: TCP,
	Ports:     []uint16{xmPort},
	Anywhere:  true,
	Kinds: []cordon.Kind{"xm.present", "xm.client", "xm.login", "xm.login_result", "xm.type", "xm.version", "xm.hardware",
		"xm.model", "xm.built", "xm.serial", "xm.channels"},
	Detect: detectXiongmai,
	Hear:   hearXiongmai,
	Enough: func(m *Message) bool { return len(m.Reply) >= maxBody },
}

// detectXiongmai asks the side that spoke for the header and a JSON body; on any port
// but the usual one both sides must have spoken so.
func detectXiongmai(m *Message) bool {
	asked, answered := startsXM(m.Data), startsXM(m.Reply)
	if m.Port(xmPort) {
		return asked && (answered || len(m.Reply) == 0) || answered && len(m.Data) == 0
	}
	return asked && answered
}

// startsXM reports whether b begins with a message that has a JSON body.
func startsXM(b []byte) bool {
	f, _, ok := nextXM(b)
	return ok && f.size > 1 && len(f.body) > 0 && leadByte(f.body) == '{'
}

func hearXiongmai(m *Message, emit Emit) {
	eachXM(m.Data, func(f xmFrame) {
		emit(Sender, "xm.client", "yes")
		if f.id == xmLogin {
			emit(Receiver, "xm.login", "present")
		}
	})
	eachXM(m.Reply, func(f xmFrame) {
		emit(Receiver, "xm.present", "yes")
		switch f.id {
		case xmLoggedIn:
			emitXMLogin(f.body, emit)
		case xmSystemInfo:
			emitXMSystem(f.body, emit)
		}
	})
}

// eachXM walks the messages at the start of b, at most 64: more say nothing new.
func eachXM(b []byte, use func(xmFrame)) {
	for range 64 {
		f, rest, ok := nextXM(b)
		if !ok {
			return
		}
		use(f)
		b = rest
	}
}

// emitXMLogin reads a log-in answer. The key "DeviceType " does end in a blank.
func emitXMLogin(body []byte, emit Emit) {
	var v struct {
		Ret  int
		Type string `json:"DeviceType "`
	}
	if !bodyJSON(body, &v) {
		return
	}
	switch v.Ret {
	case 0: // no result: not a log-in answer that we know
	case 100:
		emit(Receiver, "xm.login_result", "ok")
	default:
		emit(Receiver, "xm.login_result", "refused")
	}
	emit(Receiver, "xm.type", v.Type)
}

func emitXMSystem(body []byte, emit Emit) {
	var v struct {
		SystemInfo struct {
			SoftWareVersion, HardWare, DeviceModel, SerialNo, BuildTime string
			VideoInChannel, DigChannel                                  int
		}
	}
	if !bodyJSON(body, &v) {
		return
	}
	i := &v.SystemInfo
	emit(Receiver, "xm.version", i.SoftWareVersion)
	emit(Receiver, "xm.hardware", i.HardWare)
	emit(Receiver, "xm.model", i.DeviceModel)
	emit(Receiver, "xm.built", i.BuildTime)
	emit(Receiver, "xm.serial", i.SerialNo)
	if n := i.VideoInChannel + i.DigChannel; n > 0 {
		emit(Receiver, "xm.channels", strconv.Itoa(n))
	}
}
