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
