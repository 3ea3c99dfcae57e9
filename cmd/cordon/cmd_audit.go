package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
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

	Explain string   `placeholder:"DEVICE" help:"Instead of the table, every reason and counter-reason behind one device, named by address, MAC or name."`
	Format  string   `default:"table" enum:"table,json,jsonl,csv,html" help:"table, json, jsonl (events in the shape of Suricata's EVE log), csv or html (one file, prints to PDF)."`
	Output  string   `short:"o" placeholder:"FILE" help:"Write to a file, which appears whole or not at all."`
	Net     []string `placeholder:"PREFIX" help:"What is inside, as 203.0.113.0/24. Without it: private addresses, and what is seen to be local. The report says which."`
	Lists   []string `placeholder:"ID" help:"Lists that count for the grade: countries (us,uk) or ids (see cordon knowledge list lists). Others are information. Without it, all count."`

	All         bool `help:"In the table, every device and finding, not only the first 50 devices and the first few of each finding. (CSV and JSON always have all.)"`
	inventoried `embed:""`

	AllDevices bool   `help:"Show the far ends of people's own phones and computers too."`
	Blocklist  string `placeholder:"FORMAT" enum:",hosts,adblock,ip,nft,rpz" default:"" help:"Instead of a report, a block list of the far ends that were seen: hosts, adblock, ip, nft or rpz."`
	Carve      string `placeholder:"DIR" help:"Keep the firmware and programs that were fetched in the clear in this directory, with an index."`
	FailOn     string `default:"high" enum:"info,low,medium,high,critical,never" help:"Exit with 1 when there is a finding this severe: info, low, medium, high, critical or never."`
	Know       string `name:"knowledge" placeholder:"DIR" help:"A directory of your own knowledge, laid over the built-in one."`
	Country    string `placeholder:"FILE.mmdb" help:"Your own table of countries, asked before the built-in one."`
	ASN        string `name:"asn" placeholder:"FILE.mmdb" help:"Your own table of networks (ASN), asked before the built-in one."`
	Schema     bool   `help:"Print the JSON Schema of --format json and leave."`
	Quiet      bool   `short:"q" help:"No progress bar on standard error."`
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
		_, err := io.WriteString(e.stdout, report.Schema)
		return err
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
// collecting often costs little. 100 takes a third more memory and saves a few hundredths
// of the time.
const gcPercent = 40

// audit reads the captures, ready to be judged. extra follows the flows besides.
func (c *auditCmd) audit(e *env, extra *extras) (*inventory.Judgement, error) {
	debug.SetGCPercent(gcPercent)
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	know, err := c.knowledge()
	if err != nil {
		return nil, err
	}
	if err := checkLists(know, o.Lists); err != nil {
		return nil, err
	}
	key, err := instanceKey()
	if err != nil {
		return nil, err
	}
	if err := c.inventoried.add(e, &o, key); err != nil {
		return nil, err
	}
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

func (c *auditCmd) options() (inventory.Options, error) {
	o := inventory.Options{AllDevices: c.AllDevices}
	for _, s := range c.Net {
		for one := range strings.SplitSeq(s, ",") {
			p, err := netip.ParsePrefix(strings.TrimSpace(one))
			if err != nil {
				return o, fmt.Errorf("--net %s: say it as 192.168.8.0/24 or 2001:db8::/48", one)
			}
			o.Nets = append(o.Nets, p.Masked())
		}
	}
	o.Lists = splitLists(c.Lists)
	return o, nil
}

func (c *auditCmd) knowledge() (*knowledge.Base, error) {
	if c.Country == "" && c.ASN == "" {
		return openKnowledge(c.Know)
	}
	know, err := freshKnowledge(c.Know) // not the shared one: it is about to be changed
	if err != nil {
		return nil, err
	}
	return know, useOwnMMDB(know, c.Country, c.ASN)
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
	toFile := c.Output != "" && c.Output != "-"
	switch {
	case c.Blocklist != "":
		return report.Blocklist(w, a, c.Blocklist)
	case c.Explain != "":
		return report.Explain(w, a, c.Explain, tableOptions(e, toFile))
	case c.Format == "json":
		return report.JSON(w, a) // besides --carve: see streams
	case c.Format == "jsonl":
		if err := extra.events.copyTo(w, a); err != nil {
			return err
		}
		return report.JSONL(w, a)
	case c.Format == "csv":
		return report.CSV(w, a)
	case c.Format == "html":
		return report.HTML(w, a)
	}
	o := tableOptions(e, toFile)
	o.All = c.All
	return report.Table(w, a, o)
}

// worst is the rank of the severest of findings that come worst first, -1 for none.
func worst(fs []cordon.Finding) int {
	if len(fs) == 0 {
		return -1
	}
	return fs[0].Severity.Rank()
}

// verdict makes the exit code of the severest finding's rank.
func (c *auditCmd) verdict(most int) error {
	if limit := cordon.Severity(c.FailOn).Rank(); limit >= 0 && most >= limit {
		return errFindings
	}
	return nil
}
