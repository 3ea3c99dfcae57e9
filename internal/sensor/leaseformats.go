package sensor

import (
	"bytes"
	"hash/maphash"
	"math"
	"strconv"
	"strings"

	"cordon"
)

// leases reads lease files, each format by its own function.
type leases struct {
	tell   *teller
	format string // empty: told by the lines
	found  string // in this file
	told   map[uint64]struct{}
	seed   maphash.Seed
	block  *lease // of ISC's: the one being read
	at     int64
	index  map[string]int // of Kea's columns
}

// leaseFormats are the names of the formats.
var leaseFormats = map[string]func(*leases, string, int64) error{
	"dhcpd": (*leases).dhcpd, "dnsmasq": (*leases).dnsmasq, "kea": (*leases).kea,
}

func newLeases(t *teller, format string) *leases {
	return &leases{tell: t, format: format, told: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
}

func (l *leases) begin() { l.found, l.block, l.index = l.format, nil, nil }

// head takes Kea's first line, which names the columns, and comments.
func (l *leases) head(line []byte) bool {
	if line[0] == '#' {
		return true
	}
	if l.index != nil || !bytes.HasPrefix(line, []byte("address,")) {
		return false
	}
	l.found, l.index = "kea", map[string]int{}
	for i, c := range strings.Split(string(line), ",") {
		l.index[c] = i
	}
	return true
}

func (l *leases) line(b []byte, now int64) error {
	s := string(bytes.TrimSpace(b))
	if s == "" {
		return nil
	}
	if l.found == "" {
		l.found = "dhcpd"
		if s[0] >= '0' && s[0] <= '9' || strings.HasPrefix(s, "duid ") {
			l.found = "dnsmasq"
		}
	}
	return leaseFormats[l.found](l, s, now)
}

// pass tells a lease, unless the same was told before.
func (l *leases) pass(at int64, x *lease) {
	if x.mac == (cordon.MAC{}) || x.mac.Group() {
		return
	}
	var h maphash.Hash
	h.SetSeed(l.seed)
	for _, s := range []string{x.mac.String(), x.addr.String(), x.host, x.class, x.fqdn} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	key := h.Sum64()
	if _, ok := l.told[key]; ok {
		return
	}
	if len(l.told) >= 1<<16 {
		clear(l.told)
	}
	l.told[key] = struct{}{}
	l.tell.leased(at, x)
}

// dhcpd takes a line of ISC's file (dhcpd.leases(5)): blocks of statements. IPv6 leases name
// no interface and are passed over.
func (l *leases) dhcpd(s string, _ int64) error {
	words := strings.Fields(strings.TrimSuffix(s, ";"))
	if len(words) == 0 {
		return nil
	}
	if words[0] == "lease" && len(words) >= 3 && words[2] == "{" {
		l.block, l.at = &lease{addr: addrOf(words[1])}, 0
		return nil
	}
	if l.block == nil {
		return nil
	}
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(s, ";"), words[0]))
	switch {
	case words[0] == "}":
		x := l.block
		if l.block = nil; l.at == 0 || !x.addr.IsValid() {
			return errLine
		}
		l.pass(l.at, x)
	case words[0] == "cltt" || words[0] == "starts" && l.at == 0:
		if t, ok := dhcpdTime(words[1:]); ok {
			l.at = t
		}
	case words[0] == "hardware" && len(words) == 3 && words[1] == "ethernet":
		l.block.mac = macOf(words[2])
	case words[0] == "client-hostname":
		l.block.host = quoted(rest)
	case words[0] == "set" && len(words) > 3 && words[1] == "vendor-class-identifier":
		_, v, _ := strings.Cut(rest, "=")
		l.block.class = quoted(strings.TrimSpace(v))
	}
	return nil
}

// dhcpdTime reads "4 2026/01/01 10:00:00", which is UTC, or "epoch 1767261600".
func dhcpdTime(words []string) (int64, bool) {
	switch {
	case len(words) >= 2 && words[0] == "epoch":
		return epochOf(strings.TrimSuffix(words[1], ";"), nil)
	case len(words) >= 3:
		return isoTime(words[1]+" "+words[2], nil)
	}
	return 0, false
}

// quoted reads a text in quotes with octal and backslash escapes, as C has them.
func quoted(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`)
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		i++
		b.WriteByte(s[i])
	}
	return b.String()
}

// dnsmasq takes a line of dnsmasq's file (lease.c): when it ends, interface, address, name or *,
// client id or *. A lease does not say when it began: it stands now, or stood until it ended.
// IPv6 leases name no interface and are passed over.
func (l *leases) dnsmasq(s string, now int64) error {
	words := strings.Fields(s)
	if words[0] == "duid" {
		return nil
	}
	if len(words) < 4 {
		return errLine
	}
	end, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || end < 0 || end > math.MaxInt64/1_000_000_000 {
		return errLine
	}
	mac := words[1]
	if kind, m, ok := strings.Cut(mac, "-"); ok && len(kind) == 2 {
		if mac = m; kind != "01" && kind != "06" { // kind of hardware, where it is not Ethernet; 06 is IEEE 802
			return nil
		}
	}
	x := &lease{addr: addrOf(words[2]), mac: macOf(mac)}
	if !x.addr.IsValid() {
		return errLine
	}
	if words[3] != "*" {
		x.host = words[3]
	}
	at := end * 1e9
	if end == 0 || now > 0 && now < at {
		at = now
	}
	if at == 0 {
		return errLine
	}
	l.pass(at, x)
	return nil
}

// kea takes a line of Kea's memfile (Kea Administrator Reference Manual, "Memfile - Basic Storage for
// Leases"); commas within values are written &#x2c.
func (l *leases) kea(s string, _ int64) error {
	if l.index == nil {
		return errLine
	}
	cells := strings.Split(s, ",")
	get := func(column string) string {
		if i, ok := l.index[column]; ok && i < len(cells) {
			return strings.ReplaceAll(cells[i], "&#x2c", ",")
		}
		return ""
	}
	x := &lease{addr: addrOf(get("address")), mac: macOf(get("hwaddr")), host: strings.TrimSuffix(get("hostname"), ".")}
	if !x.addr.IsValid() {
		return errLine
	}
	end, ok := epochOf(get("expire"), nil)
	if state := get("state"); !ok || state == "1" { // declined: somebody else has the address
		return nil
	}
	l.pass(end-int64(min(countOf(get("valid_lifetime")), 1<<32-2))*1e9, x)
	return nil
}
