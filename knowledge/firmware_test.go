package knowledge

import (
	"strings"
	"testing"
)

func TestNewer(t *testing.T) {
	b := own(t)
	for _, c := range []struct{ maker, model, firmware, want string }{
		{"hikvision", "DS-7608NI-I2/8P", "V4.30.085 build 200821", "4.61.030"},
		{"hikvision", "ds-7608ni-i2/8p", "V4.61.030", ""},
		{"hikvision", "DS-7608NI-I2/8P", "V4.62.0", ""},
		{"hikvision", "DS-7608NI-I2/8P", "", ""},
		{"hikvision", "DS-7608NI-I2/8P", "build 200821", ""}, // no version
		{"hikvision", "DS-9999", "V1.0", ""},
		{"dahua", "DS-7608NI-I2/8P", "V1.0", ""},
	} {
		got, ok := b.Newer(c.maker, c.model, c.firmware)
		if ok != (c.want != "") || ok && (got.Version != c.want || got.Source == "") {
			t.Errorf("%s %s: %+v %v, want %q", c.model, c.firmware, got, ok, c.want)
		}
	}
}

func TestFirmwareRefuses(t *testing.T) {
	head := "maker,model,version,released\n"
	for name, text := range map[string]string{
		"no head": "a,b,1.0,2020-01-01\n", "no version": head + "a,b,x,2020-01-01\n", "no day": head + "a,b,1.0,2020\n",
		"no model": head + "a,,1.0,2020-01-01\n", "empty": "", "short row": head + "a,b\n",
	} {
		if err := new(Base).readFirmware(text); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

// What may be in a range is a question; what certainly is, or certainly is not, is none.
func TestDoubtful(t *testing.T) {
	b := own(t)
	for _, c := range []struct{ maker, model, firmware, want string }{
		{"hikvision", "DS-2CD2387G2-LU", "V5.5.80 build 200101", "CVE-2021-36260"}, // an uncertain range
		{"hikvision", "DS-2CD2387G2-LU", "V5.7.0 build 220101", ""},                // built later
		{"hikvision", "DS-2CD2387G2-LU", "V5.5.80", ""},                            // no build, nothing to compare
		{"hikvision", "DS-2CD2142FWD-IS", "V5.4.4", "CVE-2017-7921"},               // at the end of a range, whose build decides
		{"hikvision", "DS-2CD2032F-I", "V5.3.0 build 150513", "CVE-2021-36260"},    // 2017-7921 is certain
		{"hikvision", "", "", ""},
		{"", "DS-2CD2142FWD-IS", "V5.4.4", ""},
		{"axis", "M1065-L", "9.80.1", ""},
	} {
		var got []string
		for _, w := range b.Doubtful(c.maker, c.model, c.firmware) {
			got = append(got, w.CVE)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %q: %q, want %q", c.model, c.firmware, s, c.want)
		}
	}
}
