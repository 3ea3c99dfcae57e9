package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"cordon/knowledge"
)

type knowledgeListCmd struct {
	ownKnowledge
	Subject string `arg:"" optional:"" enum:",makers,brands,clouds,lists,weaknesses,ports,rules,passwords" default:"" help:"makers, brands, clouds, lists, weaknesses, ports, rules or passwords; without it, an overview."`
	Pending bool   `help:"The questions: rules that wait for somebody to really see what they would match."`
	JSON    bool   `name:"json" help:"As JSON."`
}

func (c *knowledgeListCmd) Run(e *env) error {
	know, err := openKnowledge(c.Know)
	if err != nil {
		return err
	}
	subject := c.Subject
	if c.Pending {
		subject = "pending"
	}
	s, note := listing(know, subject)
	if c.JSON {
		return writeJSON(e.stdout, s.records())
	}
	width := listWidth(e)
	if subject == "" {
		return overview(e.stdout, know, width)
	}
	if err := s.narrow(width).write(e.stdout, width, ""); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "\n%s %s. %s\n", count(len(s.rows)), subject, note)
	return err
}

// records gives the rows as objects, keyed by the head.
func (s *sheet) records() []map[string]string {
	out := make([]map[string]string, 0, len(s.rows))
	for _, row := range s.rows {
		o := map[string]string{}
		for i, c := range row {
			o[strings.ReplaceAll(s.head[i], " ", "_")] = c
		}
		out = append(out, o)
	}
	return out
}

// trustNote explains the confidence column.
const trustNote = "Confidence low rests on memory or one weak source: a question, never a finding."

// subjects makes the sheet of each subject.
var subjects = map[string]func(*knowledge.Base) sheet{
	"": overviewSheet, "makers": makerSheet, "brands": brandSheet, "clouds": cloudSheet, "lists": listSheet,
	"weaknesses": weaknessSheet, "ports": portSheet, "rules": ruleSheet, "passwords": passwordSheet, "pending": pendingSheet,
}

func listing(know *knowledge.Base, subject string) (sheet, string) {
	notes := map[string]string{
		"pending":   "Nothing judges by them. If you have such a device, a capture of it answers the question.",
		"lists":     "cordon knowledge show ID quotes one in full.",
		"passwords": "For telling owners what to change; never tried on anything by this command.",
	}
	note, ok := notes[subject]
	if !ok {
		note = trustNote
	}
	return subjects[subject](know), note
}

// overview is the first thing to read: what there is, how old, and from whom.
func overview(w io.Writer, know *knowledge.Base, width int) error {
	fmt.Fprintf(w, "Knowledge of %s\n\n", know.Version)
	s := overviewSheet(know)
	if err := s.write(w, width, ""); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nTables that were generated")
	t := sheet{head: []string{"table", "rows", "as of", "gathered by", "licence", "taken from"}}
	for _, x := range knowledge.Tables() {
		t.add(x.Name, count(x.Rows), x.Date, x.Source, x.Licence, x.Package)
	}
	if err := t.write(w, width, "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nEvery entry has its source: cordon knowledge list SUBJECT, cordon knowledge show NAME.")
	return err
}

func overviewSheet(know *knowledge.Base) sheet {
	n := know.Counts
	entries := 0
	for _, l := range know.AllLists() {
		entries += len(l.Entries)
	}
	kev, ranged := 0, 0
	for _, x := range know.AllWeaknesses() {
		if x.KEV {
			kev++
		}
		if len(x.Ranges) > 0 {
			ranged++
		}
	}
	s := sheet{head: []string{"subject", "entries", "what it is"}}
	s.add("rules", count(n.Rules), fmt.Sprintf("signs that devices give, with %s examples and %s counter-examples", count(n.Examples), count(n.Counters)))
	s.add("makers", count(n.Makers), "companies that build devices or the platform in them")
	s.add("brands", count(n.Relations), "who is known to build for which badge")
	s.add("clouds", count(n.Clouds), "names that devices call, and who runs them")
	s.add("lists", count(len(know.AllLists())), fmt.Sprintf("bans and restrictions, with %d entries", entries))
	s.add("weaknesses", count(len(know.AllWeaknesses())), fmt.Sprintf("published vulnerabilities; %d with versions that can be compared, %d known to be exploited (%s)", ranged, kev, catalogue(know)))
	s.add("ports", count(n.Ports), "what port numbers mean on cameras")
	s.add("passwords", count(n.Passwords), "log-ins that devices were shipped with")
	s.add("pending", count(n.Pending), "questions: rules that wait for a real sighting (--pending)")
	return s
}

func catalogue(know *knowledge.Base) string {
	k := know.KEV()
	return strings.TrimSpace("KEV catalogue " + k.Version + " of " + k.Released)
}

func makerSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"id", "name", "country", "parent", "confidence", "source"}}
	for _, m := range know.Makers() {
		s.add(m.ID, m.Name, m.Country, m.Parent, string(m.Confidence), m.Source)
	}
	return s
}

func brandSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"brand", "maker", "status", "scope", "confidence", "source"}}
	for _, r := range know.AllRelations() {
		s.add(r.Brand, r.Maker, r.Status, r.Scope, string(r.Confidence), r.Source)
	}
	return s
}

func cloudSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"domain", "match", "operator", "country", "purpose", "maker", "confidence", "source"}}
	for _, x := range know.Clouds() {
		s.add(x.Domain, x.Match, x.Operator, x.Country, strings.Join(x.Purpose, ", "), x.Maker, string(x.Confidence), x.Source)
	}
	return s
}

func listSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"id", "country", "entries", "first", "last", "instrument", "confidence"}}
	for _, l := range know.AllLists() {
		first, last := l.Entries[0].Date, l.Entries[0].Date
		for _, e := range l.Entries {
			first, last = min(first, e.Date), max(last, e.Date)
		}
		s.add(l.ID, l.Jurisdiction, strconv.Itoa(len(l.Entries)), first, last, l.Instrument, string(l.Confidence))
	}
	return s
}

func weaknessSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"cve", "maker", "product", "score", "exploited", "fixed", "verified", "confidence"}}
	all := slices.Clone(know.AllWeaknesses())
	slices.SortFunc(all, func(a, b knowledge.Weakness) int { return strings.Compare(a.CVE+a.Maker, b.CVE+b.Maker) })
	for _, x := range all {
		s.add(x.CVE, x.Maker, x.Product, x.Score, x.KEVDate, x.Fixed, x.Verified, string(x.Confidence))
	}
	return s
}

func portSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"port", "protocol", "name", "makers", "meaning", "risk", "confidence", "source"}}
	for _, p := range know.Ports() {
		s.add(strconv.Itoa(int(p.Port)), p.Proto, p.Name, strings.Join(p.Makers, ", "), p.Meaning, p.Risk, string(p.Confidence), p.Source)
	}
	return s
}

func ruleSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"id", "kind", "match", "proves", "weight", "confidence", "source"}}
	for _, r := range know.Rules() {
		s.add(r.ID, string(r.Kind), r.Op+" "+r.Value, provesWhat(r), strconv.Itoa(r.Weight), string(r.Confidence), r.Source)
	}
	return s
}

// provesWhat says in words what a match of the rule says.
func provesWhat(r *knowledge.Rule) string {
	what := string(r.Proves)
	switch {
	case r.Maker != "":
		what += " " + r.Maker
	case r.Brand != "":
		what += " " + r.Brand
	}
	if r.Class != "" {
		what += " (" + r.Class + ")"
	}
	return what
}

func passwordSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"vendor", "product", "protocol", "user", "password", "confidence", "source"}}
	for _, p := range know.AllPasswords() {
		s.add(p.Vendor, p.Product, p.Protocol, p.User, p.Password, string(p.Confidence), p.Source)
	}
	return s
}

func pendingSheet(know *knowledge.Base) sheet {
	s := sheet{head: []string{"id", "kind", "match", "maker", "waits for", "confidence", "source"}}
	for _, p := range know.Pending() {
		s.add(p.ID, p.Kind, p.Op+" "+p.Value, p.Maker, p.Why, string(p.Confidence), p.Source)
	}
	return s
}
