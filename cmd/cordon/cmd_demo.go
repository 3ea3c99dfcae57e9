package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"cordon/specimens"
)

type demoCmd struct {
	Dir  string        `placeholder:"DIR" default:"out" help:"Where the captures go (${default})."`
	Seed uint64        `default:"7" placeholder:"N" help:"Draw the lab's devices from this number (${default})."`
	Stay bool          `help:"Leave it running until Ctrl-C, with its page for you to look at."`
	For  time.Duration `default:"40s" help:"How long to let cordon run listen to the lab (${default}): its devices call home every half minute."`
}

// Help is what cordon demo --help adds.
func (c *demoCmd) Help() string {
	return `Brings up a network of simulated devices, scans it, lets cordon run listen to it and shows what it finds as it finds it, prints the link of its page, audits what the devices sent meanwhile, and takes the network down again. As root (or inside "unshare -Urn") the network is made of namespaces; otherwise of loopback addresses, and the capture that is audited is a written one. Nothing leaves the machine.`
}

// demoLab is the demo's own lab: another one may be up.
const demoLab = "cordon-lab-demo"

// demoStart is the hour at which the written capture plays: a fixed one, so that it is the same every time.
var demoStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func (c *demoCmd) Run(e *env) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return c.small(e)
	}
	capture := filepath.Join(c.Dir, "lab.pcap")
	if err := c.cordon(e, "lab", "up", "--name", demoLab, "--seed", fmt.Sprint(c.Seed), "--record", capture, "--mirror", "--apart"); err != nil {
		return err
	}
	err := c.cordon(e, "lab", "run", "--name", demoLab, "--", self(), "scan", "--fail-on", "never", "10.77.0.0/24", "10.78.0.0/24")
	if err == nil {
		err = c.stay(e)
	}
	if down := c.cordon(e, "lab", "down", "--name", demoLab); err != nil || down != nil {
		return errors.Join(err, down)
	}
	return c.cordon(e, "audit", "--fail-on", "never", "--net", "10.77.0.0/24,10.78.0.0/24", capture)
}

// small is the demo without privileges: a lab on loopback addresses, and a written capture.
func (c *demoCmd) small(e *env) error {
	if err := c.cordon(e, "lab", "up", "--name", demoLab, "--seed", fmt.Sprint(c.Seed)); err != nil {
		return err
	}
	err := c.cordon(e, "scan", "--fast", "--fail-on", "never", "--port-offset", "20000", "127.77.0.0/24")
	if down := c.cordon(e, "lab", "down", "--name", demoLab); err != nil || down != nil {
		return errors.Join(err, down)
	}
	all, err := specimens.All()
	if err != nil {
		return err
	}
	capture := filepath.Join(c.Dir, "demo.pcap")
	if err := toOutput(capture, e.stdout, func(w io.Writer) error { return specimens.Write(w, all, demoStart, 1) }); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "\nWithout root nothing can be captured. Another simulated network, of %d devices, was written to %s.\n", len(all), capture)
	return c.cordon(e, "audit", "--fail-on", "never", capture)
}

// cordon says a command as one would type it, and runs it.
func (c *demoCmd) cordon(e *env, args ...string) error {
	shown := strings.ReplaceAll("cordon "+strings.Join(args, " "), self(), "cordon")
	fmt.Fprintf(e.stdout, "\n$ %s\n\n", shown)
	k := exec.Command(self(), args...) // not with e.ctx: the lab is taken down after Ctrl-C too
	k.Stdout, k.Stderr = e.stdout, e.stderr
	if err := k.Run(); err != nil {
		return fmt.Errorf("%s: %w", shown, err)
	}
	return nil
}

// self is the file of this program.
func self() string {
	file, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return file
}
