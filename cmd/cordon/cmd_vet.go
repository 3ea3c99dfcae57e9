package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon/internal/assess"
)

type vetCmd struct {
	Quote string `arg:"" help:"The quote as CSV: brand and model, and where given certificate or FCC ID and supplier; - is standard input."`
	tabular
	Lists []string `placeholder:"ID" help:"Lists that count: ids or countries (us,uk,...). Without it, all count."`
	ownKnowledge
}

// Help is what cordon vet --help adds.
func (c *vetCmd) Help() string {
	return `Reads a quote and says, per line, who probably built the thing, which lists that touches, and what to ask the supplier before ordering. Needs no packets and no network.

Paper proves nothing: every verdict reads "likely" or "possible, verify", with what would settle it. Columns are found by their names (brand, make, model, part number, FCC ID, NDAA, supplier; also in German, French and Spanish); without a first line of names they are brand, model, certificate, supplier.

Exit codes: 0 no line is possibly on a list that counts, 1 some line is, 2 the quote could not be read.`
}

func (c *vetCmd) Run(e *env) error {
	know, err := openKnowledge(c.Know)
	if err != nil {
		return err
	}
	chosen := splitLists(c.Lists)
	if err := checkLists(know, chosen); err != nil {
		return err
	}
	if err := apart(c.Output, []string{c.Quote}); err != nil {
		return err
	}
	in, _, err := openInput(c.Quote, e.stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	offers, err := assess.ReadOffers(in)
	if err != nil {
		return fmt.Errorf("%s: %w", shown(c.Quote), err)
	}
	v := vetting{Program: "cordon " + version, Knowledge: know.Version, Quote: c.Quote, Lists: chosen}
	for _, o := range offers {
		v.Lines = append(v.Lines, assess.Vet(know, o, chosen, time.Now()))
	}
	if err := c.write(e, &v); err != nil {
		return err
	}
	if v.possible() > 0 {
		return errFindings
	}
	return nil
}

// vetting is a whole vetted quote.
type vetting struct {
	Program   string          `json:"program"`
	Knowledge string          `json:"knowledge"`
	Quote     string          `json:"quote"`
	Lists     []string        `json:"lists_chosen"`
	Lines     []assess.Vetted `json:"lines"`
}

func (v *vetting) possible() int {
	n := 0
	for i := range v.Lines {
		if v.Lines[i].Possible {
			n++
		}
	}
	return n
}

// table writes the overview, the reasons behind each line, and the questions at the end.
func (v *vetting) table(w io.Writer, width int) error {
	s := sheet{head: []string{"line", "offer", "who may have built it", "verdict"}}
	for i := range v.Lines {
		l := &v.Lines[i]
		s.add(strconv.Itoa(l.Line), offerName(l), makersInWords(l), l.Verdict)
	}
	if err := s.write(w, width, ""); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d of %d lines possibly concern a list that counts.\nPaper proves nothing: verify before you decide.\n", v.possible(), len(v.Lines))
	for i := range v.Lines {
		if err := writeReasons(w, width, &v.Lines[i]); err != nil {
			return err
		}
	}
	if err := v.lists(w, width); err != nil {
		return err
	}
	return v.questions(w, width)
}

func offerName(l *assess.Vetted) string {
	name := strings.TrimSpace(l.Brand + " " + l.Model)
	if name == "" {
		name = l.Certificate
	}
	return name
}

func makersInWords(l *assess.Vetted) string {
	var out []string
	for i, m := range l.Makers {
		if i == 3 {
			out = append(out, fmt.Sprintf("%d more", len(l.Makers)-3))
			break
		}
		name := m.Name
		if i == 0 || l.Makers[i-1].Likely != m.Likely {
			name = m.Likely + " " + name
		}
		out = append(out, name)
	}
	if len(out) == 0 {
		return "not known"
	}
	return strings.Join(out, ", ")
}

func writeReasons(w io.Writer, width int, l *assess.Vetted) error {
	fmt.Fprintln(w)
	if err := paragraph(w, width, "", "  ", fmt.Sprintf("Line %d: %s", l.Line, offerName(l))); err != nil {
		return err
	}
	for _, m := range l.Makers {
		country := ""
		if m.Country != "" {
			country = ", controlled in " + m.Country
		}
		text := fmt.Sprintf("%s: %s (about %.0f %%%s): %s", m.Likely, m.Name, 100*m.Chance, country, strings.Join(m.Reasons, "; "))
		if err := paragraph(w, width, "  ", "    ", text); err != nil {
			return err
		}
	}
	if err := paragraph(w, width, "  lists: ", "    ", listsInWords(l)); err != nil {
		return err
	}
	for _, n := range l.Notes {
		if err := paragraph(w, width, "  note: ", "    ", n); err != nil {
			return err
		}
	}
	return nil
}

// listsInWords names the lists of a line and through whom, the same maker's together.
func listsInWords(l *assess.Vetted) string {
	var out []string
	for _, m := range l.Makers {
		var ids []string
		for _, x := range l.Lists {
			if x.Maker == m.Name && x.Counts {
				ids = append(ids, x.List)
			} else if x.Maker == m.Name {
				ids = append(ids, x.List+" (not chosen: information only)")
			}
		}
		if len(ids) > 0 {
			out = append(out, fmt.Sprintf("if built by %s: %s", m.Name, strings.Join(ids, ", ")))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, "; ")
}

// lists quotes each list that was named once: since when, and what it covers.
func (v *vetting) lists(w io.Writer, width int) error {
	s := sheet{head: []string{"list", "since", "scope", "instrument"}}
	seen := map[string]bool{}
	for i := range v.Lines {
		for _, x := range v.Lines[i].Lists {
			if key := x.List + x.Since + x.Scope; !seen[key] {
				seen[key] = true
				s.add(x.List, x.Since, x.Scope, x.Instrument)
			}
		}
	}
	if len(s.rows) == 0 {
		return nil
	}
	slices.SortFunc(s.rows, slices.Compare)
	fmt.Fprintln(w, "\nThe lists (read the scope: it may not cover you):")
	return s.write(w, width, "  ")
}

// questions writes each question once, with the lines that it is for.
func (v *vetting) questions(w io.Writer, width int) error {
	var order []string
	lines := map[string][]string{}
	for i := range v.Lines {
		for _, q := range v.Lines[i].Questions {
			if lines[q] == nil {
				order = append(order, q)
			}
			lines[q] = append(lines[q], strconv.Itoa(v.Lines[i].Line))
		}
	}
	// What is for some lines only comes before what is for all.
	slices.SortStableFunc(order, func(a, b string) int { return len(lines[a]) - len(lines[b]) })
	fmt.Fprintln(w, "\nAsk the supplier, in writing, before ordering:")
	for _, q := range order {
		of := "all lines"
		if n := len(lines[q]); n < len(v.Lines) {
			of = "line " + strings.Join(lines[q][:min(n, 12)], ", ")
			if n > 12 {
				of += fmt.Sprintf(" and %d more", n-12)
			}
		}
		if err := paragraph(w, width, "  - ", "    ", "["+of+"] "+q); err != nil {
			return err
		}
	}
	return paragraph(w, width, "  - ", "    ", "To settle it: buy one unit, run it on a network of its own, capture an hour, and let cordon audit read the capture.")
}

// csv writes one line per line of the quote, safe to open in a spreadsheet.
func (v *vetting) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"line", "brand", "model", "certificate", "supplier", "maker", "how_likely", "chance", "lists", "verdict", "reasons", "notes", "questions"}}
	for i := range v.Lines {
		l := &v.Lines[i]
		maker, likely, chance, reasons := "", "", "", ""
		if len(l.Makers) > 0 {
			m := l.Makers[0]
			maker, likely, chance, reasons = m.Name, m.Likely, strconv.FormatFloat(m.Chance, 'f', 2, 64), strings.Join(m.Reasons, "; ")
		}
		var lists []string
		for _, x := range l.Lists {
			lists = append(lists, x.List)
		}
		rows = append(rows, []string{strconv.Itoa(l.Line), l.Brand, l.Model, l.Certificate, l.Supplier, maker, likely, chance,
			strings.Join(lists, "; "), l.Verdict, reasons, strings.Join(l.Notes, "; "), strings.Join(l.Questions, " / ")})
	}
	for _, r := range rows {
		for i := range r {
			r[i] = cell(r[i])
		}
		if err := out.Write(r); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cell keeps a spreadsheet from taking a text for a formula (OWASP, "CSV Injection").
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
