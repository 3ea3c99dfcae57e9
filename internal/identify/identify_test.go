package identify

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordon"
	"cordon/knowledge"
)

// rule makes a fingerprint of the test's own knowledge.
func rule(id, kind, value string, proves knowledge.Proves, edit func(*knowledge.Rule)) *knowledge.Rule {
	r := &knowledge.Rule{ID: id, Kind: cordon.Kind(kind), Value: value, Proves: proves, Weight: 80, Source: "made up", Confidence: knowledge.High}
	if edit != nil {
		edit(r)
	}
	return r
}

func maker(key string) func(*knowledge.Rule) { return func(r *knowledge.Rule) { r.Maker = key } }

func class(c string) func(*knowledge.Rule) { return func(r *knowledge.Rule) { r.Class = c } }

var testRules = []*knowledge.Rule{
	rule("hik-sadp", "sadp.present", "yes", knowledge.ProvesMaker, maker("hik")),
	rule("hik-http", "http.server", "App-webs/", knowledge.ProvesMaker, func(r *knowledge.Rule) { r.Maker, r.Weight, r.Class = "hik", 70, cordon.ClassCamera }),
	rule("hik-http2", "http.title", "index", knowledge.ProvesMaker, func(r *knowledge.Rule) { r.Maker, r.Weight = "hik", 100 }),
	rule("ezviz", "ezviz.cas", "yes", knowledge.ProvesMaker, maker("ezviz")),
	rule("ezviz-sadp", "sadp.oem", "EZVIZ", knowledge.ProvesMaker, maker("ezviz")),
	rule("dahua", "dhip.present", "yes", knowledge.ProvesMaker, maker("dahua")),
	rule("rumour", "telnet.banner", "login", knowledge.ProvesMaker, func(r *knowledge.Rule) { r.Maker, r.Confidence = "dahua", knowledge.Low }),
	rule("vlc", "rtsp.server", "VLC/3.0", knowledge.ProvesSoftware, class(cordon.ClassComputer)),
	rule("cam-rtsp", "rtsp.realm", "IP Camera", knowledge.ProvesGeneric, class(cordon.ClassCamera)),
	rule("iot", "dhcp.vendor_class", "udhcp", knowledge.ProvesGeneric, func(r *knowledge.Rule) { r.Class, r.Weight = cordon.ClassIoT, 60 }),
	rule("bell", "mdns.service", "_bell._tcp", knowledge.ProvesGeneric, func(r *knowledge.Rule) { r.Class, r.Weight = cordon.ClassDoorbell, 55 }),
	rule("host-dhcp", "dhcp.hostname", "hikcam", knowledge.ProvesMaker, func(r *knowledge.Rule) { r.Maker, r.Weight = "hik", 60 }),
	rule("host-mdns", "mdns.host", "hikcam", knowledge.ProvesMaker, func(r *knowledge.Rule) { r.Maker, r.Weight = "hik", 60 }),
	rule("host-nbns", "nbns.name", "hikcam", knowledge.ProvesMaker, func(r *knowledge.Rule) { r.Maker, r.Weight = "hik", 60 }),
	rule("windows", "dhcp.vendor_class", "MSFT 5.0", knowledge.ProvesGeneric, class(cordon.ClassComputer)),
	rule("phone", "dhcp.vendor_class", "android-dhcp-13", knowledge.ProvesGeneric, class(cordon.ClassPhone)),
}

// world is a small knowledge base.
type world struct{ knowledge.Looker }

func (world) Heeds(cordon.Kind) bool { return true }

func (world) Match(kind cordon.Kind, value string) (out []knowledge.Hit) {
	for _, r := range testRules {
		if r.Kind == kind && strings.HasPrefix(value, r.Value) {
			out = append(out, knowledge.Hit{Rule: r})
		}
	}
	return out
}

func (world) OUI(m cordon.MAC) (knowledge.Org, bool) {
	return knowledge.Org{Name: "Hik Digital", Prefix: "bc:ad:28/24"}, m[0] == 0xbc
}

func (world) MakerOfOrg(org string) (*knowledge.Maker, bool) {
	return world{}.Maker(map[string]string{"Hik Digital": "hik"}[org])
}

func (world) Maker(id string) (*knowledge.Maker, bool) {
	m, ok := map[string]*knowledge.Maker{
		"hik": {ID: "hik", Name: "Hik"}, "dahua": {ID: "dahua", Name: "Dahua"},
		"ezviz": {ID: "ezviz", Name: "Ezviz", Parent: "hik"}, "tuya": {ID: "tuya", Name: "Tuya"}, "ring": {ID: "ring", Name: "Ring"},
	}[id]
	return m, ok
}

func (world) Cloud(name string) (*knowledge.Cloud, bool) {
	if name == "platform.example" {
		return &knowledge.Cloud{Domain: name, Maker: "hik", Operator: "hik", Platform: true, Source: "made up", Confidence: knowledge.High}, true
	}
	for _, m := range []string{"hik", "dahua", "tuya", "ring"} {
		if strings.HasSuffix(name, m+".example") {
			return &knowledge.Cloud{Domain: m + ".example", Maker: m, Operator: m, Source: "made up", Confidence: knowledge.High}, true
		}
	}
	return nil, false
}

func (world) Relations(brand string) []knowledge.Relation {
	if brand != "Housemark" {
		return nil
	}
	return []knowledge.Relation{{Brand: "Housemark", Maker: "hik", Status: "current", Source: "made up", Confidence: knowledge.High}}
}

var hikMAC = cordon.MAC{0xbc, 0xad, 0x28, 1, 2, 3}

// seen makes facts of "kind value" lines.
func seen(lines ...string) (out []cordon.Observation) {
	for i, l := range lines {
		kind, value, _ := strings.Cut(l, " ")
		at := time.Unix(int64(1_700_000_000+i), 0).UTC()
		out = append(out, cordon.Observation{At: at, Last: at, Count: 1, Kind: cordon.Kind(kind), Value: value})
	}
	return out
}

func TestMaker(t *testing.T) {
	for name, c := range map[string]struct {
		mac      cordon.MAC
		seen     []cordon.Observation
		want     string
		possible string
		least    float64
		most     float64
	}{
		"nothing":             {},
		"prefix alone":        {mac: hikMAC, possible: "hik", most: 0.49},
		"badge alone":         {seen: seen("onvif.manufacturer Housemark"), possible: "hik", most: 0.49},
		"prefix and badge":    {mac: hikMAC, seen: seen("onvif.manufacturer Housemark"), possible: "hik", most: 0.49},
		"a rumour and prefix": {mac: hikMAC, seen: seen("telnet.banner login:"), possible: "hik", most: 0.49},
		"one host name said three times is said once":        {seen: seen("dhcp.hostname hikcam", "mdns.host hikcam.local", "nbns.name hikcam"), want: "hik", least: 0.6, most: 0.6},
		"its own protocol":                                   {seen: seen("sadp.present yes"), want: "hik", least: 0.75, most: channelCap},
		"one channel is capped":                              {seen: seen("http.title index", "http.server App-webs/"), want: "hik", least: 0.8, most: channelCap},
		"two channels combine":                               {seen: seen("sadp.present yes", "http.server App-webs/"), want: "hik", least: 0.9, most: 0.99},
		"a hint supports":                                    {mac: hikMAC, seen: seen("sadp.present yes"), want: "hik", least: 0.84, most: 0.99},
		"a contradiction lowers":                             {seen: seen("sadp.present yes", "http.server App-webs/", "dhip.present yes"), most: 0.49, possible: "hik"},
		"a subsidiary through the same channel adds nothing": {seen: seen("sadp.present yes", "sadp.oem EZVIZ"), want: "ezviz", least: 0.8, most: 0.85},
		"a subsidiary is none":                               {seen: seen("sadp.present yes", "ezviz.cas yes"), want: "ezviz", least: 0.8, most: 0.99},
		"its cloud":                                          {seen: seen("tls.sni api.hik.example"), want: "hik", least: 0.5, most: 0.7},
		"a platform for others' devices":                     {seen: seen("tls.sni platform.example"), possible: "hik", most: 0.49},
		"its own protocol, and a platform":                   {seen: seen("sadp.present yes", "tls.sni platform.example"), want: "hik", least: 0.8, most: 0.99},
		"clouds of many makers":                              {seen: seen("tls.sni a.hik.example", "tls.sni a.dahua.example", "tls.sni a.ring.example"), most: 0},
		"a phone's clouds":                                   {seen: seen("dhcp.vendor_class android-dhcp-13", "tls.sni a.hik.example"), most: 0},
		"a phone says what it is":                            {mac: hikMAC, seen: seen("dhcp.vendor_class android-dhcp-13", "tls.sni a.hik.example"), possible: "hik", most: 0.49},
	} {
		b := Identify(world{}, In{MAC: c.mac, Seen: c.seen}).Maker
		if b.Key != c.want || b.Possible != c.possible || b.Confidence < c.least || b.Confidence > c.most {
			t.Errorf("%s: %q possible %q %.2f, want %q possible %q %.2f to %.2f", name, b.Key, b.Possible, b.Confidence, c.want, c.possible, c.least, c.most)
		}
		if (b.Key != "" || b.Possible != "") && len(b.Reasons) == 0 {
			t.Errorf("%s: no reasons", name)
		}
	}
}

// Of bytes in an unknown protocol a reason shows what its rule names and nothing else.
func TestRawPayloadIsNotQuoted(t *testing.T) {
	const secret = "70617373776f7264" // what follows is the device's own affair
	for name, c := range map[string]struct {
		rule  knowledge.Rule
		value string
		want  string
	}{
		"prefix":          {knowledge.Rule{Kind: "udp.payload", Op: "hex_prefix", Value: "54695600"}, "2190 54695600" + secret, "port 2190, begins with the 4 bytes 54695600"},
		"prefix and port": {knowledge.Rule{Kind: "tcp.payload", Op: "hex_prefix", Value: "2190 54695600"}, "2190 54695600" + secret, "port 2190, begins with the 4 bytes 54695600"},
		"pattern":         {knowledge.Rule{Kind: "udp.payload", Op: "regex", Value: `^\d+ 5469`}, "2190 54695600" + secret, `port 2190, matches ^\d+ 5469`},
		"anything":        {knowledge.Rule{Kind: "tcp.banner", Op: "present"}, "8000 54695600" + secret, "port 8000"},
		"text":            {knowledge.Rule{Kind: "http.server", Op: "prefix", Value: "GoCam/"}, "GoCam/1.0", "GoCam/1.0"},
	} {
		r := c.rule
		r.Proves, r.Class, r.Weight, r.Confidence = knowledge.ProvesGeneric, cordon.ClassCamera, 50, knowledge.High
		got := fromHit(world{}, knowledge.Hit{Rule: &r}, r.Kind, c.value)
		if want := string(r.Kind) + ": " + c.want; len(got) != 1 || got[0].reason.Value != want {
			t.Errorf("%s: %q, want %q", name, got[0].reason.Value, want)
		}
	}
}

// What speaks against a maker stands among its reasons.
func TestCounterReasons(t *testing.T) {
	b := Identify(world{}, In{Seen: seen("sadp.present yes", "http.server App-webs/", "dhip.present yes")}).Maker
	for _, r := range b.Reasons {
		if r.Weight < 0 && strings.Contains(r.Text, "Dahua") {
			return
		}
	}
	t.Errorf("nothing against it in %+v", b.Reasons)
}

func TestClass(t *testing.T) {
	watching := func(n int) (out []cordon.Flow) {
		for i := range n {
			out = append(out, cordon.Flow{App: "rtsp", Opened: true, State: cordon.StateAnswered, Far: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})})
		}
		return out
	}
	var sites []string
	for i := range browsing {
		sites = append(sites, fmt.Sprintf("dns.query www.site%d.example", i))
	}
	for name, c := range map[string]struct {
		seen  []cordon.Observation
		flows []cordon.Flow
		want  string
	}{
		"nothing":                        {},
		"offers video":                   {seen: seen("rtsp.video H264"), want: cordon.ClassCamera},
		"a player offers video":          {seen: seen("rtsp.video H264", "rtsp.server VLC/3.0.16"), want: cordon.ClassComputer},
		"a player offers and sends":      {seen: seen("rtsp.video H264", "rtp.video H264", "rtsp.server VLC/3.0.16", "rtsp.realm IP Camera"), want: cordon.ClassComputer},
		"a searcher":                     {seen: seen("wsd.probe dn:NetworkVideoTransmitter")},
		"announces ONVIF":                {seen: seen("onvif.types dn:NetworkVideoTransmitter"), want: cordon.ClassCamera},
		"a recorder by ONVIF":            {seen: seen("onvif.types dn:NetworkVideoStorage"), want: cordon.ClassRecorder},
		"watches two":                    {flows: watching(2), want: cordon.ClassRecorder},
		"watches one":                    {flows: watching(1)},
		"only sends media":               {seen: seen("rtp.video H264")},
		"hands out addresses":            {seen: seen("dhcp.server yes"), want: cordon.ClassRouter},
		"passes on packets":              {seen: seen("ether.routes outside addresses"), want: cordon.ClassRouter},
		"a thing":                        {seen: seen("dhcp.vendor_class udhcp 1.24"), want: cordon.ClassIoT},
		"special over general":           {seen: seen("dhcp.vendor_class udhcp 1.24", "mdns.service _bell._tcp", "rtsp.video H264"), want: cordon.ClassDoorbell},
		"twenty sites alone":             {seen: seen(sites...)},
		"twenty sites and a system":      {seen: seen(append(sites, "dhcp.vendor_class MSFT 5.0")...), want: cordon.ClassComputer},
		"a computer or a camera, unsure": {seen: seen("dhcp.vendor_class MSFT 5.0", "onvif.types dn:NetworkVideoTransmitter")},
	} {
		b := Identify(world{}, In{Seen: c.seen, Flows: c.flows}).Class
		if b.Value != c.want {
			t.Errorf("%s: %q %.2f, want %q (%+v)", name, b.Value, b.Confidence, c.want, b.Reasons)
		}
	}
}

// That a program answers is said among the reasons.
func TestSoftwareReason(t *testing.T) {
	b := Identify(world{}, In{Seen: seen("rtsp.video H264", "rtsp.server VLC/3.0.16")}).Class
	for _, r := range b.Reasons {
		if r.Weight < 0 && strings.Contains(r.Text, "program") {
			return
		}
	}
	t.Errorf("not among %+v", b.Reasons)
}

// The order in which facts came says nothing: the same facts give the same identity, in
// every field and with every reason. An Identifier's answers do not depend on earlier ones.
func TestOrderDoesNotMatter(t *testing.T) {
	pool := seen("sadp.present yes", "http.server App-webs/", "http.title index", "dhip.present yes", "ezviz.cas yes", "tls.sni a.hik.example",
		"dns.query b.ring.example", "rtsp.video H264", "rtsp.server VLC/3.0", "onvif.manufacturer HOUSEMARK", "onvif.manufacturer Housemark",
		"upnp.manufacturer housemark", "onvif.model X-1", "sadp.model x-1", "http.model X-1 Pro", "onvif.firmware V5.6.2", "sadp.firmware V5.6.2 build 190701",
		"dhcp.vendor_class udhcp 1.24", "mdns.service _bell._tcp", "dhcp.server yes", "dns.server yes")
	warm := New(world{})
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfDistinct(rapid.IntRange(0, len(pool)-1), rapid.ID[int]).Draw(t, "facts")
		var a []cordon.Observation
		for _, i := range some {
			a = append(a, pool[i])
		}
		b := rapid.Permutation(a).Draw(t, "order")
		x, y := Identify(world{}, In{MAC: hikMAC, Seen: a}), warm.Identify(In{MAC: hikMAC, Seen: b})
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("%+v\n%+v", x, y)
		}
	})
}

// A space more or less in a firmware's name does not make it another firmware.
func TestSpacesDoNotContradict(t *testing.T) {
	b := Identify(world{}, In{Seen: seen("sadp.firmware V5.6.2build 190701", "onvif.firmware V5.6.2 build 190701")}).Firmware
	if b.Value != "V5.6.2 build 190701" {
		t.Errorf("%q, confidence %v, reasons %+v", b.Value, b.Confidence, b.Reasons)
	}
	for _, r := range b.Reasons {
		if r.Weight < 0 {
			t.Errorf("counted against itself: %+v", r)
		}
	}
	if within("1.0 1", "1.01") {
		t.Error("1.0 1 is not 1.01")
	}
}

// A device that gives a thousand names of itself costs little and is believed none.
func TestManyNames(t *testing.T) {
	var lines []string
	for i := range 1024 {
		lines = append(lines, fmt.Sprintf("onvif.model model-%d", i))
	}
	if b := Identify(world{}, In{Seen: seen(lines...)}).Model; b.Value != "" || len(b.Reasons) > 2*maxCandidates {
		t.Errorf("%q with %d reasons", b.Value, len(b.Reasons))
	}
}

func BenchmarkIdentifyQuiet(b *testing.B) {
	in := In{Seen: seen("dhcp.hostname laptop", "dhcp.opt55 1,3,6,15", "dns.query www.a.example", "dns.query www.b.example", "tls.sni www.a.example",
		"tls.ja3 0123", "tls.ja4 t13d", "mdns.query _ipp._tcp", "arp.address 10.0.0.7", "ether.mac speaks"), Flows: make([]cordon.Flow, 9)}
	id := New(world{})
	b.ReportAllocs()
	for b.Loop() {
		id.Identify(in)
	}
}

func BenchmarkIdentifyCamera(b *testing.B) {
	in := In{MAC: hikMAC, Seen: seen("sadp.present yes", "http.server App-webs/", "http.title index", "rtsp.video H264", "onvif.manufacturer Housemark",
		"onvif.model X-1", "onvif.firmware V5.6.2", "dhcp.vendor_class udhcp 1.24", "arp.address 10.0.0.7", "ether.mac speaks"), Flows: make([]cordon.Flow, 9)}
	id := New(world{})
	b.ReportAllocs()
	for b.Loop() {
		id.Identify(in)
	}
}
