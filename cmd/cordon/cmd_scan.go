package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/reach"
	"cordon/internal/report"
	"cordon/internal/scan"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

type scanCmd struct {
	Networks []string `arg:"" optional:"" name:"network" help:"Networks or addresses to scan, as 192.168.8.0/24. Without any: those of the configuration's sites. Nothing is sent anywhere else."`

	reporting `embed:""`

	Plan       bool     `help:"Say what would be sent, to whom and how fast, and send nothing."`
	IOwnThis   []string `name:"i-own-this" placeholder:"PREFIX" help:"Public addresses among the networks that are yours: without this they are not scanned."`
	Gentle     bool     `xor:"pace" help:"At most 100 packets a second in all and 10 connections a second to each /24, for old or wireless networks."`
	Fast       bool     `xor:"pace" help:"At most 15,000 packets a second in all and 500 connections a second to each /24, for wired networks."`
	Ports      []uint16 `placeholder:"PORT" help:"TCP ports to try on live devices, instead of those that cameras are known for."`
	PortOffset uint16   `name:"port-offset" placeholder:"N" help:"Services listen at their port plus this: a lab without privileges."`
	FindOnly   bool     `name:"find-only" help:"Only find devices and their open ports; do not ask who they are."`
	Caution    bool     `help:"Ask those discovery questions too whose answers may carry secrets in the clear (VStarcam, miIO). They are never kept."`
	Passwords  string   `enum:",defaults" default:"" placeholder:"defaults" help:"defaults: look whether a factory password of the maker still works. Never locks an account; asks you to say that the devices are yours."`
	Again      bool     `help:"With --passwords: try those too that an earlier run found wrong, as after a device was reset."`
	Statement  string   `placeholder:"TEXT" help:"For scripts: what --passwords would ask you to type."`
	Creds      string   `name:"credentials" placeholder:"FILE" help:"Your own accounts on the devices (TOML), to read model, firmware, users, log-ins and settings with. See docs/credentials.md."`
	Clear      bool     `name:"clear-passwords" help:"Let passwords cross in the clear where a device offers nothing else."`
	Resume     bool     `help:"Go on with the last scan of these networks that was interrupted."`
	Config     string   `placeholder:"FILE" help:"Configuration with your sites. Default: cordon/cordon.toml in your configuration directory."`

	To   string `hidden:""` // the feed socket of a running Cordon, which judges in our place
	Data string `hidden:""` // data directory, whatever the configuration says
	Site string `hidden:""` // only this site of the configuration
	Key  string `hidden:""` // file of the key with which identifiers are hashed; empty: the user's own

	now scanParts `kong:"-"`
}

// scanParts are what Run builds for one scan.
type scanParts struct {
	door   *reach.Door
	know   *knowledge.Base
	ledger *inventory.Ledger
	asked  *sensor.Asked
	feed   *scanFeed // nil: what is learned is judged here

	judging inventory.Options
}

// Help is what cordon scan --help adds.
func (c *scanCmd) Help() string {
	return `Finds the devices in the named networks, asks each who it is, and judges it like an audit. It only asks what a maker's own tools ask; it changes nothing, and logs in nowhere unless you give accounts or say --passwords.
The usual pace is at most 1,000 packets a second in all and 50 connections a second to each /24. As root it also finds devices that answer no port.

    cordon scan --plan 192.168.8.0/24      what would be sent; sends nothing
    cordon scan 192.168.8.0/24
    cordon scan --format json -o site.json 10.20.0.0/20

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 could not scan, or not to the end.`
}

func (c *scanCmd) Run(e *env) error {
	if c.Schema {
		return c.schema(e)
	}
	ctx, stop := signal.NotifyContext(e.ctx, syscall.SIGTERM, syscall.SIGHUP) // as Ctrl-C: what is known is printed
	defer stop()
	if err := c.build(ctx, e); err != nil {
		return err
	}
	defer c.now.door.Close()
	conf, err := c.scanConfig(e)
	if err != nil {
		return err
	}
	if c.Plan {
		conf.Warn = nil // the plan says it
		return c.writePlan(e, scan.MakePlan(conf), c.now.door.Pace())
	}
	j, err := c.journal(e, &conf)
	if err != nil {
		return err
	}
	if err := c.confine(j); err != nil {
		return err
	}
	if long := c.sweepTime(); long > longSweep {
		fmt.Fprintf(e.stderr, "cordon: at this pace it takes about %s to ask every address (cordon scan --plan says more); Ctrl-C keeps what is known\n", report.Span(long))
	}
	r, err := scan.Run(ctx, conf)
	c.clearProgress(e)
	if c.now.feed != nil {
		j.finish(e, r)
		return errors.Join(err, c.now.feed.finish(r))
	}
	if errors.Is(err, scan.ErrNowhere) {
		j.drop()
		return err
	}
	j.finish(e, r)
	if err == nil && ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	return stopped(err, c.write(e, r))
}

// write writes what was learned.
func (c *scanCmd) write(e *env, r *scan.Result) error {
	if c.FindOnly && c.Format == "table" {
		return toOutput(c.Output, e.stdout, func(w io.Writer) error { return writeFound(w, r) })
	}
	return c.judge(e, r)
}

// stopped is the error of a scan that ended early, whatever was found until then: one that is not whole is no clean one.
func stopped(early, written error) error {
	if early == nil || written != nil && !errors.Is(written, errFindings) {
		return written
	}
	return fmt.Errorf("stopped early: %w: what was learned is reported; the same command with --resume goes on", early)
}

// longSweep is how long a sweep may take without a word about it.
const longSweep = 10 * time.Minute

// sweepTime is how long two questions to every IPv4 address of the scope take.
func (c *scanCmd) sweepTime() time.Duration {
	packets := 0.0
	for _, p := range c.now.door.Scope().Prefixes() {
		if p.Addr().Is4() {
			packets += 2 * math.Exp2(float64(32-p.Bits()))
		}
	}
	return time.Duration(packets / float64(c.now.door.Pace().Packets) * float64(time.Second))
}

// build makes the door and what hears the answers.
func (c *scanCmd) build(ctx context.Context, e *env) error {
	scope, err := c.scope()
	if err != nil {
		return err
	}
	if c.now.know, err = c.knowledge(); err != nil {
		return err
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	if c.now.judging, err = c.options(e, c.now.know, key); err != nil {
		return err
	}
	if c.now.door, err = reach.Open(scope, c.pace()); err != nil {
		return err
	}
	c.now.ledger = newLedger(c.now.know)
	var sink sensor.Sink = c.now.ledger
	if c.To != "" {
		if c.now.feed, err = openScanFeed(ctx, c.To, c.Site); err != nil {
			return errors.Join(err, c.now.door.Close())
		}
		sink = c.now.feed
	}
	c.now.asked = sensor.NewAsked("scan", key, sink)
	return nil
}

func (c *scanCmd) key() ([]byte, error) {
	if c.Key != "" {
		return keptKey(c.Key)
	}
	return instanceKey()
}

// scope is what may be sent to: the networks of the command line, else of the configuration.
func (c *scanCmd) scope() (*reach.Scope, error) {
	conf, err := readInstallation(c.Config, c.Data)
	if err != nil {
		return nil, err
	}
	if c.Site != "" {
		conf.only(c.Site)
	}
	texts, own := c.Networks, slices.Clone(c.IOwnThis)
	if len(texts) == 0 {
		texts, own = conf.networks(), append(own, conf.owned()...)
	}
	if len(texts) == 0 {
		return nil, errors.New("no network named: cordon scan 192.168.8.0/24, or [[site]] networks in the configuration")
	}
	named, err := reach.ParseNetworks(splitCommas(texts)...)
	if err != nil {
		return nil, err
	}
	owned, err := reach.ParseNetworks(splitCommas(own)...)
	if err != nil {
		return nil, fmt.Errorf("--i-own-this: %w", err)
	}
	return reach.NewScope(named, owned)
}

// splitCommas takes several networks said in one word.
func splitCommas(said []string) []string {
	var out []string
	for _, s := range said {
		for one := range strings.SplitSeq(s, ",") {
			if one = strings.TrimSpace(one); one != "" {
				out = append(out, one)
			}
		}
	}
	return out
}

func (c *scanCmd) pace() reach.Pace {
	switch {
	case c.Gentle:
		return reach.Gentle
	case c.Fast:
		return reach.Fast
	}
	return reach.Polite
}

// scanConfig is how to scan, from the flags.
func (c *scanCmd) scanConfig(e *env) (scan.Config, error) {
	conf := scan.Config{
		Door: c.now.door, Hear: c.now.asked, Ports: c.ports(), Offset: c.PortOffset,
		Interview: !c.FindOnly, Caution: c.Caution, Progress: c.progress(e),
		Warn: func(text string) { c.clearProgress(e); fmt.Fprintln(e.stderr, "cordon:", text) },
	}
	if err := c.accounts(e, &conf); err != nil {
		return conf, err
	}
	return conf, nil
}

// ports are the TCP ports that are tried: those of the flag, else those that devices usually have.
func (c *scanCmd) ports() []uint16 {
	if len(c.Ports) > 0 {
		return c.Ports
	}
	return c.now.know.ScanPorts()
}

// judge has what was learned judged, and writes it in the format asked for.
func (c *scanCmd) judge(e *env, r *scan.Result) error {
	o := c.now.judging
	o.Nets, o.AllDevices, o.Answered = c.now.door.Scope().Prefixes(), true, r.Elsewhere
	g := c.now.ledger.Begin(c.now.know, nil, o)
	g.Head().Program = "cordon " + version
	r.Scan.Ports = slices.Compact(slices.Sorted(slices.Values(c.ports())))
	g.Head().Scans = []cordon.Scan{r.Scan}
	a := g.All()
	if err := toOutput(c.Output, e.stdout, func(w io.Writer) error { return c.render(w, e, a) }); err != nil {
		return err
	}
	return c.verdict(worst(a.Findings))
}

// writeFound lists live devices with their open ports, for people and for scripts.
func writeFound(w io.Writer, r *scan.Result) error {
	for i := range r.Found {
		f := &r.Found[i]
		mac := f.MAC.String()
		if f.MAC == (cordon.MAC{}) {
			mac = "-"
		}
		ports := make([]string, len(f.Ports))
		for i, p := range f.Ports {
			ports[i] = fmt.Sprint(p)
		}
		if len(ports) == 0 {
			ports = []string{"-"}
		}
		if _, err := fmt.Fprintf(w, "%-15s  %-17s  %s\n", f.Addr, mac, strings.Join(ports, " ")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s\n", report.ScanLine(&r.Scan))
	return err
}

// progress draws one line on a terminal while the scan runs, or tells a running Cordon; nil where nobody looks.
func (c *scanCmd) progress(e *env) func(scan.Progress) {
	if c.now.feed != nil {
		return c.now.feed.step
	}
	if _, isTerm := terminal(e.stderr); !isTerm || c.Quiet {
		return nil
	}
	return func(p scan.Progress) {
		fmt.Fprintf(e.stderr, "\r\x1b[K%s  %s  %d found, %d asked  %d packets  %s", bar(int64(p.Done), int64(max(p.Of, 1))), p.Doing, p.Alive, p.Asked, p.Sent.Packets, latest(p.Latest))
	}
}

func latest(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// clearProgress takes the line away where one may have been drawn.
func (c *scanCmd) clearProgress(e *env) {
	if f, ok := e.stderr.(*os.File); ok && c.now.feed == nil && c.progress(e) != nil {
		fmt.Fprint(f, "\r\x1b[K")
	}
}
