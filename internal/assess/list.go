package assess

import (
	"fmt"
	"slices"

	"cordon"
	"cordon/knowledge"
)

var listed = &Check{
	Code: "maker-listed",
	Doc:  "the device's maker is named by a list",
	Fix:  "Read the list's scope; if it covers you, plan the device's replacement and keep it from the internet until then.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		return in.listings(c, Consistent, cordon.High)
	},
}

var maybeListed = &Check{
	Code: "maker-possibly-listed",
	Doc:  "hints point to a maker that a list names; not established",
	Fix:  verify,
	Judge: func(in *In, c *Check) []cordon.Finding {
		return in.listings(c, Possible, cordon.Low)
	},
}

// listings makes one finding of all listings with the verdict; lists that the owner
// did not choose are information only.
func (in *In) listings(c *Check, verdict string, severity cordon.Severity) []cordon.Finding {
	lists := in.Listed.Lists
	if len(lists) == 0 || lists[0].Verdict != verdict {
		return nil // all listings of a device have one verdict
	}
	f := in.finding(c, cordon.Info)
	if slices.ContainsFunc(lists, func(l cordon.Listing) bool { return l.Counts }) {
		f.Severity = severity
	}
	f.Evidence = in.Listed.lines
	if verdict == Possible {
		f.Title, f.Detail, f.Fix = in.Listed.said.title, in.Listed.said.detail, in.Listed.said.fix
		return []cordon.Finding{f}
	}
	maker := makerName(in.Know, in.Device.Identity.Maker)
	f.Title = fmt.Sprintf("A list covers its maker, %s: %s", maker, named(lists))
	f.Detail = fmt.Sprintf("What was seen is consistent with a device made by %s (confidence %d %%). Whether a list applies to you depends on its scope.",
		maker, percent(in.Device.Identity.Maker.Confidence))
	return []cordon.Finding{f}
}

// verify is what to do about a maker that is only possible; what would settle it is filled in.
const verify = "Verify who made it before acting: %s."

// asked words the question that listings of a possible maker are.
func asked(maker string, lists []cordon.Listing) words {
	return words{
		title:  fmt.Sprintf("To verify: possibly of a maker that a list covers (%s): %s", maker, named(lists)),
		detail: fmt.Sprintf("Hints point to %s; they are not enough to name the maker. This is a question, not a verdict.", maker),
		fix:    fmt.Sprintf(verify, lists[0].Settle),
	}
}

// named gives the first list's id and how many more there are.
func named(lists []cordon.Listing) string {
	if n := len(lists); n > 1 {
		return fmt.Sprintf("%s and %d more", lists[0].List, n-1)
	}
	return lists[0].List
}

func orNone(s string) string {
	if s == "" {
		return "not stated"
	}
	return s
}

// makerName is the believed maker's name, or the possible one's.
func makerName(know knowledge.Looker, m cordon.Belief) string {
	if m.Value != "" {
		return m.Value
	}
	if k, ok := know.Maker(m.Possible); ok {
		return k.Name
	}
	return m.Possible
}
