package assess

import (
	"fmt"
	"slices"

	"cordon"
)

var listed = &Check{
	Code: "maker-listed",
	Doc:  "the device's maker is named by a list",
	Fix:  "Read the list's scope; if it covers you, plan the device's replacement and keep it from the internet until then.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		return in.listings(c, Consistent, cordon.High, "A list covers its maker, %s: %s")
	},
}

var maybeListed = &Check{
	Code: "maker-possibly-listed",
	Doc:  "hints point to a maker that a list names; not established",
	Fix:  "Verify who made it before acting: %s.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		return in.listings(c, Possible, cordon.Low, "To verify: possibly of a maker that a list covers (%s): %s")
	},
}

// listings makes one finding of all listings with the verdict; lists that the owner
// did not choose are information only.
func (in *In) listings(c *Check, verdict string, severity cordon.Severity, title string) []cordon.Finding {
	lists := in.Listed.Lists
	if len(lists) == 0 || lists[0].Verdict != verdict {
		return nil // all listings of a device have one verdict
	}
	f := in.finding(c, cordon.Info)
	if slices.ContainsFunc(lists, func(l cordon.Listing) bool { return l.Counts }) {
		f.Severity = severity
	}
	f.Evidence = in.Listed.lines
	first := &lists[0]
	f.Title = fmt.Sprintf(title, in.makerName(), first.List)
	if n := len(f.Evidence); n > 1 {
		f.Title = fmt.Sprintf("%s and %d more", f.Title, n-1)
	}
	f.Detail = fmt.Sprintf("What was seen is %s a device made by %s (confidence %d %%). Whether a list applies to you depends on its scope.",
		map[string]string{Consistent: "consistent with", Possible: "not enough to name"}[verdict], in.makerName(), percent(in.Device.Identity.Maker.Confidence))
	if verdict == Possible {
		f.Detail = fmt.Sprintf("Hints point to %s; they are not enough to name the maker. This is a question, not a verdict.", in.makerName())
		f.Fix = fmt.Sprintf(c.Fix, first.Settle)
	}
	return []cordon.Finding{f}
}

func orNone(s string) string {
	if s == "" {
		return "not stated"
	}
	return s
}

// makerName is the believed maker's name, or the possible one's.
func (in *In) makerName() string {
	m := in.Device.Identity.Maker
	if m.Value != "" {
		return m.Value
	}
	if k, ok := in.Know.Maker(m.Possible); ok {
		return k.Name
	}
	return m.Possible
}
