package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"cordon/internal/report"
	"cordon/knowledge"
)

// show writes what a pack would change, for people.
func (o *offer) show(w io.Writer, width int) error {
	m := &o.pack.Manifest
	fmt.Fprintf(w, "Knowledge pack %s, made %s, signed by key %s\n", m.Version, m.Made.Format("2006-01-02"), m.Key)
	if err := paragraph(w, width, "  issuer  ", "          ", report.Clean(m.Issuer)); err != nil {
		return err
	}
	if m.Note != "" {
		if err := paragraph(w, width, "  note    ", "          ", report.Clean(m.Note)); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "In force now: %s\n\n", o.force)
	if len(o.changes) == 0 {
		_, err := fmt.Fprintln(w, "Nothing in it differs from what is in force.")
		return err
	}
	for _, subject := range subjectsOf(o.changes) {
		if err := showSubject(w, width, subject, o.changes); err != nil {
			return err
		}
	}
	return nil
}

func subjectsOf(changes []knowledge.EntryChange) []string {
	var out []string
	for _, c := range changes {
		if !slices.Contains(out, c.Subject) {
			out = append(out, c.Subject)
		}
	}
	return out
}

// maxNamed is how many entries of a subject are named before the rest is counted.
const maxNamed = 20

func showSubject(w io.Writer, width int, subject string, changes []knowledge.EntryChange) error {
	of := slices.DeleteFunc(slices.Clone(changes), func(c knowledge.EntryChange) bool { return c.Subject != subject })
	fmt.Fprintf(w, "%s: %s\n", subject, tally(of))
	for i, c := range of {
		if i == maxNamed {
			fmt.Fprintf(w, "  and %d more\n", len(of)-maxNamed)
			break
		}
		if err := paragraph(w, width, fmt.Sprintf("  %-8s ", c.How), "           ", entryText(c)); err != nil {
			return err
		}
	}
	return nil
}

// entryText names an entry and, of a list, the companies that came and went.
func entryText(c knowledge.EntryChange) string {
	text := report.Clean(c.ID)
	if c.Name != "" {
		text += " (" + report.Clean(c.Name) + ")"
	}
	if len(c.Entries) > 0 {
		text += ": " + companiesText(c.Entries)
	}
	return text
}

// companiesText is "3 added (A, B, C), 1 removed (D)".
func companiesText(entries []knowledge.EntryChange) string {
	var parts []string
	for _, how := range []string{knowledge.Added, knowledge.Changed, knowledge.Removed} {
		var names []string
		for _, e := range entries {
			if e.How == how {
				names = append(names, report.Clean(firstOf(e.Name, e.ID)))
			}
		}
		if len(names) == 0 {
			continue
		}
		more := ""
		n := len(names)
		if n > maxNamed {
			names, more = names[:maxNamed], ", ..."
		}
		parts = append(parts, fmt.Sprintf("%d %s (%s%s)", n, how, strings.Join(names, ", "), more))
	}
	return strings.Join(parts, ", ")
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tally is "2 added, 1 changed".
func tally(changes []knowledge.EntryChange) string {
	var parts []string
	for _, how := range []string{knowledge.Added, knowledge.Changed, knowledge.Removed} {
		n := 0
		for _, c := range changes {
			if c.How == how {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, how))
		}
	}
	return strings.Join(parts, ", ")
}
