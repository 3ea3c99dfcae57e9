package find

import "bytes"

var sipProtocol = &Protocol{
	Name:      "sip",
	Doc:       "calls of door stations and phones, and cameras reporting to a GB/T 28181 platform",
	Source:    "RFC 3261 sections 7, 20 and 22; GB/T 28181-2016 appendix E (device numbers), section 9",
	Transport: UDP,
	Ports:     []uint16{5060, 5061, 15060},
	Anywhere:  true,
	Kinds:     sipKinds,
	Detect:    func(m *Message) bool { return sipStart(m.Data) },
	Hear:      func(m *Message, emit Emit) { hearSIP(m.Data, Sender, Receiver, emit) },
}

// sipTCPProtocol is the same over TCP (RFC 3261 section 18).
var sipTCPProtocol = &Protocol{
	Name:      "sip-tcp",
	Doc:       "calls, and cameras reporting to a GB/T 28181 platform, over TCP",
	Source:    "RFC 3261 section 18",
	Transport: TCP,
	Ports:     []uint16{5060, 5061, 15060},
	Anywhere:  true,
	Kinds:     sipKinds,
	Detect:    func(m *Message) bool { return sipStart(m.Data) || sipStart(m.Reply) },
	Hear: func(m *Message, emit Emit) {
		hearSIP(m.Data, Sender, Receiver, emit)
		hearSIP(m.Reply, Receiver, Sender, emit)
	},
	Enough: func(m *Message) bool { return len(m.Data) > 8192 },
}

var sipKinds = []Kind{"sip.server", "sip.user_agent", "sip.method", "sip.login", "gb28181.device", "gb28181.server"}

var (
	sipVersion = []byte("SIP/2.0 ")
	sipEnd     = []byte(" SIP/2.0")
)

// sipStart reports whether b begins with a status line or with a request line that
// ends in the version.
func sipStart(b []byte) bool {
	if bytes.HasPrefix(b, sipVersion) {
		return true
	}
	if len(b) < 16 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	line, whole := firstLine(b, 512)
	i := bytes.IndexByte(line, ' ')
	return whole && i > 0 && token(line[:i]) && bytes.HasSuffix(line, sipEnd)
}

// hearSIP hears the messages that one side sent to the other.
func hearSIP(b []byte, from, to Subject, emit Emit) {
	for i := 0; i < maxTexts && sipStart(b); i++ {
		t, rest, ok := cutText(b)
		if !ok {
			return
		}
		sipMessage(t, from, to, emit)
		b = bytes.TrimLeft(rest, "\r\n")
	}
}

func sipMessage(t text, from, to Subject, emit Emit) {
	emit(from, "sip.server", string(t.field("server")))
	emit(from, "sip.user_agent", string(t.field("user-agent")))
	method, target, asks := t.request()
	if !asks {
		return
	}
	emit(from, "sip.method", string(method))
	if auth := t.field("authorization"); len(auth) > 0 {
		emit(from, "sip.login", scheme(auth))
	}
	sender := sipUser(t.field("from"))
	if !deviceNumber(sender) {
		return
	}
	emit(from, "gb28181.device", string(sender))
	if server := sipUser(target); deviceNumber(server) && bytes.Equal(method, []byte("REGISTER")) {
		emit(to, "gb28181.server", "yes")
	}
}

// sipUser is the user in "sip:user@host".
func sipUser(b []byte) []byte {
	_, b, ok := bytes.Cut(b, []byte("sip:"))
	if !ok {
		return nil
	}
	user, _, ok := bytes.Cut(b, []byte{'@'})
	if !ok {
		return nil
	}
	return user
}

// deviceNumber reports whether b is a GB/T 28181 number: 20 digits (appendix D of the
// 2011, E of the 2016 edition), of which 11 to 13 are the type: 111 to 139 front-end
// devices, 200 to 299 platforms.
func deviceNumber(b []byte) bool {
	if len(b) != 20 {
		return false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return b[10] == '1' || b[10] == '2' || b[10] == '5'
}
