package find

import "bytes"

var telnetProtocol = &Protocol{
	Name:      "telnet",
	Doc:       "a shell without any protection: what it greets with, and whether somebody logged in",
	Source:    "RFC 854 (commands), RFC 855 (options)",
	Transport: TCP,
	Ports:     []uint16{23, 2323},
	Kinds:     []Kind{"telnet.banner", "telnet.login"},
	Detect:    detectTelnet,
	Hear:      hearTelnet,
}

// telnetIAC begins every command (RFC 854); SB starts and SE ends a parameter block.
const (
	telnetIAC = 0xFF
	telnetSE  = 0xF0
	telnetSB  = 0xFA
)

// detectTelnet wants option talk from either side, or a prompt for a log-in.
func detectTelnet(m *Message) bool {
	return telnetCommand(m.Reply) || telnetCommand(m.Data) || telnetPrompt(m.Reply)
}

func telnetCommand(b []byte) bool {
	return len(b) >= 3 && b[0] == telnetIAC && b[1] >= telnetSE && b[1] < telnetIAC
}

func telnetPrompt(b []byte) bool {
	b = b[:min(len(b), 256)]
	return containsFold(b, "login:") || containsFold(b, "username:") || containsFold(b, "password:")
}

// hearTelnet emits the server's text up to its first prompt; what comes after a prompt
// may echo what was typed. A log-in is present when it asked for a password and the
// client then said more than options.
func hearTelnet(m *Message, emit Emit) {
	server := telnetText(m.Reply[:min(len(m.Reply), 2*maxBanner)])
	greeting := server
	if i := bytes.IndexByte(server, ':'); i >= 0 {
		greeting = server[:i+1]
	}
	emit(Receiver, "telnet.banner", string(greeting))
	if containsFold(server, "password:") && len(bytes.TrimSpace(telnetText(m.Data[:min(len(m.Data), 2*maxBanner)]))) > 0 {
		emit(Receiver, "telnet.login", "present")
	}
}

// telnetText is b without commands: IAC x, IAC x option, IAC SB ... IAC SE.
func telnetText(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == 0:
		case b[i] != telnetIAC:
			out = append(out, b[i])
		case i+1 >= len(b):
		case b[i+1] == telnetSB:
			end := bytes.Index(b[i:], []byte{telnetIAC, telnetSE})
			if end < 0 {
				return out
			}
			i += end + 1
		case b[i+1] > telnetSB && b[i+1] < telnetIAC: // WILL, WON'T, DO, DON'T and an option
			i += 2
		default:
			i++
		}
	}
	return out
}
