package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"cordon/knowledge"
)

type knowledgeShowCmd struct {
	ownKnowledge
	Name string `arg:"" help:"Id or name of a maker, brand, list, rule, cloud domain or CVE, or a port as tcp/554."`
	JSON bool   `name:"json" help:"As JSON."`
}

func (c *knowledgeShowCmd) Run(e *env) error {
	know, err := openKnowledge(c.Know)
	if err != nil {
		return err
	}
	p := newPage(e, know)
	name := strings.TrimSpace(c.Name)
	if c.JSON {
		p.w = io.Discard
	}
	known := p.named(name)
	known = p.domain(name) || known
	if !known {
		return unknownName(name)
	}
	if c.JSON {
		return writeJSON(e.stdout, p.entries)
	}
	return p.err
}

// page writes entries one under the other: a title, then labelled lines.
type page struct {
	w       io.Writer
	know    *knowledge.Base
	width   int
	begun   bool
	err     error
	entries []entry
}

// entry is the same for programs.
type entry struct {
	Title string      `json:"title"`
	Lines []entryLine `json:"lines"`
}

type entryLine struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

func newPage(e *env, know *knowledge.Base) *page {
	return &page{w: e.stdout, know: know, width: tableOptions(e, false).Width}
}

func (p *page) title(s string) {
	p.entries = append(p.entries, entry{Title: s})
	if p.begun && p.err == nil {
		_, p.err = fmt.Fprintln(p.w)
	}
	p.begun = true
	if p.err == nil {
		p.err = paragraph(p.w, p.width, "", "", s)
	}
}

// labelWidth aligns the texts behind the labels.
const labelWidth = 16

// line writes one labelled text; an empty one is left out.
func (p *page) line(label, text string) {
	if text == "" {
		return
	}
	e := &p.entries[len(p.entries)-1]
	e.Lines = append(e.Lines, entryLine{label, text})
	if p.err == nil {
		p.err = paragraph(p.w, p.width, fmt.Sprintf("  %-*s ", labelWidth, label), strings.Repeat(" ", labelWidth+3), text)
	}
}

// named writes every entry that goes by the name: a brand is often a maker too.
func (p *page) named(name string) bool {
	found := p.maker(name)
	found = p.brand(name) || found
	found = p.list(name) || found
	found = p.rule(name) || found
	found = p.weakness(name) || found
	return p.port(name) || found
}

func (p *page) maker(name string) bool {
	for _, m := range p.know.Makers() {
		if !strings.EqualFold(m.ID, name) && bare(m.Name) != bare(name) && !strings.EqualFold(m.Legal, name) {
			continue
		}
		p.title("Maker " + m.Name)
		p.line("id", m.ID)
		p.line("company", m.Legal)
		p.line("controlled in", m.Country)
		p.line("parent", m.Parent)
		p.line("address blocks", strings.Join(m.OUINames, "; "))
		p.line("confidence", string(m.Confidence))
		p.line("source", m.Source)
		p.listsOf(m.ID)
		p.buildsFor(m.ID)
		p.signs(m.ID)
		return true
	}
	return false
}

// buildsFor names the badges behind which a maker stands.
func (p *page) buildsFor(maker string) {
	var brands []string
	for _, r := range p.know.AllRelations() {
		if r.Maker == maker && r.Status != "own-brand" {
			brands = append(brands, fmt.Sprintf("%s (%s, %s)", r.Brand, r.Status, r.Confidence))
		}
	}
	p.line("builds for", strings.Join(brands, "; "))
}

// signs sums up what else is known of a maker.
func (p *page) signs(maker string) {
	var rules, clouds []string
	for _, r := range p.know.Rules() {
		if r.Maker == maker {
			rules = append(rules, r.ID)
		}
	}
	for _, x := range p.know.Clouds() {
		if x.Maker == maker {
			clouds = append(clouds, x.Domain)
		}
	}
	cves, exploited := 0, 0
	for _, x := range p.know.AllWeaknesses() {
		if x.Maker == maker {
			if cves++; x.KEV {
				exploited++
			}
		}
	}
	p.line("rules", strings.Join(rules, ", "))
	p.line("clouds", strings.Join(clouds, ", "))
	if cves > 0 {
		p.line("weaknesses", fmt.Sprintf("%d, of which %d known to be exploited", cves, exploited))
	}
}

// bare reduces a name to its letters and digits in lower case.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func (p *page) brand(name string) bool {
	rs := p.know.Relations(name)
	if len(rs) == 0 || bare(name) == "" {
		return false
	}
	p.title("Brand " + rs[0].Brand)
	for _, r := range rs {
		text := r.Maker + ", " + r.Status
		if r.Scope != "" {
			text += ": " + r.Scope
		}
		if r.Note != "" {
			text += "; " + r.Note
		}
		p.line("built by", fmt.Sprintf("%s [%s confidence; %s]", text, r.Confidence, r.Source))
	}
	if n := len(p.know.Passwords(name)); n > 0 {
		p.line("passwords", fmt.Sprintf("%d known defaults (cordon knowledge list passwords)", n))
	}
	p.line("note", "a badge says who usually builds, never who built one device")
	return true
}

func (p *page) list(name string) bool {
	for _, l := range p.know.AllLists() {
		if !strings.EqualFold(l.ID, name) {
			continue
		}
		p.title("List " + l.ID)
		p.line("instrument", l.Instrument)
		p.line("country", l.Jurisdiction)
		p.line("effect", l.Effect)
		p.line("rule", l.Rule)
		p.line("confidence", string(l.Confidence))
		for _, s := range l.Sources {
			p.line("source", s)
		}
		for _, e := range l.Entries {
			p.line("names", fmt.Sprintf("%s since %s, scope: %s [%s]", e.Company, e.Date, e.Scope, e.Confidence))
		}
		return true
	}
	return false
}

func (p *page) rule(name string) bool {
	r, ok := p.know.Rule(name)
	if !ok {
		return false
	}
	p.title("Rule " + r.ID)
	p.line("matches", fmt.Sprintf("%s %s %q", r.Kind, r.Op, r.Value))
	p.line("proves", provesWhat(r))
	p.line("model", r.Model)
	p.line("firmware", r.Firmware)
	p.line("weight", strconv.Itoa(r.Weight))
	p.line("confidence", string(r.Confidence))
	p.line("source", r.Source)
	p.line("note", r.Note)
	p.line("file", r.File)
	for _, e := range r.Examples {
		p.line("example", fmt.Sprintf("%q from %s (%s)", e.Value, e.From, e.Origin))
	}
	for _, e := range r.Counters {
		p.line("must not match", fmt.Sprintf("%q from %s (%s)", e.Value, e.From, e.Origin))
	}
	return true
}

func (p *page) cloud(x *knowledge.Cloud) {
	p.title("Cloud " + x.Domain)
	p.line("match", x.Match)
	p.line("operator", x.Operator)
	p.line("country", x.Country)
	p.line("maker", x.Maker)
	p.line("purpose", strings.Join(x.Purpose, ", "))
	p.line("note", x.Note)
	p.line("confidence", string(x.Confidence))
	p.line("source", x.Source)
}

func (p *page) weakness(name string) bool {
	found := false
	for _, x := range p.know.AllWeaknesses() {
		if !strings.EqualFold(x.CVE, name) {
			continue
		}
		found = true
		p.title(x.CVE + " in " + x.Product)
		p.line("maker", x.Maker)
		p.line("type", x.Type)
		p.line("score", x.Score)
		p.line("log-in needed", x.Auth)
		if x.KEV {
			p.line("exploited", "in CISA's catalogue since "+x.KEVDate)
		}
		for _, r := range x.Ranges {
			p.line("affected", rangeInWords(r))
		}
		if len(x.Ranges) == 0 {
			p.line("affected", "the record gives no versions that can be compared: never a finding")
		}
		p.line("fixed", x.Fixed)
		p.line("verified", x.Verified)
		p.line("confidence", string(x.Confidence))
		p.line("source", x.Source)
	}
	return found
}

func rangeInWords(r knowledge.VersionRange) string {
	models, from, to := r.Models, r.From, r.To
	if models == "" {
		models = "every model"
	}
	text := models + ": "
	switch {
	case from == "" && to == "":
		return text + "every version"
	case from != "":
		text += "from " + from + " "
	}
	if to != "" && r.Before {
		text += "before " + to
	} else if to != "" {
		text += "up to " + to
	}
	if r.Build {
		text += " (build dates)"
	}
	return strings.TrimSpace(text)
}

// port finds "tcp/554", "554/tcp" and "554".
func (p *page) port(name string) bool {
	found := false
	for _, x := range p.know.Ports() {
		n := strconv.Itoa(int(x.Port))
		if name != n && !strings.EqualFold(name, x.Proto+"/"+n) && !strings.EqualFold(name, n+"/"+x.Proto) {
			continue
		}
		found = true
		p.title("Port " + x.Proto + "/" + n + " " + x.Name)
		p.line("means", x.Meaning)
		p.line("makers", strings.Join(x.Makers, ", "))
		p.line("risk", x.Risk)
		p.line("on the internet", x.OnWAN)
		p.line("why", x.Why)
		p.line("confidence", string(x.Confidence))
		p.line("source", x.Source)
	}
	return found
}
