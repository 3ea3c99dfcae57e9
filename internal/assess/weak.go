package assess

import (
	"fmt"

	"cordon"
	"cordon/knowledge"
)

var weakFirmware = &Check{
	Code: "known-weakness",
	Doc:  "its firmware version is in a published vulnerability's range",
	Fix:  "Install the maker's fixed version; until then keep the device from every network but its recorder's.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		id := in.Device.Identity
		if id.Maker.Key == "" || id.Firmware.Value == "" {
			return nil
		}
		var out []cordon.Finding
		for _, w := range in.Know.Weaknesses(id.Maker.Key, id.Model.Value, id.Firmware.Value) {
			if w.Confidence == knowledge.Low {
				continue
			}
			out = append(out, in.weakness(c, &w))
		}
		return out
	},
}

func (in *In) weakness(c *Check, w *knowledge.Weakness) cordon.Finding {
	f := in.finding(c, cordon.High)
	if w.KEV {
		f.Severity = cordon.Critical
	}
	f.Key = w.CVE
	f.Title = fmt.Sprintf("Firmware %s is in the range of %s (%s)", in.Device.Identity.Firmware.Value, w.CVE, w.Type)
	f.Detail = fmt.Sprintf("%s %s. Fixed in: %s. CVSS %s. By version only: nothing was tried.", w.Product, w.Type, orNone(w.Fixed), orNone(w.Score))
	f.Evidence = append(f.Evidence, "firmware "+in.Device.Identity.Firmware.Value, "source: "+w.Source)
	if w.KEV {
		f.Evidence = append(f.Evidence, "known to be exploited (CISA KEV, added "+w.KEVDate+")")
	}
	return f
}
