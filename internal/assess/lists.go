package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/knowledge"
)

// The two verdicts of a listing.
const (
	Consistent = "consistent with"
	Possible   = "possible, verify"
)

// Listed is what Lists answers. It may be shared by devices: do not change it.
type Listed struct {
	Lists []cordon.Listing // never nil
	lines []string         // one per listing, for the evidence of findings
	said  words            // what the finding says where the verdict is Possible; the same for all
}

// words are the texts of a finding.
type words struct{ title, detail, fix string }

// Lists says which lists name a device's maker, given what is believed of the maker. The
// verdict is Consistent only where maker evidence came through two different channels,
// one of them trusted highly; otherwise Possible, with what would settle it. chosen are
// ids or countries that count for the grade; empty means all. The answer depends on the
// belief's Key, Possible and Verdict alone.
func Lists(k knowledge.Looker, believed cordon.Belief, chosen []string, now time.Time) *Listed {
	out := &Listed{Lists: []cordon.Listing{}}
	maker := cmp.Or(believed.Key, believed.Possible)
	if maker == "" {
		return out
	}
	verdict, settle := Verdict(believed)
	for _, h := range countedFirst(k.Lists(maker, now), chosen) {
		// A rule that covers a whole country needs the maker established: a module's
		// registered prefix must not put every device that carries the module on a list.
		if h.Entry.Confidence == knowledge.Low || verdict == Possible && believed.Key == "" && !h.ByName && h.Through == "" {
			continue
		}
		l := cordon.Listing{
			List: h.List.ID, Instrument: h.List.Instrument, Since: h.Entry.Date, Scope: scope(&h),
			Verdict: verdict, Settle: settle, Source: strings.Join(h.List.Sources, "; "), Counts: counts(h.List, chosen),
		}
		out.Lists = append(out.Lists, l)
		out.lines = append(out.lines, line(&l))
	}
	if len(out.Lists) > 0 && verdict == Possible {
		out.said = asked(makerName(k, believed), out.Lists)
	}
	return out
}

// countedFirst orders hits so that the lists that the owner chose are read first.
func countedFirst(hits []knowledge.ListHit, chosen []string) []knowledge.ListHit {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, func(a, b knowledge.ListHit) int {
		switch x, y := counts(a.List, chosen), counts(b.List, chosen); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return hits
}

// line writes a listing as evidence: whole where it counts against a device, by name and
// date where it is only a question (the whole stands in the device's lists).
func line(l *cordon.Listing) string {
	if l.Verdict == Possible {
		return l.List + ", since " + l.Since
	}
	return fmt.Sprintf("%s, since %s, scope: %q (%s)", l.Instrument, l.Since, orNone(l.Scope), l.Source)
}

func scope(h *knowledge.ListHit) string {
	s := h.Entry.Scope
	switch {
	case h.Through != "":
		s += " (names its parent, " + h.Through + ")"
	case !h.ByName:
		s += " (by rule: " + h.List.Rule + ")"
	}
	return strings.TrimSpace(s)
}

// Verdict weighs the reasons for a maker: hints (prefix, badge) are no evidence here.
// settle says what would make Possible certain; it is empty for Consistent.
func Verdict(maker cordon.Belief) (verdict, settle string) {
	var channels []string
	high := false
	for i := range maker.Reasons {
		r := &maker.Reasons[i]
		if r.Weight <= 0 || hints[r.Channel] {
			continue
		}
		if !slices.Contains(channels, r.Channel) {
			channels = append(channels, r.Channel)
		}
		high = high || r.Trust == string(knowledge.High)
	}
	if maker.Value != "" && len(channels) >= 2 && high {
		return Consistent, ""
	}
	switch len(channels) {
	case 0:
		return Possible, "no evidence of its own yet: capture while it restarts and announces itself, or read its web page and label"
	case 1:
		return Possible, fmt.Sprintf("one kind of evidence only (%s): a second, different one would settle it, such as its own discovery answer, its web server or the cloud it calls", channels[0])
	}
	return Possible, "none of the evidence is rated high: its own discovery answer or its firmware would settle it"
}

// hints are the channels that support a maker and never prove one.
var hints = map[string]bool{"registered prefix": true, "badge": true}

// Hint reports whether evidence of a channel supports a maker, and never proves one.
func Hint(channel string) bool { return hints[channel] }

// counts reports whether the owner chose the list, by its id or its country.
func counts(l *knowledge.List, chosen []string) bool {
	if len(chosen) == 0 {
		return true
	}
	country := strings.ToLower(l.Jurisdiction)
	return slices.Contains(chosen, l.ID) || slices.Contains(chosen, country) || country == "gb" && slices.Contains(chosen, "uk")
}
