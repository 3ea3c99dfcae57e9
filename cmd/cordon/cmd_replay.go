package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/pack"
	"cordon/internal/packet"
	"cordon/internal/report"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

type replayCmd struct {
	Captures []string `arg:"" optional:"" help:"Captures to judge by the knowledge in force and by another one."`
	Last     string   `placeholder:"TIME" help:"Judge what is stored of so long again: 7d, 36h. Flows are kept for 14 days; longer, as far as sums suffice."`
	With     string   `placeholder:"DIR|PACK" help:"The other knowledge: a directory laid over the program's own, or a knowledge pack that need not be installed. For captures the default is the program's own."`
	Net      []string `placeholder:"CIDR" help:"Of captures: prefixes that are inside."`
	installation
	ownKnowledge
	tabular
}

// Help is what cordon replay --help adds.
func (c *replayCmd) Help() string {
	return `Nothing is changed: it shows what would be said today of what was heard then.

    cordon replay --last 7d                           the store, by today's knowledge, against what it says
    cordon replay --last 7d --with new.pack           the store, by a pack that is not installed yet
    cordon replay office.pcap --with my-knowledge     a capture, by the knowledge in force and by another

Exit codes: 0 nothing is worse, 1 something is (a new finding of medium or more, a lower grade), 2 could not run.`
}

func (c *replayCmd) Run(e *env) error {
	switch {
	case c.Last == "" && len(c.Captures) == 0:
		return errors.New("say what to judge again: cordon replay office.pcap, or cordon replay --last 7d")
	case c.Last != "" && len(c.Captures) > 0:
		return errors.New("--last is for what is stored: leave it out, or the captures")
	case c.Last != "":
		return c.store(e)
	}
	return c.captures(e)
}

// other is the knowledge of --with, or nil where none is named.
func (c *replayCmd) other(e *env, conf *config) (*knowledge.Base, error) {
	if c.With == "" {
		return nil, nil
	}
	if st, err := os.Stat(c.With); err == nil && st.IsDir() {
		return layered(nil, c.With)
	}
	data, err := readPack(c.With, e.stdin)
	if err != nil {
		return nil, fmt.Errorf("--with: %w", err)
	}
	t := readTrust(conf.file)
	p, err := pack.Open(data, t.of)
	if err != nil {
		return nil, fmt.Errorf("--with %s: %w", shown(c.With), untrusted(err, t))
	}
	return layered(p, cmp.Or(c.Know, conf.Knowledge))
}

// store judges what is kept again.
func (c *replayCmd) store(e *env) error {
	since, err := sinceTime(c.Last, time.Now())
	if err != nil {
		return fmt.Errorf("--last %q: say how long: 7d, 36h", c.Last)
	}
	from, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return err
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	know, err := c.other(e, conf)
	if err == nil && know == nil {
		know, err = conf.knowledge(c.Know)
	}
	if err != nil {
		return err
	}
	mem, err := openStore(e.ctx, conf)
	if err != nil {
		return err
	}
	defer mem.Close()
	options, err := storedOptions(mem, conf)
	if err != nil {
		return err
	}
	got, err := inventory.Replay(e.ctx, mem, know, options, inventory.Window{From: from})
	if err != nil {
		return err
	}
	r := &replayReport{got}
	if err := c.write(e, r); err != nil {
		return err
	}
	if r.worse() {
		return errFindings
	}
	return nil
}

// captures judges captures by two knowledges.
func (c *replayCmd) captures(e *env) error {
	if c.Format != "table" {
		return errors.New("of captures only a table is made; for JSON audit twice: cordon audit --format json, with and without --knowledge")
	}
	nets, err := (&auditCmd{Net: c.Net}).nets()
	if err != nil {
		return err
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	before, err := conf.knowledge(c.Know)
	if err != nil {
		return err
	}
	after, err := c.other(e, conf)
	if err == nil && after == nil {
		after, err = knowledge.Embedded()
	}
	if err != nil {
		return err
	}
	changes, err := replayed(e, c.Captures, before, after, nets)
	if err != nil {
		return err
	}
	err = toOutput(c.Output, e.stdout, func(w io.Writer) error {
		return report.WriteDiff(w, changes, tableOptions(e, namesFile(c.Output)))
	})
	if err == nil && changes.Worse() {
		return errFindings
	}
	return err
}

// replayed reads captures once and judges them twice. What neither heeds is kept too: it is
// not known while they are read.
func replayed(e *env, names []string, before, after *knowledge.Base, nets []netip.Prefix) (*report.Changes, error) {
	key, err := instanceKey()
	if err != nil {
		return nil, err
	}
	l := inventory.NewLedger(inventory.Limits{})
	r := &reading{ledger: l, table: packet.NewTable(tableConfig(), sensor.NewListener("", key, l))}
	captures, err := (&auditCmd{Captures: names, reporting: reporting{Quiet: true}}).read(e, r)
	if err != nil {
		return nil, err
	}
	return judgedBoth(l, before, after, captures, inventory.Options{Nets: nets}), nil
}

// replayReport is what judging the store again changes, as it is written.
type replayReport struct{ *inventory.Replayed }

// worse reports a new finding of medium or more, or a lower grade.
func (r *replayReport) worse() bool {
	return slices.ContainsFunc(r.Devices, func(d inventory.Rejudged) bool {
		return slices.ContainsFunc(d.New, func(f cordon.Finding) bool { return f.Severity.Rank() >= cordon.Medium.Rank() }) ||
			slices.ContainsFunc(d.Changes, func(c cordon.Change) bool { return c.Field == "grade" && c.From != "" && c.To > c.From })
	})
}

func (r *replayReport) table(w io.Writer, width int) error {
	changed, unjudged := 0, 0
	for i := range r.Devices {
		if d := &r.Devices[i]; len(d.Changes)+len(d.New)+len(d.Gone) > 0 {
			changed++
		}
		unjudged += len(r.Devices[i].Unjudged)
	}
	fmt.Fprintf(w, "Judged again with knowledge %s, from %s on: %s, of which %d would be judged otherwise.\n", r.Knowledge, moment(r.Window.From), report.Plural(r.Judged, "device"), changed)
	for i := range r.Devices {
		if err := showRejudged(w, width, &r.Devices[i]); err != nil {
			return err
		}
	}
	if unjudged == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return paragraph(w, width, "", "", "Not judged: "+report.Plural(unjudged, "finding")+" that cannot be judged again by what is kept; as the store has them, they stand.")
}

func showRejudged(w io.Writer, width int, d *inventory.Rejudged) error {
	fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(report.Clean(d.ID)+" "+report.Clean(d.Site)))
	for _, row := range rejudgedRows(d) {
		if err := paragraph(w, width, fmt.Sprintf("  %-11s ", row.what), "              ", row.text()); err != nil {
			return err
		}
	}
	return nil
}

// rejudgedRow is one thing that changes of a device, or that cannot be said.
type rejudgedRow struct {
	what, from, to string // of a belief: the field
	finding        *cordon.Finding
	why            string
}

func (r *rejudgedRow) text() string {
	text := known(r.from) + " to " + known(r.to)
	if r.finding != nil {
		text = fmt.Sprintf("%s: %s (%s)", r.finding.Severity, report.Clean(r.finding.Title), r.finding.Code)
	}
	if r.why != "" {
		text += ", because: " + report.Clean(r.why)
	}
	return text
}

func rejudgedRows(d *inventory.Rejudged) []rejudgedRow {
	var out []rejudgedRow
	for _, c := range d.Changes {
		out = append(out, rejudgedRow{what: c.Field, from: c.From, to: c.To, why: c.Why})
	}
	for i := range d.New {
		out = append(out, rejudgedRow{what: "new", finding: &d.New[i]})
	}
	for i := range d.Gone {
		out = append(out, rejudgedRow{what: "gone", finding: &d.Gone[i]})
	}
	for i := range d.Unjudged {
		out = append(out, rejudgedRow{what: "not judged", finding: &d.Unjudged[i].Finding, why: d.Unjudged[i].Why})
	}
	return out
}

func (r *replayReport) csv(w io.Writer) error {
	b := report.AppendCSV(nil, []string{"device", "site", "what", "from", "to", "severity", "code", "title", "why"})
	for i := range r.Devices {
		for _, x := range rejudgedRows(&r.Devices[i]) {
			f := x.finding
			if f == nil {
				f = &cordon.Finding{}
			}
			b = report.AppendCSV(b, []string{r.Devices[i].ID, r.Devices[i].Site, x.what, x.from, x.to, string(f.Severity), f.Code, f.Title, x.why})
		}
	}
	_, err := w.Write(b)
	return err
}
