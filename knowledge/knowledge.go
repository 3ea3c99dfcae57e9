// Package knowledge is what the program knows about the world: who made what, whose
// cloud a name is, which lists name which maker, which firmware is weak. It is data
// (TOML and CSV beside this file, one file per subject) and a strict loader. Every
// entry carries its source and how far it is trusted; what is only remembered
// (confidence Low) may be asked as a question and never told as a finding.
// It judges nothing: identify, assess and watch do.
package knowledge

import (
	"net/netip"
	"time"

	"cordon"
)

// Confidence is how far an entry is trusted: as far as its weakest field.
type Confidence string

// The confidences. Low entries rest on memory or one weak source: questions, never findings.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Proves is what a rule's match says something about.
type Proves string

// A rule proves who built the firmware, which badge is worn, only a kind of device, or a program.
const (
	ProvesMaker    Proves = "maker"
	ProvesBadge    Proves = "badge"
	ProvesGeneric  Proves = "generic"
	ProvesSoftware Proves = "software" // counts against being a device of the classes that watch
)

// Rule is one fingerprint: a match on facts of one kind, and what a hit says.
type Rule struct {
	ID         string      `toml:"id"`
	Kind       cordon.Kind `toml:"kind"`
	Op         string      `toml:"op"` // equals iequals prefix suffix contains icontains regex glob present hex_prefix
	Value      string      `toml:"value"`
	Proves     Proves      `toml:"proves"`
	Maker      string      `toml:"maker"`    // maker id, for ProvesMaker
	Brand      string      `toml:"brand"`    // badge as people write it
	Class      string      `toml:"class"`    // cordon.Class*, empty when the rule does not say
	Model      string      `toml:"model"`    // literal, or $1 for a regex group
	Firmware   string      `toml:"firmware"` // literal, or $1 for a regex group
	Weight     int         `toml:"weight"`   // 0..100
	Note       string      `toml:"note"`
	Source     string      `toml:"source"`
	Confidence Confidence  `toml:"confidence"`
	Examples   []Example   `toml:"example"`
	Counters   []Example   `toml:"counter"`
	File       string      `toml:"-"` // where it stands, for error messages
	matcher    *matcher    // set when it is loaded
}

// Example is a value as it was really seen, and where.
type Example struct {
	Value  string `toml:"value"`
	From   string `toml:"from"`   // the capture, vector or document it was read from
	Origin string `toml:"origin"` // capture, document, vector (synthetic answer), registry
}

// Hit is a rule that matched, with its groups filled in.
type Hit struct {
	Rule     *Rule
	Model    string
	Firmware string
}

// Maker is a company that builds devices (or the platform inside them).
type Maker struct {
	ID         string     `toml:"id"`
	Name       string     `toml:"name"`
	Legal      string     `toml:"legal"`
	Country    string     `toml:"country"` // of control, ISO alpha-2; empty when disputed or unknown
	Parent     string     `toml:"parent"`  // maker id
	OUINames   []string   `toml:"oui_names"`
	Source     string     `toml:"source"`
	Confidence Confidence `toml:"confidence"`
}

// Relation says that devices of a brand are, some or all, built by a maker.
type Relation struct {
	Brand      string     `toml:"brand"`
	Maker      string     `toml:"maker"`
	Status     string     `toml:"status"` // own-brand, subsidiary, current, former, mixed, platform, some products, unclear
	Scope      string     `toml:"scope"`
	Note       string     `toml:"note"`
	Source     string     `toml:"source"`
	Confidence Confidence `toml:"confidence"`
}

// Cloud is a name (or names below it) that devices call, and who runs it.
type Cloud struct {
	Domain     string     `toml:"domain"`
	Match      string     `toml:"match"` // suffix, exact, glob
	Maker      string     `toml:"maker"` // maker id whose stack calls it; empty for shared infrastructure
	Operator   string     `toml:"operator"`
	Platform   bool       `toml:"platform"` // devices of others are built on it: who calls it need not be the maker's
	Country    string     `toml:"country"`  // of the operator
	Purpose    []string   `toml:"purpose"`
	Note       string     `toml:"note"`
	Source     string     `toml:"source"`
	Confidence Confidence `toml:"confidence"`
}

// List is an instrument that names makers (or rules that cover them).
type List struct {
	ID           string      `toml:"id"`
	Jurisdiction string      `toml:"jurisdiction"` // ISO alpha-2, or EU
	Instrument   string      `toml:"instrument"`
	Effect       string      `toml:"effect"`
	Rule         string      `toml:"rule"` // how it covers makers it does not name, for people
	Sources      []string    `toml:"sources"`
	Confidence   Confidence  `toml:"confidence"`
	Entries      []ListEntry `toml:"entry"`
}

// ListEntry is one company, or one class of companies ("*control:CN"), on a list.
type ListEntry struct {
	Company     string     `toml:"company"`     // maker id, or a rule: see ListEntry.Rule
	Certificate string     `toml:"certificate"` // for RuleUncertified: how papers name the certificate
	Date        string     `toml:"date"`        // YYYY-MM-DD
	Scope       string     `toml:"scope"`
	Confidence  Confidence `toml:"confidence"` // weakest of the list's and the entry's own
}

// Weakness is a published vulnerability and the versions it is in.
type Weakness struct {
	CVE        string
	Maker      string // maker id
	Product    string
	Ranges     []VersionRange // empty: the record gives none that can be compared, so never a finding
	Fixed      string
	Score      string // CVSS as the record gives it
	Type       string
	Auth       string
	KEV        bool
	KEVDate    string
	Source     string
	Verified   string // record, kev or page
	Confidence Confidence
}

// VersionRange is one affected range of one family of models.
type VersionRange struct {
	Models string // glob on the model, "" for every model of the product
	From   string // inclusive, "" for the beginning
	To     string // inclusive unless Before, "" for open
	Before bool   // To is the fixed version: exclusive
	Build  bool   // versions are build dates (yymmdd) rather than version numbers
	Doubt  bool   // the range itself is uncertain: a question, never a finding of its own
}

// Port says what a port number usually means on a camera.
type Port struct {
	Port       uint16     `toml:"port"`
	Proto      string     `toml:"proto"`
	Scan       int        `toml:"scan"` // place in the order in which a scan asks for it, from 1; 0: it does not
	Name       string     `toml:"name"`
	Makers     []string   `toml:"makers"`
	Meaning    string     `toml:"meaning"`
	Risk       string     `toml:"risk"`
	OnWAN      string     `toml:"on_wan"`
	Why        string     `toml:"why"`
	Source     string     `toml:"source"`
	Confidence Confidence `toml:"confidence"`
}

// Org is who the IEEE registry says an address block belongs to.
type Org struct {
	Name   string // as registered
	Prefix string // "bc:ad:28/24"
}

// Looker is the read side of Base that judgement needs; see Base for the contracts.
type Looker interface {
	Heeds(kind cordon.Kind) bool
	Match(kind cordon.Kind, value string) []Hit
	OUI(m cordon.MAC) (Org, bool)
	Cloud(name string) (*Cloud, bool)
	Where(a netip.Addr) cordon.Place
	Maker(id string) (*Maker, bool)
	MakerOfOrg(org string) (*Maker, bool)
	Relations(brand string) []Relation
	Lists(maker string, at time.Time) []ListHit
	ListRules(at time.Time) []ListHit
	Doubtful(maker, model, firmware string) []Weakness
	Newer(maker, model, firmware string) (Release, bool)
	Weaknesses(maker, model, firmware string) []Weakness
	Port(proto string, port uint16) (*Port, bool)
}

// ListHit is one list entry that covers a maker, by name or by country of control.
type ListHit struct {
	List    *List
	Entry   *ListEntry
	ByName  bool   // false: by the list's rule, through the maker's country or parent
	Through string // maker id that the entry names, when it is the maker's parent
}
