package guard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/store"
)

// Decision is what somebody decides about an alarm. Fields that do not belong to the Action are empty.
type Decision struct {
	Action   string    // acknowledge, snooze, assign, resolve or comment
	By       string    // who
	Until    time.Time // snooze: in the future
	Assignee string    // assign; empty: nobody any more
	Why      string    // resolve: never empty
	Comment  string    // comment: never empty; else empty or what to write beside it
}

// ErrDecision says that a decision makes no sense as it is.
var ErrDecision = errors.New("guard: no such decision")

// snoozeMost is for how long an alarm may be put off: what nobody wants to see for longer is a
// risk to accept.
const snoozeMost = 366 * 24 * time.Hour

// check says what is wrong with a decision.
func (d *Decision) check(now time.Time) error {
	switch {
	case strings.TrimSpace(d.By) == "":
		return fmt.Errorf("%w: say who decides", ErrDecision)
	case d.Action == "snooze" && (!d.Until.After(now) || d.Until.Sub(now) > snoozeMost):
		return fmt.Errorf("%w: snooze until a time in the coming year", ErrDecision)
	case d.Action == "resolve" && strings.TrimSpace(d.Why) == "":
		return fmt.Errorf("%w: say why it is resolved", ErrDecision)
	case d.Action == "comment" && strings.TrimSpace(d.Comment) == "":
		return fmt.Errorf("%w: the comment is empty", ErrDecision)
	case !slices.Contains([]string{"acknowledge", "snooze", "assign", "resolve", "comment"}, d.Action):
		return fmt.Errorf("%w: %q: say acknowledge, snooze, assign, resolve or comment", ErrDecision, d.Action)
	}
	return nil
}

// Decide does one thing to one alarm, writes it and gives the alarm as it is then. Errors are
// ErrDecision, store.ErrNotFound or the store's; what the store refused for now is kept and
// tried again.
func (s *Service) Decide(ctx context.Context, id int64, d Decision) (cordon.Alarm, error) {
	return s.decide(ctx, id, d, time.Now())
}

func (s *Service) decide(ctx context.Context, id int64, d Decision, now time.Time) (cordon.Alarm, error) {
	if err := d.check(now); err != nil {
		return cordon.Alarm{}, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	r, err := s.row(ctx, id)
	if err != nil {
		return cordon.Alarm{}, err
	}
	if d.Comment != "" {
		if err := s.config.Store.Comment(ctx, id, cordon.Comment{At: now.UTC(), By: d.By, Text: d.Comment}); err != nil {
			return cordon.Alarm{}, err
		}
	}
	s.mu.Lock()
	err = s.act(r, &d, now)
	s.mu.Unlock()
	if err != nil {
		return cordon.Alarm{}, err
	}
	if err := s.write(ctx, r); err != nil {
		return cordon.Alarm{}, err
	}
	return s.config.Store.Alarm(ctx, id)
}

// row gives the row of an alarm; of one that rested for long, one of its own.
func (s *Service) row(ctx context.Context, id int64) (*row, error) {
	s.mu.Lock()
	r := s.byID[id]
	s.mu.Unlock()
	if r != nil {
		return r, nil
	}
	a, err := s.config.Store.Alarm(ctx, id)
	if err != nil {
		return nil, err
	}
	return &row{alarm: a}, nil
}

// act carries a decision out. s.mu is held.
func (s *Service) act(r *row, d *Decision, now time.Time) error {
	a := &r.alarm
	if a.State == cordon.AlarmResolved && d.Action != "comment" {
		return fmt.Errorf("%w: alarm %d is resolved: its cause seen again makes a new one", ErrDecision, a.ID)
	}
	r.sacred = true
	switch d.Action {
	case "acknowledge":
		a.State, a.Until = cordon.AlarmAcknowledged, time.Time{}
	case "snooze":
		a.State, a.Until = cordon.AlarmSnoozed, d.Until.UTC()
	case "assign":
		a.Assignee = d.Assignee
	case "resolve":
		r.person = true
		s.resolve(causeOf(&a.Finding), r, d.By+": "+d.Why, now)
		return nil
	}
	r.touch(now)
	return nil
}

// Accept lives with a finding until a date, and resolves the alarms that fall under it. The
// reason, who and until when are needed.
func (s *Service) Accept(ctx context.Context, a cordon.AcceptedRisk) (cordon.AcceptedRisk, error) {
	now := time.Now()
	if strings.TrimSpace(a.Reason) == "" || strings.TrimSpace(a.By) == "" || !a.Until.After(now) {
		return a, fmt.Errorf("%w: a risk is accepted for a reason, by somebody and until a time in the future", ErrDecision)
	}
	if a.At.IsZero() {
		a.At = now.UTC()
	}
	id, err := s.config.Store.Accept(ctx, a)
	if err != nil {
		return a, err
	}
	a.ID = id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = append(s.accepted, a)
	s.settleRisks(now)
	return a, nil
}

// EndAccepted ends an accepted risk now: what stands is raised again as soon as it is seen.
func (s *Service) EndAccepted(ctx context.Context, id int64) error {
	now := time.Now()
	if err := s.config.Store.EndAccepted(ctx, id, now); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = slices.DeleteFunc(s.accepted, func(a cordon.AcceptedRisk) bool { return a.ID == id })
	return nil
}

// Rules gives the rules as they are now. The slice is the caller's.
func (s *Service) Rules() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rules.rules)
}

// SetRules takes other rules, if they are right, and asks them about every alarm that stands.
// The error says what is wrong with which rule (CheckRules).
func (s *Service) SetRules(ctx context.Context, rules []Rule) error {
	rules = slices.Clone(rules)
	set, err := compile(rules)
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	b, err := json.Marshal(append([]Rule{}, rules...))
	if err == nil {
		err = s.config.Store.PutSetting(ctx, rulesSetting, b)
	}
	if err != nil {
		return fmt.Errorf("guard: rules: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = set
	s.settleRules(time.Now())
	return nil
}

// settleRules asks the rules about every alarm that stands, as of when it was raised: those
// that would not be raised now are resolved, the others get their severity. s.mu is held.
func (s *Service) settleRules(now time.Time) {
	for c, r := range s.open {
		if c.key == crowdKey {
			continue
		}
		a := &r.alarm
		f := a.Finding
		f.Severity = cmp.Or(r.found, a.Severity)
		switch v := s.judge(&f, seen{site: a.Site, now: a.Raised}); {
		case v.quiet:
			s.resolve(c, r, v.rule, now)
		case v.severity != a.Severity:
			a.Severity = v.severity
			r.touch(now)
		}
	}
}

// settleRisks resolves the alarms that fall under an accepted risk. s.mu is held.
func (s *Service) settleRisks(now time.Time) {
	for c, r := range s.open {
		if a := s.accepts(&r.alarm.Finding, now); a != nil {
			s.resolve(c, r, acceptedWords(a), now)
		}
	}
}
