package report

import (
	"bufio"
	_ "embed" // for the page
	"fmt"
	"html/template"
	"io"
	"strings"

	"cordon"
)

// Limits of the page: a browser should open it at once. What is left out is said in it.
const (
	htmlRows    = 1000 // devices in the table
	htmlDetails = 200  // devices with a section of their own
	htmlFarEnds = 100  // far ends in such a section
	htmlPerCode = 25   // devices under one finding
)

//go:embed page.tmpl
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(pageStyle) }, // ours, from the file above
}).Parse(pageText))

// HTML writes an audit as one page that needs nothing else: no script, no request, light
// or dark as the reader's system is, fit for paper. Devices beyond the first thousand
// are counted, not listed. The only errors are those of w.
func HTML(w io.Writer, a *cordon.Audit) error {
	b := bufio.NewWriter(w)
	if err := page.Execute(b, newPage(a)); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return b.Flush()
}

// pageView is what the page says, every text cleaned and shortened.
type pageView struct {
	Program, Knowledge string
	Captures           []captureView
	MoreCaptures       string
	Inside, Lists      string
	Cards              []cardView
	Map                *mapView  // nil: nothing went outside
	Flow               *flowView // likewise
	Findings           []findingView
	Rows               []rowView
	MoreRows           string
	Details            []detailView
	MoreDetails        string
	Unknown            []string
	MoreUnknown        string
	People             string
	Claims             string   // how an inventory fits; empty: none was given
	Unfound            []string // its lines without a device
	Dropped            string
	Empty              bool
}

type captureView struct {
	Name, What, When, Note string
	Warnings               []string
}

// cardView is one number at the top.
type cardView struct{ Label, Value, Note, Tone string }

// findingView is one code at one severity.
type findingView struct {
	Severity, Code string
	Title          string // what is said of all Items, which then have no titles
	Items          []findingItem
	More           string
	Fixes          []string
}

type findingItem struct{ Device, Anchor, Title string }

// rowView is a device in the table.
type rowView struct {
	Grade, Tone, Device, Name, MAC, Class, Badge, Maker, Reach, Sends, Found string
	Lists                                                                    []string
	Anchor                                                                   string // empty: no section of its own
}

func newPage(a *cordon.Audit) *pageView {
	g := sortOut(a)
	v := &pageView{
		Program: excerpt(known(a.Program), 80), Knowledge: excerpt(known(a.Knowledge), 40),
		Inside: Clean(networks(a.Networks)), Lists: "all lists count for the grade",
		Cards: cards(a, g), Map: newMap(g.shown, g.unknown), Flow: newFlow(g.shown, g.unknown),
		Dropped: droppedText(a.Dropped), Empty: g.watch == 0,
	}
	if len(a.ListsChosen) > 0 {
		v.Lists = excerpt(strings.Join(a.ListsChosen, ", "), 200) + " count for the grade; the others are information"
	}
	v.captures(a.Captures)
	anchors := v.devices(g)
	v.findings(a, anchors)
	v.inventory(a)
	if g.hidden > 0 {
		v.People = peopleLine(g.people, g.hidden)
	}
	for _, d := range mostSent(g.unknown)[:min(len(g.unknown), htmlPerCode)] {
		v.Unknown = append(v.Unknown, label(d)+", sent "+size(d.Sent))
	}
	if n := len(g.unknown) - htmlPerCode; n > 0 {
		v.MoreUnknown = "and " + thousands(uint64(n)) + " more"
	}
	return v
}

func (v *pageView) captures(list []cordon.Capture) {
	for i := range list {
		c := &list[i]
		if i >= htmlPerCode {
			v.MoreCaptures = "and " + plural(len(list)-i, "more capture") + "; " + total(list) + " in all"
			break
		}
		one := captureView{Name: excerpt(c.File, 120), What: thousands(c.Packets) + " packets, " + size(c.Bytes)}
		if c.File == "-" {
			one.Name = "standard input"
		}
		if c.Packets > 0 {
			one.When = span(c.Last.Sub(c.First)) + " from " + stamp(c.First) + " UTC"
		}
		one.Note, one.Warnings = captureNote(c), captureWarnings(c)
		v.Captures = append(v.Captures, one)
	}
}

// cards are the numbers that a reader looks for first.
func cards(a *cordon.Audit, g *groups) []cardView {
	listed, possibly, cloud := 0, 0, 0
	var sent uint64
	for i := range a.Devices {
		d := &a.Devices[i]
		switch { // all listings of a device have one verdict
		case len(d.Lists) == 0:
		case d.Lists[0].Verdict == "consistent with":
			listed++
		default:
			possibly++
		}
		if d.Reach == cordon.ReachCloud && !cordon.Personal(d.Identity.Class.Value) {
			cloud++
		}
		for n := range d.Destinations {
			sent += d.Destinations[n].Sent
		}
	}
	serious := 0
	for i := range a.Findings {
		if a.Findings[i].Severity.Rank() >= cordon.High.Rank() {
			serious++
		}
	}
	tone := func(n int) string {
		if n > 0 {
			return "bad"
		}
		return "calm"
	}
	return []cardView{
		{"Watch or listen", thousands(uint64(g.watch)), "of " + plural(len(a.Devices), "device"), "calm"},
		{"High or critical", thousands(uint64(serious)), "of " + plural(len(a.Findings), "finding"), tone(serious)},
		{"Maker on a list", thousands(uint64(listed)), "devices, and " + thousands(uint64(possibly)) + " to verify", tone(listed)},
		{"Reach the cloud", thousands(uint64(cloud)), "devices, or try to", "calm"},
		{"Sent outside", size(sent), "by the devices listed here", "calm"},
	}
}

// devices fills table and sections, and gives each device that has a section its anchor.
func (v *pageView) devices(g *groups) map[string]string {
	s := newSheet(io.Discard, TableOptions{Width: 80, Color: true})
	anchors := make(map[string]string, htmlDetails)
	for i, d := range g.shown {
		if i >= htmlRows {
			v.MoreRows = plural(len(g.shown)-i, "more device") + " left out: --format csv or json lists all"
			break
		}
		row := rowView{
			Grade: known(Clean(d.Grade.Letter)), Tone: gradeTone(d.Grade.Letter), Device: shortID(d), Name: otherName(d), MAC: firstMAC(d),
			Class: excerpt(known(d.Identity.Class.Value), 30), Badge: excerpt(known(d.Identity.Brand.Value), 40),
			Maker: excerpt(belief(&d.Identity.Maker), 80), Reach: known(string(d.Reach)), Sends: bind.Replace(s.sends(d, 2)),
			Lists: listLines(d.Lists), Found: foundLine(d.Findings),
		}
		if row.Name == row.MAC {
			row.Name = ""
		}
		if i < htmlDetails {
			row.Anchor = fmt.Sprintf("d%d", i)
			anchors[d.ID] = row.Anchor
			v.Details = append(v.Details, newDetail(d, &row))
		}
		v.Rows = append(v.Rows, row)
	}
	if len(g.shown) > htmlDetails {
		v.MoreDetails = fmt.Sprintf("The first %d devices have a section; cordon audit --explain DEVICE says the same of any other.", htmlDetails)
	}
	return anchors
}

// bind keeps a number and its unit on one line.
var bind = strings.NewReplacer(" B", "\u00a0B", " kB", "\u00a0kB", " MB", "\u00a0MB", " GB", "\u00a0GB", " TB", "\u00a0TB", " (tried)", "\u00a0(tried)", " (only received)", "\u00a0(only\u00a0received)")

func gradeTone(letter string) string {
	switch letter {
	case "A", "B":
		return "good"
	case "C", "D":
		return "fair"
	case "E", "F":
		return "bad"
	}
	return "none"
}

// findings groups what was found; anchors has the devices with a section.
func (v *pageView) findings(a *cordon.Audit, anchors map[string]string) {
	names := shortNames(a)
	for _, g := range groupFindings(a.Findings) {
		one := findingView{Severity: excerpt(string(g.severity), 10), Code: excerpt(g.code, 60)}
		alike := g.alike()
		if alike {
			one.Title = excerpt(g.list[0].Title, 300)
		}
		shown := g.list[:min(len(g.list), htmlPerCode)]
		for _, f := range shown {
			item := findingItem{Device: deviceName(names, f.Device), Anchor: anchors[f.Device]}
			if !alike {
				item.Title = excerpt(f.Title, 300)
			}
			one.Items = append(one.Items, item)
		}
		if n := len(g.list) - len(shown); n > 0 {
			one.More = "and " + thousands(uint64(n)) + " more"
		}
		for _, f := range fixes(shown, names) {
			one.Fixes = append(one.Fixes, excerpt(f, 600))
		}
		v.Findings = append(v.Findings, one)
	}
}
