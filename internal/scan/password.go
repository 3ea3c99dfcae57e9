package scan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/reach"
)

// Passwords says that factory passwords are to be tried, and how without harm.
type Passwords struct {
	// Factory gives the log-ins with which a device that said this is known to have left the factory.
	Factory func(seen []cordon.Observation) []ask.Factory
	// Mark stands for a password of an account in the budget, which remembers by it what was wrong;
	// it must not give the password away (docs/format/budget.md). The same one gives the same mark.
	Mark func(a reach.Account, password ask.Secret) string
	// Again tries those too that an earlier run has found wrong.
	Again bool
}

// tryFactory looks whether a factory password still works on a host that was interviewed: at one
// place, one try at a time, each paid for before from the account's budget. It stops at the
// first answer that is neither plainly right nor plainly wrong, and notes why nothing was tried.
func (s *scanner) tryFactory(ctx context.Context, h *host) {
	if s.c.Passwords == nil || ctx.Err() != nil {
		return
	}
	if !private(h.addr) {
		s.note(h, "password.untried", "public")
		return
	}
	v := s.view(h)
	trials, why := ask.Trials(v, s.c.Passwords.Factory(v.Seen))
	trial, first, why := s.choose(ctx, h, trials, why)
	if trial == nil {
		if ctx.Err() == nil {
			s.note(h, "password.untried", string(why))
		}
		return
	}
	s.tryAll(ctx, h, trial)
	s.confirm(ctx, h, trial, first)
}

// private reports whether passwords may be tried at an address at all: nobody else's answers there.
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// choose gives the first trial whose place offers a safe log-in, and what it answers without one; nil
// and the most telling reason where there is none.
func (s *scanner) choose(ctx context.Context, h *host, trials []ask.Trial, why ask.NoTry) (*ask.Trial, []byte, ask.NoTry) {
	for i := range trials {
		if ctx.Err() != nil {
			break
		}
		look, ok := s.look(ctx, h, &trials[i])
		no := ask.Nowhere
		if ok {
			no = trials[i].Offers(look)
		}
		switch {
		case no == "":
			return &trials[i], look, ""
		case no == ask.LockedNow:
			return nil, nil, no
		case why == "" || no.Tells(why):
			why = no
		}
	}
	return nil, nil, why
}

// look asks the trial's place without a log-in.
func (s *scanner) look(ctx context.Context, h *host, t *ask.Trial) ([]byte, bool) {
	x := s.make(ctx, h, &t.Look)
	return x.heard, len(x.heard) > 0
}

// tally is how the tries of a host stand.
type tally struct {
	wrong int       // refused, in this run or an earlier one
	left  int       // for which there is no budget now
	next  time.Time // when there is, the earliest; zero with left: never
	full  map[string]bool
	over  bool // nothing more may be tried
}

// tryAll makes the tries that the accounts' budgets allow, and notes what is left for when.
func (s *scanner) tryAll(ctx context.Context, h *host, t *ask.Trial) {
	count := tally{full: map[string]bool{}}
	known, err := s.knownWrong(h, t)
	if err != nil {
		s.warn(err.Error() + ": no passwords are tried")
		return
	}
	for n := range t.Tries {
		try := &t.Tries[n]
		switch {
		case slices.Contains(known[try.User], s.c.Passwords.Mark(s.account(h, try.User), try.Password)):
			count.wrong++
		case count.full[try.User]:
			count.left++
		default:
			s.try(ctx, h, t, n, &count)
		}
		if count.over || ctx.Err() != nil {
			return
		}
	}
	s.note(h, "password.tried", fmt.Sprintf("%d of %d", count.wrong, len(t.Tries)))
	switch {
	case count.left == 0:
	case count.next.IsZero():
		s.note(h, "password.waits", "never: its lock-out rule leaves no room for a try")
	default:
		s.note(h, "password.waits", count.next.UTC().Format(time.RFC3339))
	}
}

// knownWrong gives, by account, the marks of passwords that earlier runs have tried; none where they
// are to be tried again.
func (s *scanner) knownWrong(h *host, t *ask.Trial) (map[string][]string, error) {
	out := map[string][]string{}
	for i := range t.Tries {
		user := t.Tries[i].User
		if _, done := out[user]; done {
			continue
		}
		a := s.account(h, user)
		if s.c.Passwords.Again {
			if err := s.c.Budget.Forget(a, s.now()); err != nil {
				return nil, err
			}
		}
		marks, err := s.c.Budget.KnownWrong(a)
		if err != nil {
			return nil, err
		}
		out[user] = marks
	}
	return out, nil
}

// try makes the nth try where its account's budget allows one.
func (s *scanner) try(ctx context.Context, h *host, t *ask.Trial, n int, count *tally) {
	try := &t.Tries[n]
	before, ok := s.look(ctx, h, t)
	if !ok {
		count.over = true
		return
	}
	if left, said := ask.Remaining(before); said && left <= 2 {
		s.note(h, "password.waits", "the device says that few tries are left")
		count.over = true
		return
	}
	r, err := try.Request(n, before)
	if err != nil {
		s.note(h, "password.odd", "it offered a log-in, and then none that is safe")
		count.over = true
		return
	}
	a, now := s.account(h, try.User), s.now()
	if err := s.c.Budget.Spend(a, reach.Limit{Tries: t.Limit.Tries, Window: t.Limit.Window}, now); err != nil {
		s.putOff(err, try.User, count)
		return
	}
	x := s.make(ctx, h, &r) // not heard: an answer to a log-in is judged and forgotten
	s.judge(h, try, try.Judge(before, x.heard), a, now, count)
}

// judge acts on what the answer to a try means.
func (s *scanner) judge(h *host, try *ask.Try, v ask.Verdict, a reach.Account, spent time.Time, count *tally) {
	var err error
	switch v {
	case ask.Miss:
		count.wrong++
		err = s.c.Budget.Wrong(a, s.c.Passwords.Mark(a, try.Password), spent)
	case ask.Hit:
		kind, value := try.Fact()
		s.note(h, kind, value)
		err = s.c.Budget.Right(a, spent)
		count.over = true
	default:
		s.note(h, "password.odd", v.String())
		count.over = true
	}
	if err != nil {
		s.warn(err.Error())
	}
}

// putOff remembers when the next try of an account is allowed.
func (s *scanner) putOff(err error, user string, count *tally) {
	var spent *reach.SpentError
	if !errors.As(err, &spent) {
		s.warn(err.Error() + ": no passwords are tried")
		count.over = true
		return
	}
	count.left++
	count.full[user] = true
	if !spent.Next.IsZero() && (count.next.IsZero() || spent.Next.Before(count.next)) {
		count.next = spent.Next
	}
}

// confirm looks once more whether everything is as before: that nothing is locked.
func (s *scanner) confirm(ctx context.Context, h *host, t *ask.Trial, first []byte) {
	last, ok := s.look(ctx, h, t)
	if ctx.Err() == nil && (!ok || !t.Unchanged(first, last)) {
		s.note(h, "password.odd", "changed")
	}
}

// account is the budget's name for an account of the host: by MAC address where it is known,
// since a device that changes its address has the same accounts.
func (s *scanner) account(h *host, user string) reach.Account {
	if mac := s.macOf(h); mac != (cordon.MAC{}) {
		if _, on := s.c.Door.OnLink(h.addr); on {
			return reach.Account{Host: mac.String(), User: user}
		}
	}
	return reach.Account{Host: h.addr.String(), User: user}
}

// now is the time by which the budget counts.
func (s *scanner) now() time.Time {
	if s.c.Now != nil {
		return s.c.Now()
	}
	return time.Now()
}
