package report

import (
	"net/netip"
	"strconv"

	"cordon"
)

// claimFacts says what the owner's inventory says of a device, by column.
func claimFacts(c *cordon.Claim) [][2]string {
	var out [][2]string
	add := func(name, text string) {
		if text != "" {
			out = append(out, [2]string{name, excerpt(text, 200)})
		}
	}
	if c.Address.IsValid() {
		add("address", c.Address.String())
	}
	add("mac", c.MAC.String())
	for _, f := range claimTexts(c) {
		add(f[0], f[1])
	}
	return out
}

// claimTexts are the columns of text, empty ones too, with their names.
func claimTexts(c *cordon.Claim) [][2]string {
	return [][2]string{
		{"serial", c.Serial}, {"brand", c.Brand}, {"maker", c.Maker}, {"origin", c.Origin}, {"model", c.Model},
		{"certificate", c.Certificate}, {"supplier", c.Supplier}, {"contract", c.Contract}, {"delivered", c.Delivered},
		{"department", c.Department}, {"site", c.Site}, {"room", c.Room}, {"views", c.Views},
	}
}

// claim writes the inventory's line of a device, where an inventory was given.
func (s *sheet) claim(a *cordon.Audit, d *cordon.Audited) {
	if a.Claims == 0 {
		return
	}
	s.heading("What the inventory says")
	if d.Claim == nil {
		s.labelled(2, "", "No line of it has this device's address, MAC or serial number.")
		return
	}
	s.labelled(2, "line         ", strconv.Itoa(d.Claim.Line))
	for _, f := range claimFacts(d.Claim) {
		s.labelled(2, (f[0] + "             ")[:13], f[1])
	}
}

// maxUnfound is how many missing devices the table names.
const maxUnfound = 12

// unfound writes the lines of the inventory whose devices were not found.
func (s *sheet) unfound(a *cordon.Audit) {
	if a.Claims == 0 {
		return
	}
	s.heading("Inventory: " + Plural(a.Claims, "line") + ", " + Thousands(uint64(a.Claims-len(a.Unfound))) + " found")
	if len(a.Unfound) == 0 {
		return
	}
	s.labelled(2, "", "Not found: "+unfoundText)
	shown := s.most(len(a.Unfound), maxUnfound)
	for i := range a.Unfound[:shown] {
		s.labelled(4, "", claimLine(&a.Unfound[i]))
	}
	if n := len(a.Unfound) - shown; n > 0 {
		s.line("    and ", Thousands(uint64(n)), " more: --all or --format json lists them")
	}
}

// unfoundText says what a device that was not found may be.
const unfoundText = "switched off, replaced, on a network that was not looked at, or known there by another address."

// claimLine names a device as its line of the inventory does.
func claimLine(c *cordon.Claim) string {
	text := "line " + strconv.Itoa(c.Line)
	for _, f := range claimFacts(c) {
		switch f[0] {
		case "address", "mac", "serial", "brand", "model", "department", "site", "room":
			text += ", " + f[0] + " " + excerpt(f[1], 40)
		}
	}
	return text
}

// inventory fills what the page says of an inventory.
func (v *pageView) inventory(a *cordon.Audit) {
	if a.Claims == 0 {
		return
	}
	v.Claims = Plural(a.Claims, "line") + ", " + Thousands(uint64(a.Claims-len(a.Unfound))) + " found."
	if len(a.Unfound) > 0 {
		v.Claims += " What was not found may be " + unfoundText
	}
	for i := range a.Unfound[:min(len(a.Unfound), htmlRows)] {
		v.Unfound = append(v.Unfound, claimLine(&a.Unfound[i]))
	}
}

// claims writes what an inventory gave, where there was one.
func (e *encoder) claims(a *cordon.Audit) {
	if a.Claims == 0 {
		return
	}
	e.integer(",\n\"claims\":", a.Claims)
	e.raw(",\n\"unfound\":[")
	for i := range a.Unfound {
		e.lead(i)
		e.claim("", &a.Unfound[i])
	}
	e.raw("]")
}

// claim writes one line of an inventory.
func (e *encoder) claim(lead string, c *cordon.Claim) {
	if c == nil {
		return
	}
	e.integer(lead+`{"line":`, c.Line)
	if c.Address != (netip.Addr{}) {
		e.address(`,"address":`, c.Address)
	}
	if c.MAC != (cordon.MAC{}) {
		e.text(`,"mac":`, c.MAC.String())
	}
	for _, f := range claimTexts(c) {
		e.optional(`,"`+f[0]+`":`, f[1])
	}
	e.raw("}")
	e.room()
}

// claimCells are the cells of CSV that an inventory fills, see csvColumns.
func claimCells(c *cordon.Claim) []string {
	if c == nil {
		return []string{"", "", "", "", "", "", ""}
	}
	return []string{strconv.Itoa(c.Line), c.Brand, c.Maker, c.Model, c.Department, c.Site, c.Room}
}
