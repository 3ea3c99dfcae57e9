package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/report"
	"cordon/knowledge"
)

type knowledgeCmd struct {
	List   knowledgeListCmd   `cmd:"" help:"How much the program knows of each subject, from when and from whom; or one subject in full."`
	Show   knowledgeShowCmd   `cmd:"" help:"Everything on one maker, brand, list, rule, cloud, port or CVE, with its sources."`
	Why    knowledgeWhyCmd    `cmd:"" help:"What the program makes of one MAC address, IP address, domain, brand or model, and why."`
	Check  knowledgeCheckCmd  `cmd:"" help:"Hold the knowledge against itself: sources, examples, contradictions. Exit code 1 when something is wrong."`
	Import knowledgeImportCmd `cmd:"" help:"Turn a Recog fingerprint file into rules of your own."`

	Update   knowledgeUpdateCmd   `cmd:"" help:"Take a signed knowledge pack, after showing what it changes. Needs no internet."`
	Rollback knowledgeRollbackCmd `cmd:"" help:"Go back to the knowledge before the last update."`
	History  knowledgeHistoryCmd  `cmd:"" help:"Which knowledge was in force when, and who changed it."`
	Pack     knowledgePackCmd     `cmd:"" help:"Make a signed knowledge pack from a directory."`
	Key      knowledgeKeyCmd      `cmd:"" help:"Make a pair of keys with which packs are signed and trusted."`
}

// ownKnowledge is the flag of every command that knows something.
type ownKnowledge struct {
	Know string `name:"knowledge" placeholder:"DIR" help:"A directory of your own knowledge, laid over the built-in one."`
}

type knowledgeCheckCmd struct {
	ownKnowledge
}

// Help is what the command's --help adds.
func (c *knowledgeCheckCmd) Help() string {
	return "Proves that every rule has a source; that every example names where it was seen and matches; that no counter-example does; that no two rules contradict each other, and that no maker claims an address block of somebody else."
}

func (c *knowledgeCheckCmd) Run(e *env) error {
	know, err := openKnowledge(c.Know)
	if err != nil {
		return err
	}
	r := know.Check(heardKinds()...)
	width := tableOptions(e, false).Width
	fmt.Fprintf(e.stdout, "Knowledge of %s: %s rules, %s makers, %s brand relations, %s clouds\n\n", know.Version,
		count(r.Counts.Rules), count(r.Counts.Makers), count(r.Counts.Relations), count(r.Counts.Clouds))
	s := sheet{head: []string{"where examples come from", "match", "must not match"}}
	for _, origin := range origins(r.Origins, r.Against) {
		s.add(origin, count(r.Origins[origin]), count(r.Against[origin]))
	}
	s.add("together", count(r.Counts.Examples), count(r.Counts.Counters))
	if err := s.write(e.stdout, width, ""); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "\n%s rules wait for an example that was really seen; nothing judges by them (cordon knowledge list --pending).\n", count(r.Counts.Pending))
	if len(r.Problems) == 0 {
		_, err := fmt.Fprintln(e.stdout, "Every rule has a source, every example matches, no counter-example does, and nothing contradicts.")
		return err
	}
	fmt.Fprintf(e.stdout, "\n%d problems:\n", len(r.Problems))
	for _, p := range r.Problems {
		if err := paragraph(e.stdout, width, "  ", "    ", p.String()); err != nil {
			return err
		}
	}
	return errFindings
}

// origins are the kinds of origin of both sides, sorted.
func origins(a, b map[string]int) []string {
	var out []string
	for _, m := range []map[string]int{a, b} {
		for k := range m {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	slices.Sort(out)
	return out
}

// otherKinds are the kinds that no protocol of find emits but sensor, scan, inventory or identify. A test
// holds it to docs/design/kinds.md, which says of each who emits it.
var otherKinds = []cordon.Kind{"ether.mac", "ieee.registrant", "tcp.banner", "tcp.payload", "udp.payload", "carved.sha256", "arp.sweep", "dhcp.flood",
	"ether.routes", "flow.exporter", "flow.sampled", "recorder.behind", "recorder.model", "recorder.firmware",
	"tcp.open", "scan.alive", "scan.address", "scan.ports", "scan.interview", "ndp.address", "auth.refused",
	"password.factory", "password.none", "password.waits", "password.odd", "password.tried", "password.untried"}

// heardKinds are all kinds that something emits.
func heardKinds() []cordon.Kind {
	kinds := slices.Clone(otherKinds)
	for _, p := range find.Protocols() {
		kinds = append(kinds, p.Kinds...)
	}
	return kinds
}

// count writes a number with separators: 1,234,567.
func count(n int) string { return report.Thousands(uint64(n)) }

type knowledgeImportCmd struct {
	Recog  string `required:"" placeholder:"FILE.xml" help:"A fingerprint file of the Recog project (github.com/rapid7/recog)."`
	Output string `short:"o" placeholder:"FILE.toml" help:"Write the rules here instead of the terminal."`
}

// Help is what the command's --help adds.
func (c *knowledgeImportCmd) Help() string {
	return "Imported rules name badges and software, never makers. Each needs a counter-example from you before it loads: put the file into makers/ of a directory of your own and name that with --knowledge."
}

func (c *knowledgeImportCmd) Run(e *env) error {
	f, err := os.Open(c.Recog)
	if err != nil {
		return err
	}
	defer f.Close()
	rules, skipped, err := knowledge.ImportRecog(f, filepath.Base(c.Recog))
	if err != nil {
		return err
	}
	if err := toOutput(c.Output, e.stdout, func(w io.Writer) error { return knowledge.WriteTOML(w, rules) }); err != nil {
		return err
	}
	for _, s := range skipped {
		fmt.Fprintln(e.stderr, "cordon: left out:", strings.TrimSpace(shown(s)))
	}
	fmt.Fprintf(e.stderr, "cordon: %d rules made, %d fingerprints left out\n", len(rules), len(skipped))
	return nil
}
