package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/guard"
	"cordon/internal/report"
)

type rulesCmd struct {
	List   rulesListCmd   `cmd:"" default:"withargs" help:"The rules on how loud alarms are, in their order: a later one has the last word."`
	Add    rulesAddCmd    `cmd:"" help:"Add a rule at the end, or put it in the place of the one of that name."`
	Remove rulesRemoveCmd `cmd:"" help:"Remove rules."`
	On     rulesOnCmd     `cmd:"" help:"Let rules hold again that were off."`
	Off    rulesOffCmd    `cmd:"" help:"Let rules stand, but not hold."`
}

type rulesListCmd struct {
	asking
	tabular
}

func (c *rulesListCmd) Run(e *env) error {
	all, err := wholeList[guard.Rule](e, &c.asking, "/v1/rules", nil)
	if err != nil {
		return err
	}
	a := tableOf(all, ruleColumns)
	a.empty = `There is no rule: every finding is as loud as its severity. cordon rules add NAME --when 'site == "lab"' --quiet makes one.`
	return c.write(e, &a)
}

var ruleColumns = []column[guard.Rule]{
	{head: "name", cell: func(r *guard.Rule) string { return r.Name }},
	{head: "when", cell: func(r *guard.Rule) string { return r.When }},
	{head: "then", cell: ruleThen},
	{head: "until", cell: func(r *guard.Rule) string { return moment(r.Until) }},
	{head: "why", cell: func(r *guard.Rule) string { return r.Why }},
}

// ruleThen is what a rule does.
func ruleThen(r *guard.Rule) string {
	var does []string
	if r.Off {
		does = append(does, "(off)")
	}
	if r.Quiet {
		does = append(does, "quiet")
	}
	if r.Severity != "" {
		does = append(does, string(r.Severity))
	}
	if r.Assign != "" {
		does = append(does, "to "+r.Assign)
	}
	return strings.Join(does, ", ")
}

type rulesAddCmd struct {
	asking
	Name     string `arg:"" help:"What to call it."`
	When     string `required:"" placeholder:"CONDITION" help:"When it holds, like: site == \"lab\" && code == \"new-device\"."`
	Quiet    bool   `help:"Raise no alarm; the finding stays a finding."`
	Severity string `enum:",info,low,medium,high,critical" default:"" help:"Make it this severe: info, low, medium, high or critical."`
	Assign   string `placeholder:"NAME" help:"Give the alarm to somebody."`
	Until    string `placeholder:"TIME" help:"How long (90d) or until when (2027-03-01); without it, until it is removed."`
	Why      string `short:"m" placeholder:"TEXT" help:"Why, for whoever reads it later."`
}

// Help is what cordon rules add --help adds.
func (c *rulesAddCmd) Help() string {
	return `A condition is over code, key, title, severity, site, device, class, brand, maker, model, name, address, conduct, watches, hour, weekday and at_least(severity, "high"). It is checked before it is taken, and alarms that stand are asked anew. docs/alarms.md has the codes and more examples.`
}

func (c *rulesAddCmd) Run(e *env) error {
	r := guard.Rule{Name: c.Name, When: c.When, Quiet: c.Quiet, Severity: cordon.Severity(c.Severity), Assign: c.Assign, Why: c.Why}
	if ruleThen(&r) == "" {
		return errors.New("say what the rule does: --quiet, --severity or --assign")
	}
	if c.Until != "" {
		until, err := untilTime("--until", c.Until, time.Now())
		if err != nil {
			return err
		}
		r.Until = until.UTC().Truncate(time.Second)
	}
	return c.change(e, func(all []guard.Rule) ([]guard.Rule, error) {
		if i := slices.IndexFunc(all, func(x guard.Rule) bool { return x.Name == r.Name }); i >= 0 {
			all[i] = r
			return all, nil
		}
		return append(all, r), nil
	})
}

// ruleNames are the rules that something is done with.
type ruleNames struct {
	asking
	Names []string `arg:"" name:"name" help:"Names of rules."`
}

type (
	rulesRemoveCmd struct{ ruleNames }
	rulesOnCmd     struct{ ruleNames }
	rulesOffCmd    struct{ ruleNames }
)

func (c *rulesRemoveCmd) Run(e *env) error {
	return c.each(e, func(all []guard.Rule, i int) []guard.Rule { return slices.Delete(all, i, i+1) })
}

func (c *rulesOnCmd) Run(e *env) error {
	return c.each(e, func(all []guard.Rule, i int) []guard.Rule { all[i].Off = false; return all })
}

func (c *rulesOffCmd) Run(e *env) error {
	return c.each(e, func(all []guard.Rule, i int) []guard.Rule { all[i].Off = true; return all })
}

// each does the same with every rule named.
func (c *ruleNames) each(e *env, do func([]guard.Rule, int) []guard.Rule) error {
	return c.change(e, func(all []guard.Rule) ([]guard.Rule, error) {
		for _, name := range c.Names {
			i := slices.IndexFunc(all, func(r guard.Rule) bool { return r.Name == name })
			if i < 0 {
				return nil, fmt.Errorf("no rule is called %s: cordon rules lists them", report.Clean(name))
			}
			all = do(all, i)
		}
		return all, nil
	})
}

// change puts other rules in the place of those there are, unless they changed meanwhile.
func (c *asking) change(e *env, how func([]guard.Rule) ([]guard.Rule, error)) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	a, err := cl.send(e.ctx, http.MethodGet, "/v1/rules", nil, nil)
	if err != nil {
		return err
	}
	read := http.Header{"Content-Type": {"application/json"}, "If-Match": {a.Header.Get("ETag")}}
	var rules paged[guard.Rule]
	if err := readAnswer(a, &rules); err != nil {
		return err
	}
	if rules.Items, err = how(rules.Items); err != nil {
		return err
	}
	if rules.Items == nil {
		rules.Items = []guard.Rule{}
	}
	text, err := jsonBody(map[string]any{"items": rules.Items})
	if err != nil {
		return err
	}
	if a, err = cl.sendFile(e.ctx, http.MethodPut, "/v1/rules", nil, read, text); err != nil {
		return err
	}
	if err := readAnswer(a, &rules); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, report.Plural(len(rules.Items), "rule")+" now: "+strconv.Itoa(holding(rules.Items))+" of them hold")
	return err
}

// holding is how many rules are not off.
func holding(all []guard.Rule) int {
	n := 0
	for i := range all {
		if !all[i].Off {
			n++
		}
	}
	return n
}
