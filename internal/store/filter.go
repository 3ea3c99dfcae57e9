package store

import (
	"slices"
	"strings"

	"cordon"
)

// filter is a DevicesQuery made ready to be held against many lines: what is not asked for is
// not looked at, as every line that is touched has to come from memory.
type filter []func(*line) bool

func newFilter(q *DevicesQuery) filter {
	var f filter
	f.oneOf(q.IDs, func(r *line) string { return r.ID })
	f.oneOf(q.Sites, func(r *line) string { return r.Site })
	f.oneOf(q.Departments, func(r *line) string { return r.Department })
	f.oneOf(q.Rooms, func(r *line) string { return r.Room })
	f.oneOf(q.Classes, func(r *line) string { return r.Class })
	f.oneOf(q.Grades, func(r *line) string { return r.Grade })
	f.oneOf(q.Reaches, func(r *line) string { return string(r.Reach) })
	makers, severity, text := lower(q.Makers), cordon.Severity(q.Severity).Rank(), strings.ToLower(q.Text)
	f.when(len(makers) > 0, func(r *line) bool {
		return slices.Contains(makers, r.maker) || r.MakerKey != "" && slices.Contains(makers, strings.ToLower(r.MakerKey))
	})
	f.oneOf(lower(q.Brands), func(r *line) string { return r.brand })
	f.when(len(q.Lists) > 0, func(r *line) bool {
		return slices.ContainsFunc(r.Lists, func(l string) bool { return slices.Contains(q.Lists, l) })
	})
	f.when(!q.FirstSince.IsZero(), func(r *line) bool { return !r.First.Before(q.FirstSince) })
	f.when(!q.LastSince.IsZero(), func(r *line) bool { return !r.Last.Before(q.LastSince) })
	f.when(!q.Before.IsZero(), func(r *line) bool { return r.Last.Before(q.Before) })
	f.when(q.Hidden != nil, func(r *line) bool { return *q.Hidden == r.Hidden })
	f.when(q.Watches, func(r *line) bool { return cordon.Watches(r.Class) })
	f.when(severity >= 0, func(r *line) bool { return r.Findings > 0 && r.worst >= severity })
	f.when(text != "", func(r *line) bool { return strings.Contains(r.hay, text) })
	return f
}

// when adds a condition where something is asked for.
func (f *filter) when(asked bool, cond func(*line) bool) {
	if asked {
		*f = append(*f, cond)
	}
}

// oneOf adds that a value is among those asked for, where any are.
func (f *filter) oneOf(want []string, value func(*line) string) {
	f.when(len(want) > 0, func(r *line) bool { return slices.Contains(want, value(r)) })
}

func lower(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = strings.ToLower(s)
	}
	return out
}

// holds reports whether a line is asked for.
func (f filter) holds(r *line) bool {
	for _, cond := range f {
		if !cond(r) {
			return false
		}
	}
	return true
}
