package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

type doctorCmd struct{ installation }

// Help is what cordon doctor --help adds.
func (c *doctorCmd) Help() string {
	return `Looks at everything that a running Cordon needs and says what is missing and how to mend it. Changes nothing and sends nothing.

Exit codes: 0 all well, 1 something is missing that can be lived with, 2 something that keeps Cordon from running.`
}

// health is how one thing that Cordon needs is doing.
type health int

const (
	well     health = iota
	impaired        // it runs, with less
	broken          // it does not run
)

func (h health) String() string { return [...]string{"ok", "less", "bad"}[h] }

// symptom is what one look found.
type symptom struct {
	health health
	says   string // what is so, one line
	mend   string // what to do; empty when well
}

// examination is one row of what the doctor looks at.
type examination struct {
	of   string
	look func(p *patient) symptom
}

// patient is the installation that is looked at.
type patient struct {
	config *config // complete; the usual one where err says that there is none to go by
	err    error   // what is wrong with the configuration
}

// examinations are in the order of what depends on what.
var examinations = []examination{
	{"configuration", lookConfig},
	{"kernel", lookKernel},
	{"packet sockets", lookPrivilege},
	{"interfaces", lookInterfaces},
	{"data directory", lookData},
	{"store", lookStore},
	{"clock", lookClock},
	{"receive buffers", lookBuffers},
	{"knowledge", lookKnowledge},
	{"running", lookRunning},
}

func (c *doctorCmd) Run(e *env) error {
	p := &patient{}
	if p.config, p.err = c.config(); p.err == nil {
		p.err = p.config.check()
	} else {
		p.config = &config{}
		p.config.complete()
	}
	worst := well
	for _, x := range examinations {
		s := x.look(p)
		worst = max(worst, s.health)
		writeSymptom(e.stdout, x.of, s)
	}
	switch worst {
	case broken:
		return errors.New("something keeps Cordon from running: see the lines that begin with bad")
	case impaired:
		return errFindings
	}
	return nil
}

// writeSymptom writes a line, and below it what to do.
func writeSymptom(w io.Writer, of string, s symptom) {
	fmt.Fprintf(w, "%-5s %-16s %s\n", s.health, of, s.says)
	for _, line := range strings.Split(s.mend, "\n") {
		if line != "" {
			fmt.Fprintf(w, "%-5s %-16s -> %s\n", "", "", line)
		}
	}
}
