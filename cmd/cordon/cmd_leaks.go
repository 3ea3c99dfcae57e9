package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"cordon"
	"cordon/internal/leak"
	"cordon/internal/report"
	"cordon/internal/sensor"
)

type leaksCmd struct {
	Lists []string `arg:"" name:"file" help:"Lists in any text form (CSV, JSON lines, plain; also gzip or zstd), of any size; - is standard input."`

	Net   []string `placeholder:"PREFIX" help:"Your public addresses, as 203.0.113.0/24."`
	Audit []string `placeholder:"FILE.json" help:"An audit or scan of yours, kept with --format json: its public addresses, MAC addresses and hidden serial numbers and cloud identifiers."`
	IDs   []string `name:"ids" placeholder:"FILE" help:"A file of your own identifiers, one a line: addresses, prefixes, serial numbers, P2P and cloud identifiers, MAC addresses, host names."`
	tabular
}

// Help is what cordon leaks --help adds.
func (c *leaksCmd) Help() string {
	return `Looks for your own addresses, serial numbers and P2P identifiers in lists of cameras that are traded. It works offline and contacts nobody. A list is read front to back and nothing of it is kept or shown but which of your identifiers stand in it, on which lines; passwords beside them are neither kept nor shown.

You must have the list lawfully: ask your computer emergency team, your data protection officer or your lawyer first. Prefer lists that hold hashes: the SHA-256 of an identifier (addresses as text, the rest in capitals and digits alone), or its first 16 hex digits or more.

    cordon leaks --net 203.0.113.0/24 --audit before.json list.csv.gz
    cordon leaks --ids labels.txt list.jsonl

Exit codes: 0 none of yours was found, 1 some was, 2 a list could not be read.`
}

const lawful = "You must have these lists lawfully. Nothing of them is kept but where your own identifiers stand."

func (c *leaksCmd) Run(e *env) error {
	if err := apart(c.Output, slices.Concat(c.Lists, c.Audit, c.IDs)); err != nil {
		return err
	}
	own, err := c.own(e)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stderr, "cordon: "+lawful)
	r := leakReport{Program: "cordon " + version, Own: own.Len(), Lists: []leakList{}, Found: []leakFound{}}
	for _, name := range c.Lists {
		if err := r.search(e, own, name); err != nil {
			return err
		}
	}
	if err := c.write(e, &r); err != nil {
		return err
	}
	if len(r.Found) > 0 {
		return errFindings
	}
	return nil
}

// own gathers what is to be looked for.
func (c *leaksCmd) own(e *env) (*leak.Own, error) {
	g := gathering{own: leak.NewOwn()}
	for _, s := range c.Net {
		if err := g.own.Add(s); err != nil {
			return nil, fmt.Errorf("--net: %w", err)
		}
	}
	for _, name := range c.IDs {
		if err := g.ids(e, name); err != nil {
			return nil, fmt.Errorf("--ids %w", err)
		}
	}
	for _, name := range c.Audit {
		if err := g.audit(name); err != nil {
			return nil, fmt.Errorf("--audit %w", err)
		}
	}
	if g.private > 0 {
		fmt.Fprintf(e.stderr, "cordon: %d private addresses were left out: they are in use everywhere\n", g.private)
	}
	if g.own.Len() == 0 {
		return nil, errors.New("nothing to look for: name your public addresses with --net, an audit with --audit, or a file of identifiers with --ids")
	}
	return g.own, nil
}

// gathering is the owner's identifiers being gathered.
type gathering struct {
	own     *leak.Own
	private int
}

// add takes one identifier; private addresses are only counted.
func (g *gathering) add(text string) error {
	err := g.own.Add(text)
	if errors.Is(err, leak.ErrPrivate) {
		g.private++
		return nil
	}
	return err
}

func (g *gathering) ids(e *env, name string) error {
	f, _, err := openInput(name, e.stdin)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := g.add(text); err != nil {
			return fmt.Errorf("%s: line %d: %w", shown(name), n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", shown(name), err)
	}
	return nil
}

// hiddenID is an identifier as audits show it: a prefix and a hash with the instance's key.
var hiddenID = regexp.MustCompile(`[0-9A-Za-z._-]{1,8}…#[0-9a-f]{12}`)

// audit takes what an earlier audit knows of the owner's devices. Their hidden identifiers
// can be found again with the key of the instance that made it.
func (g *gathering) audit(name string) error {
	a, err := readAudit(name)
	if err != nil {
		return err
	}
	key, err := instanceKey()
	if err != nil {
		return err
	}
	hide := sensor.NewSecrets(key).Hide
	for i := range a.Devices {
		if err := g.device(&a.Devices[i], hide); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (g *gathering) device(d *cordon.Audited, hide func(string) string) error {
	if cordon.Personal(d.Identity.Class.Value) {
		return nil // people's own devices are not looked for
	}
	for _, i := range d.Interfaces {
		if i.MAC != (cordon.MAC{}) && i.MAC[0]&2 == 0 { // one that its maker gave (IEEE 802, bit U/L)
			if err := g.add(i.MAC.String()); err != nil {
				return err
			}
		}
		for _, a := range i.Addrs {
			if err := g.add(a.WithZone("").String()); err != nil {
				return err
			}
		}
	}
	for _, text := range said(d) {
		for _, id := range hiddenID.FindAllString(text, -1) {
			if err := g.own.AddHidden(id, hide); err != nil {
				return err
			}
		}
	}
	return nil
}

// said is every text of an audit that may hold a hidden identifier.
func said(d *cordon.Audited) []string {
	var out []string
	for _, f := range d.Findings {
		out = append(out, f.Evidence...)
	}
	id := &d.Identity
	for _, b := range []*cordon.Belief{&id.Class, &id.Brand, &id.Maker, &id.Model, &id.Firmware} {
		for _, r := range b.Reasons {
			out = append(out, r.Value)
		}
	}
	return out
}

// leakReport is what was found.
type leakReport struct {
	Program string      `json:"program"`
	Own     int         `json:"own"` // identifiers and prefixes that were looked for
	Lists   []leakList  `json:"lists"`
	Found   []leakFound `json:"found"` // by list, then line
}

type leakList struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
	Lines int64  `json:"lines"`
}

// leakFound is one of the owner's identifiers in one list.
type leakFound struct {
	File  string   `json:"file"`
	ID    string   `json:"id"`
	How   leak.How `json:"how"`
	Port  uint16   `json:"port,omitempty"`
	Line  int64    `json:"line"`  // the first
	Times int      `json:"times"` // how often it stands there
}

// search reads one list.
func (r *leakReport) search(e *env, own *leak.Own, name string) error {
	f, _, err := openInput(name, e.stdin)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := unpacked(f)
	if err != nil {
		return fmt.Errorf("%s: %w", shown(name), err)
	}
	type key struct {
		id   string
		how  leak.How
		port uint16
	}
	at := map[key]int{}
	tally, err := own.Search(interruptible{e, text}, func(m leak.Match) {
		k := key{m.ID, m.How, m.Port}
		i, had := at[k]
		if !had {
			i = len(r.Found)
			at[k] = i
			r.Found = append(r.Found, leakFound{File: name, ID: m.ID, How: m.How, Port: m.Port, Line: m.Line})
		}
		r.Found[i].Times++
	})
	if err != nil {
		return fmt.Errorf("%s: after %d lines: %w", shown(name), tally.Lines, err)
	}
	r.Lists = append(r.Lists, leakList{name, tally.Bytes, tally.Lines})
	return nil
}

// interruptible ends a long reading when the user does.
type interruptible struct {
	e *env
	r io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if err := i.e.ctx.Err(); err != nil {
		return 0, errors.New("interrupted")
	}
	return i.r.Read(p)
}

// unpacked reads gzip and zstd as what is in them, told by their first bytes (RFC 1952, RFC 8878).
func unpacked(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, _ := b.Peek(4) // a shorter list is plain
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return gzip.NewReader(b)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, errors.New("is a ZIP archive or a spreadsheet: unpack it, or save it as CSV")
	}
	return b, nil
}

func (r *leakReport) table(w io.Writer, width int) error {
	var lines int64
	for _, l := range r.Lists {
		lines += l.Lines
	}
	fmt.Fprintf(w, "Looked for yours, %s or networks, in %s of %s.\n\n",
		report.Plural(r.Own, "identifier"), report.Plural(int(lines), "line"), report.Plural(len(r.Lists), "list"))
	if len(r.Found) == 0 {
		return paragraph(w, width, "", "", "None was found. That says nothing of other lists, nor of lists that hold your devices under other names.")
	}
	s := sheet{head: []string{"yours", "list", "line", "times", "port", "how"}}
	for _, f := range r.Found {
		s.add(report.Clean(f.ID), shown(f.File), strconv.FormatInt(f.Line, 10), strconv.Itoa(f.Times), port(f.Port), string(f.How))
	}
	if err := s.write(w, width, ""); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return paragraph(w, width, "", "", "What stands in such a list is to be taken as open to strangers, with the password that it had: take the device off the internet, change its passwords, read its own log for strangers, then update or replace it. Tell your data protection officer. A match by the beginning of a hash may be somebody else's: verify it.")
}

func port(n uint16) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

// csv writes one line for each identifier found, safe to open in a spreadsheet.
func (r *leakReport) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"yours", "list", "line", "times", "port", "how"}}
	for _, f := range r.Found {
		rows = append(rows, []string{cell(f.ID), cell(shown(f.File)), strconv.FormatInt(f.Line, 10), strconv.Itoa(f.Times), port(f.Port), string(f.How)})
	}
	return out.WriteAll(rows)
}
