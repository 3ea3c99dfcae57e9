package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"cordon"
	"cordon/knowledge"
)

type knowledgeWhyCmd struct {
	ownKnowledge
	Name string `arg:"" help:"A MAC address or its first three octets, an IP address, a domain, a brand, a maker, a rule id, a CVE or a model name."`
}

func (c *knowledgeWhyCmd) Run(e *env) error {
	know, err := openKnowledge(c.Know)
	if err != nil {
		return err
	}
	p := newPage(e, know)
	name := strings.TrimSpace(c.Name)
	known := p.address(name) || p.mac(name)
	if !known {
		known = p.domain(name)
		known = p.named(name) || known
		known = p.value(name) || known
	}
	if !known {
		return unknownName(name)
	}
	return p.err
}

// unknownName is a plain answer: nothing is known, and that says nothing against it.
func unknownName(name string) error {
	return fmt.Errorf("nothing is known by the name %s; see cordon knowledge list for what is", shown(name))
}

// address answers for an IP address: where it is registered, who operates it.
func (p *page) address(name string) bool {
	a, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	a = a.WithZone("")
	p.title("Address " + a.String())
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		p.line("inside", "a private or local address: it is in nobody's country")
		return true
	}
	where := p.know.Where(a)
	if where == (cordon.Place{}) {
		p.line("place", "in no table")
		return true
	}
	p.line("registered in", codeOr(where.Country))
	p.line("operated from", codeOr(where.Operator))
	if where.ASN != 0 {
		p.line("network", fmt.Sprintf("AS%d %s", where.ASN, where.Network))
	}
	for _, t := range knowledge.Tables() {
		if t.Name != "oui" {
			p.line("source", fmt.Sprintf("%s, %s (%s)", t.Source, t.Date, t.Licence))
		}
	}
	p.line("note", "registered is where the block was given out, operated is where its network's owner is; neither is where the machine stands")
	return true
}

func codeOr(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

// mac answers for a MAC address or the first octets of one.
func (p *page) mac(name string) bool {
	m, whole, ok := parsePrefix(name)
	if !ok {
		return false
	}
	p.title("MAC address " + name)
	if m.Local() {
		p.line("registered to", "nobody: the address was made up locally (a phone's private address, or a virtual machine)")
		return true
	}
	org, ok := p.know.OUI(m)
	if !ok {
		p.line("registered to", "nobody in the IEEE registry")
		return true
	}
	p.line("registered to", org.Name)
	p.line("block", org.Prefix)
	if !whole && !strings.HasSuffix(org.Prefix, "/24") {
		p.line("note", "blocks of this prefix are given out in smaller parts: the whole address may lead elsewhere")
	}
	if maker, ok := p.know.MakerOfOrg(org.Name); ok {
		p.line("hints at", maker.Name+" ("+maker.ID+")")
		p.line("not proof", "modules carry their maker's prefix into everybody's devices; a maker needs evidence from the device itself")
	} else {
		p.line("hints at", "no maker that is known here")
	}
	p.line("source", "IEEE Registration Authority, "+tableDate("oui"))
	return true
}

func tableDate(name string) string {
	for _, t := range knowledge.Tables() {
		if t.Name == name {
			return t.Date
		}
	}
	return "date not known"
}

// parsePrefix reads a whole MAC address or at least its first three octets.
func parsePrefix(s string) (m cordon.MAC, whole, ok bool) {
	if m, err := cordon.ParseMAC(s); err == nil {
		return m, true, true
	}
	digits := strings.NewReplacer(":", "", "-", "", ".", "").Replace(s)
	if len(digits) < 6 || len(digits) > 11 || len(digits) == len(s) && len(s) != 6 {
		return m, false, false
	}
	m, err := cordon.ParseMAC(digits + strings.Repeat("0", 12-len(digits)))
	return m, false, err == nil
}

// domain answers for a name that devices call.
func (p *page) domain(name string) bool {
	if !strings.Contains(name, ".") || strings.ContainsAny(name, " /") {
		return false
	}
	x, ok := p.know.Cloud(name)
	if !ok {
		return false
	}
	p.cloud(x)
	return true
}

// value holds a text against the rules, as if a device had said it.
func (p *page) value(text string) bool {
	any := false
	seen := map[string]bool{}
	for _, r := range p.know.Rules() {
		if seen[string(r.Kind)] {
			continue
		}
		seen[string(r.Kind)] = true
		for _, h := range p.know.Match(r.Kind, text) {
			if h.Rule.Op == "present" { // matches whatever is said
				continue
			}
			if !any {
				p.title("If a device said " + text)
				any = true
			}
			p.line("as "+string(h.Rule.Kind), fmt.Sprintf("%s, weight %d, by rule %s (%s confidence; %s)", provesWhat(h.Rule), h.Rule.Weight, h.Rule.ID, h.Rule.Confidence, h.Rule.Source))
		}
	}
	return any
}

// listsOf writes the lists that cover a maker today.
func (p *page) listsOf(maker string) {
	hits := p.know.Lists(maker, time.Time{})
	if len(hits) == 0 {
		p.line("lists", "none known here")
	}
	for _, h := range hits {
		how := "by name"
		switch {
		case h.Through != "":
			how = "names its parent, " + h.Through
		case !h.ByName:
			how = "by rule: " + h.List.Rule
		}
		p.line("list", fmt.Sprintf("%s since %s (%s), scope: %s [%s confidence]", h.List.ID, h.Entry.Date, how, h.Entry.Scope, h.Entry.Confidence))
	}
}
