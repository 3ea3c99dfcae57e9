package assess

import (
	"fmt"

	"cordon"
)

// maxDoubts is how many possible weaknesses of one device are told: the exploited come first.
const maxDoubts = 5

var maybeWeak = &Check{
	Code: "possible-weakness",
	Doc:  "its firmware may be in a published vulnerability's range; what is known does not decide it",
	Fix:  "Look the version and its build date up in the device or on the maker's page, and update it if in doubt.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		id := in.Device.Identity
		if id.Maker.Key == "" || id.Firmware.Value == "" {
			return nil
		}
		var out []cordon.Finding
		for _, w := range in.Know.Doubtful(id.Maker.Key, id.Model.Value, id.Firmware.Value) {
			if len(out) == maxDoubts {
				break
			}
			f := in.finding(c, cordon.Low)
			if w.KEV {
				f.Severity = cordon.Medium
			}
			f.Key = w.CVE
			f.Title = fmt.Sprintf("Firmware %s is possibly in the range of %s (%s)", id.Firmware.Value, w.CVE, w.Type)
			f.Detail = fmt.Sprintf("%s. What is known of the range, or of the version that the device tells, does not decide it. Fixed in: %s. This is a question, not a verdict; nothing was tried.", w.Product, orNone(w.Fixed))
			f.Evidence = append(f.Evidence, "firmware "+id.Firmware.Value, "source: "+w.Source)
			if w.KEV {
				f.Evidence = append(f.Evidence, "known to be exploited (CISA KEV, added "+w.KEVDate+")")
			}
			out = append(out, f)
		}
		return out
	},
}

var oldFirmware = &Check{
	Code: "old-firmware",
	Doc:  "its maker lists a newer firmware for the model",
	Fix:  "Read the maker's notes for the newer version, check that it is for your hardware and region, and install it.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		id := in.Device.Identity
		if id.Maker.Key == "" || id.Model.Value == "" || id.Firmware.Value == "" {
			return nil
		}
		newest, ok := in.Know.Newer(id.Maker.Key, id.Model.Value, id.Firmware.Value)
		if !ok {
			return nil
		}
		f := in.finding(c, cordon.Low)
		f.Title = fmt.Sprintf("Firmware %s is possibly out of date: %s is listed for %s", id.Firmware.Value, newest.Version, newest.Model)
		f.Detail = "Hardware revisions and regions of one model may get different versions, so this is to be checked."
		f.Evidence = []string{"firmware " + id.Firmware.Value, fmt.Sprintf("version %s, released %s; source: %s", newest.Version, orNone(newest.Released), newest.Source)}
		return []cordon.Finding{f}
	},
}
