package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"kernel.org/pub/linux/libs/security/libcap/cap"
)

type runCmd struct {
	storeFlags
	Interfaces []string `name:"interface" short:"i" placeholder:"NAME" help:"Listen on this interface, besides those of the configuration."`
	Listen     string   `placeholder:"ADDRESS" help:"Answer the API here too, as 127.0.0.1:8480. Loopback only."`
	Page       string   `placeholder:"ADDRESS" help:"Serve the page for browsers here, as :8443 or 192.168.8.5:8443; off for nowhere. Default: :8443, on every address."`
	Socket     string   `placeholder:"FILE" help:"Answer the commands here instead of where the configuration says."`
	Quiet      bool     `short:"q" help:"Say only what is wrong with Cordon itself, not what is found."`
	Part       string   `hidden:"" enum:",application" default:""` // which process this is; empty: the keeper
}

// Help is what cordon run --help adds.
func (c *runCmd) Help() string {
	return `Stays: listens on the interfaces, takes flow exports and logs, scans at the hours set, keeps what it heard, judges it as it grows and raises alarms. It prints what it finds as it finds it; "cordon devices", "cordon alarms", "cordon findings" and "cordon flows" ask it.
Listening on an interface and the whole of a scan need CAP_NET_RAW (root, or the systemd unit in deploy/systemd); without it the rest runs. docs/running.md takes you through the first ten minutes.

Exit codes: 0 ended by a signal, 2 could not run.`
}

func (c *runCmd) Run(e *env) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(e.ctx, syscall.SIGTERM)
	defer stop()
	if c.Part != "" {
		return c.application(ctx, e, conf)
	}
	return c.keep(ctx, e, conf)
}

// config is the file with the command line laid over it.
func (c *runCmd) config() (*config, error) {
	conf, err := c.storeFlags.config()
	if err != nil {
		return nil, err
	}
	conf.Interfaces = append(conf.Interfaces, c.Interfaces...)
	conf.Listen = cmp.Or(c.Listen, conf.Listen)
	conf.Page.Listen = cmp.Or(c.Page, conf.Page.Listen)
	conf.Socket = cmp.Or(c.Socket, conf.Socket)
	return conf, conf.check()
}

// keep starts the processes and starts again what fails.
func (c *runCmd) keep(ctx context.Context, e *env, conf *config) error {
	if running(conf.Socket) {
		return fmt.Errorf("%s: a Cordon runs already: it answers there", conf.Socket)
	}
	if err := unheld(ctx, conf.Database); err != nil {
		return err
	}
	if len(conf.ears()) == 0 && len(conf.Sources) == 0 && !conf.scans() {
		return errors.New("nothing to hear: name an interface (-i eth1), a [[source]], or [scan] every in the configuration; cordon doctor lists the interfaces")
	}
	if _, err := keptKey(conf.places().key()); err != nil {
		return err
	}
	requests, asking, err := os.Pipe()
	if err != nil {
		return err
	}
	defer requests.Close()
	k := newKeeper(e.stderr)
	k.keep(&child{name: "application", args: c.again("--part=application"), out: e.stdout, stderr: e.stderr, files: []*os.File{asking}})
	for site, interfaces := range conf.ears() {
		if !may(cap.NET_RAW) {
			fmt.Fprintf(e.stderr, "cordon: without CAP_NET_RAW nothing is heard on %s: run as root, or by the systemd unit\n", strings.Join(interfaces, ", "))
			continue
		}
		for _, i := range interfaces {
			k.keep(&child{name: "sensor", args: sensorArgs(conf, site, i), after: conf.places().feedSocket(), out: e.stderr, stderr: e.stderr})
		}
	}
	k.parts.Add(&printer{socket: conf.places().printSocket(), stderr: e.stderr})
	k.parts.Add(&scans{requests: requests, config: c.Config, places: conf.places(), settings: conf, stderr: e.stderr})
	return k.run(ctx)
}

// again is the command line of another process of the same run.
func (c *runCmd) again(more ...string) []string {
	args := append([]string{"run"}, more...)
	for _, f := range []struct{ flag, value string }{{"--config", c.Config}, {"--data", c.Data}, {"--listen", c.Listen}, {"--page", c.Page}, {"--socket", c.Socket}} {
		if f.value != "" {
			args = append(args, f.flag, f.value)
		}
	}
	for _, i := range c.Interfaces {
		args = append(args, "--interface", i)
	}
	if c.Quiet {
		args = append(args, "--quiet")
	}
	return args
}

// sensorArgs is the command line of an interface's sensor process. Each has its own, for the
// frames of a process are known by its one name: whoever was heard there alone is not silent
// when that interface is down and another is not.
func sensorArgs(conf *config, site, name string) []string {
	args := []string{"sensor", "--to", conf.places().feedSocket(), "--key", conf.places().key(), "--interface", name, "--name", wayIn(site, name)}
	if conf.Cores > 1 {
		args = append(args, "--cores", strconv.Itoa(conf.Cores))
	}
	return args
}

// running reports whether somebody answers on the socket.
func running(socket string) bool {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
