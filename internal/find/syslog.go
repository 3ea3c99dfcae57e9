package find

import "bytes"

var syslogProtocol = &Protocol{
	Name:      "syslog",
	Doc:       "log lines that a device sends to a collector",
	Source:    "RFC 3164 section 4.1, RFC 5424 section 6",
	Transport: UDP,
	Ports:     []uint16{514, 1514},
	Kinds:     []Kind{"syslog.sender"},
	Detect:    func(m *Message) bool { return syslogStart(m.Data) > 0 },
	Hear: func(m *Message, emit Emit) {
		if syslogStart(m.Data) > 0 {
			emit(Sender, "syslog.sender", "yes")
		}
	},
}

// syslogStart is the length of "<priority>", priority 0 to 191; 0 if b does not begin so.
func syslogStart(b []byte) int {
	end := bytes.IndexByte(b[:min(len(b), 6)], '>')
	if end < 2 || b[0] != '<' {
		return 0
	}
	n := 0
	for _, c := range b[1:end] {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	if n > 191 {
		return 0
	}
	return end + 1
}
