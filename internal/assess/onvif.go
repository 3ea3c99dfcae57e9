package assess

import (
	"fmt"
	"time"

	"cordon"
)

var onvifOpen = &Check{
	Code:  "onvif-open",
	Doc:   "it answers ONVIF questions without a log-in that should need one",
	Fix:   "Switch ONVIF authentication on, or ONVIF off where the recorder does not need it; then update the firmware.",
	Kinds: []cordon.Kind{"onvif.open"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.High)
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "onvif.open" {
				cite(&f, o, o.Value+" was answered without a log-in")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It answers ONVIF without a log-in"
		f.Detail = "Whoever reaches it can ask it for what only its owner should know, often for the addresses of its video."
		return []cordon.Finding{f}
	},
}

// clockSlack is how far a clock may be off before recordings become hard to use as evidence.
const clockSlack = time.Minute

var clockOff = &Check{
	Code:  "clock-off",
	Doc:   "its clock is off by more than a minute",
	Fix:   "Give it a time server of your own (NTP), and check its time zone.",
	Kinds: []cordon.Kind{"onvif.time", "http.time"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Low)
		var worst time.Duration
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.Kind != "onvif.time" && o.Kind != "http.time" {
				continue
			}
			said, err := time.Parse(time.RFC3339, o.Value)
			if err != nil {
				continue
			}
			if off := said.Sub(o.At); off.Abs() > clockSlack {
				cite(&f, o, "it said "+o.Value+", "+ahead(off))
				if off.Abs() > worst.Abs() {
					worst = off
				}
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its clock is off: " + ahead(worst)
		f.Detail = "Pictures with a wrong time are poor evidence, and certificates and log-ins may fail. A whole number of hours is often a time zone set wrong."
		return []cordon.Finding{f}
	},
}

// ahead says how far a clock is off.
func ahead(off time.Duration) string {
	if off < 0 {
		return round(-off) + " behind"
	}
	return fmt.Sprintf("%s ahead", round(off))
}
