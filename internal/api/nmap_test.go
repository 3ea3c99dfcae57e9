package api

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
)

// report is the form of nmap 7.93 -sV -sC -oX, shortened; addresses are for documentation.
const nmapReport = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<nmaprun scanner="nmap" args="nmap -sS -sC -oX out.xml 192.168.8.0/24" start="1763640000" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="1000" services="1,3-4"/>
<hosthint><status state="up" reason="arp-response" reason_ttl="0"/><address addr="192.168.8.9" addrtype="ipv4"/></hosthint>
<host starttime="1763640001" endtime="1763640100"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="192.168.8.21" addrtype="ipv4"/><address addr="44:19:B6:00:11:22" addrtype="mac" vendor="Hangzhou Hikvision"/>
<hostnames><hostname name="cam1.example" type="PTR"/></hostnames>
<ports><extraports state="closed" count="997"><extrareasons reason="reset" count="997" proto="tcp" ports="1"/></extraports>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http" product="Hikvision" method="probed" conf="10"><cpe>cpe:/a:x</cpe></service>
<script id="http-title" output="Login &amp; more&#xa;Requested resource was /doc/"><elem key="title">Login</elem></script><script id="http-server-header" output="App-webs/"><elem>App-webs/</elem></script></port>
<port protocol="tcp" portid="21"><state state="open" reason="syn-ack"/><service name="ftp"/><script id="banner" output="220 camera ftp"/></port>
<port protocol="tcp" portid="22"><state state="filtered" reason="no-response"/></port>
<port protocol="udp" portid="53"><state state="open"/></port>
</ports></host>
<host><status state="down" reason="no-response"/><address addr="192.168.8.22" addrtype="ipv4"/></host>
<host endtime="99999999999"><status state="up" reason="echo-reply"/><address addr="10.9.9.9" addrtype="ipv4"/><ports><port protocol="tcp" portid="8080"><state state="open"/><script id="http-title" output="Site doesn't have a title."/></port></ports></host>
<runstats><finished time="1763640200" exit="success"/></runstats></nmaprun>`

func hostsOf(t testing.TB, text string, now time.Time) (out []nmapHost, err error) {
	t.Helper()
	err = readNmap(strings.NewReader(text), now, func(h *nmapHost) error { out = append(out, *h); return nil })
	return out, err
}

func TestNmap(t *testing.T) {
	got, err := hostsOf(t, nmapReport, start)
	must(t, err)
	if len(got) != 2 {
		t.Fatalf("%d hosts: %+v", len(got), got)
	}
	h := got[0]
	mac, _ := cordon.ParseMAC("44:19:b6:00:11:22")
	if h.addr != netip.MustParseAddr("192.168.8.21") || h.mac != mac || h.how != "arp" || h.tried != 1000 || !slices.Equal(h.open, []uint16{80, 21}) || h.at.Unix() != 1763640100 {
		t.Errorf("%+v", h)
	}
	want := []nmapSaid{{"http.title", "Login & more"}, {"http.server", "App-webs/"}, {"ftp.banner", "220 camera ftp"}}
	if !slices.Equal(h.said, want) {
		t.Errorf("said %+v", h.said)
	}
	if h = got[1]; h.how != "icmp" || !h.at.Equal(start) || len(h.said) != 0 || !slices.Equal(h.open, []uint16{8080}) {
		t.Errorf("%+v", h)
	}
}

// What no nmap writes is refused: entities, depth, size, other documents, half a file.
func TestNmapHostile(t *testing.T) {
	bomb := `<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><nmaprun args="&b;"></nmaprun>`
	for name, text := range map[string]string{
		"entities":     bomb,
		"external":     `<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]><nmaprun><host>&x;</host></nmaprun>`,
		"unknown":      `<nmaprun><host>&x;</host></nmaprun>`,
		"deep":         `<nmaprun>` + strings.Repeat("<a>", 30) + strings.Repeat("</a>", 30) + `</nmaprun>`,
		"large":        `<nmaprun args="` + strings.Repeat("x", 1<<20) + `"></nmaprun>`,
		"half":         nmapReport[:len(nmapReport)/2],
		"two":          nmapReport + "<nmaprun></nmaprun>",
		"other":        "<html><body></body></html>",
		"json":         `{"nmaprun":1}`,
		"empty":        "",
		"crossed":      "<nmaprun><host></nmaprun></host>",
		"unbalanced":   "</nmaprun>",
		"many":         "<nmaprun>" + strings.Repeat("<host/>", 200_001) + "</nmaprun>",
		"another code": `<?xml version="1.0" encoding="UTF-7"?><nmaprun></nmaprun>`,
	} {
		if _, err := hostsOf(t, text, start); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzNmap(f *testing.F) {
	f.Add(nmapReport)
	f.Add("<nmaprun><host><status state='up'/><address addr='fe80::1%eth0' addrtype='ipv6'/></host></nmaprun>")
	f.Fuzz(func(t *testing.T, text string) {
		hosts, err := hostsOf(t, text, start)
		if err != nil {
			return
		}
		for _, h := range hosts {
			if !h.addr.IsValid() && h.mac == (cordon.MAC{}) || h.at.After(start) || h.addr.Zone() != "" {
				t.Errorf("%+v", h)
			}
			h.facts(func(kind cordon.Kind, value string) {
				if kind == "" || value == "" || len(value) > nmapText {
					t.Errorf("%s %q", kind, value)
				}
			})
		}
	})
}

// Hosts inside the site become facts, others are passed over; facts are of kinds that are known.
func TestImportNmap(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(0)
	a := w.want(200, w.do("POST", "/v1/import/nmap?site=hq&name=week+47", nmapReport, "Content-Type", "application/xml"))
	if got := into[nmapTaken](t, a); got != (nmapTaken{Hosts: 1, Facts: 8, Outside: 1}) {
		t.Errorf("%+v", got)
	}
	kinds, err := os.ReadFile(filepath.Join("..", "..", "docs", "design", "kinds.md"))
	must(t, err)
	for _, f := range w.facts.facts {
		if f.Origin.Sensor != "week 47" || !f.Origin.Asked || f.Addr.IsValid() == (f.MAC != cordon.MAC{}) || !strings.Contains(string(kinds), string(f.Kind)) {
			t.Errorf("%+v", f)
		}
	}
	w.want(404, w.do("POST", "/v1/import/nmap?site=none", nmapReport, "Content-Type", "application/xml"))
	w.want(422, w.do("POST", "/v1/import/nmap?site=hq", "<html/>", "Content-Type", "application/xml"))
	w.want(422, w.do("POST", "/v1/import/nmap", nmapReport, "Content-Type", "application/xml"))
}
