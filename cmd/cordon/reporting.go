package main

import (
	"io"

	"cordon"
	"cordon/internal/report"
	"cordon/knowledge"
)

// reporting are the options of every command that ends in an audit.
type reporting struct {
	Explain string   `placeholder:"DEVICE" help:"Instead of the table, every reason and counter-reason behind one device, named by address, MAC or name."`
	Format  string   `default:"table" enum:"table,json,jsonl,csv,html" help:"table, json, jsonl (events in the shape of Suricata's EVE log), csv or html (one file, prints to PDF)."`
	Output  string   `short:"o" placeholder:"FILE" help:"Write to a file, which appears whole or not at all."`
	Lists   []string `placeholder:"ID" help:"Lists that count for the grade: countries (us,uk) or ids (see cordon knowledge list lists). Others are information. Without it, all count."`
	All     bool     `help:"In the table, every device and finding, not only the first 50 devices and the first few of each finding. (CSV and JSON always have all.)"`
	FailOn  string   `default:"high" enum:"info,low,medium,high,critical,never" help:"Exit with 1 when there is a finding this severe: info, low, medium, high, critical or never."`
	Know    string   `name:"knowledge" placeholder:"DIR" help:"A directory of your own knowledge, laid over the built-in one."`
	Country string   `placeholder:"FILE.mmdb" help:"Your own table of countries, asked before the built-in one."`
	ASN     string   `name:"asn" placeholder:"FILE.mmdb" help:"Your own table of networks (ASN), asked before the built-in one."`
	Quiet   bool     `short:"q" help:"No progress on standard error."`
}

func (c *reporting) knowledge() (*knowledge.Base, error) {
	if c.Country == "" && c.ASN == "" {
		return openKnowledge(c.Know)
	}
	know, err := freshKnowledge(c.Know) // not the shared one: it is about to be changed
	if err != nil {
		return nil, err
	}
	return know, useOwnMMDB(know, c.Country, c.ASN)
}

// render writes the audit in the format asked for.
func (c *reporting) render(w io.Writer, e *env, a *cordon.Audit) error {
	o := tableOptions(e, c.Output != "" && c.Output != "-")
	o.All = c.All
	switch {
	case c.Explain != "":
		return report.Explain(w, a, c.Explain, o)
	case c.Format == "json":
		return report.JSON(w, a)
	case c.Format == "jsonl":
		return report.JSONL(w, a)
	case c.Format == "csv":
		return report.CSV(w, a)
	case c.Format == "html":
		return report.HTML(w, a)
	}
	return report.Table(w, a, o)
}

// verdict makes the exit code of the severest finding's rank.
func (c *reporting) verdict(most int) error {
	if limit := cordon.Severity(c.FailOn).Rank(); limit >= 0 && most >= limit {
		return errFindings
	}
	return nil
}
