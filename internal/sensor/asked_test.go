package sensor

import (
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon"
	"cordon/internal/find"
)

var askedAt = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

func peer(addr string) find.Party { return find.Party{Addr: netip.MustParseAddrPort(addr)} }

func newAsked() (*Asked, *rig) {
	r := &rig{}
	return NewAsked("scan", []byte("key"), r), r
}

// Whether the exchange is heard whole, about the device alone, and marked as asked for.
func TestAskedHears(t *testing.T) {
	a, r := newAsked()
	got := a.Hear(&find.Message{
		At: askedAt, Transport: find.TCP, From: peer("10.0.0.2:40000"), To: peer("10.0.0.9:80"),
		Data:  []byte("GET / HTTP/1.1\r\nHost: 10.0.0.9\r\nUser-Agent: cordon\r\nAuthorization: Basic YTpi\r\n\r\n"),
		Reply: []byte("HTTP/1.1 200 OK\r\nServer: App-webs/\r\nContent-Length: 0\r\n\r\n"),
	})
	if len(got) == 0 || len(got) != len(r.facts) {
		t.Fatalf("returned %d, sent %d", len(got), len(r.facts))
	}
	served := false
	for i, o := range got {
		if o.About != (cordon.Key{Kind: cordon.KeyAddress, Value: "10.0.0.9"}) || !o.By.Asked || o.By.Sensor != "scan" || o.Count != 1 || !o.At.Equal(askedAt) {
			t.Errorf("fact %+v", o)
		}
		if o.Kind == "http.login" || o.Kind == "http.user_agent" || o.Kind == "http.request" {
			t.Errorf("about ourselves: %s %s", o.Kind, o.Value)
		}
		served = served || o.Kind == "http.server" && o.Value == "App-webs/"
		if f := r.facts[i]; f.Addr != netip.MustParseAddr("10.0.0.9") || f.Kind != o.Kind || f.Value != o.Value || f.Origin == nil || !f.Origin.Asked {
			t.Errorf("sent %+v for %+v", f, o)
		}
	}
	if !served {
		t.Error("the server was not heard")
	}
}

func TestAskedHashes(t *testing.T) {
	a, _ := newAsked()
	sadp := "<?xml version=\"1.0\" encoding=\"utf-8\"?><ProbeMatch><Types>inquiry</Types><DeviceSN>DS-2CD2132F-IWS20150101CCWR512345678</DeviceSN></ProbeMatch>"
	got := a.Hear(&find.Message{At: askedAt, Transport: find.UDP, From: peer("192.0.2.64:37020"), To: peer("239.255.255.250:37020"), Data: []byte(sadp)})
	serial := ""
	for _, o := range got {
		if strings.Contains(o.Value, "512345678") {
			t.Errorf("%s gives the serial number away: %s", o.Kind, o.Value)
		}
		if o.Kind == "sadp.serial" {
			serial = o.Value
		}
	}
	if serial != NewSecrets([]byte("key")).Hide("DS-2CD2132F-IWS20150101CCWR512345678") {
		t.Errorf("serial %q", serial)
	}
}

func TestAskedNotes(t *testing.T) {
	a, r := newAsked()
	device := cordon.Key{Kind: cordon.KeyAddress, Value: "10.0.0.9"}
	for _, c := range []struct {
		o    cordon.Observation
		want string
	}{
		{cordon.Observation{At: askedAt, About: device, Kind: "tcp.open", Value: "554"}, "554"},
		{cordon.Observation{At: askedAt, About: device, Kind: "http.serial", Value: "SN123456789"}, NewSecrets([]byte("key")).Hide("SN123456789")},
		{cordon.Observation{At: askedAt, About: cordon.Key{Kind: cordon.KeyMAC, Value: "00:11:22:33:44:55"}, Kind: "arp.address", Value: "10.0.0.9"}, "10.0.0.9"},
		{cordon.Observation{At: askedAt, About: device, Kind: "tcp.open", Value: " "}, ""},
		{cordon.Observation{At: askedAt, Kind: "tcp.open", Value: "554"}, ""},
		{cordon.Observation{At: askedAt, About: cordon.Key{Kind: cordon.KeyAddress, Value: "239.1.1.1"}, Kind: "tcp.open", Value: "554"}, ""},
	} {
		r.facts = nil
		a.Note(c.o)
		got := ""
		if len(r.facts) == 1 {
			got = r.facts[0].Value
		}
		if got != c.want {
			t.Errorf("%s of %v: %q, want %q", c.o.Kind, c.o.About, got, c.want)
		}
	}
}

func TestAskedKeepsStrangeBytes(t *testing.T) {
	a, _ := newAsked()
	for _, c := range []struct {
		m    find.Message
		kind cordon.Kind
		want string
	}{
		{find.Message{Transport: find.TCP, From: peer("10.0.0.2:40000"), To: peer("10.0.0.9:9999"), Reply: []byte{1, 2, 3}}, "tcp.banner", "9999 010203"},
		{find.Message{Transport: find.TCP, From: peer("10.0.0.2:40000"), To: peer("10.0.0.9:9999"), Data: []byte{9}, Reply: []byte{1, 2, 3}}, "tcp.payload", "9999 010203"},
		{find.Message{Transport: find.UDP, From: peer("10.0.0.9:4567"), To: peer("10.0.0.2:40000"), Data: []byte{1, 2, 3}}, "udp.payload", "4567 010203"},
	} {
		got := a.Hear(&c.m)
		if len(got) != 1 || got[0].Kind != c.kind || got[0].Value != c.want || got[0].About.Value != "10.0.0.9" {
			t.Errorf("%s: %+v", c.kind, got)
		}
	}
}

// The sink is called by one at a time, whoever asks (run with -race).
func TestAskedConcurrently(t *testing.T) {
	a, r := newAsked()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				a.Note(cordon.Observation{At: askedAt, About: cordon.Key{Kind: cordon.KeyAddress, Value: "10.0.0.9"}, Kind: "tcp.open", Value: "80"})
			}
		})
	}
	wg.Wait()
	if len(r.facts) != 400 {
		t.Errorf("%d facts", len(r.facts))
	}
}

// What our own log-in looks like on the wire is no fact about the device; what it answers is.
func TestAskedLogsInItself(t *testing.T) {
	a, _ := newAsked()
	got := a.Hear(&find.Message{
		At: askedAt, Transport: find.TCP, From: peer("10.0.0.2:40000"), To: peer("10.0.0.9:554"),
		Data:  []byte("DESCRIBE rtsp://10.0.0.9/live RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic YTpi\r\n\r\n"),
		Reply: []byte("RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hipcam RealServer/V1.0\r\n\r\n"),
	})
	server := false
	for _, o := range got {
		server = server || o.Kind == "rtsp.server"
		if o.Kind == "rtsp.login" || o.Kind == "rtsp.open" || o.About.Value != "10.0.0.9" {
			t.Errorf("heard %s %s about %s", o.Kind, o.Value, o.About.Value)
		}
	}
	if !server {
		t.Error("the server was not heard")
	}
}

// An SNMP answer says nothing of the community, which was ours; a PPPP answer comes from the device.
func TestAskedByDatagram(t *testing.T) {
	for name, c := range map[string]struct {
		port      uint16
		data      string
		has, lack cordon.Kind
	}{
		"snmp": {161, "\x30\x2b\x02\x01\x01\x04\x06public\xa2\x1e\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x13\x30\x11\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x05IPCam",
			"snmp.sysdescr", "snmp.community"},
		"pppp": {41234, "\xf1\x41\x00\x14VSTA\x00\x00\x00\x00\x00\x01\xe2\x40ABCDE\x00\x00\x00", "pppp.present", "pppp.asks"},
		"mdns": {5353, "\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\x0b_axis-video\x04_tcp\x05local\x00\x00\x0c\x00\x01\x00\x00\x00\x0a\x00\x0c\x09AXIS M106\xc0\x0c",
			"mdns.instance", "mdns.query"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newAsked()
			m := find.Message{At: askedAt, Transport: find.UDP, From: find.Party{Addr: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.9"), c.port)}, To: peer("10.0.0.2:40000"), Data: []byte(c.data)}
			has := false
			for _, o := range a.Hear(&m) {
				has = has || o.Kind == c.has
				if o.Kind == c.lack || o.About.Value != "10.0.0.9" {
					t.Errorf("heard %+v", o)
				}
			}
			if !has {
				t.Errorf("%s not heard: %+v", c.has, a.Hear(&m))
			}
		})
	}
}

// What a device answers about us, by our address or interface, is not passed on.
func TestAskedSaysNothingOfUs(t *testing.T) {
	mac := cordon.MAC{2, 0, 0, 0, 0, 2}
	us := find.Party{MAC: mac, Addr: netip.MustParseAddrPort("10.0.0.2:40000")}
	e := exchange{asked: NewAsked("scan", nil, nil), m: &find.Message{At: askedAt, Transport: find.UDP}, us: us}
	e.m.From = peer("10.0.0.9:1")
	e.m.To = us
	e.fact(find.Receiver, "x.y", "1")
	e.fact(find.About(cordon.KeyAddress, "10.0.0.2"), "x.y", "1")
	e.fact(find.About(cordon.KeyMAC, mac.String()), "x.y", "1")
	e.fact(find.About(cordon.KeyMAC, "00:11:22:33:44:55"), "x.y", "2")
	e.fact(find.Sender, "x.y", "3")
	if len(e.heard) != 2 || e.heard[0].About.Value != "00:11:22:33:44:55" || e.heard[1].About.Value != "10.0.0.9" {
		t.Errorf("heard %+v", e.heard)
	}
	for range 2 * maxAnswer {
		e.fact(find.Sender, "x.y", "4")
	}
	if len(e.heard) > maxAnswer {
		t.Errorf("%d facts of one answer", len(e.heard))
	}
}

// A path that we named ourselves counts only where a page was given for it.
func TestAskedPaths(t *testing.T) {
	for status, want := range map[string]bool{"200 OK": true, "401 Unauthorized": false, "302 Found": false, "404 Not Found": false} {
		a, _ := newAsked()
		got := false
		for _, o := range a.Hear(&find.Message{
			At: askedAt, Transport: find.TCP, From: peer("10.0.0.2:40000"), To: peer("10.0.0.9:80"),
			Data:  []byte("GET /ISAPI/System/deviceInfo HTTP/1.1\r\nHost: 10.0.0.9\r\nAuthorization: Digest username=\"a\"\r\n\r\n"),
			Reply: []byte("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"),
		}) {
			got = got || o.Kind == "http.path"
			if o.Kind == "http.login" || o.Kind == "http.login_result" {
				t.Errorf("%s: heard %s", status, o.Kind)
			}
		}
		if got != want {
			t.Errorf("%s: path heard %v, want %v", status, got, want)
		}
	}
}
