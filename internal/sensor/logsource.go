package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// logSource follows logs: once a second it reads what is new in each, in order.
type logSource struct {
	*sourceState
	tails    []*tail
	optional bool // files that are not there are no fault, as long as one is
}

// pollEvery is how often logs are looked at: an alarm has five seconds in all.
const pollEvery = time.Second

// fromEnd reads the key "from".
func fromEnd(c SourceConfig) (bool, error) {
	switch c.From {
	case "", "start":
		return false, nil
	case "end":
		return true, nil
	}
	return false, fmt.Errorf(`source %s: from = %q: say "start" or "end"`, c.Kind, c.From)
}

// newLogSource follows the file that the configuration names.
func newLogSource(c SourceConfig, env Env, open func(*teller) lineReader) (Source, error) {
	if c.Path == "" {
		return nil, fmt.Errorf("source %s: say which file with path = \"/var/log/...\" (none is named)", c.Kind)
	}
	end, err := fromEnd(c)
	if err != nil {
		return nil, err
	}
	name := c.Name
	if name == "" {
		name = c.Kind + " " + c.Path
	}
	state := newSourceState(c.Kind, name)
	r := open(newTeller(env, name, state))
	return &logSource{sourceState: state, tails: []*tail{newTail(c.Path, r, state, env, end)}}, nil
}

// Run implements Source. A log that cannot be read is no failure: it is looked for again.
func (s *logSource) Run(ctx context.Context) error {
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	defer s.close()
	for {
		s.poll(ctx)
		select {
		case <-ctx.Done():
			s.down("stopped")
			return nil
		case <-t.C:
		}
	}
}

// poll reads what is new in all logs, and says how that went.
func (s *logSource) poll(ctx context.Context) {
	var problem error
	missing := 0
	for _, t := range s.tails {
		err := t.poll(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			if s.optional && missing < len(s.tails) {
				continue
			}
		}
		if err != nil {
			problem = err
		}
	}
	switch {
	case problem == nil:
		s.up("")
	case errors.Is(problem, fs.ErrPermission):
		s.down(fmt.Sprintf("%v: let Cordon's user read it (setfacl -m u:cordon:r, or the group that owns it)", problem))
	case errors.Is(problem, fs.ErrNotExist):
		s.down(fmt.Sprintf("%v: it is looked for every second; is the path right, and does the program that writes it run?", problem))
	default:
		s.down(problem.Error())
	}
}

// close lets go of the files; where they were read up to is remembered.
func (s *logSource) close() {
	for _, t := range s.tails {
		if t.file != nil {
			t.close()
		}
	}
}
