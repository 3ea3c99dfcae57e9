package knowledge

import (
	"regexp"
	"testing"
)

// What a value begins with rules a match out only where there is none.
func TestFirstBytes(t *testing.T) {
	values := []string{"", "a", "A", "k", "\u212a", "\n", "\xff", "é", "^", "dcs-930l.local", "DCS-930", "camera", "ipcam.local", "x-y", "9", "ſtar", "Star"}
	for _, tt := range []struct {
		expr  string
		known bool
		may   string // a value that may match
		not   string // one that is ruled out
	}{
		{`^dcs-`, true, "dcs-1", "x"},
		{`(?i)^dcs-(\d+)`, true, "DCS-1", "cam"},
		{`(?i)^(iotcam|ipcam)\w*`, true, "IPcam", "cam"},
		{`(?i)^k`, true, "\u212a", "s"},
		{`^[^a]`, true, "b", "a"},
		{`^.`, true, "x", ""},
		{`^a?b`, true, "b", "c"},
		{`^a?`, false, "b", ""},
		{`(^|-)mac`, false, "x-mac", ""},
		{`mac`, false, "imac", ""},
	} {
		f, re := firstBytesOf(tt.expr), regexp.MustCompile(tt.expr)
		if (f != nil) != tt.known || !f.may(tt.may) || tt.known && f.may(tt.not) {
			t.Errorf("%s: known %v, %q %v, %q %v", tt.expr, f != nil, tt.may, f.may(tt.may), tt.not, f.may(tt.not))
		}
		for _, v := range values {
			if re.MatchString(v) && !f.may(v) {
				t.Errorf("%s: %q matches and is ruled out", tt.expr, v)
			}
		}
	}
}
