package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/guard"
)

// ruleBody is a guard.Rule as it is sent.
type ruleBody struct {
	Name     string          `json:"name" minLength:"1" maxLength:"200" doc:"Unique."`
	When     string          `json:"when" minLength:"1" maxLength:"2000" doc:"A condition: code == \"new-viewer\" && site == \"lab\" && hour >= 8"`
	Severity cordon.Severity `json:"severity,omitempty" enum:",info,low,medium,high,critical"`
	Quiet    bool            `json:"quiet,omitempty" doc:"The finding stays a finding: no alarm is made."`
	Assign   string          `json:"assign,omitempty" maxLength:"200"`
	Until    time.Time       `json:"until,omitzero" required:"false" doc:"It ends then; without it, it does not."`
	Off      bool            `json:"off,omitempty"`
	Why      string          `json:"why,omitempty" maxLength:"4000" doc:"For people."`
}

type rulesInput struct {
	Body struct {
		Items []ruleBody `json:"items" maxItems:"200" nullable:"false" doc:"In order: a later one has the last word."`
	}
}

func (s *Server) rules() {
	question(s, "/v1/rules", "rule.list", "rules", "Rules on how loud alarms are, in their order", func(context.Context, *struct{}) (*listOf[guard.Rule], error) {
		if s.Guard == nil {
			return nil, missing("a guard")
		}
		return allOf(s.Guard.Rules(), nil)
	})
	put := operation(http.MethodPut, "/v1/rules", "rule.put", "rules", "Take other rules, in place of all that were")
	put.Description = "Conditions are in the language of expr-lang.org over code, key, title, severity, site, device, class, brand, maker, model, name, address, conduct, watches, hour, weekday and at_least(severity, \"high\"). " +
		"They are checked before they are taken; alarms that stand are asked anew."
	change(s, put, func(ctx context.Context, in *rulesInput, d *done) (*listOf[guard.Rule], error) {
		if s.Guard == nil {
			return nil, missing("a guard")
		}
		var rules []guard.Rule
		for _, b := range in.Body.Items {
			rules = append(rules, guard.Rule(b))
		}
		if err := s.Guard.SetRules(ctx, rules); err != nil {
			return nil, err
		}
		d.about, d.detail = "rules", strconv.Itoa(len(rules))+" rules"
		return allOf(s.Guard.Rules(), nil)
	})
}
