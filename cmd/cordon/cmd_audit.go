package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/report"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

type auditCmd struct {
	Captures []string `arg:"" optional:"" name:"capture" help:"pcap or pcapng files, also gzip, zstd or lz4; - is standard input."`

	reporting `embed:""`

	Net        []string `placeholder:"PREFIX" help:"What is inside, as 203.0.113.0/24. Without it: private addresses, and what is seen to be local. The report says which."`
	AllDevices bool     `help:"Show the far ends of people's own phones and computers too."`
	Blocklist  string   `placeholder:"FORMAT" enum:",hosts,adblock,ip,nft,rpz" default:"" help:"Instead of a report, a block list of the far ends that were seen: hosts, adblock, ip, nft or rpz."`
	Carve      string   `placeholder:"DIR" help:"Keep the firmware and programs that were fetched in the clear in this directory, with an index."`
}

// Help is what cordon audit --help adds.
func (c *auditCmd) Help() string {
	return `Reads each capture once, front to back; what is truncated or damaged is used as far as it is whole. Captures named together are judged together.

    cordon audit office.pcap
    cordon audit --lists us,uk --format html -o report.html *.pcap.gz
    ssh router tcpdump -w - -c 100000 | cordon audit -

Exit codes: 0 nothing at or above --fail-on, 1 something, 2 nothing could be read.`
}

func (c *auditCmd) Run(e *env) error {
	if c.Schema {
		return c.schema(e)
	}
	extra, err := c.extras()
	if err != nil {
		return err
	}
	defer extra.close()
	g, err := c.audit(e, extra)
	if err != nil {
		return err
	}
	if c.streams() {
		return c.stream(e, g)
	}
	a := g.All()
	if err := extra.carving.finish(a, e.stderr); err != nil {
		return err
	}
	if err := c.write(e, a, extra); err != nil {
		return err
	}
	return c.verdict(worst(a.Findings))
}

// streams reports that devices can be written as they are judged: nobody asks for the whole.
func (c *auditCmd) streams() bool {
	return c.Format == "json" && c.Blocklist == "" && c.Explain == "" && c.Carve == ""
}

// stream writes JSON while it judges.
func (c *auditCmd) stream(e *env, g *inventory.Judgement) error {
	most := -1
	runtime.GC() // the flow table is not needed any more: without it there is room
	debug.SetGCPercent(gcPercentJudging)
	err := toOutput(c.Output, e.stdout, func(w io.Writer) (err error) {
		s := report.NewJSONStream(w, g.Head())
		g.Each(func(d *cordon.Audited) bool {
			most = max(most, worst(d.Findings))
			err = s.Device(d)
			return err == nil
		})
		if err != nil {
			return err
		}
		return s.Close()
	})
	if err != nil {
		return err
	}
	return c.verdict(most)
}

// gcPercent trades memory for time: what a ledger holds has hardly any pointers, so that
// collecting often costs little while captures are read, when most is held. Devices that are
// judged one by one make more that is soon forgotten, and the flow table's memory is free by then.
const (
	gcPercent        = 35
	gcPercentJudging = 60
)

// audit reads the captures, ready to be judged. extra follows the flows besides.
func (c *auditCmd) audit(e *env, extra *extras) (*inventory.Judgement, error) {
	debug.SetGCPercent(gcPercent)
	nets, err := c.nets()
	if err != nil {
		return nil, err
	}
	know, err := c.knowledge()
	if err != nil {
		return nil, err
	}
	key, err := instanceKey()
	if err != nil {
		return nil, err
	}
	o, err := c.options(e, know, key)
	if err != nil {
		return nil, err
	}
	o.Nets, o.AllDevices = nets, c.AllDevices
	r := extra.reading(know, key)
	captures, err := c.read(e, r)
	if err != nil {
		return nil, err
	}
	g := r.ledger.Begin(know, captures, o)
	g.Head().Program = "cordon " + version
	return g, nil
}

// extras are what an audit keeps besides the ledger, where it was asked for.
type extras struct {
	events  *events
	carving *carving
}

// extras opens them. A capture must be named before anything is written.
func (c *auditCmd) extras() (*extras, error) {
	if len(c.Captures) == 0 {
		return nil, errors.New("no capture named: cordon audit office.pcap, or - for standard input")
	}
	if err := apart(c.Output, c.Captures); err != nil {
		return nil, err
	}
	x := &extras{}
	var err error
	if x.carving, err = newCarving(c.Carve); err != nil {
		return nil, err
	}
	if c.Format == "jsonl" && c.Blocklist == "" && c.Explain == "" {
		x.events, err = newEvents()
	}
	return x, err
}

// reading wires up the chain with what is kept besides.
func (x *extras) reading(know *knowledge.Base, key []byte) *reading {
	if x.carving != nil {
		return newCarvingReading(know, key, x.carving, x.taps()...)
	}
	return newReading(know, key, x.taps()...)
}

// taps are the sinks among them.
func (x *extras) taps() []sensor.Sink {
	if x.events == nil {
		return nil
	}
	return []sensor.Sink{x.events}
}

func (x *extras) close() { x.events.close() }

// nets are the prefixes that the owner named as inside.
func (c *auditCmd) nets() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range c.Net {
		p, err := netip.ParsePrefix(strings.TrimSpace(s))
		if err != nil {
			return nil, fmt.Errorf("--net %s: say it as 192.168.8.0/24 or 2001:db8::/48", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// read feeds every capture, in the order named. A capture that cannot be opened is an
// error when it is the only one; otherwise it is reported beside those that could.
func (c *auditCmd) read(e *env, r *reading) ([]cordon.Capture, error) {
	var out []cordon.Capture
	usable := 0
	for _, name := range c.Captures {
		got, err := c.readOne(e, r, name)
		if err != nil {
			got = cordon.Capture{File: name, Problem: err.Error()}
		}
		if got.Packets > 0 {
			usable++
		}
		if got.Problem != "" {
			fmt.Fprintf(e.stderr, "cordon: %s: %s\n", shown(name), strings.TrimPrefix(got.Problem, name+": "))
		}
		out = append(out, got)
		if e.ctx.Err() != nil {
			fmt.Fprintln(e.stderr, "cordon: interrupted: what was read so far is reported")
			break
		}
	}
	sensor.Finish(r.table, out)
	if usable == 0 && slices.ContainsFunc(out, func(c cordon.Capture) bool { return c.Problem != "" }) {
		return nil, errors.New("nothing could be read")
	}
	return out, nil
}

func shown(name string) string {
	if name == "-" {
		return "standard input"
	}
	return report.Clean(name)
}

func (c *auditCmd) readOne(e *env, r *reading, name string) (cordon.Capture, error) {
	in, size, err := openInput(name, e.stdin)
	if err != nil {
		return cordon.Capture{}, err
	}
	defer in.Close()
	return sensor.Feed(e.ctx, in, name, r.table, c.progress(e, name, size)), nil
}

// write renders the audit in the format asked for.
func (c *auditCmd) write(e *env, a *cordon.Audit, extra *extras) error {
	return toOutput(c.Output, e.stdout, func(w io.Writer) error { return c.render(w, e, a, extra) })
}

func (c *auditCmd) render(w io.Writer, e *env, a *cordon.Audit, extra *extras) error {
	if c.Blocklist != "" {
		return report.Blocklist(w, a, c.Blocklist)
	}
	if c.Format == "jsonl" && c.Explain == "" {
		if err := extra.events.copyTo(w, a); err != nil {
			return err
		}
	}
	return c.reporting.render(w, e, a)
}

// worst is the rank of the severest of findings that come worst first, -1 for none.
func worst(fs []cordon.Finding) int {
	if len(fs) == 0 {
		return -1
	}
	return fs[0].Severity.Rank()
}
