package report

import (
	"cmp"
	"math"
	"slices"

	"cordon"
)

// mapView is the world as squares, coloured by the bytes sent to addresses registered there.
type mapView struct {
	Width, Height int
	Tiles         []tileView
	Countries     []countryView // most bytes first
	More          string
	Elsewhere     string // what has no square, empty when nothing
	Legend        []legendView
	Summary       string
}

// tileView is one square. Level 0 is a country nobody called, 1 to 5 grow with the bytes.
type tileView struct {
	X, Y, Level int
	Code, Title string
	Tried       bool // called, and nobody answered
}

type countryView struct {
	Code, Name, Sent string
	Devices, Level   int
	Tried            bool
}

type legendView struct {
	Level int
	Text  string
}

// The square's measures, in the units of the drawing.
const (
	tilePitch     = 32
	tileSide      = 29
	maxCountries  = 14
	countryLevels = 5
)

// toCountry sums what went to one country.
type toCountry struct {
	code     string
	sent     uint64
	devices  int
	answered bool
}

// countries sums the far ends of devices by country, most bytes first.
func countries(groups ...[]*cordon.Audited) []toCountry {
	at := map[string]*toCountry{}
	for _, list := range groups {
		for _, d := range list {
			for _, p := range places(d.Destinations) {
				c := at[p.country]
				if c == nil {
					c = &toCountry{code: p.country}
					at[p.country] = c
				}
				c.sent += p.sent
				c.devices++
				c.answered = c.answered || p.answered
			}
		}
	}
	out := make([]toCountry, 0, len(at))
	for _, c := range at {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b toCountry) int { return cmp.Or(cmp.Compare(b.sent, a.sent), cmp.Compare(a.code, b.code)) })
	return out
}

// newMap draws where the devices' far ends are registered; nil when there are none.
func newMap(groups ...[]*cordon.Audited) *mapView {
	list := countries(groups...)
	if len(list) == 0 {
		return nil
	}
	most := list[0].sent
	m := &mapView{}
	byCode := make(map[string]*toCountry, len(list))
	for i := range list {
		c := &list[i]
		byCode[c.code] = c
		if i < maxCountries {
			m.Countries = append(m.Countries, countryView{excerpt(c.code, 8), countryName(excerpt(c.code, 20)), size(c.sent), c.devices, level(c.sent, most), !c.answered})
		}
	}
	if n := len(list) - maxCountries; n > 0 {
		m.More = "and " + Plural(n, "more country")
	}
	m.draw(byCode, most)
	if len(byCode) > 0 {
		m.Elsewhere = "Not on the map: " + elsewhere(list, byCode)
	}
	for l := 1; l <= countryLevels; l++ {
		m.Legend = append(m.Legend, legendView{l, legendText(l, most)})
	}
	m.Summary = mapSummary(list)
	return m
}

// draw places the squares and takes each drawn country off the list.
func (m *mapView) draw(byCode map[string]*toCountry, most uint64) {
	rows := tileRows()
	m.Height, m.Width = len(rows)*tilePitch, len(rows[0])*tilePitch
	for y, row := range rows {
		for x, code := range row {
			if code == noTile {
				continue
			}
			t := tileView{X: x * tilePitch, Y: y * tilePitch, Code: code, Title: countryName(code) + ": nothing seen"}
			if c := byCode[code]; c != nil {
				t.Level, t.Tried = level(c.sent, most), !c.answered
				t.Title = countryName(code) + ": " + size(c.sent) + " sent by " + Plural(c.devices, "device")
				if t.Tried {
					t.Title += ", nobody answered"
				}
				delete(byCode, code)
			}
			m.Tiles = append(m.Tiles, t)
		}
	}
}

// elsewhere lists what is left in byCode, in the order of list.
func elsewhere(list []toCountry, byCode map[string]*toCountry) string {
	text, n := "", 0
	for i := range list {
		if byCode[list[i].code] == nil {
			continue
		}
		if n++; n > 8 {
			return text + " and more"
		}
		if text != "" {
			text += ", "
		}
		text += excerpt(list[i].code, 20) + " (" + size(list[i].sent) + ")"
	}
	return text
}

// level puts bytes on a scale of five, each step a tenth of the one above it: traffic
// differs by powers of ten, and a drop should be seen beside a flood.
func level(sent, most uint64) int {
	if sent == 0 || most == 0 {
		return 1
	}
	down := int(math.Log10(float64(most) / float64(sent)))
	return max(1, countryLevels-down)
}

func legendText(l int, most uint64) string {
	top := float64(most) / math.Pow10(countryLevels-l)
	switch {
	case l == countryLevels:
		return "to " + size(most)
	case top < 1:
		return "less"
	}
	return "to " + size(uint64(top))
}

func mapSummary(list []toCountry) string {
	text := "Bytes sent by country in which the far end's address is registered:"
	for i := range list[:min(len(list), 5)] {
		if i > 0 {
			text += ","
		}
		text += " " + countryName(excerpt(list[i].code, 20)) + " " + size(list[i].sent)
	}
	if len(list) > 5 {
		text += " and others"
	}
	return text + "."
}
