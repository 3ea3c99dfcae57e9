package main

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/sensor"
)

// TestCarvingHidesPeople holds that what a person's own device fetched leaves neither a
// file nor a row behind, and that nothing from the network names a file.
func TestCarvingHidesPeople(t *testing.T) {
	dir := t.TempDir()
	c, err := newCarving(dir)
	if err != nil {
		t.Fatal(err)
	}
	phone, camera := netip.MustParseAddr("192.168.8.3"), netip.MustParseAddr("fe80::1")
	digest := strings.Repeat("ab", 32)
	for _, a := range []netip.Addr{phone, camera} {
		c.Keep(sensor.Carved{Client: a, URL: "=http://x/../../etc/passwd", Data: []byte("x"), SHA256: digest})
	}
	audit := &cordon.Audit{Devices: []cordon.Audited{
		{Device: cordon.Device{ID: "phone", Interfaces: []cordon.Interface{{Addrs: []netip.Addr{phone}}}}, Hidden: true},
		{Device: cordon.Device{ID: "camera", Interfaces: []cordon.Interface{{Addrs: []netip.Addr{camera}}}}},
	}}
	if err := c.finish(audit, io.Discard); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range left {
		names = append(names, f.Name())
	}
	if want := []string{"carve.csv", "fe80--1-abababababababab.bin"}; !slices.Equal(names, want) {
		t.Errorf("left %q, want %q", names, want)
	}
	index, err := os.ReadFile(filepath.Join(dir, "carve.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(index); strings.Contains(s, "192.168.8.3") || !strings.Contains(s, ",camera,") || !strings.Contains(s, ",'=http") {
		t.Errorf("index:\n%s", s)
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"ab abcdefgh", 4, []string{"ab", "abcd", "efgh"}},
		{"海康威视", 4, []string{"海康", "威视"}},
		{"海", 1, []string{"海"}},
	} {
		if got := fold(c.in, c.width); !slices.Equal(got, c.want) {
			t.Errorf("fold(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
