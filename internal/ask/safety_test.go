package ask

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"cordon"

	"pgregory.net/rapid"
)

// neverSent are words of what must never be sent: what the knowledge of each discovery protocol
// lists as changing settings or asking for secrets, and this package's own list of forbidden paths.
var neverSent = []string{
	"<Types>update", "activate", "reboot", "restore", "exchangecode", "getencryptstring", "SetMailBox", "ezvizUnbind", "resetPassword",
	"securityCode", "getBindList", "GetQRcodes", "setConfig", "DevInit", "PasswdFind", "modifyPwdOutSession", "queryUserList", "queryEmailCfg",
	"AddPortMapping", "DeletePortMapping", "SetSystem", "SetNetwork", "SetUser", "CreateUsers", "DeleteUsers", "SetHostname", "configurationFile",
	"OPMachine", "factoryDefault", "upgrade", "global.login", "GetSystemBackup", "GetSystemLog", "StartFirmware",
}

// reads are the methods that change nothing; POST is used for calls that read, which neverSent covers.
var readMethods = []string{"GET", "POST", "OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"}

// checkSent refuses whatever may not leave.
func checkSent(t interface{ Fatalf(string, ...any) }, h *Host, r Request, b []byte) {
	said := b
	if before, rest, found := bytes.Cut(b, []byte("\r\nAuthorization: ")); found { // realm and nonce are the device's own words, quoted
		_, after, _ := bytes.Cut(rest, []byte("\r\n"))
		said = slices.Concat(before, []byte("\r\n"), after)
	}
	for _, w := range neverSent {
		if bytes.Contains(bytes.ToLower(said), []byte(strings.ToLower(w))) {
			t.Fatalf("%s sends %q: %q", r.Name, w, b)
		}
	}
	if r.Carrier == UDP || r.Port == dvripPort {
		return
	}
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	words := strings.Split(string(line), " ")
	if len(words) != 3 || !slices.Contains(readMethods, words[0]) {
		t.Fatalf("%s begins %q", r.Name, line)
	}
	target := words[1]
	if strings.HasPrefix(words[2], "RTSP/") {
		u, err := url.Parse(target)
		if err != nil || u.User != nil || !ownAddress(h, u.Hostname()) {
			t.Fatalf("%s asks for %q: %v", r.Name, target, err)
		}
		return
	}
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	if err != nil {
		t.Fatalf("%s is no request: %v: %q", r.Name, err, b)
	}
	if !strings.HasPrefix(target, "/") || strings.Contains(target, "@") || strings.HasPrefix(target, "//") {
		t.Fatalf("%s asks for %q", r.Name, target)
	}
	host, _, _ := cutPort(req.Host)
	if !ownAddress(h, host) {
		t.Fatalf("%s names the host %q", r.Name, req.Host)
	}
	if (req.Header.Get("Authorization") != "" || bytes.Contains(b, []byte("<Password"))) && r.Account == "" {
		t.Fatalf("%s logs in and says nothing of an account", r.Name)
	}
	if strings.HasPrefix(req.Header.Get("Authorization"), "Basic") && r.Carrier != TLS && !h.Clear {
		t.Fatalf("%s sends a password in the clear", r.Name)
	}
}

func ownAddress(h *Host, host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a == h.Addr.WithZone("").Unmap()
}

// texts that a hostile device may say, at every place where it may say something.
var hostile = []string{
	"http://203.0.113.66/evil", "//203.0.113.66/evil", "https://203.0.113.66:443/", "http://192.0.2.10/reboot", "http://192.0.2.10:8080/ok.xml", "/cgi-bin/magicBox.cgi?action=reboot",
	"/ok", "https://192.0.2.10/login.html", "http://192.0.2.10@203.0.113.66/", "rtsp://203.0.113.66/x", "x\r\nHost: 203.0.113.66", "http://[::ffff:192.0.2.10]/x", "%00", "", "admin:admin@",
	"urn:schemas-upnp-org:service:WANIPConnection:1", "Hikvision App-webs DVRDVS ISAPI", "Login to 0123", "axis dahua uniview hanwha vivotek d-link foscam netwave hipcam reolink tapo",
}

var factKinds = []cordon.Kind{"http.server", "http.realm", "http.title", "http.body", "sadp.present", "dhip.present", "xm.present", "onvif.xaddrs", "onvif.types", "onvif.manufacturer",
	"ssdp.location", "ssdp.st", "rtsp.server", "mdns.service", "upnp.device_type", "auth.limit", "auth.window"}

// hostileAnswer makes an answer out of a hostile text.
func hostileAnswer(text string, shape int) []byte {
	challenge := `WWW-Authenticate: Digest realm="` + strings.Trim(text, "\r\n") + `", nonce="n", qop="auth"` + "\r\n"
	switch shape {
	case 0:
		return []byte("HTTP/1.1 302 Found\r\nLocation: " + text + "\r\n\r\n")
	case 1:
		return page("401 Unauthorized", challenge, text)
	case 2:
		return page("200 OK", "", `<html><meta content="0;url=`+text+`"><script>location.href="`+text+`"</script>`)
	case 3:
		return page("200 OK", "", `<root><URLBase>`+text+`</URLBase><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>`+text+`</controlURL></service></root>`)
	case 4:
		return page("200 OK", "", clockAnswer+`<Service><Namespace>`+mediaNS+`</Namespace><XAddr>`+text+`</XAddr></Service>token=12`+"\nresult=2026-01-01 00:00:00\n<localTime>2026-01-01T00:00:00Z</localTime>")
	case 5:
		sdp := "v=0\r\nm=video 0 RTP/AVP 96\r\na=control:" + text + "\r\n"
		return []byte("RTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: " + text + "\r\nContent-Length: " + itoa(len(sdp)) + "\r\n\r\n" + sdp)
	case 6:
		return []byte("RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n" + challenge + "\r\n")
	case 7:
		return []byte("\x15\x03\x01\x00\x02\x02\x46")
	case 8:
		return page("200 OK", "", "<users/>")
	case 9:
		return page("401 Unauthorized", `WWW-Authenticate: Digest realm="x", nonce="m", stale=true`+"\r\n", "")
	}
	return []byte(text)
}

// TestNothingHarmfulLeaves interviews hosts that say whatever may lead astray, with and without an
// account, and reads every request. It ends within the bound, and gives the same interview again.
func TestNothingHarmfulLeaves(t *testing.T) {
	ports := slices.Concat(webPorts, tlsPorts, rtspPorts, rtspsPorts, firstPorts, mutePorts, []uint16{12345, 23456, 1, 65535, 7777, 7778, 7779, 7780})
	slices.Sort(ports)
	ports = slices.Compact(ports)
	rapid.Check(t, func(t *rapid.T) {
		make := func() *Host { return &Host{Addr: testAddr} }
		h := make()
		h.Open = rapid.SliceOfDistinct(rapid.SampledFrom(ports), func(p uint16) uint16 { return p }).Draw(t, "open")
		slices.Sort(h.Open)
		for range rapid.IntRange(0, 6).Draw(t, "facts") {
			h.Seen = append(h.Seen, fact(rapid.SampledFrom(factKinds).Draw(t, "kind"), rapid.SampledFrom(hostile).Draw(t, "value")))
		}
		if rapid.Bool().Draw(t, "own") {
			h.Own = &Login{User: "owner", Password: "an owner's password"}
		}
		if rapid.Bool().Draw(t, "snmp") {
			h.Community = "public"
		}
		shapes := rapid.SliceOfN(rapid.IntRange(0, 11), 1, 8).Draw(t, "shapes")
		texts := rapid.SliceOfN(rapid.SampledFrom(hostile), 1, 4).Draw(t, "texts")
		play := func(h *Host) string {
			h.Done, h.Heard = map[string]Outcome{}, map[string][]byte{}
			var log strings.Builder
			accounts, requests := 0, 0
			for n := 0; ; n++ {
				batch := Next(h)
				if len(batch) == 0 {
					break
				}
				if n > 200 {
					t.Fatalf("no end of it")
				}
				if again := Next(h); fmt.Sprint(requestNames(batch)) != fmt.Sprint(requestNames(again)) {
					t.Fatalf("%v, then %v", requestNames(batch), requestNames(again))
				}
				for _, r := range batch {
					if _, twice := h.Done[r.Name]; twice {
						t.Fatalf("%s twice", r.Name)
					}
					if strings.HasPrefix(r.Name, ownPrefix) {
						accounts++
					} else {
						requests++
					}
					// The shape depends on the request alone, so that the second interview hears the same.
					shape := shapes[(len(r.Name)+int(r.Port))%len(shapes)]
					heard := hostileAnswer(texts[(len(r.Name)*7)%len(texts)], shape)
					sent := r.Send
					var whole []byte
					for turn := 0; turn < 10; turn++ {
						if len(sent) > 0 {
							checkSent(t, h, r, sent)
							fmt.Fprintf(&log, "%s %q\n", r.Name, sent)
						}
						if shape == 11 {
							break
						}
						whole = append(whole, heard...)
						if r.Turn == nil {
							break
						}
						var done bool
						if sent, done = r.Turn(heard); done || sent == nil {
							if len(sent) > 0 {
								checkSent(t, h, r, sent)
							}
							break
						}
					}
					h.Done[r.Name] = Answered
					if shape == 11 {
						h.Done[r.Name] = Silent
					}
					h.Heard[r.Name] = whole[:min(len(whole), MaxHeard)]
				}
			}
			if requests > MaxRequests || accounts > MaxOwnRequests {
				t.Fatalf("%d requests, %d with the account", requests, accounts)
			}
			return log.String()
		}
		first := play(h)
		if second := play(h); first != second {
			t.Fatalf("the same answers give another interview:\n%s\n%s", first, second)
		}
		if strings.Contains(first, "an owner's password") {
			t.Fatalf("the password itself was sent")
		}
		tryAll(t, h)
	})
}

// tryAll plans the tries of factory passwords and reads them too.
func tryAll(t *rapid.T, h *Host) {
	trial, ok := firstTrial(h, []Factory{{"x", "admin", "admin", "http"}, {"x", "admin", "12345", "http"}, {"x", "root", "", "dvrip/34567"}, {"x", "root", "xc3511", "telnet"}})
	if !ok {
		return
	}
	checkSent(t, h, trial.Look, trial.Look.Send)
	for i := range trial.Tries {
		try := &trial.Tries[i]
		if try.Password == "xc3511" {
			t.Fatalf("a shell's password is tried")
		}
		look := hostileAnswer("x", 1)
		r, err := try.Request(i, look)
		if err != nil {
			continue
		}
		if r.Account != try.User {
			t.Fatalf("%s is of account %q", r.Name, r.Account)
		}
		checkSent(t, h, r, r.Send)
		for _, shape := range []int{0, 1, 5, 6, 8, 10} {
			try.Judge(look, hostileAnswer("x", shape))
		}
	}
}

func requestNames(list []Request) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Name)
	}
	return out
}

// Everybody who reads --plan reads these.
func TestQuestionsSayWhatTheyAre(t *testing.T) {
	seen := map[string]bool{}
	for _, q := range Questions() {
		if q.Name == "" || seen[q.Name] || len(q.Doc) < 40 || q.Source == "" || q.Ask == nil || strings.HasSuffix(q.Doc, ".") || strings.Contains(q.Doc, "\n") {
			t.Errorf("row %q: %+v", q.Name, q.Doc)
		}
		seen[q.Name] = true
	}
	if len(hints) > 128 {
		t.Error("more hints than families has room for")
	}
}
