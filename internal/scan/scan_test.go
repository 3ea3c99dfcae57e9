package scan

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cordon/internal/packet"
	"cordon/internal/reach"
	"cordon/internal/sensor"
)

// offset shifts the services of the tests' devices: nobody may bind port 80 without privileges.
var offset uint16

// home is the part of the loopback that is this process's alone, as "127.130".
var home string

// TestMain finds it: who listens on its last address has it, so that runs at the same time do not meet.
func TestMain(m *testing.M) {
	for i := range 100 {
		n := 128 + (os.Getpid()+i)%100
		home, offset = fmt.Sprintf("127.%d", n), 20000+uint16(n)
		if l, err := net.Listen("tcp", home+".255.254:20999"); err == nil {
			code := m.Run()
			l.Close()
			os.Exit(code)
		}
	}
	fmt.Fprintln(os.Stderr, "no part of the loopback is free")
	os.Exit(1)
}

// here gives an address or network of the process's part of the loopback, from its last two bytes on.
func here(rest string) string { return home + "." + rest }

// quick are the waits for devices that answer at once.
var quick = waits{connect: usualWaits.connect, alone: 50 * time.Millisecond}

// notes is a sink that keeps what it is given as "kind value" by address.
type notes struct {
	mu   sync.Mutex
	said map[string][]string
}

func (n *notes) Observe(f *sensor.Fact) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := f.Addr.String()
	n.said[key] = append(n.said[key], string(f.Kind)+" "+f.Value)
}

func (n *notes) Flow(*packet.Flow, string, string, string) {}

// has reports whether a fact of the host begins so.
func (n *notes) has(host, fact string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.said[host], func(s string) bool { return strings.HasPrefix(s, fact) })
}

// device serves one port of one loopback address; every connection goes to serve.
func device(t *testing.T, addr string, port uint16, serve func(net.Conn)) *atomic.Int32 {
	t.Helper()
	l, err := net.Listen("tcp", netip.AddrPortFrom(netip.MustParseAddr(addr), port+offset).String())
	if err != nil {
		t.Fatal(err)
	}
	var served atomic.Int32
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Add(1)
			open.Go(func() { defer c.Close(); serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return &served
}

// says answers every request with the text, and closes.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 4096)
		if _, err := c.Read(buf); err == nil {
			io.WriteString(c, text)
		}
	}
}

// page is an HTTP answer with the fields and body.
func page(status, fields, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, fields, len(body), body)
}

// config scans the networks of the test with what it learns going to the notes.
func config(t *testing.T, network string) (Config, *notes) {
	t.Helper()
	return configAt(t, network, reach.Fast)
}

// configAt is config at another pace.
func configAt(t *testing.T, network string, pace reach.Pace) (Config, *notes) {
	t.Helper()
	scope, err := reach.NewScope([]netip.Prefix{netip.MustParsePrefix(network)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	door, err := reach.Open(scope, pace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	n := &notes{said: map[string][]string{}}
	return Config{Door: door, Hear: sensor.NewAsked("test", []byte("key"), n), Ports: []uint16{80, 554}, Offset: offset, Interview: true, waits: &quick}, n
}

func mustRun(t *testing.T, ctx context.Context, c Config) *Result {
	t.Helper()
	r, err := Run(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFindsAndAsks(t *testing.T) {
	t.Parallel()
	device(t, here("1.2"), 80, says(page("200 OK", "Server: GoCam/1.0\r\nContent-Type: text/html\r\n", "<title>Front door</title>")))
	device(t, here("1.5"), 554, says("RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nServer: Rtsp Server/3.0\r\n\r\n"))
	c, n := config(t, here("1.0/29"))
	r := mustRun(t, t.Context(), c)
	if len(r.Found) != 2 || r.Scan.Alive != 2 || r.Scan.Asked != 2 || r.Scan.Interrupted || r.Scan.Swept != 6 {
		t.Errorf("found %v, %+v", r.Found, r.Scan)
	}
	for _, want := range [][2]string{
		{here("1.2"), "tcp.open 80"}, {here("1.2"), "http.server GoCam/1.0"}, {here("1.2"), "http.title Front door"}, {here("1.2"), "scan.interview complete"},
		{here("1.5"), "tcp.open 554"}, {here("1.5"), "rtsp.server Rtsp Server/3.0"},
	} {
		if !n.has(want[0], want[1]) {
			t.Errorf("%s: %q was not learned; it said %q", want[0], want[1], n.said[want[0]])
		}
	}
	if n.has(here("1.2"), "http.user_agent") {
		t.Error("our own browser name was taken for the device's")
	}
}

func TestFindOnlyAsksNothing(t *testing.T) {
	t.Parallel()
	var heard atomic.Int32
	device(t, here("2.1"), 80, func(c net.Conn) {
		n, _ := c.Read(make([]byte, 1))
		heard.Add(int32(n))
	})
	c, n := config(t, here("2.0/30"))
	c.Interview = false
	r := mustRun(t, t.Context(), c)
	if len(r.Found) != 1 || !slices.Equal(r.Found[0].Ports, []uint16{80}) || heard.Load() != 0 || n.has(here("2.1"), "http") {
		t.Errorf("found %v, %d bytes were sent to it", r.Found, heard.Load())
	}
}

// TestMisbehaviourStaysAtHome holds the other hosts' interviews against one that never ends:
// the patient host is done while the hostile one still has us.
func TestMisbehaviourStaysAtHome(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	drip := func(c net.Conn) {
		io.WriteString(c, "x")
		<-release
	}
	endless := func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		for b := bytes.Repeat([]byte("A"), 1<<16); ; {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}
	device(t, here("3.1"), 80, drip)
	device(t, here("3.2"), 80, endless)
	device(t, here("3.3"), 80, says("\x00\xff\xfe garbage \r\n\r\n"))
	device(t, here("3.4"), 80, func(c net.Conn) { c.Read(make([]byte, 1)) }) // hangs up
	device(t, here("3.5"), 80, says(page("200 OK", "Server: patient\r\n", "hello")))
	c, n := config(t, here("3.0/28"))
	over := make(chan string, 16)
	c.Journal = lineWriter(func(line string) {
		if strings.HasPrefix(line, `{"done":"`) {
			over <- line
		}
	})
	ended := make(chan *Result)
	go func() { r, _ := Run(t.Context(), c); ended <- r }()
	for line := ""; !strings.Contains(line, here("3.5")); {
		line = <-over
		if strings.Contains(line, here("3.1")+`"`) {
			t.Error("the device that drips was done before the patient one: it held nobody up, but this test shows nothing")
		}
	}
	close(release)
	r := <-ended
	if len(r.Found) != 5 || r.Scan.Asked != 5 || !n.has(here("3.5"), "http.server patient") {
		t.Errorf("%+v", r.Scan)
	}
}

// lineWriter gives each line written to it to a function.
type lineWriter func(string)

func (w lineWriter) Write(b []byte) (int, error) { w(string(b)); return len(b), nil }

func TestResume(t *testing.T) {
	t.Parallel()
	first := device(t, here("4.1"), 80, says(page("200 OK", "Server: first\r\n", "1")))
	hold := make(chan struct{})
	device(t, here("4.2"), 80, func(c net.Conn) { <-hold })
	c, _ := config(t, here("4.0/29"))
	ctx, cancel := context.WithCancel(t.Context())
	var file bytes.Buffer
	c.Journal = lineWriter(func(line string) {
		file.WriteString(line)
		if strings.Contains(line, `"done":"`+here("4.1")+`"`) {
			cancel()
		}
	})
	r := mustRun(t, ctx, c)
	close(hold)
	if !r.Scan.Interrupted {
		t.Fatalf("not interrupted: %+v", r.Scan)
	}
	before := first.Load()
	file.WriteString(`{"fact":{"at":"2026-11-2`) // the disk was full
	again, n := config(t, here("4.0/29"))
	var err error
	if again.Resume, err = ReadJournal(&file); err != nil {
		t.Fatal(err)
	}
	if err := again.Resume.Fits(&again); err != nil {
		t.Fatal(err)
	}
	r = mustRun(t, t.Context(), again)
	if r.Scan.Interrupted || r.Scan.Asked != 2 || !n.has(here("4.1"), "http.server first") {
		t.Errorf("gone on: %+v, %q", r.Scan, n.said)
	}
	if got := first.Load() - before; got > int32(len(knocks)) {
		t.Errorf("the host that was done was connected to %d times more", got)
	}
	other, _ := config(t, here("4.0/30"))
	if other.Resume = again.Resume; other.Resume.Fits(&other) == nil {
		t.Error("a journal of another network was taken")
	}
}

func TestJournalRefusesOthers(t *testing.T) {
	for _, text := range []string{"", "{}", "hello\n", `{"scan":{"version":99}}`, `{"done":"10.0.0.1"}` + "\n"} {
		if _, err := ReadJournal(strings.NewReader(text)); err == nil {
			t.Errorf("%q was taken for a journal", text)
		}
	}
}

func FuzzReadJournal(f *testing.F) {
	f.Add(`{"scan":{"version":1,"networks":["10.0.0.0/24"],"ports":[80]}}` + "\n" + `{"done":"10.0.0.1"}` + "\n" + `{"fact":{"kind":"tcp.open","value":"80"}}`)
	f.Fuzz(func(t *testing.T, text string) { ReadJournal(strings.NewReader(text)) })
}

func TestPlanSendsNothing(t *testing.T) {
	t.Parallel()
	served := device(t, here("5.1"), 80, says(""))
	c, _ := config(t, here("5.0/30"))
	p := MakePlan(c)
	if served.Load() != 0 || c.Door.Sent() != (reach.Tally{Pace: 1}) {
		t.Error("planning sent something")
	}
	if len(p.Networks) != 1 || p.Networks[0].Addresses != 2 || len(p.Interview) == 0 || len(p.ToEach) == 0 {
		t.Errorf("%+v", p)
	}
	if n := p.Networks[0]; !strings.Contains(n.How, "TCP connections") || strings.Contains(n.How, "ARP") || p.PortsBy != "by connecting" {
		t.Errorf("there are no raw frames on the loopback: %+v, ports %s", n, p.PortsBy)
	}
	for _, a := range p.Groups {
		if a.Bytes == 0 {
			t.Errorf("%s: an empty question", a.Protocol)
		}
	}
}
