package report

import (
	"cmp"
	"slices"

	"cordon"
)

// gridColumn is a column of the table of devices: when it is shown and what stands in it.
type gridColumn struct {
	column
	roomy int // shown from so many columns of width on; 0: always
	below int // shown on narrower ones only; 0: always
	of    audience
	cell  func(*sheet, *cordon.Audited) cell
}

// audience says for which audits something is shown.
type audience int

const (
	everybody audience = iota
	overheard          // who rests on captures: conversations are known
	asked              // who rests on scans alone: they are not
)

func (w audience) holds(onlyAsked bool) bool { return w == everybody || (w == asked) == onlyAsked }

// gridColumns are all there are, in their order.
var gridColumns = []gridColumn{
	{column: column{"", 1, 1}, cell: func(_ *sheet, d *cordon.Audited) cell {
		return cell{text: cmp.Or(Clean(d.Grade.Letter), "-"), style: gradeStyle(d.Grade.Letter)}
	}},
	{column: column{"DEVICE", 15, 26}, below: wideEnough, cell: deviceCell},
	{column: column{"DEVICE", 17, 39}, roomy: wideEnough, cell: deviceCell},
	{column: column{"NAME OR MAC", 17, 24}, roomy: wideEnough, cell: func(_ *sheet, d *cordon.Audited) cell {
		return cell{text: otherName(d), style: dim}
	}},
	{column: column{"CLASS", 9, 12}, cell: func(_ *sheet, d *cordon.Audited) cell { return value(d.Identity.Class.Value, 20) }},
	{column: column{"BADGE", 6, 16}, roomy: narrowest, cell: func(_ *sheet, d *cordon.Audited) cell { return value(d.Identity.Brand.Value, 30) }},
	{column: column{"MAKER", 10, 40}, below: narrowest, cell: makerCell},
	{column: column{"MAKER", 19, 40}, roomy: narrowest, cell: makerCell},
	{column: column{"REACH", 11, 11}, roomy: narrowest, of: overheard, cell: func(_ *sheet, d *cordon.Audited) cell {
		return cell{text: known(string(d.Reach)), style: dimUnknown(string(d.Reach))}
	}},
	{column: column{"SENDS TO (REGISTERED IN)", 30, 60}, roomy: wideEnough, of: overheard, cell: func(s *sheet, d *cordon.Audited) cell {
		return cell{text: s.sends(d, 1)}
	}},
	{column: column{"MODEL", 10, 30}, roomy: narrowest, of: asked, cell: func(_ *sheet, d *cordon.Audited) cell { return value(d.Identity.Model.Value, 40) }},
	{column: column{"FIRMWARE", 10, 30}, roomy: wideEnough, of: asked, cell: func(_ *sheet, d *cordon.Audited) cell { return value(d.Identity.Firmware.Value, 40) }},
}

func deviceCell(_ *sheet, d *cordon.Audited) cell { return cell{text: shortID(d), style: bold} }

func makerCell(_ *sheet, d *cordon.Audited) cell {
	b := &d.Identity.Maker
	c := cell{text: excerpt(belief(b), 60), style: dimUnknown(b.Value)}
	if b.Value != "" { // the number says what the words do, and is not to be cut off
		c.brief = excerpt(b.Value+", "+percent(b.Confidence), 60)
	}
	return c
}

// value is a cell of what is known, or of what is not.
func value(text string, most int) cell {
	return cell{text: excerpt(known(text), most), style: dimUnknown(text)}
}

// rows makes the grid's cells.
func (s *sheet) rows(list []*cordon.Audited) ([]column, [][]cell) {
	grid := slices.DeleteFunc(slices.Clone(gridColumns), func(c gridColumn) bool {
		return s.Width < c.roomy || c.below > 0 && s.Width >= c.below || !c.of.holds(s.asked)
	})
	cols := make([]column, len(grid))
	for i := range grid {
		cols[i] = grid[i].column
	}
	rows := make([][]cell, len(list))
	for i, d := range list {
		for _, c := range grid {
			rows[i] = append(rows[i], c.cell(s, d))
		}
	}
	return cols, rows
}

// belowField is a line under a device: what has no column.
type belowField struct {
	label string
	below int // shown where the sheet is narrower; 0: always
	of    audience
	text  func(*sheet, *cordon.Audited) string
}

// belowFields are all there are, in their order. Labels are of one width.
var belowFields = []belowField{
	{"badge    ", narrowest, overheard, func(_ *sheet, d *cordon.Audited) string {
		return excerpt(known(d.Identity.Brand.Value), 30) + ", reach " + known(string(d.Reach))
	}},
	{"badge    ", narrowest, asked, func(_ *sheet, d *cordon.Audited) string {
		return excerpt(known(d.Identity.Brand.Value), 30) + ", model " + excerpt(known(d.Identity.Model.Value), 40)
	}},
	{"known as ", wideEnough, everybody, func(_ *sheet, d *cordon.Audited) string { return knownAs(d) }},
	{"sends to ", wideEnough, overheard, func(s *sheet, d *cordon.Audited) string { return s.sends(d, 2) }},
	{"firmware ", wideEnough, asked, func(_ *sheet, d *cordon.Audited) string { return excerpt(d.Identity.Firmware.Value, 60) }},
	{"prefix   ", 0, asked, func(_ *sheet, d *cordon.Audited) string {
		if d.Identity.Maker.Value != "" || d.Registered == "" {
			return ""
		}
		return "registered to " + excerpt(d.Registered, 50) + ": a hint only"
	}},
	{"ports    ", 0, everybody, func(_ *sheet, d *cordon.Audited) string { return excerpt(portsText(d.Ports), 200) }},
}

// below are the lines that this sheet has room and reason for.
func (s *sheet) below() []belowField {
	return slices.DeleteFunc(slices.Clone(belowFields), func(f belowField) bool {
		return f.below > 0 && s.Width >= f.below || !f.of.holds(s.asked)
	})
}
