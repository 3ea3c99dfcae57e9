package sensor

import (
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/packet"
)

// loggedTalk is a conversation as logs tell it. Arrays are indexed by side: what that side sent.
type loggedTalk struct {
	addr        [2]netip.Addr
	port        [2]uint16
	mac         [2]cordon.MAC
	proto       packet.Proto
	state       packet.State
	packets     [2]uint64
	bytes       [2]uint64
	payload     [2]uint64
	first, last int64
}

// flow makes a packet.Flow of it. How many packets were full is a guess: all, where they
// were on average.
func (c *loggedTalk) flow() *packet.Flow {
	f := &packet.Flow{Proto: c.proto, State: c.state, First: c.first, Last: max(c.first, c.last), Bursts: 1}
	ports := c.proto == packet.ProtoTCP || c.proto == packet.ProtoUDP || c.proto == protoSCTP
	for s := range f.End {
		f.End[s] = packet.End{MAC: c.mac[s], Addr: c.addr[s]}
		if ports {
			f.End[s].Port = c.port[s]
		}
		f.Packets[s] = uint32(min(c.packets[s], math.MaxUint32))
		f.Bytes[s], f.Payload[s] = c.bytes[s], c.payload[s]
		if c.packets[s] > 0 && c.payload[s]/c.packets[s] >= packet.BigPayload {
			f.Big[s] = f.Packets[s]
		}
	}
	seconds := uint64(f.Last-f.First)/1e9 + 1
	f.Seconds = uint32(min(seconds, max(c.packets[0]+c.packets[1], 1), math.MaxUint32))
	return f
}

// protoNames are protocols as logs write them, lower case (IANA, "Protocol Numbers").
var protoNames = map[string]packet.Proto{
	"tcp": packet.ProtoTCP, "udp": packet.ProtoUDP, "icmp": packet.ProtoICMP, "icmp6": packet.ProtoICMPv6, "icmpv6": packet.ProtoICMPv6, "ipv6-icmp": packet.ProtoICMPv6,
	"igmp": packet.ProtoIGMP, "sctp": protoSCTP, "gre": 47, "esp": 50, "ah": 51, "ipv6": 41, "udplite": 136, "ospf": 89, "pim": 103, "carp": 112, "vrrp": 112,
}

// protoOf reads a protocol's name or number.
func protoOf(s string) (packet.Proto, bool) {
	if p, ok := protoNames[strings.ToLower(s)]; ok {
		return p, true
	}
	n, err := strconv.ParseUint(s, 10, 8)
	return packet.Proto(n), err == nil && n > 0
}

// appNames translates what Zeek and Suricata call protocols into find's names.
var appNames = map[string]string{
	"ssl": "tls", "tls": "tls", "http": "http", "http2": "http", "dns": "dns", "dhcp": "dhcp", "ntp": "ntp", "quic": "quic", "sip": "sip", "ssh": "ssh", "smtp": "smtp",
	"ftp": "ftp", "snmp": "snmp", "mqtt": "mqtt", "syslog": "syslog", "tftp": "tftp", "rtsp": "rtsp", "telnet": "telnet", "mdns": "mdns", "llmnr": "llmnr", "stun": "stun",
}

// appOf gives the first known name of a list with commas; empty: none.
func appOf(s string) string {
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		if n := appNames[part]; n != "" {
			return n
		}
	}
	return ""
}

// addrOf reads an address; the zero Addr is: none.
func addrOf(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// portOf reads a port; 0: none.
func portOf(s string) uint16 {
	n, _ := strconv.ParseUint(s, 10, 16)
	return uint16(n)
}

// countOf reads a count; 0: none. It is bounded so that sums cannot overflow.
func countOf(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return min(n, 1<<56)
}

func macOf(s string) cordon.MAC {
	m, _ := cordon.ParseMAC(s)
	return m
}

// epochOf reads a time as logs write it: seconds (or, from 1e11 on, milliseconds) since 1970
// with a fraction, or RFC 3339, also with "+0100" and without a zone, which is then loc.
func epochOf(s string, loc *time.Location) (int64, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil:
		return isoTime(s, loc)
	case n < 0 || n > 1e14:
		return 0, false
	case n > 1e11:
		return n * 1e6, true
	}
	if fraction == "" {
		return n * 1e9, true
	}
	fraction = (fraction + "000000000")[:9]
	ns, err := strconv.ParseUint(fraction, 10, 32)
	return n*1e9 + int64(ns), err == nil
}

// isoLayouts are the ways to write a date that the logs know.
var isoLayouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999", "2006/01/02 15:04:05",
}

func isoTime(s string, loc *time.Location) (int64, bool) {
	if loc == nil {
		loc = time.UTC
	}
	if len(s) < 19 || len(s) > 40 {
		return 0, false
	}
	for _, layout := range isoLayouts {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil && t.Year() >= 1970 && t.Year() < 2200 {
			return t.UnixNano(), true
		}
	}
	return 0, false
}

// secondsOf reads a duration in seconds as nanoseconds, at most ten years.
func secondsOf(s string) int64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) {
		return 0
	}
	return int64(min(f, 10*365*86400) * 1e9)
}

// object is a JSON object with text for whatever is asked of it.
type object map[string]any

// jsonObject reads one. Numbers keep their digits.
func jsonObject(line []byte) (object, bool) {
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.UseNumber()
	var o object
	return o, d.Decode(&o) == nil && o != nil
}

// str gives a member as text; empty: not there.
func (o object) str(key string) string { return textOf(o[key]) }

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// obj gives a member that is an object; nil: it is none.
func (o object) obj(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

// list gives the texts in a member that is an array, or is one text.
func (o object) list(key string) []string {
	a, ok := o[key].([]any)
	if !ok {
		if s := o.str(key); s != "" {
			return []string{s}
		}
		return nil
	}
	var out []string
	for _, v := range a {
		if s := textOf(v); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// objects gives the objects in a member that is an array.
func (o object) objects(key string) []object {
	a, _ := o[key].([]any)
	var out []object
	for _, v := range a {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
