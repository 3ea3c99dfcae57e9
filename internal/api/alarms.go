package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/guard"
	"cordon/internal/store"
)

type alarmsInput struct {
	States   []string `query:"state,explode" enum:"raised,acknowledged,snoozed,resolved" doc:"Without it, all."`
	Severity string   `query:"severity" enum:",info,low,medium,high,critical" doc:"At least that severe."`
	Device   string   `query:"device" maxLength:"200"`
	Code     string   `query:"code" maxLength:"100"`
	SitesFilter
	Assignee string    `query:"assignee" maxLength:"200"`
	Since    time.Time `query:"since" doc:"Changed since."`
	Sort     string    `query:"sort" enum:",changed,-changed,raised,-raised,severity,-severity" doc:"Without it: changed last, first."`
	PageInput
}

func (s *Server) alarms() {
	question(s, "/v1/alarms", "alarm.list", "alarms", "Alarms, without their comments", func(ctx context.Context, in *alarmsInput) (*listOutput[cordon.Alarm], error) {
		p, err := s.Store.Alarms(ctx, store.AlarmsQuery{
			States: in.States, Severities: atLeast(in.Severity), Device: in.Device, Code: in.Code, Sites: in.Sites, Assignee: in.Assignee,
			Since: in.Since, Sort: in.Sort, Page: in.page(),
		})
		if s.Guard != nil && in.Cursor == "" {
			p.Rows = slices.Concat(unsaved(s.Guard.Unsaved(), in), p.Rows)
		}
		return pageOf(ctx, p.Rows, p.Next), err
	})
	question(s, "/v1/alarms/{id}", "alarm.get", "alarms", "One alarm with what was said of it", func(ctx context.Context, in *IDInput) (*one[cordon.Alarm], error) {
		return oneOf(s.Store.Alarm(ctx, in.ID))
	})
	decision(s, "acknowledge", "Say that somebody has seen it", func(in *acknowledgeInput) guard.Decision {
		return guard.Decision{Comment: in.Body.Comment}
	})
	decision(s, "snooze", "Be quiet about it until a time; then it is raised again", func(in *snoozeInput) guard.Decision {
		return guard.Decision{Until: in.Body.Until, Comment: in.Body.Comment}
	})
	decision(s, "assign", "Give it to somebody", func(in *assignInput) guard.Decision {
		return guard.Decision{Assignee: in.Body.Assignee, Comment: in.Body.Comment}
	})
	decision(s, "resolve", "Close it, and say why; the same cause seen again is a new alarm", func(in *resolveInput) guard.Decision {
		return guard.Decision{Why: in.Body.Why}
	})
	decision(s, "comments", "Write something beside it", func(in *commentInput) guard.Decision {
		return guard.Decision{Comment: in.Body.Text}
	})
}

// unsaved keeps of the alarms that the store could not take yet those that are asked for. They
// stand first on the first page, whatever the order.
func unsaved(all []cordon.Alarm, in *alarmsInput) []cordon.Alarm {
	fits := func(want, is string) bool { return want == "" || want == is }
	return slices.DeleteFunc(all, func(a cordon.Alarm) bool {
		return len(in.States) > 0 && !slices.Contains(in.States, string(a.State)) || in.Severity != "" && a.Severity.Rank() < cordon.Severity(in.Severity).Rank() ||
			!fits(in.Device, a.Device) || !fits(in.Code, a.Code) || !among(in.Sites, a.Site) || !fits(in.Assignee, a.Assignee) || a.Changed.Before(in.Since)
	})
}

type (
	acknowledgeInput struct {
		IDInput
		Body struct {
			Comment string `json:"comment,omitempty" maxLength:"4000"`
		}
	}
	snoozeInput struct {
		IDInput
		Body struct {
			Until   time.Time `json:"until" doc:"In the future, at most a year away."`
			Comment string    `json:"comment,omitempty" maxLength:"4000"`
		}
	}
	assignInput struct {
		IDInput
		Body struct {
			Assignee string `json:"assignee" maxLength:"200" doc:"Empty: nobody any more."`
			Comment  string `json:"comment,omitempty" maxLength:"4000"`
		}
	}
	resolveInput struct {
		IDInput
		Body struct {
			Why string `json:"why" minLength:"1" maxLength:"4000" doc:"What was done, or why nothing needs to be."`
		}
	}
	commentInput struct {
		IDInput
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"4000"`
		}
	}
)

func (in *IDInput) number() int64 { return in.ID }

// actions are the verbs of paths, as guard names them.
var actions = map[string]string{"acknowledge": "acknowledge", "snooze": "snooze", "assign": "assign", "resolve": "resolve", "comments": "comment"}

// decision registers one thing that can be decided about an alarm.
func decision[I any, P interface {
	*I
	number() int64
}](s *Server, verb, summary string, read func(*I) guard.Decision) {
	op := operation(http.MethodPost, "/v1/alarms/{id}/"+verb, "alarm."+actions[verb], "alarms", summary)
	change(s, op, func(ctx context.Context, in *I, d *done) (*one[cordon.Alarm], error) {
		if s.Guard == nil {
			return nil, missing("a guard")
		}
		what := read(in)
		what.Action, what.By = actions[verb], by(ctx)
		id := P(in).number()
		a, err := s.Guard.Decide(ctx, id, what)
		if err != nil {
			return nil, err
		}
		d.about, d.detail = "alarm "+strconv.FormatInt(id, 10), a.Code+" on "+a.Device
		if what.Action == "snooze" {
			d.detail += " until " + what.Until.UTC().Format(time.RFC3339)
		}
		if what.Action == "assign" {
			d.detail += " to " + what.Assignee
		}
		return &one[cordon.Alarm]{a}, nil
	})
}
