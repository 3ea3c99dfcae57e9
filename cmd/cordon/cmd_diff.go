package main

import (
	"fmt"
	"os"

	"cordon"
	"cordon/internal/report"
)

type diffCmd struct {
	Before string `arg:"" help:"The earlier audit or scan, written with --format json."`
	After  string `arg:"" help:"The later one."`
}

// Help is what cordon diff --help adds.
func (c *diffCmd) Help() string {
	return `Exit codes: 0 nothing is worse than before, 1 something is (a new device that watches, a new finding of medium or more, a lower grade, a first way to the outside, another country), 2 one of them could not be read.`
}

func (c *diffCmd) Run(e *env) error {
	before, err := readAudit(c.Before)
	if err != nil {
		return err
	}
	after, err := readAudit(c.After)
	if err != nil {
		return err
	}
	changes := report.Diff(before, after)
	if err := report.WriteDiff(e.stdout, changes, tableOptions(e, false)); err != nil {
		return err
	}
	if changes.Worse() {
		return errFindings
	}
	return nil
}

func readAudit(name string) (*cordon.Audit, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := report.DecodeJSON(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; make one with: cordon audit --format json -o %s CAPTURE", name, err, name)
	}
	return a, nil
}
