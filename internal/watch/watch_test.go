package watch

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/knowledge"
)

// start is an instant in 2026; tests read no clock.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// know knows two clouds; everything else is not known.
type know struct{ knowledge.Looker }

func (know) Cloud(name string) (*knowledge.Cloud, bool) {
	switch name {
	case "api.vendor.example":
		return &knowledge.Cloud{Domain: name, Operator: "Vendor", Country: "DE", Purpose: []string{"api"}, Source: "made up", Confidence: "high"}, true
	case "rumour.example":
		return &knowledge.Cloud{Domain: name, Operator: "Rumour", Purpose: []string{"api"}, Source: "(memory)", Confidence: "low"}, true
	case "dns.google":
		return &knowledge.Cloud{Domain: name, Operator: "Google", Purpose: []string{"doh"}, Source: "made up", Confidence: "high"}, true
	}
	return nil, false
}

// out is an answered TLS conversation that the device opened to the outside, changed by edit.
func out(edit func(*cordon.Flow)) cordon.Flow {
	f := cordon.Flow{
		Local: netip.MustParseAddr("192.168.1.20"), Far: netip.MustParseAddr("198.51.100.7"), Port: 443, Transport: "tcp", App: "tls",
		Opened: true, State: cordon.StateAnswered, Count: 1, Outside: true, Sent: 900, Received: 900,
		PayloadSent: 500, PayloadReceived: 500, PacketsSent: 8, PacketsReceived: 8, First: start, Last: start.Add(2 * time.Second),
		Shape: cordon.Shape{ActiveSeconds: 2},
	}
	if edit != nil {
		edit(&f)
	}
	return f
}

// many makes n flows, each changed by its number.
func many(n int, edit func(i int, f *cordon.Flow)) []cordon.Flow {
	var fs []cordon.Flow
	for i := range n {
		fs = append(fs, out(func(f *cordon.Flow) { edit(i, f) }))
	}
	return fs
}

func single(edit func(*cordon.Flow)) []cordon.Flow { return []cordon.Flow{out(edit)} }

func fact(kind cordon.Kind, value string) []cordon.Observation {
	return []cordon.Observation{{At: start, Last: start.Add(time.Minute), Count: 2, Kind: kind, Value: value}}
}

// upward makes a flow an upload: bytes over active seconds out of all of its time.
func upward(sent uint64, active, span int, big float64) func(*cordon.Flow) {
	return func(f *cordon.Flow) {
		f.PayloadSent, f.PacketsSent = sent, sent/1000+1
		f.Shape = cordon.Shape{ActiveSeconds: active, BigSent: big}
		f.Last = start.Add(time.Duration(span) * time.Second)
	}
}

func knock(far string, port uint16, state cordon.FlowState) func(*cordon.Flow) {
	return func(f *cordon.Flow) {
		f.Far, f.Port, f.App, f.State = netip.MustParseAddr(far), port, "", state
		f.Outside = !f.Far.IsPrivate()
		f.PayloadSent, f.PayloadReceived, f.PacketsSent, f.PacketsReceived = 0, 0, 1, 0
	}
}

// beats makes a flow one of n conversations, so far apart.
func beats(n int, mean, spread float64) func(*cordon.Flow) {
	return func(f *cordon.Flow) {
		f.Count, f.Shape.Beats, f.Shape.PeriodMean, f.Shape.PeriodSpread = n+1, n, mean, spread
		f.Last = start.Add(time.Duration(float64(n) * mean * float64(time.Second)))
	}
}

func longNames(n int, domain string) []cordon.Observation {
	var os []cordon.Observation
	for i := range n {
		os = append(os, fact("dns.query", fmt.Sprintf("%032x.%s", i*7919, domain))...)
	}
	return os
}

// alarmCase is one device and the findings that it must have of one alarm.
type alarmCase struct {
	code  string
	name  string
	class string
	flows []cordon.Flow
	seen  []cordon.Observation
	days  int             // how long was watched
	want  cordon.Severity // empty: no finding
}

var cam, pc = cordon.ClassCamera, cordon.ClassComputer

var alarmCases = []alarmCase{
	{code: "stranger", name: "watched by RTSP from outside", class: cam, want: cordon.Critical, flows: single(func(f *cordon.Flow) { f.Opened, f.App, f.Port = false, "rtsp", 554 })},
	{code: "stranger", name: "unknown thing answers DVRIP outside", want: cordon.High, flows: single(func(f *cordon.Flow) { f.Opened, f.App = false, "xiongmai" })},
	{code: "stranger", name: "unknown thing is called", flows: single(func(f *cordon.Flow) { f.Opened, f.App = false, "rtp" })},
	{code: "stranger", name: "knocked without answer", class: cam, flows: single(func(f *cordon.Flow) { f.Opened, f.App, f.State = false, "rtsp", cordon.StateAttempt })},
	{code: "stranger", name: "the recorder inside", class: cam, flows: single(func(f *cordon.Flow) { f.Opened, f.App, f.Outside = false, "rtsp", false })},
	{code: "stranger", name: "a computer's page", class: pc, flows: single(func(f *cordon.Flow) { f.Opened, f.App = false, "http" })},

	{code: "password-guessing", name: "SSH on an odd port", want: cordon.High, flows: single(func(f *cordon.Flow) { f.App, f.Port, f.Count, f.Outside = "ssh", 902, 49, false })},
	{code: "password-guessing", name: "guessed at by Telnet", class: cam, want: cordon.High, flows: single(func(f *cordon.Flow) { f.Opened, f.App, f.Port, f.Count = false, "telnet", 23, 24 })},
	{code: "password-guessing", name: "nine log-ins", flows: single(func(f *cordon.Flow) { f.App, f.Port, f.Count = "ssh", 22, 9 })},
	{code: "password-guessing", name: "log-ins over a day", flows: single(func(f *cordon.Flow) { f.App, f.Port, f.Count, f.Last = "ssh", 22, 24, start.Add(24*time.Hour) })},
	{code: "password-guessing", name: "a recorder that comes back every minute", class: cam, flows: single(func(f *cordon.Flow) {
		f.Opened, f.Outside, f.App, f.Port, f.Count, f.Last = false, false, "rtsp", 554, 60, start.Add(time.Hour)
	})},

	{code: "video-upload", name: "2 Mbit/s for a minute", class: cam, want: cordon.High, flows: single(upward(15e6, 60, 60, 0.9))},
	{code: "video-upload", name: "clips now and then for a week", class: cam, want: cordon.High, flows: single(upward(7e6, 200, 600_000, 0.9))},
	{code: "video-upload", name: "RTP in small packets", class: cam, want: cordon.High, flows: single(func(f *cordon.Flow) { upward(2e6, 60, 60, 0.1)(f); f.App = "rtp" })},
	{code: "video-upload", name: "from what could not be told", want: cordon.High, flows: single(upward(15e6, 60, 60, 0.9))},
	{code: "video-upload", name: "a program's log", flows: single(upward(212e3, 14, 14, 0.9))},
	{code: "video-upload", name: "a computer's backup", class: pc, flows: single(upward(15e6, 60, 60, 0.9))},
	{code: "video-upload", name: "inside", class: cam, flows: single(func(f *cordon.Flow) { upward(15e6, 60, 60, 0.9)(f); f.Outside = false })},
	{code: "video-upload", name: "as much comes back", class: cam, flows: single(func(f *cordon.Flow) { upward(15e6, 60, 60, 0.9)(f); f.PayloadReceived = 14e6 })},
	{code: "video-upload", name: "under 100 kbit/s", class: cam, flows: single(upward(12e3*60, 60, 60, 0.9))},

	{code: "slow-upload", name: "16 kbit/s in TLS for a minute", class: cam, want: cordon.High, flows: single(upward(120e3, 60, 60, 0.1))},
	{code: "slow-upload", name: "split over short conversations and addresses", class: cam, want: cordon.High, flows: many(4, func(i int, f *cordon.Flow) {
		upward(80e3, 30, 120, 0.1)(f)
		f.Far, f.Name, f.Count = netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), "relay.example.com", 20
	})},
	{code: "slow-upload", name: "15 kbit/s", class: cam, flows: single(upward(112e3, 60, 60, 0.1))},
	{code: "slow-upload", name: "half a minute", class: cam, flows: single(upward(120e3, 30, 30, 0.1))},
	{code: "slow-upload", name: "one burst, then silence", class: cam, flows: single(upward(200e3, 4, 90, 0.9))},
	{code: "slow-upload", name: "a minute from what could not be told", flows: single(upward(120e3, 60, 60, 0.1))},
	{code: "slow-upload", name: "ten minutes from what could not be told", want: cordon.High, flows: single(upward(1500e3, 600, 600, 0.1))},

	{code: "mostly-uploads", name: "two megabytes out, one in", class: cam, want: cordon.Medium, flows: append(single(upward(2e6, 5, 5, 1)), out(func(f *cordon.Flow) { f.Outside, f.PayloadSent = false, 1e6 }))},
	{code: "mostly-uploads", name: "its recorder gets more", class: cam, flows: append(single(upward(2e6, 5, 5, 1)), out(func(f *cordon.Flow) { f.Outside, f.PayloadSent = false, 3e6 }))},
	{code: "mostly-uploads", name: "start-up's chatter", class: cam, flows: single(upward(9e5, 5, 5, 1))},

	{code: "cloud-in-use", name: "a vendor's name", class: cam, want: cordon.Medium, seen: fact("tls.sni", "api.vendor.example")},
	{code: "cloud-in-use", name: "a name that was only asked for", class: cam, want: cordon.Low, seen: fact("dns.query", "api.vendor.example")},
	{code: "cloud-in-use", name: "a plug only asked", class: cordon.ClassPlug, want: cordon.Info, seen: fact("dns.query", "api.vendor.example")},
	{code: "cloud-in-use", name: "a plug", class: cordon.ClassPlug, want: cordon.Low, seen: fact("tls.sni", "api.vendor.example")},
	{code: "cloud-in-use", name: "only rumoured", class: cam, seen: fact("dns.query", "rumour.example")},
	{code: "cloud-in-use", name: "a resolver is no cloud", class: cam, seen: fact("tls.sni", "dns.google")},
	{code: "cloud-in-use", name: "a phone's app", class: cordon.ClassPhone, seen: fact("dns.query", "api.vendor.example")},
	{code: "cloud-in-use", name: "P2P door", class: cam, want: cordon.Medium, flows: single(func(f *cordon.Flow) { f.App, f.Transport, f.Port = "pppp", "udp", 32100 })},
	{code: "cloud-in-use", name: "P2P of what could not be told", want: cordon.Medium, seen: fact("pppp.present", "yes"), flows: single(func(f *cordon.Flow) { f.App = "pppp" })},
	{code: "cloud-in-use", name: "a viewer's P2P", seen: fact("pppp.asks", "yes"), flows: single(func(f *cordon.Flow) { f.App = "pppp" })},

	{code: "calls-home", name: "answered", class: cam, want: cordon.Medium, flows: single(nil)},
	{code: "calls-home", name: "never answered", class: cordon.ClassPlug, want: cordon.Low, flows: single(func(f *cordon.Flow) { f.State = cordon.StateAttempt })},
	{code: "calls-home", name: "called from outside only", class: cam, flows: single(func(f *cordon.Flow) { f.Opened = false })},
	{code: "calls-home", name: "what could not be told", flows: single(nil)},
	{code: "calls-home", name: "a laptop", class: pc, flows: single(nil)},

	{code: "beacon", name: "every minute", class: cam, want: cordon.Low, flows: single(beats(10, 60, 3))},
	{code: "beacon", name: "unanswered tries every ten minutes", want: cordon.Low, flows: single(func(f *cordon.Flow) { beats(8, 600, 20)(f); f.State = cordon.StateAttempt })},
	{code: "beacon", name: "every two seconds without end", want: cordon.Low, flows: single(beats(296, 2.2, 0.1))},
	{code: "beacon", name: "every two seconds for a while", class: cam, flows: single(beats(20, 2.2, 0.1))},
	{code: "beacon", name: "random", class: cam, flows: single(beats(30, 60, 60))},
	{code: "beacon", name: "too few", class: cam, flows: single(beats(5, 60, 1))},
	{code: "beacon", name: "the time", class: cam, flows: single(func(f *cordon.Flow) { beats(30, 64, 0)(f); f.App, f.Transport = "ntp", "udp" })},
	{code: "beacon", name: "inside", class: cam, flows: single(func(f *cordon.Flow) { beats(30, 60, 0)(f); f.Outside = false })},
	{code: "beacon", name: "a program that keeps its connection alive", flows: single(func(f *cordon.Flow) { beats(30, 60, 0)(f); f.Count = 1 })},
	{code: "beacon", name: "a laptop", class: pc, flows: single(beats(30, 60, 0))},
	{code: "beacon", name: "back again for a week", class: cam, days: 7, want: cordon.Low, flows: many(4, func(i int, f *cordon.Flow) {
		beats(9, 50_000, 90_000)(f)
		f.Far, f.Name = netip.AddrFrom4([4]byte{3, 227, 188, byte(i)}), "cam.example.com"
	})},
	{code: "beacon", name: "back again for an hour", class: cam, flows: single(beats(40, 90, 120))},

	{code: "scans", name: "Telnet on five addresses", class: cam, want: cordon.High, flows: many(5, func(i int, f *cordon.Flow) { knock(fmt.Sprintf("203.0.113.%d", i), 23, cordon.StateAttempt)(f) })},
	{code: "scans", name: "Telnet on four", class: cam, flows: many(4, func(i int, f *cordon.Flow) { knock(fmt.Sprintf("203.0.113.%d", i), 23, cordon.StateAttempt)(f) })},
	{code: "scans", name: "one port of fifteen", want: cordon.High, flows: many(15, func(i int, f *cordon.Flow) { knock(fmt.Sprintf("192.168.1.%d", i), 445, cordon.StateRefused)(f) })},
	{code: "scans", name: "one port of fourteen", flows: many(14, func(i int, f *cordon.Flow) { knock(fmt.Sprintf("192.168.1.%d", i), 445, cordon.StateRefused)(f) })},
	{code: "scans", name: "fifteen ports of one", want: cordon.High, flows: many(15, func(i int, f *cordon.Flow) { knock("192.168.1.9", uint16(1000+i), cordon.StateRefused)(f) })},
	{code: "scans", name: "seven ports of one", want: cordon.Medium, flows: many(7, func(i int, f *cordon.Flow) { knock("192.168.1.9", uint16(1000+i), cordon.StateRefused)(f) })},
	{code: "scans", name: "five ports of one", flows: many(5, func(i int, f *cordon.Flow) { knock("192.168.1.9", uint16(1000+i), cordon.StateRefused)(f) })},
	{code: "scans", name: "conversations are no tries", flows: many(40, func(i int, f *cordon.Flow) { f.Far, f.Port = netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), 443 })},
	{code: "scans", name: "pings", want: cordon.High, flows: many(16, func(i int, f *cordon.Flow) {
		knock(fmt.Sprintf("192.168.1.%d", i), 0, cordon.StateAnswered)(f)
		f.Transport = "icmp"
	})},
	{code: "scans", name: "ARP for a network", want: cordon.Medium, seen: fact("arp.sweep", "64 addresses")},
	{code: "scans", name: "a router asks for others", class: cordon.ClassRouter, seen: fact("arp.sweep", "64 addresses")},

	{code: "is-scanned", name: "fifteen ports", class: cam, want: cordon.Medium, flows: many(15, func(i int, f *cordon.Flow) {
		knock("203.0.113.9", uint16(1000+i), cordon.StateAttempt)(f)
		f.Opened = false
	})},
	{code: "is-scanned", name: "fifteen passers-by", class: cam, flows: many(15, func(i int, f *cordon.Flow) {
		knock(fmt.Sprintf("203.0.113.%d", i), 23, cordon.StateAttempt)(f)
		f.Opened = false
	})},

	{code: "floods", name: "thousands a second", class: cam, want: cordon.High, flows: single(func(f *cordon.Flow) { f.App, f.PacketsSent, f.PacketsReceived = "", 9000, 0 })},
	{code: "floods", name: "answered download", class: cam, flows: single(func(f *cordon.Flow) { f.App, f.PacketsSent, f.PacketsReceived = "", 9000, 4000 })},
	{code: "floods", name: "slow", class: cam, flows: single(func(f *cordon.Flow) {
		f.App, f.PacketsSent, f.PacketsReceived, f.Last = "", 9000, 0, start.Add(time.Minute)
	})},
	{code: "floods", name: "video to a recorder", class: cam, flows: single(func(f *cordon.Flow) {
		f.App, f.Transport, f.Outside, f.PacketsSent, f.PacketsReceived, f.Shape.BigSent = "", "udp", false, 9000, 0, 0.9
	})},
	{code: "floods", name: "address requests", want: cordon.High, seen: fact("dhcp.flood", "50 requests")},

	{code: "dns-tunnel", name: "forty long names", want: cordon.High, seen: longNames(40, "t.example.com")},
	{code: "dns-tunnel", name: "thirty-nine", seen: longNames(39, "t.example.com")},
	{code: "dns-tunnel", name: "reverse look-ups", seen: longNames(60, "ip6.arpa")},
	{code: "dns-tunnel", name: "spread over many domains", seen: slices.Concat(longNames(30, "a.test"), longNames(30, "b.example")[1:])},

	{code: "own-dns", name: "asked outside", class: cam, want: cordon.Low, flows: single(func(f *cordon.Flow) { f.App, f.Transport, f.Port = "dns", "udp", 53 })},
	{code: "own-dns", name: "handed out", class: cam, seen: fact("dhcp.dns", "198.51.100.7"), flows: single(func(f *cordon.Flow) { f.App, f.Transport, f.Port = "dns", "udp", 53 })},
	{code: "own-dns", name: "over HTTPS by name", class: cam, want: cordon.Low, flows: single(func(f *cordon.Flow) { f.Name, f.NameFrom = "dns.google", "sni" })},
	{code: "own-dns", name: "over TLS by port", class: cam, want: cordon.Low, flows: single(func(f *cordon.Flow) { f.Port = 853 })},
	{code: "own-dns", name: "another HTTPS", class: cam, flows: single(func(f *cordon.Flow) { f.Name, f.NameFrom = "www.example.com", "sni" })},
	{code: "own-dns", name: "a phone", class: cordon.ClassPhone, flows: single(func(f *cordon.Flow) { f.Port = 853 })},

	{code: "own-ntp", name: "asked outside", class: cam, want: cordon.Low, flows: single(func(f *cordon.Flow) { f.App, f.Transport, f.Port = "ntp", "udp", 123 })},
	{code: "own-ntp", name: "inside", class: cam, flows: single(func(f *cordon.Flow) { f.App, f.Outside = "ntp", false })},

	{code: "hard-coded-address", name: "TFTP to nowhere", want: cordon.Low, flows: single(func(f *cordon.Flow) {
		knock("10.9.8.7", 69, cordon.StateAttempt)(f)
		f.Transport = "udp"
	})},
	{code: "hard-coded-address", name: "somebody is there", class: cam, flows: single(func(f *cordon.Flow) { knock("10.9.8.7", 69, cordon.StateAttempt)(f); f.Peer = "10.9.8.7" })},
	{code: "hard-coded-address", name: "its own network", class: cam, flows: single(knock("192.168.1.77", 69, cordon.StateAttempt))},
	{code: "hard-coded-address", name: "told by DHCP", class: cam, seen: fact("dhcp.ntp", "10.9.8.7"), flows: single(knock("10.9.8.7", 123, cordon.StateAttempt))},
	{code: "hard-coded-address", name: "told by DNS", class: cam, flows: single(func(f *cordon.Flow) { knock("10.9.8.7", 80, cordon.StateAttempt)(f); f.Name = "nas.lan" })},
	{code: "hard-coded-address", name: "a caller's other address", flows: single(knock("10.9.8.7", 50002, cordon.StateAttempt))},
}

func TestAlarms(t *testing.T) {
	fired, quiet := map[string]bool{}, map[string]bool{}
	for _, c := range alarmCases {
		t.Run(c.code+"/"+c.name, func(t *testing.T) {
			got := judge(c)
			if c.want == "" {
				quiet[c.code] = true
				if len(got) > 0 {
					t.Fatalf("found %+v", got)
				}
				return
			}
			fired[c.code] = true
			if len(got) != 1 {
				t.Fatalf("%d findings, want one: %+v", len(got), got)
			}
			checkFinding(t, &got[0], c.want)
		})
	}
	for _, a := range Alarms() {
		if !fired[a.Code] || !quiet[a.Code] {
			t.Errorf("%s: needs a case that fires (%v) and one that must not (%v)", a.Code, fired[a.Code], quiet[a.Code])
		}
	}
}

// judge gives the findings of a case's own code; whatever else it finds is other cases' business.
func judge(c alarmCase) []cordon.Finding {
	d := cordon.Device{ID: "aa:bb:cc:00:11:22", First: start, Last: start.Add(time.Hour)}
	d.Identity.Class.Value = c.class
	in := In{Know: know{}, Device: &d, Seen: c.seen, Flows: c.flows, First: start, Last: start.Add(time.Hour + time.Duration(c.days)*24*time.Hour)}
	var out []cordon.Finding
	for _, f := range Device(in) {
		if f.Code == c.code {
			out = append(out, f)
		}
	}
	return out
}

func checkFinding(t *testing.T, f *cordon.Finding, want cordon.Severity) {
	t.Helper()
	if f.Severity != want {
		t.Errorf("severity %s, want %s (%s)", f.Severity, want, f.Title)
	}
	if f.Title == "" || f.Detail == "" || f.Fix == "" || len(f.Evidence) == 0 || f.Device == "" {
		t.Errorf("something is missing: %+v", f)
	}
	if f.First.Before(start) || f.Last.Before(f.First) {
		t.Errorf("time %v to %v", f.First, f.Last)
	}
	for _, line := range append(f.Evidence, f.Title, f.Detail) {
		if strings.Contains(line, "%!") {
			t.Errorf("badly written: %q", line)
		}
	}
}

// A camera that has an address of the other network too is at home there.
func TestHardCodedAtHome(t *testing.T) {
	d := cordon.Device{ID: "x", Interfaces: []cordon.Interface{{Addrs: []netip.Addr{netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("192.168.0.20")}}}}
	d.Identity.Class.Value = cam
	for far, want := range map[string]int{"192.168.0.1": 0, "192.168.7.1": 1} {
		if got := hardCoded.Judge(&In{Know: know{}, Device: &d, Flows: single(knock(far, 80, cordon.StateAttempt))}, hardCoded); len(got) != want {
			t.Errorf("%s: %d findings, want %d", far, len(got), want)
		}
	}
}

func TestReach(t *testing.T) {
	in := func(app string, opened bool, far string) cordon.Flow {
		return out(func(f *cordon.Flow) {
			f.App, f.Opened, f.Outside, f.Far = app, opened, false, netip.MustParseAddr(far)
		})
	}
	group := func(app string) cordon.Flow {
		return out(func(f *cordon.Flow) {
			f.App, f.Transport, f.Outside, f.Group, f.State = app, "udp", false, true, cordon.StateMidway
		})
	}
	ntp := out(func(f *cordon.Flow) { f.App, f.Transport, f.Port = "ntp", "udp", 123 })
	for name, c := range map[string]struct {
		flows []cordon.Flow
		want  cordon.Reach
	}{
		"nothing":                           {nil, cordon.ReachUnknown},
		"only joins the network":            {[]cordon.Flow{group("dhcp"), in("dns", true, "192.168.1.1")}, cordon.ReachUnknown},
		"the time outside":                  {[]cordon.Flow{ntp}, cordon.ReachUnknown},
		"a try outside":                     {single(func(f *cordon.Flow) { f.State = cordon.StateAttempt }), cordon.ReachCloud},
		"knocked at from outside":           {single(func(f *cordon.Flow) { f.Opened, f.PacketsSent = false, 0 }), cordon.ReachUnknown},
		"announces itself":                  {[]cordon.Flow{group("ssdp")}, cordon.ReachOwn},
		"a broadcast of nobody knows what":  {[]cordon.Flow{group("")}, cordon.ReachUnknown},
		"serves its recorder":               {[]cordon.Flow{in("rtsp", false, "192.168.1.9"), group("mdns"), in("ntp", true, "192.168.1.1")}, cordon.ReachClosed},
		"serves its recorder two ways":      {[]cordon.Flow{in("tls", false, "192.168.1.9"), in("rtsp", false, "192.168.1.9")}, cordon.ReachClosed},
		"serves two":                        {[]cordon.Flow{in("rtsp", false, "192.168.1.9"), in("rtsp", false, "192.168.1.8")}, cordon.ReachOwn},
		"serves one, asks the time outside": {[]cordon.Flow{in("rtsp", false, "192.168.1.9"), ntp}, cordon.ReachOwn},
		"serves a page to one":              {[]cordon.Flow{in("http", false, "192.168.1.9")}, cordon.ReachOwn},
		"watches one":                       {[]cordon.Flow{in("rtsp", true, "192.168.1.9")}, cordon.ReachOwn},
	} {
		if got := Reach(c.flows); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A device with ten facts and nine flows and nothing wrong is the common case of a large network.
func BenchmarkQuietDevice(b *testing.B) {
	d := cordon.Device{ID: "aa:bb:cc:00:11:22", First: start, Last: start.Add(time.Hour)}
	d.Identity.Class.Value = pc
	in := In{Know: know{}, Device: &d, First: start, Last: start.Add(time.Hour)}
	for i := range 10 {
		in.Seen = append(in.Seen, fact("dns.query", fmt.Sprintf("www%d.example.com", i))...)
	}
	in.Flows = many(9, func(i int, f *cordon.Flow) { f.Far = netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}) })
	b.ReportAllocs()
	for b.Loop() {
		if len(Device(in)) > 0 {
			b.Fatal("found something")
		}
	}
}
