package main

import (
	_ "embed"
	"io"
)

// notices are the licences of everything that is compiled in, in full; tools/licences writes them.
//
//go:embed notices.txt
var notices string

type licencesCmd struct{}

// Help is what the command's --help adds.
func (c *licencesCmd) Help() string {
	return "Whoever passes the program on passes these on with it; since they are in it, nothing else is needed."
}

func (c *licencesCmd) Run(e *env) error {
	_, err := io.WriteString(e.stdout, notices)
	return err
}
