package report

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"cordon"
)

// csvColumns is the header line of CSV, in order. New columns go to the end.
var csvColumns = []string{
	"grade", "score", "id", "mac", "addresses", "names", "class", "brand", "maker", "maker_confidence", "model", "firmware",
	"reach", "lists", "countries", "destinations", "bytes_sent", "bytes_received", "flows", "first", "last",
	"findings", "worst_severity", "far_ends_hidden",
	"inventory_line", "claimed_brand", "claimed_maker", "claimed_model", "department", "site", "room",
	"ports", "registered",
}

// listSeparator stands between several values in one cell.
const listSeparator = "; "

// CSV writes one row for each device in the order of the audit, after a header line.
// It follows RFC 4180 (CRLF, quotes doubled). A cell that a spreadsheet could take for
// a formula, or that begins with an apostrophe, gets an apostrophe before it: strip
// exactly one to get the text back. Text is cleaned (see Clean), for the file may be
// looked at in a terminal; JSON has it as it was.
func CSV(w io.Writer, a *cordon.Audit) error {
	e := newEncoder(w)
	e.row(csvColumns)
	cells := make([]string, 0, len(csvColumns))
	for i := range a.Devices {
		cells = csvRow(cells[:0], e, &a.Devices[i])
		e.row(cells)
		e.room()
	}
	return e.flush()
}

func csvRow(c []string, e *encoder, d *cordon.Audited) []string {
	id := &d.Identity
	stamp := func(t interface{ IsZero() bool }, text []byte) string {
		if t.IsZero() {
			return ""
		}
		return string(text)
	}
	var lists, countries []string
	for i := range d.Lists {
		lists = append(lists, d.Lists[i].List+" ("+d.Lists[i].Verdict+")")
	}
	for _, p := range places(d.Destinations) {
		countries = append(countries, p.country)
	}
	worst := ""
	if len(d.Findings) > 0 {
		worst = string(d.Findings[0].Severity)
	}
	score := ""
	if d.Grade.Letter != "" {
		score = strconv.Itoa(d.Grade.Score)
	}
	c = append(c,
		d.Grade.Letter, score, d.ID, macs(d), strings.Join(addresses(d), listSeparator), strings.Join(d.Names, listSeparator),
		id.Class.Value, id.Brand.Value, id.Maker.Value, confidenceCell(&id.Maker), id.Model.Value, id.Firmware.Value,
		string(d.Reach), strings.Join(lists, listSeparator), strings.Join(countries, listSeparator), strconv.Itoa(len(d.Destinations)),
		strconv.FormatUint(d.Sent, 10), strconv.FormatUint(d.Received, 10), strconv.Itoa(d.Flows),
		stamp(d.First, e.appendTime(nil, d.First)), stamp(d.Last, e.appendTime(nil, d.Last)),
		strings.Join(codesOf(d.Findings), listSeparator), worst, strconv.FormatBool(d.Hidden))
	c = append(c, claimCells(d.Claim)...)
	return append(c, portsText(d.Ports), d.Registered)
}

func confidenceCell(b *cordon.Belief) string {
	if b.Value == "" {
		return ""
	}
	return strconv.FormatFloat(min(b.Confidence, 0.99), 'f', 2, 64) // rounding makes nothing certain
}

// row writes cells with commas between them and CRLF at the end.
func (e *encoder) row(cells []string) {
	for i, c := range cells {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.b = appendCell(e.b, c)
	}
	e.b = append(e.b, '\r', '\n')
}

// formulaStart are the characters with which a spreadsheet begins a formula, also in their
// wide forms (OWASP, "CSV Injection"), and the apostrophe itself, so that the mark can be
// taken off again. Tab and CR, which belong to them, do not outlive Clean, but are kept
// here for whoever calls without it.
const formulaStart = "=+-@\t\r\n'＝＋－＠"

// appendCell appends one cell: cleaned, no formula, quoted where it must be.
func appendCell(b []byte, s string) []byte {
	blank := strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n")
	s = Clean(s)
	if first, _ := utf8.DecodeRuneInString(s); blank || strings.ContainsRune(formulaStart, first) {
		s = "'" + s
	}
	if !strings.ContainsAny(s, "\",;") && strings.TrimSpace(s) == s {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
