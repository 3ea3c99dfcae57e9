package scan

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/reach"
)

// Passwords says that factory passwords are to be tried, and how without harm.
type Passwords struct {
	// Factory gives the log-ins with which a device that said this is known to have left the factory.
	Factory func(seen []cordon.Observation) []ask.Factory
}

// tryFactory looks whether a factory password still works on a host that was interviewed: one
// place, one try at a time, each paid for before from the account's budget. It stops at the
// first answer that is neither plainly right nor plainly wrong.
func (s *scanner) tryFactory(ctx context.Context, h *host) {
	if s.c.Passwords == nil || ctx.Err() != nil || !private(h.addr) {
		return
	}
	v := s.view(h)
	trial, ok := ask.NewTrial(v, s.c.Passwords.Factory(v.Seen))
	if !ok {
		return
	}
	first, ok := s.look(ctx, h, &trial)
	if !ok {
		return
	}
	for n := range trial.Tries {
		if !s.try(ctx, h, &trial, n) {
			break
		}
	}
	if last, ok := s.look(ctx, h, &trial); !ok || !trial.Unchanged(first, last) {
		s.note(h, "password.odd", "after the tries it answers otherwise than before")
	}
}

// private reports whether passwords may be tried at an address at all: nobody else's answers there.
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

// look asks the trial's place without a log-in.
func (s *scanner) look(ctx context.Context, h *host, t *ask.Trial) ([]byte, bool) {
	x := s.make(ctx, h, &t.Look)
	return x.heard, len(x.heard) > 0
}

// try makes the nth try and reports whether to go on.
func (s *scanner) try(ctx context.Context, h *host, t *ask.Trial, n int) bool {
	try := &t.Tries[n]
	before, ok := s.look(ctx, h, t)
	if !ok {
		return false
	}
	limit := reach.Limit{Tries: t.Limit.Tries, Window: t.Limit.Window}
	if left, said := ask.Remaining(before); said && left <= 2 {
		s.note(h, "password.waits", "the device says that few tries are left")
		return false
	}
	r, err := try.Request(n, before)
	if err != nil {
		return false
	}
	if err := s.c.Budget.Spend(s.account(h, try.User), limit, time.Now()); err != nil {
		s.putOff(h, err)
		return false
	}
	x := s.make(ctx, h, &r) // not heard: an answer to a log-in is judged and forgotten
	switch v := try.Judge(before, x.heard); v {
	case ask.Hit:
		kind, value := try.Fact()
		s.note(h, kind, value)
		return false
	case ask.Miss:
		return true
	default:
		s.note(h, "password.odd", v.String())
		return false
	}
}

// putOff notes when the next try is allowed.
func (s *scanner) putOff(h *host, err error) {
	var spent *reach.SpentError
	switch {
	case !errors.As(err, &spent):
		s.warn(err.Error() + ": no passwords are tried")
	case spent.Next.IsZero():
		s.note(h, "password.waits", "never: its lock-out rule leaves no room for a try")
	default:
		s.note(h, "password.waits", spent.Next.UTC().Format(time.RFC3339))
	}
}

// account is the budget's name for an account of the host: by MAC address where it is known,
// since a device that changes its address has the same accounts.
func (s *scanner) account(h *host, user string) reach.Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.mac != (cordon.MAC{}) {
		if _, on := s.c.Door.OnLink(h.addr); on {
			return reach.Account{Host: h.mac.String(), User: user}
		}
	}
	return reach.Account{Host: h.addr.String(), User: user}
}
