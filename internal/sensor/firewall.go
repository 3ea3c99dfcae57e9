package sensor

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"cordon"
	"cordon/internal/packet"
)

// firewallSource: a firewall's log: nftables or iptables LOG lines (syslog, journald), pf by tcpdump, filterlog of pfSense and OPNsense.
var firewallSource = &sourceKind{
	Name:    "firewall",
	Options: []string{"path", "from", "zone", "blocked", "refused", "passed"},
	New: func(c SourceConfig, env Env) (Source, error) {
		zone, err := zoneOf(c)
		if err != nil {
			return nil, err
		}
		return newLogSource(c, env, func(t *teller) lineReader { return newFirewall(t, c, zone) })
	},
}

// zoneOf reads the key "zone".
func zoneOf(c SourceConfig) (*time.Location, error) {
	if c.Zone == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf(`source %s: zone = %q is not a time zone like "Europe/Berlin": %w`, c.Kind, c.Zone, err)
	}
	return zone, nil
}

// verdict is what a firewall did with a packet.
type verdict uint8

const (
	unsaid verdict = iota
	passed
	blocked
	refusedIt
)

// firewall reads the packets that a firewall logged. Every line is one packet: a try that was
// blocked, or the first packet of what was let through.
type firewall struct {
	tell  *teller
	zone  *time.Location
	words []verdictWord
	now   func() time.Time
}

// verdictWord is a word in a rule's prefix, lower case. The owner's may be parts of words.
type verdictWord struct {
	word    string
	part    bool
	verdict verdict
}

// usualWords are those in the prefixes of ufw, firewalld, Shorewall, OpenWrt and most people.
var usualWords = []verdictWord{
	{"reject", false, refusedIt}, {"rejected", false, refusedIt}, {"refuse", false, refusedIt}, {"refused", false, refusedIt},
	{"drop", false, blocked}, {"dropped", false, blocked}, {"block", false, blocked}, {"blocked", false, blocked}, {"deny", false, blocked},
	{"denied", false, blocked}, {"discard", false, blocked}, {"discarded", false, blocked},
	{"accept", false, passed}, {"accepted", false, passed}, {"allow", false, passed}, {"allowed", false, passed}, {"pass", false, passed}, {"permit", false, passed},
}

func newFirewall(t *teller, c SourceConfig, zone *time.Location) *firewall {
	f := &firewall{tell: t, zone: zone, now: time.Now}
	for _, list := range []struct {
		words   []string
		verdict verdict
	}{{c.Block, blocked}, {c.Refuse, refusedIt}, {c.Pass, passed}} {
		for _, w := range list.words {
			if w != "" {
				f.words = append(f.words, verdictWord{strings.ToLower(w), true, list.verdict})
			}
		}
	}
	return f
}

func (f *firewall) begin()           {}
func (f *firewall) head([]byte) bool { return false }

// logged is one packet in a log.
type logged struct {
	at      int64
	verdict verdict
	proto   packet.Proto
	addr    [2]netip.Addr // from, to
	port    [2]uint16
	mac     cordon.MAC // who sent it on this link
	bytes   uint64     // of the IP layer
	payload uint64
	flags   byte // TCP
	icmp    string
}

// line takes a line of any of the forms; others of the same log are passed over.
func (f *firewall) line(line []byte, now int64) error {
	s := string(line)
	if line[0] == '{' {
		return f.journal(line, now)
	}
	read := firewallForm(line)
	if read == nil {
		return nil
	}
	at, rest, ok := f.when(s, now)
	if !ok {
		return errLine
	}
	return f.packet(read, at, rest)
}

// packet reads one and tells it.
func (f *firewall) packet(read func(*firewall, string, *logged) error, at int64, s string) error {
	l := logged{at: at}
	if err := read(f, s, &l); err != nil {
		return err
	}
	if !l.addr[0].IsValid() || !l.addr[1].IsValid() || l.addr[0].Is4() != l.addr[1].Is4() {
		return errLine
	}
	f.tell.flow(l.flow(), "", Name{})
	return nil
}

// firewallForm tells which form a line has; nil: none.
func firewallForm(line []byte) func(*firewall, string, *logged) error {
	switch {
	case bytes.Contains(line, []byte(" SRC=")) && bytes.Contains(line, []byte(" DST=")):
		return (*firewall).netfilter
	case bytes.Contains(line, []byte("filterlog")):
		return (*firewall).filterlog
	case bytes.Contains(line, []byte("rule ")) && bytes.Contains(line, []byte(" on ")) && bytes.Contains(line, []byte(" > ")):
		return (*firewall).pflog
	}
	return nil
}

// journal reads a line of journalctl -o json: the message, and when it was written.
func (f *firewall) journal(line []byte, now int64) error {
	o, ok := jsonObject(line)
	if !ok {
		return errLine
	}
	message := o.str("MESSAGE")
	read := firewallForm([]byte(message))
	if read == nil {
		return nil
	}
	at := int64(min(countOf(o.str("__REALTIME_TIMESTAMP")), 1<<62/1000)) * 1000
	if at == 0 {
		at = now
	}
	if at == 0 {
		return errLine
	}
	return f.packet(read, at, message)
}

// flow makes a conversation of a packet: a try, or a piece of something seen midway. Packets
// that only answer (no SYN; from a service's port) are of a conversation that the other side opened.
func (l *logged) flow() *packet.Flow {
	c := loggedTalk{addr: l.addr, port: l.port, proto: l.proto, first: l.at, last: l.at, packets: [2]uint64{1, 0}}
	c.bytes[0], c.payload[0], c.mac[0] = l.bytes, l.payload, l.mac
	opens := true
	switch l.proto {
	case packet.ProtoTCP:
		opens = l.flags&(tcpSYN|tcpACK|tcpRST|tcpFIN) == tcpSYN || l.flags == 0
	case packet.ProtoICMP, packet.ProtoICMPv6:
		opens = l.icmp == "8" || l.icmp == "128" || l.icmp == "request"
	}
	to := l.addr[1]
	switch {
	case l.proto != packet.ProtoTCP && (to.IsMulticast() || to == broadcast):
		opens = false
	case l.proto == packet.ProtoUDP && l.port[0] < 1024 && serviceRank(l.port[0]) > serviceRank(l.port[1]), l.proto == packet.ProtoTCP && !opens && serviceRank(l.port[0]) > serviceRank(l.port[1]):
		f := c.flow()
		turn(f)
		return f // midway
	}
	switch {
	case opens && l.verdict == blocked:
		c.state = packet.StateAttempt
	case opens && l.verdict == refusedIt:
		c.state = packet.StateRefused
	}
	return c.flow()
}

// said is the verdict in a rule's prefix.
func (f *firewall) said(prefix string) verdict {
	prefix = strings.ToLower(prefix)
	for _, w := range f.words {
		if strings.Contains(prefix, w.word) {
			return w.verdict
		}
	}
	for _, word := range strings.FieldsFunc(prefix, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		for _, w := range usualWords {
			if word == w.word {
				return w.verdict
			}
		}
	}
	return unsaid
}
