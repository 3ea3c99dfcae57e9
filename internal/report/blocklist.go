package report

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"cordon"
)

// Blocklist writes the outside far ends of devices that watch, or are things, as a list
// for a resolver or firewall: hosts, adblock, ip, nft (nft -f) or rpz. People's own
// devices and devices whose far ends are hidden add nothing to it. Names that are no host
// names are left out, as are addresses that have no place on the internet. Who called is
// said in comments. An unknown format is an error.
func Blocklist(w io.Writer, a *cordon.Audit, format string) error {
	var l Blocked
	for i := range a.Devices {
		d := &a.Devices[i]
		for n := range d.Destinations {
			l.Add(d, &d.Destinations[n])
		}
	}
	return l.Write(w, format, fmt.Sprintf("seen by %s in %s", excerpt(known(a.Program), 60), Plural(len(a.Captures), "capture")))
}

// Write writes the list in a format. seen says in a line where it is from. The same far ends give the same
// bytes. An unknown format is an error.
func (l *Blocked) Write(w io.Writer, format, seen string) error {
	write, ok := blocklistFormats[format]
	if !ok {
		return fmt.Errorf("block list %s: unknown format; say hosts, adblock, ip, nft or rpz", Clean(format))
	}
	b := bufio.NewWriter(w)
	write(b, l.sorted(Clean(seen)))
	return b.Flush()
}

var blocklistFormats = map[string]func(*bufio.Writer, *blocked){
	"hosts":   func(w *bufio.Writer, l *blocked) { writeNames(w, l, "#", "", "0.0.0.0 %s\n", 253) },
	"adblock": func(w *bufio.Writer, l *blocked) { writeNames(w, l, "!", "", "||%s^\n", 253) },
	"rpz":     func(w *bufio.Writer, l *blocked) { writeNames(w, l, ";", rpzHead, "%s CNAME .\n", rpzName) },
	"ip":      writeIPs,
	"nft":     writeNFT,
}

// rpzHead is a response policy zone's beginning: names below are relative to the zone
// (draft-vixie-dnsop-dns-rpz-00, section 4.1.1; RFC 1035, section 5.1).
const rpzHead = "$TTL 300\n@ SOA localhost. root.localhost. 1 3600 600 86400 300\n@ NS localhost.\n"

// rpzName is how long a name may be in a zone: with the zone's own name behind it, it must stay within the 255
// octets of RFC 1035, section 2.3.4, or the whole zone is refused. Who calls longer ones is left out, and counted.
const rpzName = 180

// maxCallers is how many devices a comment names before it counts the rest.
const maxCallers = 3

// blockedEnd is one name or address and who called it.
type blockedEnd struct {
	name    string     // for names
	addr    netip.Addr // for addresses
	network string     // whose network, or whose cloud
	callers []string
	more    int
	last    string
}

func (e *blockedEnd) by(id string) {
	switch {
	case e.last == id:
		return
	case len(e.callers) < maxCallers:
		e.callers = append(e.callers, id)
	default:
		e.more++
	}
	e.last = id
}

// Blocked gathers far ends for a block list. The zero value is empty.
type Blocked struct {
	names   map[string]*blockedEnd
	addrs   map[netip.Addr]*blockedEnd
	left    int // far ends with a name that is none
	unnamed int // far ends that have no name, which lists of names cannot hold
}

// blocked is what goes into a block list, in its order.
type blocked struct {
	*Blocked
	seen         string
	names, addrs []*blockedEnd
}

// sorted puts names and addresses into their order.
func (l *Blocked) sorted(seen string) *blocked {
	out := &blocked{Blocked: l, seen: seen}
	for _, e := range l.names {
		out.names = append(out.names, e)
	}
	for _, e := range l.addrs {
		out.addrs = append(out.addrs, e)
	}
	slices.SortFunc(out.names, func(x, y *blockedEnd) int { return strings.Compare(x.name, y.name) })
	slices.SortFunc(out.addrs, func(x, y *blockedEnd) int { return x.addr.Compare(y.addr) })
	return out
}

// Add adds a far end of a device. Of people's own devices, of those whose far ends are hidden, and of
// routers and servers it adds nothing.
func (l *Blocked) Add(by *cordon.Audited, d *cordon.Destination) {
	if by.Hidden || !cordon.Thing(by.Identity.Class.Value) {
		return
	}
	if d.Sent == 0 && strings.HasPrefix(d.Protocol, "icmp") {
		return // a router on the way said that it could not deliver: nobody called it
	}
	if l.names == nil {
		l.names, l.addrs = map[string]*blockedEnd{}, map[netip.Addr]*blockedEnd{}
	}
	about := d.Cloud
	if about == "" {
		about = d.Network
	}
	if name, ok := hostName(d.Name); ok {
		if l.names[name] == nil {
			l.names[name] = &blockedEnd{name: name, network: about}
		}
		l.names[name].by(by.ID)
	} else if d.Name != "" {
		l.left++
	} else {
		l.unnamed++
	}
	if addr := d.Address.Unmap().WithZone(""); blockable(addr) {
		if l.addrs[addr] == nil {
			l.addrs[addr] = &blockedEnd{addr: addr, network: about}
		}
		l.addrs[addr].by(by.ID)
	}
}

func blockable(a netip.Addr) bool {
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback()
}

// hostName gives the name in lower case without the dot at its end, and whether it is a
// host name with at least two labels (RFC 1123, 2.1; RFC 1035, 2.3.4; underscores occur) that is no address.
func hostName(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if len(s) > 253 || !strings.Contains(s, ".") {
		return "", false
	}
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false
		}
		for i := range len(label) {
			if c := label[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return "", false
			}
		}
	}
	last := labels[len(labels)-1]
	return s, strings.Trim(last, "0123456789") != "" && !private[last] // a number at the end is an address
}

// private are the last labels that name nothing on the internet (RFC 6761, RFC 6762, RFC 8375).
var private = map[string]bool{"local": true, "localhost": true, "arpa": true, "invalid": true, "test": true, "lan": true, "internal": true}

func (e *blockedEnd) comment() string {
	s := "called by " + strings.Join(e.callers, ", ")
	if e.more > 0 {
		s += fmt.Sprintf(" and %d more", e.more)
	}
	if e.network != "" {
		s += "; " + e.network
	}
	return excerpt(strings.ReplaceAll(s, `"`, "'"), 160)
}

func blocklistHead(w *bufio.Writer, l *blocked, mark string) {
	fmt.Fprintf(w, "%s far ends that devices called, %s\n", mark, l.seen)
	fmt.Fprintf(w, "%s blocking them may end functions that you use: read it first\n", mark)
}

// writeNames writes a line for each name of at most longest bytes.
func writeNames(w *bufio.Writer, l *blocked, mark, head, line string, longest int) {
	w.WriteString(head)
	blocklistHead(w, l, mark)
	if len(l.names) == 0 {
		fmt.Fprintf(w, "%s nothing to block by name: no named far end of a camera or other thing was seen\n", mark)
	}
	left := l.left
	for _, e := range l.names {
		if len(e.name) > longest {
			left++
			continue
		}
		fmt.Fprintf(w, "%s %s\n", mark, e.comment())
		fmt.Fprintf(w, line, e.name)
	}
	if l.unnamed > 0 {
		fmt.Fprintf(w, "%s %s had no name: the formats ip and nft hold the addresses\n", mark, Plural(l.unnamed, "far end"))
	}
	if left > 0 {
		fmt.Fprintf(w, "%s %s left out: the name is no host name of the internet\n", mark, Plural(left, "far end"))
	}
}

func writeIPs(w *bufio.Writer, l *blocked) {
	blocklistHead(w, l, "#")
	if len(l.addrs) == 0 {
		w.WriteString("# nothing to block: no far end of a camera or other thing was seen\n")
	}
	for _, e := range l.addrs {
		fmt.Fprintf(w, "# %s\n%s\n", e.comment(), e.addr)
	}
}

// writeNFT writes a file for nft -f: it may be loaded again and again.
func writeNFT(w *bufio.Writer, l *blocked) {
	blocklistHead(w, l, "#")
	if len(l.addrs) == 0 {
		w.WriteString("# nothing to block: no far end of a camera or other thing was seen\n")
	}
	w.WriteString("table inet cordon_blocklist\ndelete table inet cordon_blocklist\ntable inet cordon_blocklist {\n")
	writeNFTSet(w, "v4", "ipv4_addr", l.addrs, netip.Addr.Is4)
	writeNFTSet(w, "v6", "ipv6_addr", l.addrs, netip.Addr.Is6)
	w.WriteString(`	chain forward {
		type filter hook forward priority filter; policy accept;
		ip daddr @v4 counter reject
		ip6 daddr @v6 counter reject
	}
}
`)
}

func writeNFTSet(w *bufio.Writer, name, kind string, list []*blockedEnd, is func(netip.Addr) bool) {
	fmt.Fprintf(w, "\tset %s {\n\t\ttype %s\n", name, kind)
	open := false
	for _, e := range list {
		if !is(e.addr) {
			continue
		}
		if !open {
			w.WriteString("\t\telements = {\n")
			open = true
		}
		fmt.Fprintf(w, "\t\t\t%s, # %s\n", e.addr, e.comment())
	}
	if open {
		w.WriteString("\t\t}\n")
	}
	w.WriteString("\t}\n")
}
