package assess

import "cordon"

var classifiesPeople = &Check{
	Code:  "classifies-people",
	Doc:   "its own analytics classify people",
	Fix:   "Switch the function off unless you have a legal ground for it; then say so where people can read it, and assess what it does to them.",
	Kinds: []cordon.Kind{"analytics.people"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.Kind != "analytics.people" {
				continue
			}
			if sensitiveTraits[o.Value] {
				f.Severity = cordon.High
			}
			cite(&f, o, "switched on: "+o.Value)
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It sorts the people in its picture"
		f.Detail = "Its settings say that it looks for traits of people and not just for movement. In the EU and the United Kingdom that needs a ground in law (articles 6 and 9 of the GDPR and of the UK GDPR), and sorting people one by one by their biometric data, to tell their race, is forbidden in the EU (Regulation 2024/1689, article 5(1)(g))."
		return []cordon.Finding{f}
	},
}

// sensitiveTraits are those that single people out by face or descent: GDPR article 9(1) names
// biometric data that identify somebody, and racial or ethnic origin.
var sensitiveTraits = map[string]bool{"face": true, "ethnicity": true}
