package report

import (
	"bufio"
	"cmp"
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
	Title              string
	Program, Knowledge string
	Scans              []captureView
	Asked              bool     // it rests on scans alone
	Columns            []string // of the table, after Maker
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
	Empty              string // what it means that nothing watches; empty: something does
	Unseen             string // why a grade may be missing
	ByAnswers          string // what the good grades do not cover, if so
	StrangerHelp       string
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
	Grade, Tone, Device, Name, MAC, Class, Badge, Maker, Found string
	Lists                                                      []string
	Anchor                                                     string // empty: no section of its own
	Cells                                                      []cellView
}

// cellView is what stands under one of the further columns.
type cellView struct {
	Label, Text string
	Quiet       bool // it says that nothing is known
}

func newPage(a *cordon.Audit) *pageView {
	g := sortOut(a)
	v := &pageView{
		Title: title(a), Asked: onlyAsked(a),
		Program: excerpt(known(a.Program), 80), Knowledge: excerpt(known(a.Knowledge), 40),
		Inside: Clean(insideOf(a)), Lists: "all lists count for the grade",
		Cards: cards(a, g), Map: newMap(g.shown, g.unknown), Flow: newFlow(g.shown, g.unknown),
		Dropped: droppedText(a.Dropped),
	}
	if g.watch == 0 {
		v.Empty = noCamera(v.Asked)
	}
	if len(a.ListsChosen) > 0 {
		v.Lists = excerpt(strings.Join(a.ListsChosen, ", "), 200) + " count for the grade; the others are information"
	}
	v.scans(a.Scans)
	v.captures(a.Captures)
	v.Unseen, v.StrangerHelp = unseen(v.Asked), strangerHelp(v.Asked)
	if v.Asked {
		v.ByAnswers = byAnswers(g.shown)
	}
	anchors := v.devices(g)
	v.findings(a, anchors)
	v.inventory(a)
	if g.hidden > 0 {
		v.People = peopleLine(g.people, g.hidden)
	}
	for _, d := range strangest(g.unknown, v.Asked)[:min(len(g.unknown), htmlPerCode)] {
		if v.Asked {
			v.Unknown = append(v.Unknown, strangerLine(d))
		} else {
			v.Unknown = append(v.Unknown, label(d)+", sent "+size(d.Sent))
		}
	}
	if n := len(g.unknown) - htmlPerCode; n > 0 {
		v.MoreUnknown = "and " + Thousands(uint64(n)) + " more"
	}
	return v
}

func (v *pageView) scans(list []cordon.Scan) {
	for i := range list {
		if i >= htmlPerCode {
			v.MoreCaptures = "and " + Plural(len(list)-i, "more scan")
			break
		}
		v.Scans = append(v.Scans, captureView{What: ScanLine(&list[i]), Warnings: scanWarnings(&list[i])})
	}
}

func (v *pageView) captures(list []cordon.Capture) {
	for i := range list {
		c := &list[i]
		if i >= htmlPerCode {
			v.MoreCaptures = "and " + Plural(len(list)-i, "more capture") + "; " + total(list) + " in all"
			break
		}
		one := captureView{Name: excerpt(c.File, 120), What: Thousands(c.Packets) + " packets, " + size(c.Bytes)}
		if c.File == "-" {
			one.Name = "standard input"
		}
		if c.Packets > 0 {
			one.When = Span(c.Last.Sub(c.First)) + " from " + stamp(c.First) + " UTC"
		}
		one.Note, one.Warnings = captureNote(c), captureWarnings(c)
		v.Captures = append(v.Captures, one)
	}
}

// cards are the numbers that a reader looks for first.
func cards(a *cordon.Audit, g *groups) []cardView {
	listed, possibly, cloud, bad := 0, 0, 0, 0
	var sent uint64
	for i := range a.Devices {
		d := &a.Devices[i]
		switch { // all listings of a device have one verdict
		case len(d.Lists) == 0:
		case d.Lists[0].Verdict == consistent:
			listed++
		default:
			possibly++
		}
		if d.Reach == cordon.ReachCloud && !cordon.Personal(d.Identity.Class.Value) {
			cloud++
		}
		if d.Grade.Letter == "E" || d.Grade.Letter == "F" {
			bad++
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
	out := []cardView{
		{"Watch or listen", Thousands(uint64(g.watch)), "of " + Plural(len(a.Devices), "device"), "calm"},
		{"High or critical", Thousands(uint64(serious)), "of " + Plural(len(a.Findings), "finding"), tone(serious)},
		{"Maker on a list", Thousands(uint64(listed)), "devices, and " + Thousands(uint64(possibly)) + " to verify", tone(listed)},
	}
	if onlyAsked(a) {
		return append(out,
			cardView{"Graded E or F", Thousands(uint64(bad)), "devices", tone(bad)},
			cardView{"Not recognised", Thousands(uint64(len(g.unknown))), "devices that answered", "calm"})
	}
	return append(out, []cardView{
		{"Reach the cloud", Thousands(uint64(cloud)), "devices, or try to", "calm"},
		{"Sent outside", size(sent), "by the devices listed here", "calm"},
	}...)
}

// devices fills table and sections, and gives each device that has a section its anchor.
func (v *pageView) devices(g *groups) map[string]string {
	s := newSheet(io.Discard, TableOptions{Width: 80, Color: true})
	columns := pageColumns(v.Asked)
	for _, c := range columns {
		v.Columns = append(v.Columns, c.title)
	}
	anchors := make(map[string]string, htmlDetails)
	for i, d := range g.shown {
		if i >= htmlRows {
			v.MoreRows = Plural(len(g.shown)-i, "more device") + " left out: --format csv or json lists all"
			break
		}
		row := rowView{
			Grade: known(Clean(d.Grade.Letter)), Tone: gradeTone(d.Grade.Letter), Device: shortID(d), Name: otherName(d), MAC: firstMAC(d),
			Class: excerpt(known(d.Identity.Class.Value), 30), Badge: excerpt(known(d.Identity.Brand.Value), 40),
			Maker: excerpt(belief(&d.Identity.Maker), 80),
			Lists: listLines(d.Lists), Found: foundLine(d.Findings),
		}
		for _, c := range columns {
			text := c.text(s, d)
			row.Cells = append(row.Cells, cellView{c.label, cmp.Or(text, c.none), text == ""})
		}
		if v.Asked && d.Identity.Maker.Value == "" && d.Registered != "" {
			row.Lists = append(row.Lists, "prefix registered to "+excerpt(d.Registered, 50))
		}
		if row.Name == row.MAC {
			row.Name = ""
		}
		if i < htmlDetails {
			row.Anchor = fmt.Sprintf("d%d", i)
			anchors[d.ID] = row.Anchor
			v.Details = append(v.Details, newDetail(d, &row, v.Asked))
		}
		v.Rows = append(v.Rows, row)
	}
	if len(g.shown) > htmlDetails {
		v.MoreDetails = fmt.Sprintf("The first %d devices have a section; --explain DEVICE says the same of any other.", htmlDetails)
	}
	return anchors
}

// pageColumn is a column of the page's table after those that every audit has.
type pageColumn struct {
	title, label string
	none         string // where there is nothing
	text         func(*sheet, *cordon.Audited) string
}

func pageColumns(asked bool) []pageColumn {
	if asked {
		return []pageColumn{
			{"Model", "Model", unknown, func(_ *sheet, d *cordon.Audited) string { return excerpt(d.Identity.Model.Value, 60) }},
			{"Firmware", "Firmware", unknown, func(_ *sheet, d *cordon.Audited) string { return excerpt(d.Identity.Firmware.Value, 60) }},
			{"Open ports", "Ports", "none found", func(_ *sheet, d *cordon.Audited) string { return excerpt(portsText(d.Ports), 200) }},
		}
	}
	return []pageColumn{
		{"Reach", "Reach", unknown, func(_ *sheet, d *cordon.Audited) string { return string(d.Reach) }},
		{"Sends to (registered in)", "Sends to", "nothing seen", func(s *sheet, d *cordon.Audited) string { return bind.Replace(s.sends(d, 2)) }},
	}
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
			one.More = "and " + Thousands(uint64(n)) + " more"
		}
		for _, f := range fixes(shown, names) {
			one.Fixes = append(one.Fixes, excerpt(f, 600))
		}
		v.Findings = append(v.Findings, one)
	}
}
