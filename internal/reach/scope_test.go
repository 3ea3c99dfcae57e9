package reach

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func prefixes(t *testing.T, texts string) []netip.Prefix {
	t.Helper()
	out, err := ParseNetworks(strings.Fields(texts)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNewScope(t *testing.T) {
	for _, c := range []struct {
		named, owned, want string // want: the networks, or what the error says
		fails              bool
	}{
		{"192.168.8.0/24", "", "192.168.8.0/24", false},
		{"192.168.8.77/24", "", "192.168.8.0/24", false},
		{"192.168.8.77", "", "192.168.8.77/32", false},
		{"10.1.0.0/16 10.1.2.0/24 10.1.2.3 10.0.0.0/16", "", "10.0.0.0/16 10.1.0.0/16", false},
		{"10.0.0.0/8", "", "10.0.0.0/8", false},
		{"::ffff:10.0.0.0/104 fd00::/8", "", "10.0.0.0/8 fd00::/8", false},
		{"127.0.0.0/8 ::1", "", "127.0.0.0/8 ::1/128", false},
		{"fe80::/10", "", "fe80::/10", false},
		{"169.254.0.0/16", "", "169.254.0.0/16", false},
		{"8.8.8.0/24", "8.8.8.0/24", "8.8.8.0/24", false},
		{"8.8.8.0/24", "8.8.0.0/16", "8.8.8.0/24", false},
		{"8.8.8.0/24", "8.8.8.128/25 8.8.8.0/25", "8.8.8.0/24", false},
		{"2001:db8::/48", "2001:db8::/32", "2001:db8::/48", false},

		{"", "", "name at least one network", true},
		{"8.8.8.0/24", "", "8.8.8.0/24 is public", true},
		{"8.8.8.0/24", "8.8.8.0/25", "is public", true},
		{"8.8.8.0/24", "8.8.8.0/25 8.8.8.128/26 8.8.8.193/26", "8.8.8.0/24", false},
		{"8.8.8.0/24", "8.8.8.0/25 8.8.8.128/26 8.8.8.224/27", "is public", true},
		{"192.168.0.0/15", "", "is public", true}, // half of it is
		{"172.16.0.0/11", "", "is public", true},
		{"100.64.0.0/10", "", "is public", true},
		{"::ffff:8.8.8.8/128", "", "8.8.8.8/32 is public", true},
		{"2001:db8::/48", "", "is public", true},
		{"64:ff9b::/96", "", "is public", true}, // all of IPv4, by NAT64
		{"2002:a00::/24", "", "is public", true},
		{"10.0.0.0/8", "10.0.0.0/7", "10.0.0.0/7 is too wide", true},
		{"0.0.0.0/0", "0.0.0.0/0", "too wide", true},
		{"10.0.0.0/7", "", "too wide", true},
		{"128.0.0.0/1", "128.0.0.0/1", "too wide", true},
		{"::/0", "::/0", "too wide", true},
		{"2000::/3", "2000::/3", "too wide", true},
		{"::ffff:0.0.0.0/95", "", "too wide", true},
		{"224.0.0.251", "", "is multicast", true},
		{"239.0.0.0/8", "239.0.0.0/8", "is multicast", true},
		{"ff02::/16", "", "is multicast", true},
		{"255.255.255.255", "", "broadcast", true},
		{"0.0.0.0", "", "this host", true},
		{"::", "", "unspecified", true},
	} {
		s, err := NewScope(prefixes(t, c.named), prefixes(t, c.owned))
		if c.fails {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q owning %q: %v, want an error with %q", c.named, c.owned, err, c.want)
			}
			continue
		}
		if err != nil || !slices.Equal(s.Prefixes(), prefixes(t, c.want)) {
			t.Errorf("%q owning %q: %v, %v, want %q", c.named, c.owned, s, err, c.want)
		}
	}
	if _, err := NewScope([]netip.Prefix{{}}, nil); err == nil {
		t.Error("a prefix that is not valid was taken")
	}
}

// TestParseNetworks: the operator is told what to write.
func TestParseNetworks(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"192.168.8.0/33", `network "192.168.8.0/33": "33" is not a length: want a number from 0 to 32`},
		{"192.168.8.0/", `"" is not a length`},
		{"192.168.8.0/-1", `"-1" is not a length`},
		{"192.168.8.0/255.255.255.0", `"255.255.255.0" is not a length`},
		{"fd00::/129", "from 0 to 128"},
		{"192.168.8/24", `"192.168.8" is not an address; a network is written like 192.168.8.0/24`},
		{"192.168.8.0-20", "is not an address"},
		{"192.168.008.0/24", "is not an address"},
		{"camera.lan", "is not an address"},
		{"", "is not an address"},
		{"fe80::/64%eth0", `leave out the interface (from "%eth0" on)`},
	} {
		if got, err := ParseNetworks(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, %v, want an error with %q", c.text, got, err, c.want)
		}
	}
	got, err := ParseNetworks(" 10.0.0.0/8 ", "fd00::1")
	if err != nil || got[0].String() != "10.0.0.0/8" || got[1].String() != "fd00::1/128" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAllow(t *testing.T) {
	s, err := NewScope(prefixes(t, "192.168.8.0/24 10.0.0.4/30 10.0.0.8/31 10.0.0.11 fd00:8::/64 fe80::/64"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		addrs string
		want  bool
	}{
		{"192.168.8.1 192.168.8.254 ::ffff:192.168.8.1 10.0.0.5 10.0.0.6 10.0.0.8 10.0.0.9 10.0.0.11", true},
		{"fd00:8:: fd00:8::1 fd00:8::ffff:ffff:ffff:ffff fe80::1 fe80::1%eth0 fd00:8::1%eth7", true},
		{"192.168.8.0 192.168.8.255 ::ffff:192.168.8.255 10.0.0.4 10.0.0.7", false},
		{"192.168.7.255 192.168.9.0 192.168.9.1 10.0.0.10 10.0.0.12 8.8.8.8", false},
		{"fd00:8:0:1::1 fe80:0:0:1::1 ::1 ff02::1 ff02::1%eth0 :: 0.0.0.0 255.255.255.255 224.0.0.1", false},
		{"::192.168.8.1 64:ff9b::c0a8:801 2002:c0a8:801::1", false},
	} {
		for _, text := range strings.Fields(c.addrs) {
			err := s.Allow(netip.MustParseAddr(text))
			if (err == nil) != c.want || err != nil && !errors.Is(err, ErrOutside) {
				t.Errorf("%s: %v, want allowed %v", text, err, c.want)
			}
		}
	}
	if (&Scope{}).Allow(netip.MustParseAddr("127.0.0.1")) == nil || s.Allow(netip.Addr{}) == nil {
		t.Error("the zero scope allows something, or a scope allows the zero address")
	}
}

func TestHosts(t *testing.T) {
	s, err := NewScope(prefixes(t, "fd00::/64 10.0.0.0/30 10.0.0.0/29 10.0.1.0/31 192.168.1.1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for a := range s.Hosts() {
		got = append(got, a.String())
	}
	want := "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.1.0 10.0.1.1 192.168.1.1"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	for range s.Hosts() {
		break
	}
}

// TestScopeHolds: whatever is named, what is allowed lies in it and nothing public is allowed.
func TestScopeHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Addr {
			if rapid.Bool().Draw(t, "six") {
				b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")
				return netip.AddrFrom16([16]byte(b))
			}
			first := rapid.SampledFrom([]byte{10, 127, 192, 172, 8, 0, 224, 255}).Draw(t, "first")
			return netip.AddrFrom4([4]byte{first, rapid.Byte().Draw(t, "b"), 0, rapid.Byte().Draw(t, "d")})
		})
		named := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) netip.Prefix {
			a := addr.Draw(t, "net")
			return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
		}), 1, 4).Draw(t, "named")
		s, err := NewScope(named, nil)
		if err != nil {
			return
		}
		a := addr.Draw(t, "addr")
		if s.Allow(a) != nil {
			return
		}
		u := a.Unmap()
		if !slices.ContainsFunc(named, func(p netip.Prefix) bool { return p.Contains(u) || p.Contains(a) }) {
			t.Fatalf("%v allowed by %v", a, named)
		}
		if u.IsMulticast() || u.IsUnspecified() || !(u.IsPrivate() || u.IsLoopback() || u.IsLinkLocalUnicast()) {
			t.Fatalf("%v allowed without owning it", a)
		}
	})
}
