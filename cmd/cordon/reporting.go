package main

import (
	"fmt"
	"io"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/inventory"
	"cordon/internal/report"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

// reporting are the options of every command that ends in an audit.
type reporting struct {
	Explain string   `placeholder:"DEVICE" help:"Instead of the table, every reason and counter-reason behind one device, named by address, MAC or name."`
	Format  string   `default:"table" enum:"table,json,jsonl,csv,html" help:"table, json, jsonl (events in the shape of Suricata's EVE log), csv or html (one file, prints to PDF)."`
	Output  string   `short:"o" placeholder:"FILE" help:"Write to a file, which appears whole or not at all."`
	Lists   []string `placeholder:"ID" help:"Lists that count for the grade: countries (us,uk) or ids (see cordon knowledge list lists). Others are information. Without it, all count."`
	All     bool     `help:"In the table, every device and finding, not only the first 50 devices and the first few of each finding. (CSV and JSON always have all.)"`
	Claims  string   `placeholder:"FILE" help:"Your inventory as CSV: address, MAC or serial number of each device, and what is claimed of it (brand, maker, origin, model, certificate, supplier, contract, delivery date, department, site, room class, what it looks at). What differs is found, and what stands in a sensitive room weighs more."`
	FailOn  string   `default:"high" enum:"info,low,medium,high,critical,never" help:"Exit with 1 when there is a finding this severe: info, low, medium, high, critical or never."`
	ownKnowledge
	Country string `placeholder:"FILE.mmdb" help:"Your own table of countries, asked before the built-in one."`
	ASN     string `name:"asn" placeholder:"FILE.mmdb" help:"Your own table of networks (ASN), asked before the built-in one."`
	Schema  bool   `help:"Print the JSON Schema of --format json and leave."`
	Quiet   bool   `short:"q" help:"No progress on standard error."`
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

// schema prints what --format json keeps to.
func (c *reporting) schema(e *env) error {
	_, err := io.WriteString(e.stdout, report.Schema)
	return err
}

// options are the choices for judging that every such command offers. It reads what the
// owner has on paper; key is that of the instance, with which serial numbers are hidden.
func (c *reporting) options(e *env, know *knowledge.Base, key []byte) (inventory.Options, error) {
	o := inventory.Options{Lists: splitLists(c.Lists)}
	if c.Explain != "" && c.Format != "table" {
		return o, fmt.Errorf("--explain is text for people: leave --format %s out; JSON has every reason of every device", c.Format)
	}
	if err := checkLists(know, o.Lists); err != nil || c.Claims == "" {
		return o, err
	}
	f, _, err := openInput(c.Claims, e.stdin)
	if err != nil {
		return o, fmt.Errorf("--claims: %w", err)
	}
	defer f.Close()
	if o.Claims, err = assess.ReadClaims(f); err != nil {
		return o, fmt.Errorf("--claims %s: %w", shown(c.Claims), err)
	}
	o.Hide = sensor.NewSecrets(key).Hide
	return o, nil
}

// render writes the audit in the format asked for.
func (c *reporting) render(w io.Writer, e *env, a *cordon.Audit) error {
	o := tableOptions(e, namesFile(c.Output))
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
