package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
	"cordon/internal/seal"
)

// Channel is one way out, as the owner set it up. Its secrets are never given.
type Channel struct {
	ID       int64        `json:"id"`
	Name     string       `json:"name"`    // unique
	Kind     string       `json:"kind"`    // Kind.Name
	Off      bool         `json:"off"`     // nothing is sent, and nothing kept for it
	Offered  bool         `json:"offered"` // people may choose it for themselves
	Settings Settings     `json:"settings"`
	Secrets  []string     `json:"secrets"`         // names of those that are set
	Route    *Wish        `json:"route,omitempty"` // what goes there whoever wants it; nil: only what people choose
	State    ChannelState `json:"state"`
}

// ChannelEdit is a channel as somebody sets it up. A secret that is left out stays what it was, as
// long as the channel leads to the same server; an empty one is forgotten.
type ChannelEdit struct {
	Name     string
	Kind     string
	Off      bool
	Offered  bool
	Settings Settings
	Secrets  map[string]string
	Route    *Wish
}

// kept is a channel as it is kept.
type kept struct {
	Kind     string
	Off      bool `json:",omitempty"`
	Offered  bool `json:",omitempty"`
	Settings Settings
	Secrets  []string `json:",omitempty"`
	Route    *Wish    `json:",omitempty"`
}

// Most channels, and people with wishes, that there may be.
const (
	maxChannels = 50
	maxPeople   = 10_000
)

// channelOf reads a row. One that cannot be read is off, and says so.
func (s *Service) channelOf(r *cordon.ChannelRow) Channel {
	var k kept
	if err := json.Unmarshal(r.Body, &k); err != nil || kindOf(k.Kind) == nil {
		return Channel{ID: r.ID, Name: r.Name, Kind: emailKind.Name, Off: true, State: ChannelState{Said: "what is kept of it cannot be read: remove it, and set it up anew"}}
	}
	return Channel{ID: r.ID, Name: r.Name, Kind: k.Kind, Off: k.Off, Offered: k.Offered, Settings: k.Settings, Secrets: append([]string{}, k.Secrets...), Route: k.Route}
}

// Channels gives every channel and how it is doing, by name.
func (s *Service) Channels(ctx context.Context) ([]Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	counts, err := s.config.Store.WaitingCounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []Channel
	for _, l := range s.lines {
		c := l.channel
		said := c.State.Said
		c.State = l.state
		c.State.Waiting, c.State.Said = counts[c.ID], cmp.Or(l.state.Said, said)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Channel) int { return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// Channel gives one. ErrNotFound.
func (s *Service) Channel(ctx context.Context, id int64) (Channel, error) {
	all, err := s.Channels(ctx)
	if err != nil {
		return Channel{}, err
	}
	if i := slices.IndexFunc(all, func(c Channel) bool { return c.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Channel{}, ErrNotFound
}

// AddChannel sets up a new channel. ErrInvalid says what is wrong.
func (s *Service) AddChannel(ctx context.Context, e ChannelEdit) (Channel, error) {
	return s.edit(ctx, 0, e)
}

// PutChannel sets a channel up anew; what waits for it goes the new way. ErrNotFound, ErrInvalid.
func (s *Service) PutChannel(ctx context.Context, id int64, e ChannelEdit) (Channel, error) {
	if id <= 0 {
		return Channel{}, ErrNotFound
	}
	return s.edit(ctx, id, e)
}

func (s *Service) edit(ctx context.Context, id int64, e ChannelEdit) (Channel, error) {
	s.edits.Lock()
	defer s.edits.Unlock()
	old, err := s.line(ctx, id)
	if err != nil {
		return Channel{}, err
	}
	sec, err := s.carried(old, &e)
	if err == nil {
		err = s.checkEdit(&e, sec, old)
	}
	if err != nil {
		return Channel{}, err
	}
	row, err := s.rowOf(id, &e, sec)
	if err != nil {
		return Channel{}, err
	}
	if id == 0 { // its secrets are sealed for its number, which it is given now
		off := e
		off.Off = true
		first, err := s.rowOf(0, &off, nil)
		if err != nil {
			return Channel{}, err
		}
		if row.ID, err = s.config.Store.PutChannel(ctx, first); err != nil {
			return Channel{}, err
		}
		if row, err = s.rowOf(row.ID, &e, sec); err != nil {
			return Channel{}, err
		}
	}
	if _, err := s.config.Store.PutChannel(ctx, row); err != nil {
		return Channel{}, err
	}
	s.replace(row, old)
	return s.Channel(ctx, row.ID)
}

// line gives a channel at work; nil for id 0. ErrNotFound.
func (s *Service) line(ctx context.Context, id int64) (*line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	l := s.lines[id]
	switch {
	case id == 0 && len(s.lines) >= maxChannels:
		return nil, fmt.Errorf("%w: there are %d channels, which is all there may be", ErrInvalid, maxChannels)
	case id != 0 && l == nil:
		return nil, ErrNotFound
	}
	return l, nil
}

// carried are the secrets of an edit: what was sent, over what there was. Where the channel leads
// to another server nothing is carried over: or who may edit, but not read, could have it sent to his own.
func (s *Service) carried(old *line, e *ChannelEdit) (secrets, error) {
	out := secrets{}
	if old != nil && old.channel.Kind == e.Kind && sameServer(&old.channel.Settings, &e.Settings) {
		was, err := s.unseal(&old.row)
		if err != nil {
			return nil, err
		}
		out = was
	}
	for name, value := range e.Secrets {
		if out[name] = value; value == "" {
			delete(out, name)
		}
	}
	return out, nil
}

// sameServer reports whether secrets go to the same place, guarded as well.
func sameServer(a, b *Settings) bool {
	return a.Server == b.Server && a.URL == b.URL && a.Security == b.Security && a.CA == b.CA && a.Transport == b.Transport && a.User == b.User
}

// checkEdit says what is wrong with an edit.
func (s *Service) checkEdit(e *ChannelEdit, sec secrets, old *line) error {
	k := kindOf(e.Kind)
	switch {
	case k == nil:
		return wrong("kind", "want one of %s", kindNames())
	case strings.TrimSpace(e.Name) != e.Name || e.Name == "" || len(e.Name) > 100 || report.Clean(e.Name) != e.Name:
		return wrong("name", "want a name of at most 100 letters")
	case e.Route != nil:
		if err := e.Route.check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lines {
		if l != old && l.channel.Name == e.Name {
			return wrong("name", "there is a channel %s already", e.Name)
		}
	}
	return k.checkSettings(&e.Settings, sec)
}

// label is what a channel's secrets are sealed for.
func label(id int64) string { return "notify channel " + strconv.FormatInt(id, 10) }

// rowOf makes the row of an edit, with its secrets sealed.
func (s *Service) rowOf(id int64, e *ChannelEdit, sec secrets) (cordon.ChannelRow, error) {
	r := cordon.ChannelRow{ID: id, Name: e.Name}
	var err error
	k := kept{Kind: e.Kind, Off: e.Off, Offered: e.Offered, Settings: e.Settings, Secrets: slices.Sorted(maps.Keys(sec)), Route: e.Route}
	if r.Body, err = json.Marshal(k); err != nil {
		return r, err
	}
	if len(sec) > 0 {
		plain, err := json.Marshal(sec)
		if err != nil {
			return r, err
		}
		if r.Sealed, err = seal.Seal(s.config.Key, label(id), plain); err != nil {
			return r, err
		}
	}
	return r, nil
}

// unseal gives the secrets of a row.
func (s *Service) unseal(r *cordon.ChannelRow) (secrets, error) {
	out := secrets{}
	if len(r.Sealed) == 0 {
		return out, nil
	}
	plain, err := seal.Open(s.config.Key, label(r.ID), r.Sealed)
	if err != nil {
		return nil, fmt.Errorf("the secrets of %s: %w: enter them anew", r.Name, err)
	}
	if err := json.Unmarshal(plain, &out); err != nil {
		return nil, fmt.Errorf("the secrets of %s: %w", r.Name, err)
	}
	return out, nil
}

// replace puts a channel to work in the place of what it was.
func (s *Service) replace(row cordon.ChannelRow, old *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &line{row: row, channel: s.channelOf(&row)}
	var before <-chan struct{}
	if old != nil {
		old.end()
		before = old.ended
		l.state, l.row.Told = old.state, old.row.Told
		l.state.Failing, l.state.Said = time.Time{}, ""
		s.over(CodeFailing, old, "the channel was set up anew")
	}
	s.lines[row.ID] = l
	s.start(l, before)
}

// RemoveChannel removes a channel and what waits for it. ErrNotFound.
func (s *Service) RemoveChannel(ctx context.Context, id int64) error {
	s.edits.Lock()
	defer s.edits.Unlock()
	l, err := s.line(ctx, id)
	if err != nil || l == nil {
		return cmp.Or(err, ErrNotFound)
	}
	s.takeLeave(ctx, l)
	if err := s.config.Store.DeleteChannel(ctx, id); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lines, id)
	s.stale = true
	s.over(CodeFailing, l, "the channel was removed")
	s.over(CodeFull, l, "the channel was removed")
	return nil
}

// leaveWithin is how long a server may take to forget us.
const leaveWithin = 5 * time.Second

// takeLeave ends the worker of a channel and has its server forget what it was told. A server that
// does not answer remembers.
func (s *Service) takeLeave(ctx context.Context, l *line) {
	s.mu.Lock()
	l.end()
	ended := l.ended
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, leaveWithin)
	defer cancel()
	if ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
		}
	}
	sink, err := s.open(l)
	if k, ok := sink.(keeper); ok && err == nil {
		k.leave(ctx, l, s)
	}
}

// open makes the sink of a channel.
func (s *Service) open(l *line) (Sink, error) {
	sec, err := s.unseal(&l.row)
	if err != nil {
		return nil, err
	}
	return l.kind().open(&opening{
		Settings: &l.channel.Settings, secrets: sec, name: l.channel.Name, instance: s.instance,
		host: s.config.Host, version: s.config.Version, dir: s.config.Dir,
	})
}

// Tested is what came of a test.
type Tested struct {
	OK   bool   `json:"ok"`
	Said string `json:"said"` // what the server answered, or why there was no answer
	Took int64  `json:"took_ms"`
}

// testWithin is how long a test may take.
const testWithin = 20 * time.Second

// Test sends a message on a channel now, past its queue, also where it is off. to is the address
// of who asks, for kinds that send to people; empty: the channel's own. ErrNotFound. That a server
// refuses is no error, but the answer.
func (s *Service) Test(ctx context.Context, id int64, to string) (Tested, error) {
	l, err := s.line(ctx, id)
	if err != nil || l == nil {
		return Tested{}, cmp.Or(err, ErrNotFound)
	}
	began := time.Now()
	sink, err := s.open(l)
	if err != nil {
		return Tested{Said: report.Clean(err.Error())}, nil
	}
	m := s.message("test", to, began.UTC())
	m.Title = "A test of " + l.channel.Name
	m.Text = "If you can read this, Cordon on " + s.config.Host + " can tell you of alarms this way.\n"
	ctx, cancel := context.WithTimeout(ctx, testWithin)
	defer cancel()
	_, said, err := sink.Deliver(ctx, []*Message{&m})
	if err != nil {
		said = err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			said = fmt.Sprintf("no answer within %d seconds: %v", int(testWithin.Seconds()), err)
		}
	}
	return Tested{OK: err == nil, Said: report.Clean(cut(said, 2000)), Took: time.Since(began).Milliseconds()}, nil
}
