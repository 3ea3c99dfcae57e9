package knowledge

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"cordon"
)

func embedded(t testing.TB) *Base {
	t.Helper()
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOperators(t *testing.T) {
	tests := []struct {
		op, want, value string
		matches         bool
	}{
		{"equals", "DVRDVS-Webs", "DVRDVS-Webs", true},
		{"equals", "DVRDVS-Webs", "dvrdvs-webs", false},
		{"iequals", "AXIS", "Axis", true},
		{"prefix", "AXIS,", "AXIS,Network Camera,P3343,5.20.3", true},
		{"suffix", "/IPCamDesc.xml", "http://10.10.10.51:80/IPCamDesc.xml", true},
		{"contains", "IpBridge/", "Linux/3.14.0 UPnP/1.0 IpBridge/1.9.0", true},
		{"icontains", "CAMERA", "Wireless Internet Camera", true},
		{"glob", "axis-00408c*", "axis-00408C123456", true},
		{"glob", "camera_????", "camera_abcde", false},
		{"present", "", "yes", true},
		{"hex_prefix", "f1300000", "32108 f1300000", true},
		{"hex_prefix", "8000 00000010", "8000 000000100000001e", true},
		{"hex_prefix", "8000 00000010", "8001 000000100000001e", false},
		{"hex_prefix", "F130", "f1", false},
		{"regex", `(?i)^tapo `, "Tapo C200", true},
	}
	for _, tt := range tests {
		m, err := compile(&Rule{Op: tt.op, Value: tt.want})
		if err != nil {
			t.Fatalf("%s %q: %v", tt.op, tt.want, err)
		}
		if _, got := m.match(tt.value); got != tt.matches {
			t.Errorf("%s %q on %q: got %v", tt.op, tt.want, tt.value, got)
		}
	}
}

func TestMatchFillsModelAndFirmware(t *testing.T) {
	hits := embedded(t).Match("dhcp.vendor_class", "AXIS,Network Camera,P3343,5.20.3")
	if len(hits) == 0 || hits[0].Rule.Maker != "axis" || hits[0].Model != "P3343" || hits[0].Firmware != "5.20.3" {
		t.Errorf("got %+v", hits)
	}
	hits = embedded(t).Match("sadp.firmware", "V5.5.0build 170725")
	if len(hits) != 1 || hits[0].Firmware != "V5.5.0 build 170725" {
		t.Errorf("got %+v", hits)
	}
	if got := fill("$0/$1/$9", "v", []string{"v", "one"}); got != "v/one/" {
		t.Errorf("fill: got %q", got)
	}
}

func TestNothingMatchesNothing(t *testing.T) {
	b := embedded(t)
	for _, kind := range []cordon.Kind{"", "no.such", "http.server"} {
		if hits := b.Match(kind, "Apache/2.4.58 (Debian)"); hits != nil {
			t.Errorf("%s: %+v", kind, hits)
		}
	}
}

// Programs and people's machines must never be called devices that watch.
func TestBenignValuesProveNoCamera(t *testing.T) {
	b := embedded(t)
	for kind, values := range map[cordon.Kind][]string{
		"rtsp.server":       {"VLC/3.0.12", "gortsplib", "GStreamer RTSP server", "Wowza Streaming Engine 4.8.10 build20210217143515"},
		"rtsp.user_agent":   {"Lavf57.71.100", "LibVLC/3.0.16 (LIVE555 Streaming Media v2016.11.28)"},
		"wsd.probe":         {"resolve", "wsdp:Device"},
		"udp.payload":       {"2190 5469566f436f6e6e6563743d310a737776657273696f6e3d312e300a6d657468"},
		"http.server":       {"Apache", "nginx", "Microsoft-IIS/7.5", "lighttpd/1.4.34", "SimpleHTTP/0.6 Python/3.11.4"},
		"dhcp.hostname":     {"Lucas-iMac", "Lucas-iPhone", "android-1c1335ec95a27318", "pi3.ntop.org", "ESP_06D902", "HS100(EU)"},
		"dhcp.vendor_class": {"MSFT 5.0", "android-dhcp-9", "dhcpcd-5.5.6"},
		"mdns.txt":          {"model=iMac11,3", "md=BSB002"},
	} {
		for _, v := range values {
			for _, h := range b.Match(kind, v) {
				if cordon.Watches(h.Rule.Class) || h.Rule.Proves == ProvesMaker {
					t.Errorf("%s %q: rule %s says class %q, maker %q", kind, v, h.Rule.ID, h.Rule.Class, h.Rule.Maker)
				}
			}
		}
	}
}

func TestBrandOwnersAreNotMakers(t *testing.T) {
	for _, r := range embedded(t).Rules() {
		switch r.Maker {
		case "d-link", "edimax", "lorex", "amcrest", "annke", "foscam":
			t.Errorf("rule %s proves the maker %s, which only puts its name on", r.ID, r.Maker)
		}
	}
}

func TestMatchConcurrently(t *testing.T) {
	b := embedded(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 50 {
				b.Match("http.server", fmt.Sprintf("Boa/0.9%d", n))
				b.Cloud(fmt.Sprintf("%d.hik-connect.com", i))
			}
		})
	}
	wg.Wait()
}

func TestCutKeepsWholeCharacters(t *testing.T) {
	long := strings.Repeat("x", maxValue-1) + "é" + "y"
	if got := cut(long); got != long[:maxValue-1] {
		t.Errorf("cut at %d, want %d", len(got), maxValue-1)
	}
}

func FuzzMatch(f *testing.F) {
	b := embedded(f)
	for _, r := range b.Rules() {
		f.Add(string(r.Kind), r.Examples[0].Value)
	}
	f.Fuzz(func(t *testing.T, kind, value string) {
		last := 101
		for _, h := range b.Match(cordon.Kind(kind), value) {
			if string(h.Rule.Kind) != kind || h.Rule.Weight > last {
				t.Fatalf("%s %q: %s out of place", kind, value, h.Rule.ID)
			}
			last = h.Rule.Weight
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(Data); err != nil {
			b.Fatal(err)
		}
	}
}
