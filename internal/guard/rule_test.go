package guard

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/watch"
)

func TestRulesAreChecked(t *testing.T) {
	for _, c := range []struct{ when, says string }{
		{`severty == "high"`, "unknown name severty"},
		{`severity > 3`, "invalid operation"},
		{`hour`, "bool"},
		{`at_least(severity, "grave")`, "severities are"},
		{`at_least(severity)`, "not enough arguments"},
		{`code in ["a"`, "unexpected"},
		{` `, "say true for always"},
		{strings.Repeat("true || ", 300) + "true", "two rules"},
		{`len(map(1..1000000, #)) > 1`, "memory"},
		{`code matches "("`, "parsing regexp"},
	} {
		err := CheckRules([]Rule{{Name: "mine", When: c.when, Quiet: true}})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), `rule "mine"`) {
			t.Errorf("%q: %v; want it to say %q", c.when[:min(len(c.when), 40)], err, c.says)
		}
	}
	for _, r := range []Rule{{When: "true", Quiet: true}, {Name: "x", When: "true"}, {Name: "x", When: "true", Severity: "grave"}} {
		if CheckRules([]Rule{r}) == nil {
			t.Errorf("%+v is taken", r)
		}
	}
	if err := CheckRules([]Rule{{Name: "x", When: "true", Quiet: true}, {Name: "x", When: "true", Quiet: true}}); err == nil || !strings.Contains(err.Error(), "two rules") {
		t.Errorf("two of one name: %v", err)
	}
	if err := CheckRules(DefaultRules()); err != nil {
		t.Error(err)
	}
	if err := CheckRules(make([]Rule, maxRules+1)); err == nil {
		t.Error("any number of rules is taken")
	}
}

// Every name that a condition may ask is in the message that lists them, and the other way round.
func TestRuleNamesAreTold(t *testing.T) {
	var names []string
	for i := range reflect.TypeFor[Env]().NumField() {
		names = append(names, reflect.TypeFor[Env]().Field(i).Tag.Get("expr"))
	}
	for _, n := range names {
		if !slices.Contains(envNames, n) {
			t.Errorf("%s is not told", n)
		}
	}
	if len(envNames) != len(names)+1 {
		t.Errorf("%d names, %d told", len(names), len(envNames))
	}
}

func TestRulesDecide(t *testing.T) {
	b := newBench(t, nil)
	b.learned("cam", "other")
	rules := append(DefaultRules(),
		Rule{Name: "the lobby", When: `device == "cam" && code == "stranger" && class == "camera"`, Severity: cordon.Low, Assign: "bob"},
		Rule{Name: "last word", When: `code == "stranger" && device == "cam"`, Severity: cordon.Medium},
		Rule{Name: "over", When: "true", Quiet: true, Until: day.Add(-time.Hour)},
		Rule{Name: "off", When: "true", Quiet: true, Off: true})
	if err := b.s.SetRules(t.Context(), rules); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.learned("cam", "other")
	b.s.Step(nil, judged(
		camera("cam", day, finding("stranger", cordon.Critical), finding("default-password", cordon.Medium), finding("beacon", cordon.Low)),
		camera("other", day, finding("stranger", cordon.Critical), finding("open-stream", cordon.Critical))), day)
	b.want("open-stream other raised", "stranger cam raised", "stranger other raised")
	for _, a := range b.rows() {
		if a.Device == "cam" && (a.Severity != cordon.Medium || a.Assignee != "bob") || a.Device == "other" && (a.Severity != cordon.Critical || a.Assignee != "") {
			t.Errorf("alarm is %+v", a)
		}
	}
	// Other rules are asked about what stands.
	err := b.s.SetRules(t.Context(), []Rule{{Name: "not the lobby", When: `device == "cam"`, Quiet: true}, {Name: "low", When: "true", Severity: cordon.Low}})
	if err != nil {
		t.Fatal(err)
	}
	b.want("open-stream other raised", "stranger cam resolved", "stranger other raised")
	for _, a := range b.rows() {
		if a.Device == "cam" && a.Why != "quiet by the rule not the lobby" || a.Device == "other" && a.Severity != cordon.Low {
			t.Errorf("alarm is %+v", a)
		}
	}
	if err := b.s.SetRules(t.Context(), []Rule{{Name: "x", When: "nonsense", Quiet: true}}); err == nil || len(b.s.Rules()) != 2 {
		t.Errorf("%v; the rules are %v", err, b.s.Rules())
	}
}

// FuzzRules takes what an owner, or a damaged store, may say: rules that are taken can be asked.
func FuzzRules(f *testing.F) {
	b, _ := json.Marshal(DefaultRules())
	f.Add(b)
	for _, when := range []string{`hour in 8..18 && weekday != "sunday"`, `title contains "Telnet" || address startsWith "10."`, `all(1..9, # > hour)`, `code matches "^new-" ? watches : !conduct`} {
		b, _ := json.Marshal([]Rule{{Name: "x", When: when, Quiet: true}})
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rules, err := decodeRules(b)
		if err != nil {
			return
		}
		set, err := compile(rules)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range set.programs {
			_, _ = ask(&set.machine, p, &Env{Severity: "critical"})
		}
	})
}

// FuzzDecode reads what may stand in the place of a state.
func FuzzDecode(f *testing.F) {
	s := &Service{state: watch.NewState(0)}
	d := camera("cam", day)
	watch.Step(nil, s.state, &watch.Event{Device: "cam", Judged: &d}, day)
	b, err := s.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &Service{}
		if s.decode(b) == nil && s.state == nil {
			t.Error("read, and there is no state")
		}
	})
}
