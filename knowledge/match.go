package knowledge

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cordon"
)

// maxValue bounds the value that rules are held against, as find bounds what it emits.
const maxValue = 2048

// matcher is a rule made ready to match. It holds no state and is safe for many goroutines.
type matcher struct {
	rule   *Rule
	test   func(value string) bool
	groups *regexp.Regexp // set for op regex: its groups fill $1 in model and firmware
	first  *firstBytes    // set for some regexes
}

// kindIndex holds the matchers of one kind: those for whole values in maps, the rest in a row.
type kindIndex struct {
	exact map[string][]*matcher
	fold  map[string][]*matcher // by lower-cased value
	rest  []*matcher
}

// Heeds reports whether any rule looks at facts of the kind.
func (b *Base) Heeds(kind cordon.Kind) bool { return b.byKind[string(kind)] != nil }

// Match gives the rules that match a fact, the weightiest first (then by id). It holds at
// most 2 KiB of the value against them. The slice is the caller's, nil when nothing matches.
func (b *Base) Match(kind cordon.Kind, value string) []Hit {
	index := b.byKind[string(kind)]
	if index == nil {
		return nil
	}
	value = cut(value)
	var hits []Hit
	for _, m := range index.exact[value] {
		hits = append(hits, m.hit(value, nil))
	}
	if len(index.fold) > 0 {
		for _, m := range index.fold[strings.ToLower(value)] {
			hits = append(hits, m.hit(value, nil))
		}
	}
	for _, m := range index.rest {
		if groups, ok := m.match(value); ok {
			hits = append(hits, m.hit(value, groups))
		}
	}
	slices.SortFunc(hits, func(x, y Hit) int {
		if x.Rule.Weight != y.Rule.Weight {
			return y.Rule.Weight - x.Rule.Weight
		}
		return strings.Compare(x.Rule.ID, y.Rule.ID)
	})
	return hits
}

// indexRules makes every rule ready; they all compiled when they were loaded.
func (b *Base) indexRules() {
	b.byKind = map[string]*kindIndex{}
	for _, r := range b.rules {
		index := b.byKind[string(r.Kind)]
		if index == nil {
			index = &kindIndex{exact: map[string][]*matcher{}, fold: map[string][]*matcher{}}
			b.byKind[string(r.Kind)] = index
		}
		switch m := r.matcher; r.Op {
		case "equals":
			index.exact[r.Value] = append(index.exact[r.Value], m)
		case "iequals":
			low := strings.ToLower(r.Value)
			index.fold[low] = append(index.fold[low], m)
		default:
			index.rest = append(index.rest, m)
		}
	}
}

// compile makes a rule ready, or says what is wrong with its value.
func compile(r *Rule) (*matcher, error) {
	m, v := &matcher{rule: r}, r.Value
	low := strings.ToLower(v)
	switch r.Op {
	case "equals":
		m.test = func(s string) bool { return s == v }
	case "iequals":
		m.test = func(s string) bool { return strings.ToLower(s) == low }
	case "prefix":
		m.test = func(s string) bool { return strings.HasPrefix(s, v) }
	case "suffix":
		m.test = func(s string) bool { return strings.HasSuffix(s, v) }
	case "contains":
		m.test = func(s string) bool { return strings.Contains(s, v) }
	case "icontains":
		m.test = func(s string) bool { return strings.Contains(strings.ToLower(s), low) }
	case "present":
		m.test = func(string) bool { return true }
	case "glob":
		if _, err := path.Match(low, ""); err != nil {
			return nil, fmt.Errorf("glob %q: %w", v, err)
		}
		m.test = func(s string) bool { ok, _ := path.Match(low, strings.ToLower(s)); return ok }
	case "hex_prefix":
		if strings.Trim(low, "0123456789abcdef ") != "" {
			return nil, fmt.Errorf("hex_prefix %q: want hex digits, or a port, a space and hex digits", v)
		}
		m.test = func(s string) bool { return hexPrefix(s, low) }
	case "regex":
		re, err := regexp.Compile(v)
		if err != nil {
			return nil, fmt.Errorf("regex: %w", err)
		}
		m.groups, m.first = re, firstBytesOf(v)
	default:
		return nil, fmt.Errorf("op %q is not known", r.Op)
	}
	return m, nil
}

// hexPrefix matches values of the form "port hex" (tcp.banner, tcp.payload, udp.payload):
// want is the hex digits for any port, or "port hex" for one.
func hexPrefix(value, want string) bool {
	if !strings.Contains(want, " ") {
		if _, digits, ok := strings.Cut(value, " "); ok {
			value = digits
		}
	}
	return len(value) >= len(want) && strings.EqualFold(value[:len(want)], want)
}

// match reports whether the value matches, with the groups of a regex.
func (m *matcher) match(value string) ([]string, bool) {
	if m.groups == nil {
		return nil, m.test(value)
	}
	if !m.first.may(value) {
		return nil, false
	}
	if !m.needsGroups() {
		return nil, m.groups.MatchString(value)
	}
	groups := m.groups.FindStringSubmatch(value)
	return groups, groups != nil
}

func (m *matcher) needsGroups() bool {
	return strings.Contains(m.rule.Model, "$") || strings.Contains(m.rule.Firmware, "$")
}

func (m *matcher) hit(value string, groups []string) Hit {
	return Hit{Rule: m.rule, Model: fill(m.rule.Model, value, groups), Firmware: fill(m.rule.Firmware, value, groups)}
}

// cut bounds a value at a character boundary.
func cut(value string) string {
	if len(value) <= maxValue {
		return value
	}
	end := maxValue
	for end > maxValue-utf8.UTFMax && !utf8.RuneStart(value[end]) {
		end--
	}
	return value[:end]
}
