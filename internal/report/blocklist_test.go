package report

import (
	"bytes"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"cordon"
)

func blocklist(t *testing.T, a *cordon.Audit, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Blocklist(&b, a, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// entries gives the lines that are no comments.
func entries(text, mark string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, mark) {
			out = append(out, l)
		}
	}
	return out
}

func TestBlocklists(t *testing.T) {
	a := fixture()
	a.Devices[len(a.Devices)-1].Destinations = []cordon.Destination{far("private.example.org", "203.0.113.250", 443, "US", "US", 1, "x", 1, 1)} // a person's
	names := []string{"de.ot.io.mi.com", "dev.hik-connect.com", "ot.io.mi.com", "time.example.net"}
	for _, c := range []struct {
		format, mark string
		want         []string
	}{
		{"hosts", "#", around("0.0.0.0 ", names, "")},
		{"adblock", "!", around("||", names, "^")},
		{"rpz", ";", append([]string{"$TTL 300", "@ SOA localhost. root.localhost. 1 3600 600 86400 300", "@ NS localhost."}, around("", names, " CNAME .")...)},
		{"ip", "#", []string{"192.0.2.44", "198.51.100.9", "198.51.100.51", "203.0.113.7", "203.0.113.50", "203.0.113.98", "203.0.113.99"}},
	} {
		text := blocklist(t, a, c.format)
		if got := entries(text, c.mark); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: %q", c.format, got)
		}
		if strings.Contains(text, "private.example.org") || strings.Contains(text, "203.0.113.250") || strings.Contains(text, "203.0.113.77") {
			t.Errorf("%s names the far end of a person's or an unrecognised device", c.format)
		}
		if !strings.Contains(text, c.mark+" called by bc:ad:28:10:20:30; Hik-Connect") {
			t.Errorf("%s does not say where from:\n%s", c.format, text)
		}
	}
}

func around(before string, list []string, after string) []string {
	var out []string
	for _, s := range list {
		out = append(out, before+s+after)
	}
	return out
}

func TestBlocklistOfNothing(t *testing.T) {
	for format := range blocklistFormats {
		if text := blocklist(t, &cordon.Audit{}, format); !strings.Contains(text, "nothing to block") {
			t.Errorf("%s: %q", format, text)
		}
	}
	if err := Blocklist(&bytes.Buffer{}, fixture(), "pihole\x1b"); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("unknown format: %v", err)
	}
}

// A router on the way that said by ICMP that it could not deliver was not called.
func TestBlocklistLeavesOutWhoWasNotCalled(t *testing.T) {
	a := fixture()
	icmp := far("", "198.51.100.99", 0, "DE", "DE", 64500, "Transit", 0, 70)
	icmp.Protocol = "icmp"
	a.Devices[0].Destinations = append(a.Devices[0].Destinations, icmp, far("", "198.51.100.98", 443, "DE", "DE", 64500, "One-way", 0, 70))
	text := blocklist(t, a, "ip")
	if strings.Contains(text, "198.51.100.99") || !strings.Contains(text, "198.51.100.98") {
		t.Errorf("%s", text)
	}
}

func TestSendsSaysWhatWasOnlyReceived(t *testing.T) {
	d := &cordon.Audited{Destinations: []cordon.Destination{far("", "198.51.100.98", 443, "DE", "DE", 64500, "One-way", 0, 70)}}
	if got := newSheet(&bytes.Buffer{}, TableOptions{}).sends(d, 2); got != "DE -> 198.51.100.98 (only received)" {
		t.Errorf("%q", got)
	}
}

func TestHostName(t *testing.T) {
	long := strings.Repeat("a", 64)
	for s, want := range map[string]string{
		"A.Example.COM.": "a.example.com", "x_y.example.com": "x_y.example.com", "xn--bcher-kva.example": "xn--bcher-kva.example",
		"": "", ".": "", "localhost": "", "a..b": "", "-a.com": "", "a-.com": "", "a b.com": "", "a.com\n0.0.0.0 bank.com": "", "10.9.8.7": "",
		long + ".com": "", strings.Repeat("a.", 130) + "com": "", "printer.local": "", "x.home.arpa": "", "bücher.example": "", "a.com^$important": "",
	} {
		got, ok := hostName(s)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v", s, got, ok)
		}
	}
}

// The file is given to nft itself where there is one; everywhere, its braces must match
// and every element be an address of its set.
func TestNFT(t *testing.T) {
	a := fixture()
	a.Devices[0].Destinations = append(a.Devices[0].Destinations, far("v6.example.com", "2001:4860::8", 443, "US", "US", 15169, "Six", 5, 5))
	for name, a := range map[string]*cordon.Audit{"office": a, "nothing": {}} {
		text := blocklist(t, a, "nft")
		depth, is6 := 0, false
		for line := range strings.Lines(text) {
			code, _, _ := strings.Cut(line, "#")
			depth += strings.Count(code, "{") - strings.Count(code, "}")
			is6 = is6 || strings.Contains(code, "ipv6_addr")
			if s := strings.TrimSpace(code); strings.HasSuffix(s, ",") {
				addr, err := netip.ParseAddr(strings.TrimSuffix(s, ","))
				if err != nil || addr.Is6() != is6 {
					t.Errorf("%s: element %q", name, s)
				}
			}
		}
		if depth != 0 {
			t.Errorf("%s: braces do not match", name)
		}
		nft, err := exec.LookPath("nft")
		if err != nil {
			t.Log("nft is not installed: the file was not loaded")
			continue
		}
		cmd := exec.Command(nft, "-c", "-f", "-")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "Operation not permitted") {
				t.Skip("nft may not be asked without privileges")
			}
			t.Errorf("%s: nft: %v\n%s", name, err, out)
		}
	}
}
