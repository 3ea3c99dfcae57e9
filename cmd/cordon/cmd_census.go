package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"cordon/internal/inventory"
	"cordon/internal/report"
)

type censusCmd struct {
	By string `default:"site" enum:"department,site,maker,list" help:"What is counted by: department, site, maker or list."`
	installation
	asking
	tabular
}

// Help is what cordon census --help adds.
func (c *censusCmd) Help() string {
	return "Declared are the lines of the owner's inventory; verified are those whose device was seen, not found those whose device was not. Undeclared are devices that were seen and that no line speaks of. A site of which nothing was heard says so: not seen is not absent."
}

func (c *censusCmd) Run(e *env) error {
	r, err := c.ask(e.ctx)
	if err != nil {
		return err
	}
	return c.write(e, r)
}

// ask has a Cordon that runs count, else counts what is in the store.
func (c *censusCmd) ask(ctx context.Context) (*censusReport, error) {
	if c.Config == "" {
		if running, err := c.connect(ctx); err == nil {
			var lines paged[inventory.CensusLine]
			err := running.get(ctx, "/v1/census", url.Values{"by": {c.By}}, &lines)
			return &censusReport{c.By, lines.Items}, err
		} else if c.Socket != "" {
			return nil, err
		}
	}
	conf, err := c.config()
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, conf)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	lines, err := inventory.TakeCensus(ctx, s, c.By, nil)
	return &censusReport{c.By, lines}, err
}

// censusReport is a census, as it is written.
type censusReport struct {
	By    string                 `json:"by"`
	Lines []inventory.CensusLine `json:"lines"`
}

func (r *censusReport) head() []string {
	return []string{r.By, "devices", "watching", "declared", "verified", "not found", "undeclared", "maker unknown", "listed", "note"}
}

func (r *censusReport) row(l *inventory.CensusLine, number func(int) string) []string {
	row := []string{report.Clean(l.Name)}
	for _, n := range []int{l.Devices, l.Watching, l.Declared, l.Verified, l.NotFound, l.Undeclared, l.NoMaker, l.Listed} {
		row = append(row, number(n))
	}
	if l.NoData {
		return append(row, "no data")
	}
	return append(row, "")
}

func (r *censusReport) table(w io.Writer, width int) error {
	if len(r.Lines) == 0 {
		_, err := fmt.Fprintln(w, "Nothing: no device was seen, no site is known and no inventory was imported.")
		return err
	}
	t := sheet{head: r.head()}
	silent := 0
	for i := range r.Lines {
		row := r.row(&r.Lines[i], count)
		if row[0] == "" {
			row[0] = r.unnamed()
		}
		t.add(row...)
		if r.Lines[i].NoData {
			silent++
		}
	}
	if err := t.write(w, width, ""); err != nil {
		return err
	}
	if silent == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return paragraph(w, width, "", "", "No data: nothing was heard from there, so nothing can be said of what is there. Is a sensor placed, or a scan set? (cordon doctor)")
}

// unnamed is what the empty name means.
func (r *censusReport) unnamed() string {
	if r.By == "list" {
		return "(on no list)"
	}
	return "(not known)"
}

func (r *censusReport) csv(w io.Writer) error {
	b := report.AppendCSV(nil, r.head())
	for i := range r.Lines {
		b = report.AppendCSV(b, r.row(&r.Lines[i], strconv.Itoa))
	}
	_, err := w.Write(b)
	return err
}
