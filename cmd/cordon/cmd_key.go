package main

import (
	"fmt"
	"io"
	"net/http"

	"cordon/internal/report"
)

type keyCmd struct {
	asking
	Output string `short:"o" placeholder:"FILE" help:"Write the public key here (PEM), for cordon verify --key."`
}

// Help is what cordon key --help adds.
func (c *keyCmd) Help() string {
	return "Give the fingerprint to whoever gets a report, by another way than the report: then he knows whose it is. The secret half stays on the box (signing.key in the data directory) and in its backups."
}

func (c *keyCmd) Run(e *env) error {
	var k struct{ Fingerprint, PEM string }
	if err := c.told(e, http.MethodGet, "/v1/key", nil, &k); err != nil {
		return err
	}
	if c.Output != "" {
		if err := toOutput(c.Output, e.stdout, func(w io.Writer) error { _, err := io.WriteString(w, k.PEM); return err }); err != nil {
			return err
		}
	}
	if c.Output == "-" {
		return nil
	}
	_, err := fmt.Fprintln(e.stdout, report.Clean(k.Fingerprint))
	return err
}
