package ask

import (
	"slices"
	"strings"
	"testing"

	"cordon"
)

// ownCamera plays a Hikvision-like web server whose right password is known.
func ownCamera(t *testing.T, password Secret, seen *[]string) device {
	return func(r Request, sent []byte) (Outcome, []byte) {
		if r.Port != 80 || r.Carrier != TCP {
			return Silent, nil
		}
		line, rest, _ := strings.Cut(string(sent), "\r\n")
		words := strings.Fields(line)
		if !strings.HasPrefix(words[1], "/ISAPI") {
			return Answered, page("200 OK", "Server: App-webs/\r\n", "<html></html>")
		}
		_, auth, found := strings.Cut(rest, "Authorization: ")
		auth, _, _ = strings.Cut(auth, "\r\n")
		offer := challenge{Scheme: "digest", Realm: "cam", Nonce: "n1", Auth: true}
		if found {
			*seen = append(*seen, r.Name)
			_, c, _ := strings.Cut(auth, `cnonce="`)
			c, _, _ = strings.Cut(c, `"`)
			right, err := digestAuth(offer, Login{"owner", password}, words[0], words[1], c, uint32(len(*seen)))
			if err != nil {
				t.Fatal(err)
			}
			if right == auth {
				if strings.HasSuffix(words[1], "/System/time") {
					return Answered, page("200 OK", "", "<Time><localTime>2026-01-02T11:04:05+08:00</localTime></Time>")
				}
				return Answered, page("200 OK", "", "<x/>")
			}
		}
		return Answered, page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"cam\", nonce=\"n1\", qop=\"auth\"\r\n", "")
	}
}

func TestOwnAccountReads(t *testing.T) {
	var seen []string
	h := &Host{Addr: testAddr, Open: []uint16{80}, Seen: []cordon.Observation{fact("sadp.present", "yes")}, Own: &Login{"owner", "right"}}
	interview(t, h, ownCamera(t, "right", &seen))
	want := len(isapiReads) + 1 // and the log, once the clock is known
	if len(seen) != want || !strings.HasSuffix(seen[0], " device") || !strings.HasSuffix(seen[want-1], "log of log-ins") {
		t.Errorf("read %d pages, want %d: %q", len(seen), want, seen)
	}
}

// A wrong password of the owner's is used once, by whatever protocol.
func TestOwnAccountStopsAtRefusal(t *testing.T) {
	var seen []string
	h := &Host{Addr: testAddr, Open: []uint16{80}, Seen: []cordon.Observation{fact("sadp.present", "yes"), fact("onvif.xaddrs", "http://192.0.2.10/onvif/device_service")}, Own: &Login{"owner", "wrong"}}
	web := ownCamera(t, "right", &seen)
	interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
		if strings.Contains(r.Name, "onvif") {
			if r.Account != "" {
				seen = append(seen, r.Name)
			}
			return Answered, page("200 OK", "", clockAnswer)
		}
		return web(r, sent)
	})
	if len(seen) != 1 {
		t.Errorf("the wrong password was used %d times: %q", len(seen), seen)
	}
}

// The router's list of mappings is read to its end and no further.
func TestRouterMappings(t *testing.T) {
	h := &Host{Addr: testAddr, Seen: []cordon.Observation{fact("ssdp.location", "http://192.0.2.10:5431/igd.xml")}}
	n := 0
	all := interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
		switch {
		case strings.HasSuffix(r.Name, "igd.xml"):
			return Answered, page("200 OK", "", `<root><URLBase>http://203.0.113.1/</URLBase><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/ctl/IPConn</controlURL></service></root>`)
		case strings.Contains(r.Name, "GetGenericPortMappingEntry"):
			if n++; n > 3 {
				return Answered, page("500 Internal Server Error", "", "<errorCode>713</errorCode>")
			}
		}
		return Answered, page("200 OK", "", "<x/>")
	})
	last := all[len(all)-1]
	if n != 4 || !strings.Contains(string(last.Send), "POST /ctl/IPConn HTTP/1.1\r\nHost: 192.0.2.10:5431\r\n") || !strings.Contains(string(last.Send), "<NewPortMappingIndex>3<") {
		t.Errorf("read %d entries, last %q", n, last.Send)
	}
}

// The bytes of RFC 3416 for sysDescr, sysObjectID and sysName with community "public".
func TestSNMPGet(t *testing.T) {
	b := snmpGet(1, "public")
	if b[0] != 0x30 || int(b[1]) != len(b)-2 || string(b[7:13]) != "public" || b[13] != 0xA0 || int(b[14]) != len(b)-15 {
		t.Errorf("% x", b)
	}
	if got := (&Host{Addr: testAddr}); len(snmpQuestion.Ask(got)) != 0 {
		t.Error("asks without a community")
	}
}

// Dahua's log is read on while it gives as many lines as were asked for, at most logPages times, and then closed.
func TestDahuaLogPages(t *testing.T) {
	h := &Host{Addr: testAddr, Open: []uint16{80}, Seen: []cordon.Observation{fact("dhip.present", "yes")}, Own: &Login{"owner", "right"}}
	var seen []string
	interview(t, h, func(r Request, sent []byte) (Outcome, []byte) {
		switch {
		case r.Port != 80 || r.Carrier != TCP:
			return Silent, nil
		case r.Account == "":
			return Answered, page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"Login to x\", nonce=\"n1\", qop=\"auth\"\r\n", "")
		}
		seen = append(seen, r.Name)
		switch s := string(sent); {
		case strings.Contains(s, "getCurrentTime"):
			return Answered, page("200 OK", "", "result=2026-01-02 03:04:05\r\n")
		case strings.Contains(s, "startFind"):
			return Answered, page("200 OK", "", "token=17\r\n")
		case strings.Contains(s, "doFind"):
			return Answered, page("200 OK", "", "found=40\r\n")
		}
		return Answered, page("200 OK", "", "x=1\r\n")
	})
	if n := len(dahuaReads) + 1 + logPages + 1; len(seen) != n || !strings.HasSuffix(seen[n-1], "log end") || !strings.HasSuffix(seen[n-2], "log of log-ins 8") {
		t.Errorf("%d pages, want %d: %q", len(seen), n, seen)
	}
}

// With the owner's account nothing is asked whose answer nobody can read.
func TestOwnReadsAreUnderstood(t *testing.T) {
	for _, r := range slices.Concat(isapiReads, dahuaReads, axisReads, lapiReads) {
		for _, unread := range []string{"LoginFailureAlarm", "accesslog", "Channels/System/DeviceInfos"} {
			if strings.Contains(r.path, unread) {
				t.Errorf("%s asks for %s, of which find makes no fact", r.name, r.path)
			}
		}
	}
}
