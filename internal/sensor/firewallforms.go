package sensor

import (
	"net/netip"
	"strings"

	"cordon/internal/packet"
)

// netfilter reads what the kernel's LOG target and nftables' log statement write: words with
// values (net/netfilter/nf_log_syslog.c), after the rule's prefix. What stands in brackets is the packet
// that an ICMP error is about.
func (f *firewall) netfilter(s string, l *logged) error {
	i := strings.Index(s, "IN=")
	if i < 0 {
		return errLine
	}
	prefix, body := s[:i], s[i:]
	if k := strings.LastIndex(prefix, "kernel:"); k >= 0 {
		prefix = prefix[k:]
	}
	l.verdict = f.said(prefix)
	if k := strings.IndexByte(body, '['); k >= 0 {
		body = body[:k]
	}
	for word := range strings.FieldsSeq(body) {
		key, v, ok := strings.Cut(word, "=")
		if !ok {
			l.flags |= flagNames[key]
			continue
		}
		switch key {
		case "SRC":
			l.addr[0] = addrOf(v)
		case "DST":
			l.addr[1] = addrOf(v)
		case "SPT":
			l.port[0] = portOf(v)
		case "DPT":
			l.port[1] = portOf(v)
		case "LEN":
			if l.bytes == 0 { // UDP has one of its own after it
				l.bytes = countOf(v)
			}
		case "PROTO":
			l.proto, _ = protoOf(v)
		case "TYPE":
			l.icmp = v
		case "MACSRC":
			l.mac = macOf(v)
		case "MAC": // destination, source, type
			if b := strings.Split(v, ":"); len(b) >= 14 {
				l.mac = macOf(strings.Join(b[6:12], ":"))
			}
		}
	}
	if l.proto == packet.ProtoICMP && l.addr[0].Is6() {
		l.proto = packet.ProtoICMPv6
	}
	return nil
}

var flagNames = map[string]byte{"SYN": tcpSYN, "ACK": tcpACK, "RST": tcpRST, "FIN": tcpFIN}

// flagLetters are tcpdump's and filterlog's.
func flagLetters(s string) (flags byte) {
	for _, c := range s {
		switch c {
		case 'S':
			flags |= tcpSYN
		case 'A', '.':
			flags |= tcpACK
		case 'R':
			flags |= tcpRST
		case 'F':
			flags |= tcpFIN
		}
	}
	return flags
}

// filterlog reads the comma-separated line of pfSense and OPNsense (Netgate's documentation,
// "Raw Filter Log Format"; OPNsense's has the same order, with a label for the tracker).
func (f *firewall) filterlog(s string, l *logged) error {
	_, s, _ = strings.Cut(s, "filterlog")
	if i := strings.LastIndexAny(strings.SplitN(s, ",", 2)[0], " :]"); i >= 0 {
		s = s[i+1:]
	}
	c := strings.Split(s, ",")
	if len(c) < 17 {
		return errLine
	}
	l.verdict = f.said(c[6])
	var ports []string
	switch c[8] {
	case "4":
		if len(c) < 20 {
			return errLine
		}
		l.proto, _ = protoOf(c[15])
		l.bytes, l.addr, ports = countOf(c[17]), [2]netip.Addr{addrOf(c[18]), addrOf(c[19])}, c[20:]
	case "6":
		if l.proto, _ = protoOf(c[13]); l.proto == 0 {
			l.proto, _ = protoOf(c[12])
		}
		l.bytes, l.addr, ports = countOf(c[14])+40, [2]netip.Addr{addrOf(c[15]), addrOf(c[16])}, c[17:]
	default:
		return errLine
	}
	if len(ports) > 0 && (l.proto == packet.ProtoICMP || l.proto == packet.ProtoICMPv6) {
		l.icmp = ports[0]
	}
	if len(ports) >= 3 && (l.proto == packet.ProtoTCP || l.proto == packet.ProtoUDP) {
		l.port, l.payload = [2]uint16{portOf(ports[0]), portOf(ports[1])}, countOf(ports[2])
	}
	if len(ports) >= 4 && l.proto == packet.ProtoTCP {
		l.flags = flagLetters(ports[3])
	}
	return nil
}

// pflog reads what tcpdump -n -e makes of pf's log: the rule, what it did, then the packet
// (tcpdump(1), print-pflog; OpenBSD's writes TCP's flags without "Flags").
func (f *firewall) pflog(s string, l *logged) error {
	_, s, _ = strings.Cut(s, "rule ")
	head, s, ok := strings.Cut(s, " on ")
	if !ok {
		return errLine
	}
	words := strings.Fields(head)
	if len(words) < 2 {
		return errLine
	}
	l.verdict = f.said(words[len(words)-2]) // action, then direction
	_, s, ok = strings.Cut(s, ": ")
	from, s, ok2 := strings.Cut(s, " > ")
	to, rest, ok3 := strings.Cut(s, ": ")
	if !ok || !ok2 || !ok3 {
		return errLine
	}
	if from = strings.TrimSpace(from); strings.Contains(from, " ") {
		from = from[strings.LastIndexByte(from, ' ')+1:]
	}
	var port [2]bool
	l.addr[0], l.port[0], port[0] = dotted(from)
	l.addr[1], l.port[1], port[1] = dotted(to)
	l.kind(rest, port[0] && port[1])
	return nil
}

// dotted reads tcpdump's "192.0.2.1.443" or "2001:db8::1.443"; without a port for ICMP.
func dotted(s string) (a netip.Addr, port uint16, has bool) {
	if a = addrOf(s); a.IsValid() {
		return a, 0, false
	}
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return netip.Addr{}, 0, false
	}
	return addrOf(s[:i]), portOf(s[i+1:]), true
}

// kind tells the protocol by how tcpdump describes the packet.
func (l *logged) kind(rest string, ports bool) {
	header := uint64(20)
	if l.addr[0].Is6() {
		header = 40
	}
	if _, n, ok := strings.Cut(rest, "length "); ok {
		l.payload = countOf(strings.TrimRight(strings.SplitN(n, " ", 2)[0], ":,)"))
	}
	first, _, _ := strings.Cut(rest, " ")
	switch {
	case strings.HasPrefix(rest, "Flags ["):
		l.proto, l.bytes = packet.ProtoTCP, l.payload+header+20
		flags, _, _ := strings.Cut(rest[len("Flags ["):], "]")
		l.flags = flagLetters(flags)
	case strings.Contains(rest, " win ") && len(first) <= 4:
		l.proto, l.bytes, l.flags = packet.ProtoTCP, header+20, flagLetters(first)
		if strings.Contains(rest, " ack ") {
			l.flags |= tcpACK
		}
	case strings.HasPrefix(first, "ICMP6") || strings.HasPrefix(first, "icmp6"):
		l.proto, l.icmp, l.bytes = packet.ProtoICMPv6, echo(rest), l.payload+header
	case strings.HasPrefix(first, "ICMP") || strings.HasPrefix(first, "icmp"):
		l.proto, l.icmp, l.bytes = packet.ProtoICMP, echo(rest), l.payload+header
	case ports:
		l.proto, l.bytes = packet.ProtoUDP, l.payload+header+8
	}
}

func echo(s string) string {
	if strings.Contains(s, "echo request") {
		return "request"
	}
	return "other"
}
