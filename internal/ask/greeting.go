package ask

import (
	"strconv"
	"time"
)

var greetingQuestion = &Question{
	Name:   "greeting",
	Doc:    "connects to ports where the device speaks first (SSH, FTP, Telnet, makers' control ports) and listens; sends nothing",
	Source: "RFC 4253 section 4.2, RFC 959 section 5.4, RFC 854; service greetings published with nmap (the facts only)",
	Ask:    askGreeting,
}

// listenWait is how long a greeting is waited for. SSH and FTP daemons that look up the name of who
// calls take longer, but are worth it: others are given a second.
const (
	listenWait  = time.Second
	greetWait   = 3 * time.Second
	maxGreeting = 1 << 10
)

func askGreeting(h *Host) []Request {
	var out []Request
	for _, p := range h.among(firstPorts) {
		wait := listenWait
		if p == 22 || p == 21 || p == 23 {
			wait = greetWait
		}
		out = append(out, listen(p, wait))
	}
	for _, p := range h.unknown() {
		out = append(out, listen(p, listenWait))
	}
	return out
}

func listen(p uint16, wait time.Duration) Request {
	return Request{Name: listenName(p), Carrier: TCP, Port: p, Max: maxGreeting, Wait: wait, Turn: greeted}
}

func listenName(p uint16) string { return "listen " + portText(p) }

func portText(p uint16) string { return strconv.Itoa(int(p)) }

// greeted ends the listening at the first line, or at 64 bytes of something else: more is not needed
// to tell who speaks (the longest greeting that is looked for, lefun's, has 64).
func greeted(heard []byte) (send []byte, done bool) {
	if len(heard) >= 64 {
		return nil, true
	}
	// Telnet begins with options and comes to its prompt later.
	return nil, len(heard) > 0 && heard[0] != 0xFF && heard[len(heard)-1] == '\n'
}
