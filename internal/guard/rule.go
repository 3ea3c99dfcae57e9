package guard

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"cordon"
	"cordon/internal/watch"
)

// Rule is what the owner says of alarms: when its condition holds, what then. Rules are asked
// in order; a later one has the last word on severity and assignee, and any may say quiet.
type Rule struct {
	Name     string          `json:"name"` // unique
	When     string          `json:"when"` // a condition over the names of Env
	Severity cordon.Severity `json:"severity,omitempty"`
	Quiet    bool            `json:"quiet,omitempty"` // the finding stays a finding: no alarm is made
	Assign   string          `json:"assign,omitempty"`
	Until    time.Time       `json:"until,omitzero"` // it ends then; zero: it does not
	Off      bool            `json:"off,omitempty"`
	Why      string          `json:"why,omitempty"` // for people
}

// Env is what a condition may ask: the names are those in the expr tags, and conduct and
// at_least. A text that is not known is empty.
type Env struct {
	Code     string `expr:"code"`
	Key      string `expr:"key"`
	Title    string `expr:"title"`
	Severity string `expr:"severity"` // as found, before any rule
	Site     string `expr:"site"`
	Device   string `expr:"device"`
	Class    string `expr:"class"`
	Brand    string `expr:"brand"`
	Maker    string `expr:"maker"`
	Model    string `expr:"model"`
	Name     string `expr:"name"`
	Address  string `expr:"address"` // the first of its addresses
	Conduct  bool   `expr:"conduct"` // what it does; false: how it is set up
	Watches  bool   `expr:"watches"` // its class sees or hears people
	Hour     int    `expr:"hour"`    // 0..23, where Cordon runs
	Weekday  string `expr:"weekday"` // "monday"
}

// Bounds of rules.
const (
	maxRules   = 200
	maxWhen    = 2000 // bytes
	ruleNodes  = 300
	ruleMemory = 10_000 // elements that one condition may make
)

// ruleset is rules ready to be asked.
type ruleset struct {
	rules    []Rule
	programs []*vm.Program
	machine  vm.VM // asked again and again: its stack is kept
}

// CheckRules says what is wrong with rules, naming the rule and the place; nil: nothing.
func CheckRules(rules []Rule) error {
	_, err := compile(rules)
	return err
}

func compile(rules []Rule) (*ruleset, error) {
	if len(rules) > maxRules {
		return nil, fmt.Errorf("%d rules are more than %d", len(rules), maxRules)
	}
	set := &ruleset{rules: rules}
	names := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if names[r.Name] {
			return nil, fmt.Errorf("two rules are called %q: give one of them another name", r.Name)
		}
		names[r.Name] = true
		p, err := r.compile()
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", r.Name, err)
		}
		set.programs = append(set.programs, p)
	}
	return set, nil
}

// compile checks a rule and makes its program.
func (r *Rule) compile() (*vm.Program, error) {
	switch {
	case strings.TrimSpace(r.Name) == "" || len(r.Name) > 200:
		return nil, fmt.Errorf("a rule needs a name of at most 200 bytes")
	case strings.TrimSpace(r.When) == "":
		return nil, fmt.Errorf("when is empty: say true for always")
	case len(r.When) > maxWhen:
		return nil, fmt.Errorf("when is longer than %d bytes: make two rules of it", maxWhen)
	case r.Severity != "" && r.Severity.Rank() < 0:
		return nil, fmt.Errorf("severity %q: say info, low, medium, high or critical", r.Severity)
	case r.Severity == "" && !r.Quiet && r.Assign == "":
		return nil, fmt.Errorf("it does nothing: give a severity, quiet or assign")
	}
	p, err := expr.Compile(r.When, expr.Env(&Env{}), expr.AsBool(), expr.MaxNodes(ruleNodes), atLeast, expr.DisableBuiltin("now"))
	if err != nil {
		return nil, fmt.Errorf("when: %w; known are %s", err, strings.Join(envNames, ", "))
	}
	if _, err := ask(new(vm.VM), p, &sample); err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	return p, nil
}

// atLeast compares severities in conditions: at_least(severity, "high").
var atLeast = expr.Function("at_least", func(params ...any) (any, error) {
	x, y := cordon.Severity(params[0].(string)).Rank(), cordon.Severity(params[1].(string)).Rank()
	if x < 0 || y < 0 {
		return nil, fmt.Errorf("at_least(%q, %q): severities are info, low, medium, high and critical", params[0], params[1])
	}
	return x >= y, nil
}, new(func(string, string) bool))

// sample is an environment to try a rule on before it is taken.
var sample = Env{
	Code: "new-viewer", Severity: "high", Device: "aa:bb:cc:00:11:22", Site: "main", Class: "camera", Brand: "Acme", Maker: "Acme",
	Model: "C-100", Name: "cam1", Address: "192.0.2.20", Title: "Somebody watches", Conduct: true, Watches: true, Hour: 12, Weekday: "monday",
}

// envNames are what conditions may ask, for messages.
var envNames = []string{
	"code", "key", "title", "severity", "site", "device", "class", "brand", "maker", "model", "name", "address",
	"conduct", "watches", "hour", "weekday", "at_least(severity, \"high\")",
}

// ask asks a condition. It never panics, whatever the condition does.
func ask(machine *vm.VM, p *vm.Program, e *Env) (yes bool, err error) {
	machine.MemoryBudget = ruleMemory
	out, err := machine.Run(p, e)
	if err != nil {
		return false, err
	}
	yes, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("the condition gave %T, not yes or no", out)
	}
	return yes, nil
}

// verdict is what rules say of a finding.
type verdict struct {
	severity cordon.Severity
	quiet    bool
	assign   string
	rule     string // that made it quiet
}

// judge asks the rules and the accepted risks.
func (s *Service) judge(f *cordon.Finding, how seen) verdict {
	v := verdict{severity: f.Severity}
	if a := s.accepts(f, how.now); a != nil {
		v.quiet, v.rule = true, acceptedWords(a)
		return v
	}
	e := s.env(f, how)
	for i := range s.rules.rules {
		r := &s.rules.rules[i]
		if r.Off || !r.Until.IsZero() && !how.now.Before(r.Until) {
			continue
		}
		if yes, err := ask(&s.rules.machine, s.rules.programs[i], &e); err != nil || !yes {
			continue
		}
		if r.Quiet {
			v.quiet, v.rule = true, "quiet by the rule "+r.Name
			return v
		}
		if r.Severity != "" {
			v.severity = r.Severity
		}
		if r.Assign != "" {
			v.assign = r.Assign
		}
	}
	return v
}

func (s *Service) env(f *cordon.Finding, how seen) Env {
	d, at := s.ids[f.Device], how.now.In(s.config.Zone)
	return Env{
		Code: f.Code, Key: f.Key, Title: f.Title, Severity: string(f.Severity), Site: how.site, Device: f.Device,
		Class: d.class, Brand: d.brand, Maker: d.maker, Model: d.model, Name: d.name, Address: d.address,
		Conduct: conduct[f.Code], Watches: cordon.Watches(d.class), Hour: at.Hour(), Weekday: weekdays[at.Weekday()],
	}
}

// weekdays are indexed by time.Weekday.
var weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// conduct are the codes of what devices, and Cordon's own parts, do.
var conduct = func() map[string]bool {
	m := map[string]bool{}
	for _, a := range watch.Alarms() {
		m[a.Code] = true
	}
	for _, a := range watch.Lives() {
		m[a.Code] = true
	}
	for _, a := range ownAlarms {
		m[a.Code] = true
	}
	return m
}()

// DefaultRules are those of who has none of his own. The slice is the caller's.
func DefaultRules() []Rule {
	return []Rule{
		{Name: "information is no alarm", When: `severity == "info"`, Quiet: true, Why: "it is in the list of findings"},
		{Name: "weaknesses below high are findings", When: `!conduct && !at_least(severity, "high")`, Quiet: true,
			Why: "how a device is set up is mended in its time, and counts for its grade; what it does cannot wait"},
		{Name: "habits are findings", When: `severity == "low" && code in ["beacon", "own-dns", "own-ntp", "hard-coded-address", "cloud-in-use"]`, Quiet: true,
			Why: "what a device does all day needs a decision, not an alarm"},
		{Name: "watched by night", When: `code == "new-viewer" && (hour < 6 || hour >= 22)`, Severity: cordon.High, Off: true,
			Why: "an example: switch it on where nobody watches by night"},
	}
}

// decodeRules reads rules as they are stored.
func decodeRules(b []byte) ([]Rule, error) {
	var rules []Rule
	if err := json.Unmarshal(b, &rules); err != nil {
		return nil, fmt.Errorf("guard rules: %w", err)
	}
	return rules, CheckRules(rules)
}
