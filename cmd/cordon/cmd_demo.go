package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"cordon/specimens"
)

type demoCmd struct {
	Keep string `placeholder:"FILE" help:"Keep the capture in this file (default: out/demo.pcap)." default:"out/demo.pcap"`
}

// demoStart is the hour at which the simulated network lives: a fixed one, so that the demo is the same every time.
var demoStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func (c *demoCmd) Run(e *env) error {
	all, err := specimens.All()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Keep), 0o755); err != nil {
		return err
	}
	if err := toOutput(c.Keep, e.stdout, func(w io.Writer) error { return specimens.Write(w, all, demoStart, 1) }); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "A simulated network of %d devices was written to %s. Auditing it:\n\n    cordon audit %s\n\n", len(all), c.Keep, c.Keep)
	audit := auditCmd{Captures: []string{c.Keep}, reporting: reporting{Format: "table", FailOn: "never"}}
	return audit.Run(e)
}
