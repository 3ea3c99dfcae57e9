package labtest

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"
	"unicode"

	"cordon/e2e/lab"
	"cordon/specimens"
)

// hostile is what attacks a terminal (ECMA-48, 8.3), a page and a spreadsheet (OWASP, CSV
// Injection), each at the beginning of a value, where it counts.
var hostile = []string{"\x1b[2J\x1b[31m=1+1", "=HYPERLINK(1)\u202e", "<script>alert(1)</script>", "@SUM(1)\x07\u009b5m", "-2+3\x1b]0;owned\x07"}

// nasty is a camera whose every name attacks the reader.
func nasty(t *testing.T) lab.Guest {
	t.Helper()
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Name != "dlink-camera" {
			continue
		}
		m.Variants = []map[string]string{{"model": hostile[4], "firmware": hostile[1], "hw": hostile[3]}}
		m.DHCP = &specimens.DHCPClient{Hostname: hostile[0], Class: hostile[2], Ask: []int{1, 3, 6}}
		m.MDNS = &specimens.Zeroconf{Host: "camera", Services: []specimens.Service{{Type: "_http._tcp", Instance: hostile[2] + hostile[3], Port: 80, TXT: []string{"note=" + hostile[0]}}}}
		for i := range m.HTTP {
			m.HTTP[i].Headers = []string{"Server: " + hostile[2] + hostile[4]}
		}
		devices, err := lab.Build([]specimens.Model{m}, 11)
		if err != nil {
			t.Fatal(err)
		}
		devices[0].Switch(lab.DHCPClient, true)
		return devices[0]
	}
	t.Fatal("no such model")
	return nil
}

// Whatever devices call themselves, nothing that is printed moves a terminal, is run by a
// spreadsheet or by a page.
func TestLiveHostileNames(t *testing.T) {
	Need(t)
	st := liveLab(t, []string{"hikvision-dome"}, nil, nasty(t)).Status()
	l := RunIn(t, st, "[scan]", `every = "24h"`)
	l.scanned()
	device := ""
	for i := range st.Devices {
		if d := &st.Devices[i]; d.Truth.Name == "dlink-camera" {
			device = d.Truth.MAC.String()
		}
	}
	l.Until("the hostile device to be named", time.Minute, func() bool {
		return l.deviceIDs()[device] && strings.Contains(l.page("/v1/devices/"+device), "owned")
	})
	said := 0
	for _, command := range [][]string{{"devices"}, {"devices", "show", device}, {"alarms"}, {"findings"}, {"flows", device}, {"census"}} {
		for _, format := range []string{"table", "csv", "json"} {
			r := Cordon(t, append(command, "--socket", l.Socket(), "--format", format)...)
			what := strings.Join(command, " ") + " as " + format
			if r.Code > 1 {
				t.Errorf("%s: exit code %d: %s", what, r.Code, r.Err)
			}
			said += strings.Count(r.Out, "alert(1)") + strings.Count(r.Out, "HYPERLINK") + strings.Count(r.Out, "owned")
			harmless(t, what, r.Out+r.Err)
			if format == "csv" {
				noFormulas(t, what, r.Out)
			}
		}
	}
	if said == 0 {
		t.Error("nobody printed a hostile name: nothing was tried")
	}
	page := l.page("/")
	if strings.Contains(page, "<script") {
		t.Errorf("the page runs a device's name:\n%s", page)
	}
	harmless(t, "the page", page)
	harmless(t, "metrics", l.page("/metrics"))
	harmless(t, "what cordon run says", l.said.String())
	l.Stop()
}

// harmless fails on characters that do something to a terminal.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			t.Errorf("%s has %U: %q", what, r, text[max(0, i-60):min(len(text), i+60)])
			return
		}
	}
}

// noFormulas fails on cells that a spreadsheet would run.
func noFormulas(t *testing.T, what, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%s: the cell %q is run as a formula", what, cell)
			}
		}
	}
}
