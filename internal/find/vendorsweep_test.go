package find

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vendorHeard says in which captures of the project's collection each vendor protocol is
// spoken. A device of the maker is known to be there by its name, MAC or DNS names
// (MANIFEST of the collection); everything else would be a false alarm. "x/" stands for
// every capture of the folder.
var vendorHeard = map[string][]string{
	"dlink":        {"camera/iotsentinel-D-LinkCam/"},
	"e99":          {"camera/e99-drone/app_to_laptop.pcapng", "camera/e99-drone/controller_port_8800.pcap"},
	"edimax":       {"camera/iotsentinel-EdimaxCam1/", "iot/iotsentinel-EdimaxPlug2101W/"},
	"hiflying":     {"iot/iotsentinel-EdnetGateway/"},
	"kasa":         {"iot/ndpi/tplink_shp.pcap"},
	"nest-logsink": {"iot/ndpi/nest_log_sink.pcap"},
	"pppp":         {"camera/yi_p2p_session_excerpt.pcap"},
	"reolink":      {"camera/reolink_e1_login.pcapng"},
	"tuya":         {"iot/ndpi/tuya_lp.pcap", "iot/tuya_mood_lamp.pcap"},
	"ubiquiti":     {"proto/ndpi/ubntac2.pcap"},
}

// Every vendor protocol is tried on every message of every capture, on the ports where
// Identify would try it.
func TestVendorRowsOnEveryCapture(t *testing.T) {
	heard := map[string][]string{}
	root := sharedPath(t, "")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(strings.TrimSuffix(path, "ng"), ".pcap") {
			return err
		}
		name, err := filepath.Rel(root, path)
		for _, m := range messages(t, filepath.ToSlash(name)) {
			for _, p := range vendorProtocols {
				if tried(p, m) && p.Detect(m) && !slices.Contains(heard[p.Name], name) {
					heard[p.Name] = append(heard[p.Name], filepath.ToSlash(name))
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, captures := range heard {
		for _, c := range captures {
			if !slices.Contains(vendorHeard[name], c) && !slices.Contains(vendorHeard[name], filepath.Dir(c)+"/") {
				t.Errorf("%s is heard in %s", name, c)
			}
		}
	}
	for name := range vendorHeard {
		if len(heard[name]) == 0 {
			t.Errorf("%s is heard nowhere", name)
		}
	}
}

// tried reports whether Identify would try the row on the message.
func tried(p *Protocol, m *Message) bool {
	return p.Transport == m.Transport &&
		(p.Anywhere || p.Transport >= Ether || slices.ContainsFunc(p.Ports, m.Port))
}
