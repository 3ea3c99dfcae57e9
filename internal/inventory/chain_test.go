package inventory_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/inventory"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

// audit reads a capture of the collection through the whole chain, and skips where it is absent.
func audit(t *testing.T, name string) *cordon.Audit {
	t.Helper()
	root := os.Getenv("CORDON_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "captures", filepath.FromSlash(name)))
	if err != nil {
		t.Skip("the project's capture collection is not here (CORDON_SHARED names its place)")
	}
	defer f.Close()
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	l := inventory.NewLedger(inventory.Limits{})
	always := find.AlwaysPorts()
	cfg := packet.Config{Always: func(port uint16) bool { return slices.Contains(always, port) }}
	table := packet.NewTable(cfg, sensor.NewListener("", []byte("a key for tests"), l))
	c := sensor.Feed(context.Background(), f, name, table, nil)
	table.Flush()
	if c.Problem != "" {
		t.Fatalf("%s: %s", name, c.Problem)
	}
	return l.Judge(know, []cordon.Capture{c}, inventory.Options{AllDevices: true})
}

// found lists findings as "device code severity".
func found(a *cordon.Audit) []string {
	var out []string
	for _, f := range a.Findings {
		out = append(out, f.Device+" "+f.Code+" "+string(f.Severity))
	}
	return out
}

// Each capture of an attack must yield what it is an attack by.
func TestAttacksAreFound(t *testing.T) {
	for name, want := range map[string]string{
		"attack/ndpi/synscan.pcap":                        "00:25:b3:bf:91:ee scans high",
		"attack/ndpi/tcp_scan.pcapng":                     "28:37:37:00:6d:c8 scans medium",
		"attack/slips_icmp_portscan.pcap":                 "50:ed:3c:39:bc:d9 scans high",
		"attack/slips_test8.pcap":                         "50:ed:3c:39:bc:d9 scans medium",
		"attack/slips_ssh_bruteforce.pcap":                "30:3e:a7:07:e5:bc password-guessing high",
		"attack/slips_cc_beacon_1.pcap":                   "ec:f4:bb:cf:93:88 beacon low",
		"attack/dhcp_flood_zeek.pcap":                     "90:b1:1c:99:49:29 floods high",
		"attack/ndpi/dns_exfiltration.pcap":               "8c:dc:d4:46:be:c4 dns-tunnel high",
		"attack/ndpi/telnet.pcap":                         "00:00:c0:9f:a0:97 cleartext-login high",
		"camera/iotsentinel-EdnetCam1/Setup-C-4-STA.pcap": "3c:49:37:03:17:db firmware-in-clear high",
		"camera/iotsentinel-EdnetCam1/Setup-C-2-STA.pcap": "3c:49:37:03:17:db hard-coded-address low",
		"camera/blink-cam-01.pcap":                        "f4:b8:5e:ff:2b:1b video-upload high",
	} {
		t.Run(name, func(t *testing.T) {
			if got := found(audit(t, name)); !slices.Contains(got, want) {
				t.Errorf("want %s, got %v", want, got)
			}
		})
	}
}

// The Blink cameras come back for a week, four hours apart on average, in bursts.
func TestSlowReturns(t *testing.T) {
	a := audit(t, "camera/blink-cam-01.pcap")
	i := slices.IndexFunc(a.Findings, func(f cordon.Finding) bool { return f.Code == "beacon" })
	if i < 0 || !strings.Contains(a.Findings[i].Title, "keeps coming back") {
		t.Errorf("not found in %v", found(a))
	}
}

// People's own devices at work and at play are no attack.
func TestBenignStaysQuiet(t *testing.T) {
	for _, name := range []string{"android.pcap", "chrome.pcap", "firefox.pcap", "iphone.pcap", "teams.pcap", "windowsupdate_over_http.pcap", "zoom.pcap"} {
		t.Run(name, func(t *testing.T) {
			for _, f := range audit(t, "benign/ndpi/"+name).Findings {
				if f.Severity.Rank() >= cordon.Medium.Rank() {
					t.Errorf("%s %s: %s %v", f.Severity, f.Code, f.Title, f.Evidence)
				}
			}
		})
	}
}

// The same capture gives the same audit, and judging it twice changes nothing.
func TestAuditIsRepeatable(t *testing.T) {
	const name = "camera/iotsentinel-EdimaxCam1/Setup-A-1-STA.pcap"
	a, b := found(audit(t, name)), found(audit(t, name))
	if !slices.Equal(a, b) {
		t.Errorf("%v, then %v", a, b)
	}
}
