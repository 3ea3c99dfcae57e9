package main

import (
	"strings"
	"testing"

	"cordon/internal/sensor"
)

// What --carve says last is true of what there was to carve.
func TestCarvingSays(t *testing.T) {
	seen := []carvedRow{{Carved: sensor.Carved{}}}
	for _, c := range []struct {
		rows       []carvedRow
		kept, told int
		asked      bool
		want       string
	}{
		{nil, 0, 0, false, "no firmware download in the clear was seen"},
		{nil, 0, 0, true, "what was answered is not in the capture"},
		{seen, 0, 0, false, "only people's own devices"},
		{seen, 0, 1200, true, "none of 1,200 downloads"},
		{seen, 1000, 1200, true, "1,000 of 1,200 downloads in the clear kept in d"},
	} {
		got := (&carving{dir: "d", rows: c.rows}).said(c.kept, c.told, c.asked)
		if !strings.Contains(got, c.want) || strings.Contains(got, "0 of 0") {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
