package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
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
	Scanning   []string `hidden:"" sep:"none"`                     // sites whose scans the keeper has
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
	conf.plain = new(*conf)
	conf.Interfaces = slices.Concat(conf.Interfaces, c.Interfaces)
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
	if conf.hearsNothing() {
		if conf.Page.Listen == pageOff {
			return errors.New("nothing to hear, and no page to choose it in: name an interface (-i eth1), a [[source]], or [scan] every in the configuration; cordon doctor lists the interfaces")
		}
		fmt.Fprintln(e.stderr, "cordon: nothing is heard yet: choose in the page what to listen to and what to scan; cordon doctor lists what is missing")
	}
	if _, err := keptKey(conf.places().key()); err != nil {
		return err
	}
	asked, asking, err := os.Pipe()
	if err != nil {
		return err
	}
	k := newKeeper(e.stderr)
	scans := newScans(c.Config, c.Data, conf, e.stderr)
	application := &child{name: "application", out: e.stdout, stderr: e.stderr, files: []*os.File{asking}, anew: make(chan chan struct{}, 1)}
	application.args = func() []string { return c.anew("--part=application", scans.has()) }
	k.keep(application)
	k.begin(c.sensors(e, conf))
	k.parts.Add(scans)
	k.parts.Add(&printer{socket: conf.places().printSocket(), stderr: e.stderr})
	k.parts.Add(&orders{from: asked, scan: scans.ask, stderr: e.stderr, again: func(scan []string) { c.follow(e, k, scans, application, scan) }})
	return k.run(ctx)
}

// follow reads the configuration anew and does what it says now: sensors that are no longer wanted
// end, the application is started anew, sensors that are new start. Where it cannot be read all
// stays as it is. Sites to be scanned by the new one are known before the application asks what is under way.
func (c *runCmd) follow(e *env, k *keeper, scans *scans, application *child, scan []string) {
	conf, err := c.config()
	if err != nil {
		fmt.Fprintf(e.stderr, "cordon: the configuration changed and cannot be used; everything goes on as before: %v\n", err)
		return
	}
	scans.follow(conf)
	for _, site := range scan {
		scans.ask(site)
	}
	sensors := c.sensors(e, conf)
	if err := k.end(sensors); err != nil { // first: what they have yet to tell is taken by the one that runs
		fmt.Fprintf(e.stderr, "cordon: sensors: %v\n", err)
	}
	application.afresh()
	k.begin(sensors)
}

// sensors are the processes that listen.
func (c *runCmd) sensors(e *env, conf *config) []*child {
	var out []*child
	for site, interfaces := range conf.ears() {
		if !may(cap.NET_RAW) {
			fmt.Fprintf(e.stderr, "cordon: without CAP_NET_RAW nothing is heard on %s: run as root, or by the systemd unit\n", strings.Join(interfaces, ", "))
			continue
		}
		for _, i := range interfaces {
			out = append(out, &child{name: "sensor", args: always(sensorArgs(conf, site, i)...), after: conf.places().feedSocket(), out: e.stderr, stderr: e.stderr})
		}
	}
	return out
}

// hearsNothing reports whether there is nothing to listen to, to read or to scan.
func (c *config) hearsNothing() bool {
	return len(c.ears()) == 0 && len(c.Sources) == 0 && !c.scans()
}

// anew is the command line of a part of the same run, while the keeper has scans of some sites.
func (c *runCmd) anew(part string, scanning []string) []string {
	args := []string{"run", part}
	for _, site := range scanning {
		args = append(args, "--scanning", site)
	}
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
