package knowledge

import (
	"errors"
	"fmt"
	"strings"
)

// parseRanges reads the ranges column: "models: range" again and again, split by ";"; "? "
// before one marks a range that is itself uncertain.
// Models are globs split by "|", or "any". A range is A..B, A..<B, ..B, ..<B, =A or all,
// and with "build " before it its ends are days. docs/format/weaknesses.md has examples.
func parseRanges(text string) ([]VersionRange, error) {
	var out []VersionRange
	for _, part := range strings.Split(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		part, doubt := strings.CutPrefix(part, "? ")
		models, ends, ok := strings.Cut(part, ": ")
		if !ok {
			return nil, fmt.Errorf("range %q: want models, colon, space, range", part)
		}
		r, err := parseRange(ends)
		if err != nil {
			return nil, fmt.Errorf("range %q: %w", part, err)
		}
		r.Doubt = doubt
		if models != "any" {
			r.Models = models
		}
		if r.Models == "" && r.From == "" && r.To == "" {
			return nil, fmt.Errorf("range %q: every version of any model says nothing", part)
		}
		out = append(out, r)
	}
	return out, nil
}

func parseRange(text string) (VersionRange, error) {
	var r VersionRange
	text, r.Build = strings.CutPrefix(strings.TrimSpace(text), "build ")
	if text == "all" {
		return r, nil
	}
	if exact, ok := strings.CutPrefix(text, "="); ok {
		r.From, r.To = exact, exact
		return r, r.check()
	}
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		return r, errors.New("want A..B, A..<B, ..B, ..<B, =A or all")
	}
	r.From = from
	r.To, r.Before = strings.CutPrefix(to, "<")
	return r, r.check()
}

// check refuses ends that cannot be compared and ranges that hold nothing.
func (r *VersionRange) check() error {
	from, fromOK := parseVersion(r.From)
	to, toOK := parseVersion(r.To)
	switch {
	case r.From == "" && r.To == "":
		return errors.New("has no end")
	case r.From != "" && !fromOK, r.To != "" && !toOK:
		return errors.New("an end is not a version")
	case r.Build && (r.From != "" && (from.build == 0 || len(from.parts) > 0) || r.To != "" && (to.build == 0 || len(to.parts) > 0)):
		return errors.New("an end is not a day")
	case r.From != "" && r.To != "" && (compareVersions(from, to) > 0 || r.Before && compareVersions(from, to) == 0):
		return errors.New("holds nothing")
	}
	return nil
}

// includes reports whether a version certainly is in the range.
func (r *VersionRange) includes(v firmwareVersion, known bool) bool {
	if r.From == "" && r.To == "" {
		return true
	}
	if !known || r.Build && v.build == 0 {
		return false
	}
	if r.Build {
		v.parts = nil
	}
	if from, ok := parseVersion(r.From); ok {
		if c, sure := v.against(from); c < 0 || !sure {
			return false
		}
	}
	if to, ok := parseVersion(r.To); ok {
		c, sure := v.against(to)
		return sure && (c < 0 || c == 0 && !r.Before)
	}
	return true
}

// might reports whether a version may be in the range: nothing that can be compared speaks
// against it. A version that is not known may be anywhere, which says nothing.
func (r *VersionRange) might(v firmwareVersion, known bool) bool {
	if !known || r.From == "" && r.To == "" {
		return false
	}
	if r.Build {
		if v.build == 0 {
			return false
		}
		v.parts = nil
	} else if len(v.parts) == 0 {
		return false
	}
	if from, ok := parseVersion(r.From); ok {
		if c, sure := v.against(from); sure && c < 0 {
			return false
		}
	}
	if to, ok := parseVersion(r.To); ok {
		c, sure := v.against(to)
		return !sure || c < 0 || c == 0 && !r.Before
	}
	return true
}

// fits says how exactly the range speaks of a model: the letters of the longest of its
// globs that fits, 0 when it speaks of every model, -1 when none fits.
func (r *VersionRange) fits(model string) int {
	if r.Models == "" {
		return 0
	}
	if model == "" {
		return -1
	}
	model = strings.ToUpper(model)
	best := -1
	for _, glob := range strings.Split(strings.ToUpper(r.Models), "|") {
		if globFits(glob, model) || globFits(glob, bareModel(model)) {
			best = max(best, len(glob)-strings.Count(glob, "*")-strings.Count(glob, "?"))
		}
	}
	return best
}

// bareModel takes off the prefixes that Dahua writes before a model's name, or not.
func bareModel(model string) string {
	for _, p := range []string{"DHI-", "DH-"} {
		if rest, ok := strings.CutPrefix(model, p); ok {
			return rest
		}
	}
	return model
}

// globFits matches * (any run) and ? (any one byte) against the whole of s, in time
// linear in len(s) for each star.
func globFits(glob, s string) bool {
	g, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, mark = g, i
			g++
		case g < len(glob) && (glob[g] == '?' || glob[g] == s[i]):
			g++
			i++
		case star >= 0:
			mark++
			g, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}
