package reach

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// Scope is where Cordon may send: the networks that the owner named. It does not change and
// may be used by many goroutines. The zero Scope allows nothing.
type Scope struct {
	prefixes []netip.Prefix // masked, unmapped, sorted; none inside another
}

// local are the networks that may be named without saying that one owns them: nobody outside
// answers there. 100.64.0.0/10 (RFC 6598) is not among them: other customers of a provider may.
var local = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),     // RFC 1918
	netip.MustParsePrefix("172.16.0.0/12"),  // RFC 1918
	netip.MustParsePrefix("192.168.0.0/16"), // RFC 1918
	netip.MustParsePrefix("169.254.0.0/16"), // RFC 3927
	netip.MustParsePrefix("127.0.0.0/8"),    // RFC 1122, 3.2.1.3
	netip.MustParsePrefix("fc00::/7"),       // RFC 4193
	netip.MustParsePrefix("fe80::/10"),      // RFC 4291, 2.5.6
	netip.MustParsePrefix("::1/128"),        // RFC 4291, 2.5.3
}

// never are the networks that hold no single hosts.
var never = []struct {
	prefix netip.Prefix
	why    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "means this host, not a network"}, // RFC 1122, 3.2.1.3
	{netip.MustParsePrefix("224.0.0.0/4"), "is multicast"},                 // RFC 5771
	{netip.MustParsePrefix("240.0.0.0/4"), "is reserved or broadcast"},     // RFC 1112, 4; RFC 919
	{netip.MustParsePrefix("::/128"), "is the unspecified address"},        // RFC 4291, 2.5.2
	{netip.MustParsePrefix("ff00::/8"), "is multicast"},                    // RFC 4291, 2.7
}

// The widest networks that can be named: a /8 takes four hours at the polite pace already, and
// a /16 of IPv6 is more than any registry hands out (RIPE-738: /29 without a reason).
const (
	widest4 = 8
	widest6 = 16
)

// ParseNetworks reads networks as an operator writes them: "192.168.8.0/24", or one address.
// The error names the text and says what is wrong with it.
func ParseNetworks(texts ...string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		p, err := parseNetwork(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("network %q: %w", text, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if strings.Contains(text, "%") {
		return netip.Prefix{}, fmt.Errorf("leave out the interface (from %q on)", text[strings.Index(text, "%"):])
	}
	before, after, slash := strings.Cut(text, "/")
	a, err := netip.ParseAddr(before)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not an address; a network is written like 192.168.8.0/24 or fd00:8::/64", before)
	}
	if !slash {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a length: want a number from 0 to %d", after, a.BitLen())
	}
	return p, nil
}

// NewScope makes the scope of the networks named. Public ones need to lie wholly within those
// that the operator says to own. An address inside stands for its network. It refuses what
// is too wide, multicast, broadcast and unspecified; the error names the network.
func NewScope(named, owned []netip.Prefix) (*Scope, error) {
	if len(named) == 0 {
		return nil, fmt.Errorf("scope: name at least one network, like 192.168.8.0/24")
	}
	own, err := tidy(owned)
	if err != nil {
		return nil, fmt.Errorf("scope: %w", err)
	}
	in, err := tidy(named)
	if err != nil {
		return nil, fmt.Errorf("scope: %w", err)
	}
	for _, p := range in {
		if !covered(p, local) && !covered(p, own) {
			return nil, fmt.Errorf("scope: network %v is public: say that you own it (--i-own-this %v), or leave it out", p, p)
		}
	}
	return &Scope{prefixes: outermost(in)}, nil
}

// tidy masks and unmaps the prefixes and refuses those that nobody can mean.
func tidy(in []netip.Prefix) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(in))
	for _, p := range in {
		p, err := unmapPrefix(p)
		if err != nil {
			return nil, err
		}
		for _, n := range never {
			if n.prefix.Contains(p.Addr()) && p.Bits() >= n.prefix.Bits() {
				return nil, fmt.Errorf("network %v %s", p, n.why)
			}
		}
		if tooWide(p) {
			return nil, fmt.Errorf("network %v is too wide: name the networks that are yours", p)
		}
		out = append(out, p)
	}
	return out, nil
}

// unmapPrefix gives ::ffff:10.0.0.0/104 as 10.0.0.0/8 (RFC 4291, 2.5.5.2), masked.
func unmapPrefix(p netip.Prefix) (netip.Prefix, error) {
	if !p.IsValid() {
		return p, fmt.Errorf("network %v is not valid", p)
	}
	a := p.Addr()
	if !a.Is4In6() {
		return p.Masked(), nil
	}
	if p.Bits() < 96 {
		return p, fmt.Errorf("network %v is too wide: name the networks that are yours", p)
	}
	return netip.PrefixFrom(a.Unmap(), p.Bits()-96).Masked(), nil
}

func tooWide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < widest4
	}
	return p.Bits() < widest6 && !covered(p, local)
}

// covered reports whether the prefix lies wholly within the others, several of which may
// cover it together.
func covered(p netip.Prefix, by []netip.Prefix) bool {
	inside := false
	for _, b := range by {
		if !b.Overlaps(p) {
			continue
		}
		if b.Bits() <= p.Bits() {
			return true
		}
		inside = true
	}
	if !inside {
		return false
	}
	low, high := halves(p)
	return covered(low, by) && covered(high, by)
}

// halves splits a prefix that holds more than one address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	b := p.Addr().AsSlice()
	b[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	a, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(p.Addr(), p.Bits()+1), netip.PrefixFrom(a, p.Bits()+1)
}

// outermost sorts the prefixes and drops those inside others.
func outermost(in []netip.Prefix) []netip.Prefix {
	slices.SortFunc(in, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	var out []netip.Prefix
	for _, p := range in {
		if n := len(out); n == 0 || !out[n-1].Overlaps(p) {
			out = append(out, p)
		}
	}
	return out
}

// Prefixes gives the networks: masked, sorted, none inside another. The caller may keep them.
func (s *Scope) Prefixes() []netip.Prefix { return slices.Clone(s.prefixes) }

// Allow gives nil for an address that may be sent to: a host of one of the networks. The first and
// last address of an IPv4 network are not hosts (RFC 919, 7), but for /31 (RFC 3021) and /32. Zones
// do not count, an IPv4 address within IPv6 counts as itself. Else it fails with ErrOutside.
func (s *Scope) Allow(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, p := range s.prefixes {
		if p.Contains(a) {
			if edge(p, a) {
				return fmt.Errorf("address %v: %w: not a host, but the network's own or broadcast address of %v", a, ErrOutside, p)
			}
			return nil
		}
	}
	return fmt.Errorf("address %v: %w", a, ErrOutside)
}

// contains reports whether the address lies in one of the networks, as a host or not.
func (s *Scope) contains(a netip.Addr) bool {
	return slices.ContainsFunc(s.prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// edge reports whether the address is the first or last of an IPv4 network that has such.
func edge(p netip.Prefix, a netip.Addr) bool {
	if !a.Is4() || p.Bits() > 30 {
		return false
	}
	return a == p.Masked().Addr() || a == last(p)
}

// last gives the last address of a prefix: the broadcast address of an IPv4 network.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// Hosts gives every IPv4 host of the scope once, in order. IPv6 networks are not enumerated.
func (s *Scope) Hosts() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for _, p := range s.prefixes {
			if !p.Addr().Is4() {
				return // sorted: what follows is IPv6
			}
			for a := p.Addr(); p.Contains(a); a = a.Next() {
				if !edge(p, a) && !yield(a) {
					return
				}
			}
		}
	}
}
