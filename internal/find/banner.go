package find

import "bytes"

// maxBanner is how much of a banner is kept; RFC 4253 section 4.2 and RFC 5321
// section 4.5.3.1.5 allow 255 and 512 bytes a line.
const maxBanner = 512

// In all four protocols the server speaks first, so the first bytes of Reply decide.

var ftpProtocol = &Protocol{
	Name:      "ftp",
	Doc:       "file transfer: what the server calls itself, and whether a log-in crossed in the clear",
	Source:    "RFC 959 sections 4.1 and 4.2",
	Transport: TCP,
	Ports:     []uint16{21, 2121},
	Kinds:     []Kind{"ftp.banner", "ftp.login"},
	Detect:    func(m *Message) bool { return codeLine(m.Reply, "220") && !smtpLike(m) },
	Hear:      hearFTP,
	Enough: func(m *Message) bool {
		return bytes.Contains(m.Data[:min(len(m.Data), 256)], ftpPass) && bytes.Count(m.Reply, newline) >= 3
	},
}

var ftpPass = []byte("PASS ")

func hearFTP(m *Message, emit Emit) {
	emit(Receiver, "ftp.banner", banner(m.Reply))
	for b := m.Data; len(b) > 0; {
		var line []byte
		line, b, _ = bytes.Cut(b, newline)
		if prefixFold(line, "pass ") {
			emit(Receiver, "ftp.login", "present")
			return
		}
	}
}

var smtpProtocol = &Protocol{
	Name:      "smtp",
	Doc:       "mail: what the server calls itself",
	Source:    "RFC 5321 sections 3.1 and 4.2",
	Transport: TCP,
	Ports:     []uint16{25, 465, 587},
	Kinds:     []Kind{"smtp.banner"},
	Detect:    func(m *Message) bool { return codeLine(m.Reply, "220") },
	Hear:      func(m *Message, emit Emit) { emit(Receiver, "smtp.banner", banner(m.Reply)) },
	Enough:    func(m *Message) bool { return bytes.IndexByte(m.Reply, '\n') >= 0 },
}

// smtpLike reports whether the client greeted as mail does.
func smtpLike(m *Message) bool { return prefixFold(m.Data, "ehlo ") || prefixFold(m.Data, "helo ") }

var sshProtocol = &Protocol{
	Name:      "ssh",
	Doc:       "secure shell: the programs at both ends",
	Source:    "RFC 4253 section 4.2",
	Transport: TCP,
	Ports:     []uint16{22, 2222},
	Anywhere:  true,
	Kinds:     []Kind{"ssh.banner"},
	Detect: func(m *Message) bool {
		return bytes.HasPrefix(m.Reply, sshHello) || len(m.Reply) == 0 && bytes.HasPrefix(m.Data, sshHello)
	},
	Hear: func(m *Message, emit Emit) {
		if bytes.HasPrefix(m.Reply, sshHello) {
			emit(Receiver, "ssh.banner", banner(m.Reply))
		}
	},
	Enough: func(m *Message) bool { return bytes.IndexByte(m.Reply, '\n') >= 0 },
}

var sshHello = []byte("SSH-")

// codeLine reports whether b begins with a reply code and a space or hyphen, and is text so far.
func codeLine(b []byte, code string) bool {
	if len(b) < 4 || string(b[:3]) != code || b[3] != ' ' && b[3] != '-' {
		return false
	}
	line, _ := firstLine(b, maxBanner)
	return bytes.IndexByte(line, 0) < 0
}

// banner is the first line a server says.
func banner(b []byte) string {
	line, _ := firstLine(b, maxBanner)
	return string(line)
}
