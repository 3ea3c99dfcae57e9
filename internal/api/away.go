package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cordon/internal/people"
)

// The bounds of what is noted of those who were turned away: whoever tries passwords day and
// night is to be found in the log, and not to fill it.
const (
	awayEvery = 10 * time.Minute // a line for each address
	awayMost  = 60               // lines in an hour, whoever they are about
	awayKept  = 10_000           // addresses that are remembered
)

// away counts who was turned away.
type away struct {
	mu    sync.Mutex
	tries map[string]*tries
	hour  time.Time // since when lines are counted
	lines int
	more  int // tries that no line tells of, because there were too many lines
}

// tries are those of one address since the last line.
type tries struct {
	told time.Time
	n    int
}

// told counts one more try of an address, and says how many a line is to tell of now: 0 for no
// line. more are those of others that no line told of. Nothing in it depends on whether an account
// exists: else the time that a line takes would tell.
func (a *away) told(addr string, now time.Time) (n, more int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.hour) >= time.Hour || now.Before(a.hour) {
		a.hour, a.lines = now, 0
	}
	t := a.tries[addr]
	if t == nil {
		if a.tries == nil || len(a.tries) >= awayKept {
			a.tries = map[string]*tries{}
		}
		t = &tries{}
		a.tries[addr] = t
	}
	t.n++
	if now.Sub(t.told) < awayEvery && !now.Before(t.told) {
		return 0, 0
	}
	if a.lines >= awayMost {
		a.more += t.n
		t.n = 0
		return 0, 0
	}
	a.lines++
	n, more = t.n, a.more
	t.told, t.n, a.more = now, 0, 0
	return n, more
}

// turnedAway notes that somebody was not let in. Of the name that he typed only that of an account is
// noted: what people type there by mistake is their password. A log that cannot be written keeps nobody from being turned away.
func (s *Server) turnedAway(ctx context.Context, typed, addr string, why error) {
	if !guessed(why) {
		return
	}
	n, more := s.away.told(addr, s.Now())
	if n == 0 {
		return
	}
	last, cancel := after(ctx, 10*time.Second)
	defer cancel()
	about, detail := "", why.Error()
	if p, err := s.Store.PersonNamed(last, strings.ToLower(strings.TrimSpace(typed))); err == nil {
		about = "account " + p.Name
	}
	if n > 1 {
		detail += fmt.Sprintf("; tries since the last line: %d", n)
	}
	if more > 0 {
		detail += fmt.Sprintf("; tries of others that no line tells of: %d", more)
	}
	if err := s.note(last, "somebody at "+addr, "door.refuse", about, detail); err != nil {
		s.Log.ErrorContext(ctx, "api: audit log", "did", "door.refuse", "error", err)
	}
}

// guessed reports whether an error of the door is about somebody who may have guessed.
func guessed(err error) bool {
	var wait *people.WaitError
	return errors.As(err, &wait) || slices.ContainsFunc([]error{people.ErrWrong, people.ErrCode, people.ErrToken, people.ErrPasskey, people.ErrElsewhere}, func(known error) bool {
		return errors.Is(err, known)
	})
}
