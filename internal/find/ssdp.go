package find

import "bytes"

var ssdpProtocol = &Protocol{
	Name:      "ssdp",
	Doc:       "UPnP discovery: devices announcing themselves, and programs searching for them",
	Source:    "UPnP Device Architecture 2.0 (2020-04-17), section 1",
	Transport: UDP,
	Ports:     []uint16{1900},
	Anywhere:  true, // the start lines are fixed; answers come from any port
	Always:    true,
	Kinds:     []Kind{"ssdp.server", "ssdp.st", "ssdp.usn", "ssdp.location", "ssdp.search", "ssdp.user_agent"},
	Detect:    detectSSDP,
	Hear:      hearSSDP,
	Asks:      []*Ask{ssdpQuestion("ssdp:all", false), ssdpQuestion("upnp:rootdevice", true)},
}

// ssdpQuestion is an M-SEARCH (UPnP Device Architecture 2.0, section 1.3.2; Annex A for IPv6).
func ssdpQuestion(target string, unicast bool) *Ask {
	return &Ask{Groups: groups("239.255.255.250", "ff02::c"), Unicast: unicast, Port: 1900, Bytes: func(a *Asker) []byte {
		host := "239.255.255.250:1900"
		if a.Addr.Is6() && !a.Addr.Is4In6() {
			host = "[FF02::C]:1900"
		}
		return []byte("M-SEARCH * HTTP/1.1\r\nHOST: " + host + "\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: " + target + "\r\n\r\n")
	}}
}

var (
	ssdpNotify = []byte("NOTIFY * HTTP/1.")
	ssdpSearch = []byte("M-SEARCH * HTTP/1.")
	ssdpAnswer = []byte("HTTP/1.1 200 ") // UDA 2.0 section 1.3.3
)

func detectSSDP(m *Message) bool {
	return bytes.HasPrefix(m.Data, ssdpNotify) || bytes.HasPrefix(m.Data, ssdpSearch) || bytes.HasPrefix(m.Data, ssdpAnswer)
}

// hearSSDP: an announcement or answer describes its sender; a search only says that
// its sender looks for something.
func hearSSDP(m *Message, emit Emit) {
	t, _, ok := cutText(m.Data)
	if !ok {
		return
	}
	if bytes.HasPrefix(m.Data, ssdpSearch) {
		emit(Sender, "ssdp.search", string(t.field("st")))
		emit(Sender, "ssdp.user_agent", string(t.field("user-agent")))
		return
	}
	t.fields(func(name, value []byte) bool {
		switch {
		case equalFold(name, "server"):
			emit(Sender, "ssdp.server", string(value))
		case equalFold(name, "st"), equalFold(name, "nt"):
			emit(Sender, "ssdp.st", string(value))
		case equalFold(name, "usn"):
			emit(Sender, "ssdp.usn", string(value))
		case equalFold(name, "location"):
			emit(Sender, "ssdp.location", CleanURL(string(value)))
		}
		return true
	})
}
