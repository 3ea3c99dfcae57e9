package sensor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cordon"
)

// Source is one way in that is not a packet socket: flow exports, logs, lease files. Run
// feeds the sink it was made with until ctx is done or the source fails for good, and
// returns nil when ctx ended it. State may be called at any time, from any goroutine.
type Source interface {
	Run(ctx context.Context) error
	State() cordon.SensorState
}

// SourceConfig is one [[source]] of the configuration. Which keys a kind understands is in
// its row of sourceKinds; any other that is set is an error.
type SourceConfig struct {
	Kind string `toml:"kind"`           // name of a row of sourceKinds
	Name string `toml:"name,omitempty"` // what it is called in lists and as the origin of facts; empty: kind and place
	Site string `toml:"site,omitempty"` // for whoever wires: sources do not look at it

	Listen    string   `toml:"listen,omitempty"`    // netflow, sflow: UDP address, "0.0.0.0:2055"
	Exporters []string `toml:"exporters,omitempty"` // netflow, sflow: addresses or prefixes that are listened to
	Sampling  uint32   `toml:"sampling,omitempty"`  // netflow: 1 in so many packets, where the exporter does not say

	Path   string      `toml:"path,omitempty"`    // logs and leases: a file; zeek: the directory of its logs, or one file
	Format string      `toml:"format,omitempty"`  // leases: which of the formats; empty: told from the content
	From   string      `toml:"from,omitempty"`    // logs not read before: "start" (default) or "end"
	Zone   string      `toml:"zone,omitempty"`    // firewall, csv: of times without one, "Europe/Berlin"; empty: UTC
	Block  []string    `toml:"blocked,omitempty"` // firewall: words in a rule's prefix that mean dropped, beside the usual ones
	Refuse []string    `toml:"refused,omitempty"` // firewall: likewise, answered with a refusal
	Pass   []string    `toml:"passed,omitempty"`  // firewall: likewise, let through
	CSV    *CSVMapping `toml:"csv,omitempty"`     // csv: what its columns mean
}

// Env is what a source is given by whoever runs it.
type Env struct {
	Sink   Sink   // called by one goroutine of the source
	Key    []byte // of the instance, for what must be hashed
	Names  *Names // what far ends are called, shared by sources of one site; nil: the source keeps its own
	Places Places // where logs were read up to; nil: not remembered
}

// sourceKind is one row of the table of sources.
type sourceKind struct {
	Name    string // as in the configuration: "netflow"
	Options []string
	New     func(SourceConfig, Env) (Source, error)
}

// sourceKinds is the table. Each kind of source is one file of this package.
var sourceKinds = []*sourceKind{netflowSource, sflowSource, zeekSource, eveSource, leasesSource, firewallSource, csvSource}

// OpenSource makes the source that a configuration asks for. The error says which key is
// wrong, and what would be right; nothing is opened or listened on before Run.
func OpenSource(c SourceConfig, env Env) (Source, error) {
	var known []string
	for _, k := range sourceKinds {
		if k.Name != c.Kind {
			known = append(known, k.Name)
			continue
		}
		if err := k.check(c); err != nil {
			return nil, err
		}
		if env.Names == nil {
			env.Names = NewNames()
		}
		return k.New(c, env)
	}
	return nil, fmt.Errorf("source: kind %q is not one of %s", c.Kind, strings.Join(known, ", "))
}

// check refuses keys that the kind does not understand.
func (k *sourceKind) check(c SourceConfig) error {
	for _, o := range []struct {
		key string
		set bool
	}{
		{"listen", c.Listen != ""}, {"exporters", c.Exporters != nil}, {"sampling", c.Sampling != 0}, {"path", c.Path != ""},
		{"format", c.Format != ""}, {"from", c.From != ""}, {"zone", c.Zone != ""}, {"blocked", c.Block != nil},
		{"refused", c.Refuse != nil}, {"passed", c.Pass != nil}, {"csv", c.CSV != nil},
	} {
		if o.set && !slices.Contains(k.Options, o.key) {
			return fmt.Errorf("source %s: it has no key %q; it has %s", k.Name, o.key, strings.Join(k.Options, ", "))
		}
	}
	return nil
}
