package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
)

// When alarms of one code become one message: so many within a minute are told one by one, what
// comes on top is gathered for a minute.
const (
	burst       = 3
	burstWithin = time.Minute
)

// maxWaiting is how many messages may wait for one channel.
const maxWaiting = 10_000

// newsAtOnce is how much of the news is decided on in one transaction.
const newsAtOnce = 200

// target is somebody who may want to hear of something: a channel itself, or a person by it.
type target struct {
	line   *line
	person string // empty: the channel itself
	wish   *Wish
	to     string
}

// gatherKey is where something is gathered: "digest eve". One that is not yet due is open; the
// name of a row has its time too, so that the next may be begun while it is being sent.
type gatherKey struct {
	channel int64
	label   string
}

// labelOf is the label of a row's name.
func labelOf(gather string) string { return gather[:max(0, strings.LastIndexByte(gather, ' '))] }

// burstKey is whose alarms of which code are counted.
type burstKey struct {
	channel      int64
	person, code string
}

// route decides who hears of what became of alarms since, until there is nothing left.
func (s *Service) route(ctx context.Context) error {
	for {
		news, err := s.config.Store.AlarmNews(ctx, newsAtOnce)
		if err != nil || len(news) == 0 {
			return err
		}
		if err := s.decide(ctx, news); err != nil {
			return err
		}
		if len(news) < newsAtOnce {
			return nil
		}
	}
}

// decide makes messages of news, and keeps them in the place of it.
func (s *Service) decide(ctx context.Context, news []cordon.AlarmNews) error {
	entries := make([]Entry, 0, len(news))
	for _, n := range news {
		e, there, err := s.entry(ctx, n)
		if err != nil {
			return err
		}
		if there {
			entries = append(entries, e)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.plan(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		targets, err := s.targets(ctx, &e)
		if err != nil {
			return err
		}
		for _, t := range targets {
			p.put(t, e)
		}
	}
	out, err := p.waiting()
	if err != nil {
		return err
	}
	s.stale = true // whatever becomes of the transaction
	if err := s.config.Store.Enqueue(ctx, out, news[len(news)-1].ID); err != nil {
		return err
	}
	p.done()
	return nil
}

// entry looks up what news is about. An alarm that is gone is news no more.
func (s *Service) entry(ctx context.Context, n cordon.AlarmNews) (Entry, bool, error) {
	a, there, err := s.config.Alarm(ctx, n.Alarm)
	if err != nil || !there {
		return Entry{}, false, err
	}
	a.Comments, a.Changed = nil, n.At
	e := Entry{What: n.What, Alarm: a}
	if s.config.Device != nil && a.Device != "" {
		d, there, err := s.config.Device(ctx, a.Device)
		if err != nil {
			return e, false, err
		}
		if there {
			e.Device = whoIs(&d)
		}
	}
	return e, true, nil
}

// targets are those who want to hear of an entry. s.mu is held.
func (s *Service) targets(ctx context.Context, e *Entry) (out []target, err error) {
	for _, l := range s.lines {
		c := &l.channel
		about := (e.Alarm.Code == CodeFailing || e.Alarm.Code == CodeFull) && e.Alarm.Key == c.Name // it cannot tell of itself
		if c.Off || about {
			continue
		}
		if c.Route != nil && c.Route.wants(&e.Alarm, e.What) {
			out = append(out, target{line: l, wish: c.Route})
		}
		if !c.Offered {
			continue
		}
		for person, w := range s.wishes {
			if !slices.Contains(w.Channels, c.ID) || !w.wants(&e.Alarm, e.What) {
				continue
			}
			may, err := s.may(ctx, person, e.Alarm.Site)
			if err != nil {
				return nil, err
			}
			if may {
				out = append(out, target{line: l, person: person, wish: &w.Wish, to: w.Address})
			}
		}
	}
	return out, nil
}

// may reports whether a person may hear of something at a site.
func (s *Service) may(ctx context.Context, person, site string) (bool, error) {
	if s.config.Person == nil {
		return true, nil
	}
	sites, there, err := s.config.Person(ctx, person)
	return there && (sites == nil || slices.Contains(sites, site)), err
}

// plan is what one round adds to the queue.
type plan struct {
	s       *Service
	now     time.Time
	whole   []draft                  // messages that are complete
	open    map[gatherKey]*gathering // those that are added to
	changed []gatherKey              // of open, in the order of their first change
	counts  map[int64]int            // that wait, by channel
	lost    map[*line]int
}

// draft is a message on its way to the queue.
type draft struct {
	line    *line
	message Message
}

// gathering is a message that is added to.
type gathering struct {
	row     cordon.Waiting
	message Message
}

// plan begins a round. s.mu is held until it is done.
func (s *Service) plan(ctx context.Context) (*plan, error) {
	counts, err := s.config.Store.WaitingCounts(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.reread(ctx); err != nil {
		return nil, err
	}
	p := &plan{s: s, now: s.now(), open: map[gatherKey]*gathering{}, counts: counts, lost: map[*line]int{}}
	for _, row := range s.gather {
		g := &gathering{row: row}
		if row.Due.After(p.now) && json.Unmarshal(row.Body, &g.message) == nil {
			p.open[gatherKey{row.Channel, labelOf(row.Gather)}] = g
		}
	}
	for k, times := range s.recent {
		if times = slices.DeleteFunc(times, func(t time.Time) bool { return p.now.Sub(t) >= burstWithin }); len(times) == 0 {
			delete(s.recent, k)
		} else {
			s.recent[k] = times
		}
	}
	return p, nil
}

// now is the time, which never goes back: what was taken as due is never added to. s.mu is held.
func (s *Service) now() time.Time {
	if now := time.Now().Round(0).UTC(); now.After(s.latest) {
		s.latest = now
	}
	return s.latest
}

// reread reads what is gathered, unless it is known. s.mu is held.
func (s *Service) reread(ctx context.Context) error {
	if !s.stale {
		return nil
	}
	rows, err := s.config.Store.Gathering(ctx)
	if err != nil {
		return err
	}
	s.gather, s.stale = rows, false
	return nil
}

// put gives an entry to one target: at once, or to what is gathered for it.
func (p *plan) put(t target, e Entry) {
	until, with := t.wish.when(e.Alarm.Severity, p.now)
	if with == "" && !t.line.kind().Each {
		until, with = p.storm(t, e.Alarm.Code)
	}
	if with == "" {
		if p.room(t.line) {
			m := p.s.message("alarm", t.to, p.now)
			m.add(e)
			p.whole = append(p.whole, draft{t.line, m})
		}
		return
	}
	kind := "many"
	if with == "digest" {
		kind = "digest"
	}
	k := gatherKey{t.line.channel.ID, with + " " + t.person}
	if p.open[k] == nil {
		if !p.room(t.line) {
			return
		}
		row := cordon.Waiting{Channel: k.channel, Gather: k.label + " " + strconv.FormatInt(until.UnixNano(), 10), Due: until.UTC()}
		p.open[k] = &gathering{row: row, message: p.s.message(kind, t.to, p.now)}
	}
	p.open[k].message.add(e)
	if !slices.Contains(p.changed, k) {
		p.changed = append(p.changed, k)
	}
}

// storm says whether an alarm of a code is one of too many: then until when they are gathered.
func (p *plan) storm(t target, code string) (until time.Time, with string) {
	with = "code " + code
	if p.open[gatherKey{t.line.channel.ID, with + " " + t.person}] != nil {
		return time.Time{}, with
	}
	k := burstKey{t.line.channel.ID, t.person, code}
	if len(p.s.recent[k]) < burst {
		p.s.recent[k] = append(p.s.recent[k], p.now)
		return time.Time{}, ""
	}
	return p.now.Add(burstWithin), with
}

// room takes a place in a channel's queue; false where there is none.
func (p *plan) room(l *line) bool {
	if p.counts[l.channel.ID] >= maxWaiting {
		p.lost[l]++
		return false
	}
	p.counts[l.channel.ID]++
	return true
}

// waiting are the rows of the round.
func (p *plan) waiting() ([]cordon.Waiting, error) {
	var out []cordon.Waiting
	for i := range p.whole {
		d := &p.whole[i]
		body, err := d.message.encode()
		if err != nil {
			return nil, err
		}
		out = append(out, cordon.Waiting{Channel: d.line.channel.ID, Due: p.now, Body: body})
	}
	for _, k := range p.changed {
		g := p.open[k]
		body, err := g.message.encode()
		if err != nil {
			return nil, err
		}
		g.row.Body = body
		out = append(out, g.row)
	}
	return out, nil
}

// done follows when the round is kept: workers are woken, losses told. s.mu is held.
func (p *plan) done() {
	for l, n := range p.lost {
		l.lose(p.s, n)
	}
	for i := range p.whole {
		p.whole[i].line.wake()
	}
}

// message begins a message.
func (s *Service) message(kind, to string, now time.Time) Message {
	return Message{ID: newID(), Kind: kind, Made: now, From: s.config.Host, To: to, Version: s.config.Version}
}

// encode writes a message as it is kept and sent.
func (m *Message) encode() ([]byte, error) {
	m.write()
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("notify: message: %w", err)
	}
	return b, nil
}

// ripe wakes the workers of what was gathered for long enough.
func (s *Service) ripe(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reread(ctx); err != nil {
		return err
	}
	now := s.now()
	s.gather = slices.DeleteFunc(s.gather, func(r cordon.Waiting) bool {
		if r.Due.After(now) {
			return false
		}
		if l := s.lines[r.Channel]; l != nil {
			l.wake()
		}
		return true
	})
	return nil
}
