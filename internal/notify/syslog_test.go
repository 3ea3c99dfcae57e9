package notify

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRsyslog sends to a real rsyslogd by TCP, TLS and UDP, and reads what it understood.
func TestRsyslog(t *testing.T) {
	name := program(t, "rsyslogd", "rsyslog")
	if found, _ := filepath.Glob("/usr/lib/*/rsyslog/lmnsd_gtls.so"); len(found) == 0 {
		t.Skip("no rsyslog with TLS here: apt install rsyslog-gnutls, or make test-notify")
	}
	dir := openDir(t)
	a := newAuthority(t, dir)
	ports := freePorts(t, 3)
	out, conf := filepath.Join(dir, "out"), filepath.Join(dir, "conf")
	text := fmt.Sprintf(`
global(workDirectory=%[1]q defaultNetstreamDriverCAFile=%[2]q defaultNetstreamDriverCertFile=%[2]q defaultNetstreamDriverKeyFile=%[3]q)
module(load="imudp") module(load="imptcp") module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="all" type="list") {
  property(name="inputname") constant(value=" ") property(name="hostname") constant(value=" ") property(name="app-name") constant(value=" ")
  property(name="msgid") constant(value=" ") property(name="syslogseverity-text") constant(value=" ") property(name="structured-data") constant(value=" ") property(name="msg") constant(value="\n") }
ruleset(name="keep") { action(type="omfile" file=%[4]q template="all") }
input(type="imudp" port="%[5]s" address="127.0.0.1" ruleset="keep")
input(type="imptcp" port="%[6]s" address="127.0.0.1" ruleset="keep")
input(type="imtcp" port="%[7]s" address="127.0.0.1" ruleset="keep")
`, dir, a.cert, a.key, out, ports[0], ports[1], ports[2])
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	server(t, ports[1:], name, "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	for i, transport := range []string{"udp", "tcp", "tls"} {
		for _, kind := range []string{"syslog", "cef"} {
			set := Settings{Server: "127.0.0.1:" + ports[i], Transport: transport}
			if transport == "tls" {
				set.CA = a.pem
			}
			m := alarmMessage("calls-home", "it talks | to \u4e2d\u56fd]")
			deliver(t, sinkOf(t, kind, set, nil), m, alarmMessage("second", "x"))
			var line string
			within(t, transport+" "+kind, func() bool {
				b, _ := os.ReadFile(out)
				for l := range strings.Lines(string(b)) {
					if strings.Contains(l, m.ID) {
						line = l
					}
				}
				return line != ""
			})
			if !strings.Contains(line, " box.example cordon calls-home err ") {
				t.Errorf("%s %s: %s", transport, kind, line)
			}
			if want := map[string]string{"syslog": `site="ha\]ll\""`, "cef": `|it talks \| to ` + "\u4e2d\u56fd]|8|externalId="}[kind]; !strings.Contains(line, want) {
				t.Errorf("%s: no %s in %s", kind, want, line)
			}
		}
	}
	_, _, err := sinkOf(t, "syslog", Settings{Server: "127.0.0.1:" + ports[2], Transport: "tls"}, nil).Deliver(t.Context(), []*Message{alarmMessage("a", "b")})
	wantError(t, err, "certificate")
}

// Nobody there is an error, also by UDP.
func TestSyslogNobody(t *testing.T) {
	port := freePorts(t, 1)[0]
	for _, transport := range []string{"udp", "tcp"} {
		_, _, err := sinkOf(t, "syslog", Settings{Server: "127.0.0.1:" + port, Transport: transport}, nil).Deliver(t.Context(), []*Message{alarmMessage("a", "b")})
		wantError(t, err, "refused")
	}
}

func TestEVE(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	read := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		b, _ := io.ReadAll(c)
		c.Close()
		read <- string(b)
	}()
	m := alarmMessage("calls-home", "it calls home")
	if said := deliver(t, sinkOf(t, "eve", Settings{Server: l.Addr().String()}, nil), m); !strings.Contains(said, "read to the end") {
		t.Error(said)
	}
	file := &eveSink{&opening{Settings: &Settings{File: "a.jsonl"}, dir: filepath.Join(dir, "export")}}
	deliver(t, file, m)
	deliver(t, file, &Message{ID: "1", Kind: "test", Title: "a test", Made: time.Now()})
	b, err := os.ReadFile(filepath.Join(dir, "export", "a.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	first, second, _ := strings.Cut(string(b), "\n")
	if overTCP := <-read; overTCP != first+"\n" {
		t.Errorf("over TCP %q, in the file %q", overTCP, first)
	}
	var e eveEvent
	if err := json.Unmarshal([]byte(first), &e); err != nil || e.Timestamp != "2026-03-02T09:01:30.123456+0000" || e.Type != "alert" || e.Source != "192.168.8.21" || e.Alert.Severity != 1 || e.Cordon.ID != m.ID {
		t.Errorf("%+v, %v", e, err)
	}
	if err := json.Unmarshal([]byte(second), &e); err != nil || e.Alert.Signature != "a test" {
		t.Errorf("%+v, %v", e, err)
	}
}
