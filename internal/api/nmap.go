package api

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cordon"
)

// The bounds of an nmap report: real ones stay far below.
const (
	nmapDepth = 24       // elements inside each other; scripts' tables go to about 10
	nmapHosts = 200_000  // a /14
	nmapText  = 4 << 10  // bytes of one value that are kept
	nmapToken = 64 << 10 // attributes of one element, added up
)

// nmapHost is what one host element says, as far as it is fact: names out of DNS and what
// nmap concludes from its own tables are left aside, for Cordon judges itself.
type nmapHost struct {
	at    time.Time
	addr  netip.Addr
	mac   cordon.MAC
	how   string     // how it was found, as scan.alive says it; empty: not told
	tried int        // TCP ports tried; 0: not told
	open  []uint16   // TCP ports that accepted, as listed
	said  []nmapSaid // what scripts were answered, word by word
}

// nmapSaid is one answer that a script quotes.
type nmapSaid struct {
	kind  cordon.Kind
	value string
}

// nmapReader reads the XML of nmap -oX (nmap.dtd, xmloutputversion 1.05) as a stream.
type nmapReader struct {
	now   time.Time
	each  func(*nmapHost) error
	path  []string
	start time.Time
	tried int
	seen  bool // it is an nmap report at all
	hosts int
	host  *nmapHost
	port  nmapPort
}

// nmapPort is the port element being read.
type nmapPort struct {
	number  uint16
	service string
	said    []nmapSaid
	open    bool
}

// readNmap reads a report and passes on every host that is up, in order. It never follows an
// entity or loads anything; each host is valid during the call only. Errors say where.
func readNmap(r io.Reader, now time.Time, each func(*nmapHost) error) error {
	n := &nmapReader{now: now, each: each}
	d := xml.NewDecoder(r)
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = n.token(t)
		}
		if err != nil {
			line, _ := d.InputPos()
			return fmt.Errorf("nmap report, line %d: %w", line, err)
		}
	}
	switch {
	case !n.seen:
		return errors.New("this is no nmap report: make one with nmap -oX FILE")
	case len(n.path) > 0:
		return errors.New("the nmap report ends early: was the scan still running?")
	}
	return nil
}

func (n *nmapReader) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		if strings.ContainsAny(string(t), "[") {
			return errors.New("it declares entities of its own, which no nmap report does")
		}
	case xml.StartElement:
		return n.begin(t)
	case xml.EndElement:
		return n.end(t.Name.Local)
	}
	return nil
}

// begin takes an opening tag.
func (n *nmapReader) begin(e xml.StartElement) error {
	name := e.Name.Local
	if len(n.path) == nmapDepth {
		return fmt.Errorf("more than %d elements inside each other", nmapDepth)
	}
	if n.seen && len(n.path) == 0 || !n.seen && name != "nmaprun" {
		return errors.New("want one nmaprun element: this is no nmap report")
	}
	n.path = append(n.path, name)
	size := 0
	for _, a := range e.Attr {
		size += len(a.Value)
	}
	if size > nmapToken {
		return fmt.Errorf("an element %.20q of %d bytes", name, size)
	}
	return n.element(name, attributes(e.Attr))
}

// element takes what an opening tag says.
func (n *nmapReader) element(name string, a attributes) error {
	switch {
	case name == "nmaprun":
		n.seen, n.start = true, n.moment(a.get("start"))
	case name == "scaninfo" && a.get("protocol") == "tcp":
		n.tried = a.number("numservices", 1<<16)
	case name == "host" && len(n.path) == 2:
		if n.hosts++; n.hosts > nmapHosts {
			return fmt.Errorf("more than %d hosts: split it", nmapHosts)
		}
		n.host = &nmapHost{at: n.moment(a.get("endtime")), tried: n.tried}
		if a.get("endtime") == "" {
			n.host.at = n.start
		}
	case n.host == nil:
	case len(n.path) == 3:
		n.ofHost(name, a)
	case name == "port" && n.path[2] == "ports":
		n.port = nmapPort{number: uint16(a.number("portid", 1<<16))}
		if a.get("protocol") != "tcp" {
			n.port.number = 0
		}
	case len(n.path) == 5 && n.path[3] == "port":
		n.ofPort(name, a)
	}
	return nil
}

// nmapFound are nmap's reasons for a host being up, as scan.alive names them.
var nmapFound = map[string]string{"arp-response": "arp", "nd-response": "arp", "echo-reply": "icmp", "timestamp-reply": "icmp", "syn-ack": "tcp", "reset": "tcp", "conn-refused": "tcp"}

func (n *nmapReader) ofHost(name string, a attributes) {
	h := n.host
	switch name {
	case "status":
		if a.get("state") != "up" {
			n.host = nil
			return
		}
		h.how = nmapFound[a.get("reason")]
	case "address":
		if a.get("addrtype") == "mac" {
			if m, err := cordon.ParseMAC(a.get("addr")); err == nil && !m.Group() {
				h.mac = m
			}
		} else if x, err := netip.ParseAddr(a.get("addr")); err == nil && !h.addr.IsValid() {
			h.addr = x.Unmap().WithZone("")
		}
	}
}

func (n *nmapReader) ofPort(name string, a attributes) {
	p := &n.port
	switch name {
	case "state":
		p.open = a.get("state") == "open"
	case "service":
		p.service = a.get("name")
	case "script":
		text := strings.TrimSpace(a.get("output"))
		if kind := a.get("id"); text != "" && len(p.said) < 8 {
			p.said = append(p.said, nmapSaid{cordon.Kind(kind), clip(text)})
		}
	}
}

// end takes a closing tag.
func (n *nmapReader) end(name string) error {
	if len(n.path) == 0 || n.path[len(n.path)-1] != name {
		return fmt.Errorf("</%.20s> closes nothing", name)
	}
	n.path = n.path[:len(n.path)-1]
	switch {
	case n.host == nil:
	case name == "port" && len(n.path) == 3:
		n.host.take(&n.port)
	case name == "host" && len(n.path) == 1:
		h := n.host
		n.host = nil
		if h.addr.IsValid() || h.mac != (cordon.MAC{}) {
			return n.each(h)
		}
	}
	return nil
}

// take keeps an open port and what was said there.
func (h *nmapHost) take(p *nmapPort) {
	if !p.open || p.number == 0 || len(h.open) == 1<<16 {
		return
	}
	h.open = append(h.open, p.number)
	for _, s := range p.said {
		kind, value := p.kind(string(s.kind)), s.value
		if kind == "http.title" {
			value = title(value)
		}
		if kind != "" && value != "" && len(h.said) < 1024 {
			h.said = append(h.said, nmapSaid{kind, value})
		}
	}
}

// kind is the fact that a script's output is, word by word; empty for all other scripts.
func (p *nmapPort) kind(script string) cordon.Kind {
	switch script {
	case "http-title":
		return "http.title"
	case "http-server-header":
		return "http.server"
	case "banner":
		switch p.service {
		case "ftp", "telnet", "ssh", "smtp":
			return cordon.Kind(p.service + ".banner")
		}
	}
	return ""
}

// title takes the title of a page out of what http-title says (its source, http-title.nse):
// sentences of its own are none, and lines below the first speak of redirects.
func title(said string) string {
	first, _, _ := strings.Cut(said, "\n")
	if strings.HasPrefix(first, "Site doesn't have a title") || strings.HasPrefix(first, "Did not follow redirect") {
		return ""
	}
	return strings.TrimSpace(first)
}

// moment reads seconds since 1970; what is not told, or not possible, is now.
func (n *nmapReader) moment(s string) time.Time {
	sec, err := strconv.ParseInt(s, 10, 64)
	t := time.Unix(sec, 0).UTC()
	if err != nil || t.After(n.now) || t.Year() < 1997 { // nmap's first year
		return n.now.UTC()
	}
	return t
}

// facts gives what a host says, in order.
func (h *nmapHost) facts(put func(kind cordon.Kind, value string)) {
	if h.how != "" {
		put("scan.alive", h.how)
	}
	if h.tried > 0 {
		put("scan.ports", strconv.Itoa(h.tried))
	}
	for _, p := range h.open {
		put("tcp.open", strconv.Itoa(int(p)))
	}
	for _, s := range h.said {
		put(s.kind, s.value)
	}
}

// attributes are those of one element.
type attributes []xml.Attr

func (a attributes) get(name string) string {
	for i := range a {
		if a[i].Name.Local == name && a[i].Name.Space == "" {
			return a[i].Value
		}
	}
	return ""
}

// number reads a count from 1 to below most; anything else is 0.
func (a attributes) number(name string, most int) int {
	n, err := strconv.Atoi(a.get(name))
	if err != nil || n < 1 || n >= most {
		return 0
	}
	return n
}

// clip shortens a text to nmapText bytes, at the start of a character.
func clip(s string) string {
	if len(s) <= nmapText {
		return s
	}
	return strings.ToValidUTF8(s[:nmapText], "")
}
