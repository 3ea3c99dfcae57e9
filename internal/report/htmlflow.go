package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cordon"
)

// flowView is the picture of who sends where: devices on the left, networks by country
// on the right, bands as wide as the bytes sent.
type flowView struct {
	Width, Height int
	Left, Right   []nodeView
	Bands         []bandView
	Summary       string
}

// nodeView is one bar with its label.
type nodeView struct {
	Y, Height, TextY float64
	Label, Note      string
}

// bandView is one stream between two bars.
type bandView struct {
	Path  string // of the SVG, numbers only
	Title string
	Tried bool
}

// Measures of the drawing, in its own units.
const (
	flowWidth  = 1000
	flowTall   = 300 // all bands of one side together, at least
	flowGap    = 12.0
	flowLeft   = 300.0
	flowRight  = 640.0
	flowBar    = 10.0
	flowThin   = 1.5 // the thinnest band that can still be seen
	flowLine   = 30.0
	maxSenders = 12
	maxTargets = 12
)

// stream is what one device sends to one network.
type stream struct {
	from, to string
	sent     uint64
	answered bool
}

// newFlow draws the streams; nil when nothing went outside.
func newFlow(groups ...[]*cordon.Audited) *flowView {
	streams := collectStreams(groups...)
	if len(streams) == 0 {
		return nil
	}
	left, right := rank(streams, func(s *stream) *string { return &s.from }, maxSenders, "other devices"),
		rank(streams, func(s *stream) *string { return &s.to }, maxTargets, "other networks")
	streams = fuse(streams, left, right)
	v := &flowView{Width: flowWidth}
	v.layout(streams, left, right)
	v.Summary = "Who sends where, by bytes sent: "
	biggest := slices.Clone(streams)
	slices.SortStableFunc(biggest, func(a, b stream) int { return cmp.Compare(b.sent, a.sent) })
	for i, s := range biggest[:min(5, len(biggest))] {
		if i > 0 {
			v.Summary += "; "
		}
		v.Summary += s.title()
	}
	return v
}

func (s *stream) title() string {
	t := s.from + " to " + s.to + ", " + size(s.sent)
	if !s.answered {
		t += ", nobody answered"
	}
	return t
}

func collectStreams(groups ...[]*cordon.Audited) []stream {
	var out []stream
	for _, list := range groups {
		for _, d := range list {
			at := map[string]int{}
			for i := range d.Destinations {
				f := &d.Destinations[i]
				to := target(f)
				n, ok := at[to]
				if !ok {
					n = len(out)
					at[to] = n
					out = append(out, stream{from: excerpt(label(d), 36), to: to})
				}
				out[n].sent += f.Sent
				out[n].answered = out[n].answered || f.State == cordon.StateAnswered || f.State == cordon.StateMidway
			}
		}
	}
	return out
}

// target names a far end by the country it is registered in and its operator.
func target(f *cordon.Destination) string {
	whose := cmp.Or(f.Cloud, f.Network)
	if f.Country == "" && whose == "" {
		return unknown
	}
	return cmp.Or(excerpt(f.Country, 8), "country unknown:") + " " + excerpt(cmp.Or(whose, "network unknown"), 34)
}

// side is one bar before it is drawn.
type side struct {
	name string
	sent uint64
}

// rank keeps the names with the most bytes and calls the rest by one name.
func rank(list []stream, name func(*stream) *string, most int, rest string) []side {
	sums := map[string]uint64{}
	for i := range list {
		sums[*name(&list[i])] += list[i].sent
	}
	var out []side
	for n, sent := range sums {
		out = append(out, side{n, sent})
	}
	slices.SortFunc(out, func(a, b side) int { return cmp.Or(cmp.Compare(b.sent, a.sent), cmp.Compare(a.name, b.name)) })
	if len(out) <= most {
		return out
	}
	other := side{name: fmt.Sprintf("%s (%s)", rest, Thousands(uint64(len(out)-most+1)))}
	kept := make(map[string]bool, most)
	for i, s := range out {
		if i < most-1 {
			kept[s.name] = true
		} else {
			other.sent += s.sent
		}
	}
	for i := range list {
		if n := name(&list[i]); !kept[*n] {
			*n = other.name
		}
	}
	return append(out[:most-1:most-1], other)
}

// fuse adds up the streams between the same two bars, in the order of the bars.
func fuse(list []stream, left, right []side) []stream {
	l, r := order(left), order(right)
	slices.SortStableFunc(list, func(a, b stream) int {
		return cmp.Or(cmp.Compare(l[a.from], l[b.from]), cmp.Compare(r[a.to], r[b.to]))
	})
	var out []stream
	for _, s := range list {
		if n := len(out) - 1; n >= 0 && out[n].from == s.from && out[n].to == s.to {
			out[n].sent += s.sent
			out[n].answered = out[n].answered || s.answered
			continue
		}
		out = append(out, s)
	}
	return out
}

func order(list []side) map[string]int {
	m := make(map[string]int, len(list))
	for i, s := range list {
		m[s.name] = i
	}
	return m
}

// layout gives every band its width and every bar its place.
func (v *flowView) layout(list []stream, left, right []side) {
	var all uint64
	for i := range list {
		all += list[i].sent
	}
	thick := make([]float64, len(list))
	heights := [2]map[string]float64{{}, {}}
	for i := range list {
		thick[i] = max(flowThin, flowTall*float64(list[i].sent)/float64(max(all, 1)))
		heights[0][list[i].from] += thick[i]
		heights[1][list[i].to] += thick[i]
	}
	var tops [2]map[string]float64
	var ends [2]float64
	v.Left, tops[0], ends[0] = bars(left, heights[0])
	v.Right, tops[1], ends[1] = bars(right, heights[1])
	v.Height = int(max(ends[0], ends[1])) + 1
	for i := range list {
		s := &list[i]
		y0, y1, t := tops[0][s.from], tops[1][s.to], thick[i]
		tops[0][s.from] += t
		tops[1][s.to] += t
		v.Bands = append(v.Bands, bandView{bandPath(y0, y1, t), s.title(), !s.answered})
	}
}

// bars stacks the bars of one side; none stands closer than its label needs.
func bars(list []side, heights map[string]float64) ([]nodeView, map[string]float64, float64) {
	var out []nodeView
	tops := make(map[string]float64, len(list))
	y := 4.0
	for _, s := range list {
		h := heights[s.name]
		room := max(h, flowLine)
		top := y + (room-h)/2
		tops[s.name] = top
		out = append(out, nodeView{top, h, y + room/2, s.name, size(s.sent)})
		y += room + flowGap
	}
	return out, tops, y - flowGap + 4
}

// bandPath draws a stream of one width that bends halfway.
func bandPath(y0, y1, t float64) string {
	const x0, x1 = flowLeft + flowBar, flowRight
	const mid = (x0 + x1) / 2
	var b strings.Builder
	fmt.Fprintf(&b, "M%.0f %.1f", x0, y0)
	fmt.Fprintf(&b, "C%.0f %.1f %.0f %.1f %.0f %.1f", mid, y0, mid, y1, x1, y1)
	fmt.Fprintf(&b, "V%.1f", y1+t)
	fmt.Fprintf(&b, "C%.0f %.1f %.0f %.1f %.0f %.1fZ", mid, y1+t, mid, y0+t, x0, y0+t)
	return b.String()
}
