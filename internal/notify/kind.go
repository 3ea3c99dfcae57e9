package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sink delivers messages to one server. A Sink is used by one goroutine.
type Sink interface {
	// Deliver delivers messages in their order and says how many of them were taken, and what
	// the server said. With an error the others were not, as far as is known. The error is
	// a *refusal where the server will never take the first of the others.
	Deliver(ctx context.Context, messages []*Message) (done int, said string, err error)
}

// keeper is a sink that has something to keep up to date at its server between messages.
type keeper interface {
	// keep does so until ctx ends.
	keep(ctx context.Context, l *line, s *Service)
	// leave takes back what the server remembers, until ctx ends.
	leave(ctx context.Context, l *line, s *Service)
}

// refusal is an error that trying again will not mend.
type refusal struct{ error }

// Unwrap gives what it was.
func (r *refusal) Unwrap() error { return r.error }

// later is an error of a server that says when to come again.
type later struct {
	error
	after time.Duration
}

// Unwrap gives what it was.
func (l *later) Unwrap() error { return l.error }

// Kind is one way to tell somebody: a row, and a file with its sink.
type Kind struct {
	Name    string   `json:"kind"`
	Doc     string   `json:"doc"`     // for people
	Fields  []string `json:"fields"`  // of Settings, that it knows
	Needs   []string `json:"needs"`   // those of them that are not left out
	Secrets []string `json:"secrets"` // names of its secrets
	Each    bool     `json:"each"`    // each alarm is a message of its own: it is for programs
	Person  bool     `json:"person"`  // a person may have it sent to an address of his own

	check func(*Settings, secrets) error
	open  func(*opening) (Sink, error)
}

// opening is what a sink is made of.
type opening struct {
	*Settings
	secrets  secrets
	name     string // of the channel
	instance string
	host     string
	version  string
	dir      string
}

// Kinds lists every kind, in the order for people. The slice is shared: do not change it.
func Kinds() []*Kind { return kinds }

var kinds = []*Kind{emailKind, ntfyKind, telegramKind, webhookKind, mqttKind, syslogKind, cefKind, eveKind}

func kindOf(name string) *Kind {
	if i := slices.IndexFunc(kinds, func(k *Kind) bool { return k.Name == name }); i >= 0 {
		return kinds[i]
	}
	return nil
}

// kindNames are the names of all kinds, for people.
func kindNames() string {
	var out []string
	for _, k := range kinds {
		out = append(out, k.Name)
	}
	return strings.Join(out, ", ")
}

// oneByOne delivers messages by a function for one, as far as it gets.
func oneByOne(messages []*Message, deliver func(*Message) (string, error)) (done int, said string, err error) {
	for i, m := range messages {
		s, err := deliver(m)
		if err != nil {
			return i, said, err
		}
		said = s
	}
	return len(messages), said, nil
}

// wrong is an error about one field.
func wrong(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrInvalid, field, fmt.Sprintf(format, args...))
}
