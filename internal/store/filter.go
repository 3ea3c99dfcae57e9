package store

import (
	"slices"
	"strings"

	"cordon"
)

// filter is a DevicesQuery made ready to be held against many lines.
type filter struct {
	*DevicesQuery
	text           string
	makers, brands []string
	severity       int
}

func newFilter(q *DevicesQuery) *filter {
	return &filter{
		DevicesQuery: q, text: strings.ToLower(q.Text), makers: lower(q.Makers), brands: lower(q.Brands),
		severity: cordon.Severity(q.Severity).Rank(),
	}
}

func lower(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = strings.ToLower(s)
	}
	return out
}

// holds reports whether a line is asked for.
func (f *filter) holds(r *line) bool {
	return oneOf(f.IDs, r.ID) && oneOf(f.Sites, r.Site) && oneOf(f.Departments, r.Department) && oneOf(f.Rooms, r.Room) && oneOf(f.Classes, r.Class) &&
		oneOf(f.Grades, r.Grade) && oneOf(f.Reaches, string(r.Reach)) && f.isOf(r) && f.listed(r) && f.seen(r) &&
		(f.Hidden == nil || *f.Hidden == r.Hidden) && (!f.Watches || cordon.Watches(r.Class)) &&
		(f.severity < 0 || r.Findings > 0 && r.worst >= f.severity) &&
		(f.text == "" || strings.Contains(r.hay, f.text))
}

func oneOf(want []string, is string) bool { return len(want) == 0 || slices.Contains(want, is) }

// isOf reports whether maker and brand are asked for.
func (f *filter) isOf(r *line) bool {
	return (len(f.makers) == 0 || slices.Contains(f.makers, strings.ToLower(r.Maker)) || r.MakerKey != "" && slices.Contains(f.makers, strings.ToLower(r.MakerKey))) &&
		(len(f.brands) == 0 || slices.Contains(f.brands, strings.ToLower(r.Brand)))
}

func (f *filter) listed(r *line) bool {
	return len(f.Lists) == 0 || slices.ContainsFunc(r.Lists, func(l string) bool { return slices.Contains(f.Lists, l) })
}

func (f *filter) seen(r *line) bool {
	return (f.FirstSince.IsZero() || !r.First.Before(f.FirstSince)) && (f.LastSince.IsZero() || !r.Last.Before(f.LastSince)) &&
		(f.Before.IsZero() || r.Last.Before(f.Before))
}
