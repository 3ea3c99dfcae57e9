package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"cordon"
	"cordon/internal/report"
)

// How a server is treated that does not take what it is sent.
const (
	deliverWithin = 30 * time.Second // one try, for as many messages as are taken at once
	takeAtOnce    = 50
	refusedMost   = 3 // so often a message is refused before it is given up
	backFirst     = 2 * time.Second
	backMost      = 15 * time.Minute
	failingAfter  = 10 * time.Minute // then there is an alarm
)

// line is a channel at work: its row, its worker, and how it is doing.
type line struct {
	channel Channel
	row     cordon.ChannelRow
	state   ChannelState
	knock   chan struct{} // there may be something to send
	cancel  context.CancelFunc
	ended   chan struct{} // closed when the worker has ended; nil: there was none
}

// ChannelState is how a channel is doing. Counts are since the start.
type ChannelState struct {
	Waiting   int       `json:"waiting"`                // messages, also those that wait for a digest
	Delivered uint64    `json:"delivered"`              // messages
	Last      time.Time `json:"last,omitzero"`          // delivery
	Failing   time.Time `json:"failing_since,omitzero"` // it has not taken anything since; zero: it works
	Said      string    `json:"said,omitempty"`         // what the server answered last, or why there was no answer
	Lost      uint64    `json:"lost,omitempty"`         // alarms that had no room
	GivenUp   uint64    `json:"given_up,omitempty"`     // messages that the server refused for good
	missed    int       // lost, and not yet told to the channel
}

func (l *line) kind() *Kind { return kindOf(l.channel.Kind) }

// wake has the worker look. It never waits.
func (l *line) wake() {
	select {
	case l.knock <- struct{}{}:
	default:
	}
}

// start starts the worker of a channel, unless it is off or there is none to be. before is closed
// when another worker has made room for it; nil: there is none. s.mu is held.
func (s *Service) start(l *line, before <-chan struct{}) {
	if s.running == nil || s.running.Err() != nil || l.channel.Off {
		return
	}
	sink, err := s.open(l)
	if err != nil {
		l.state.Failing, l.state.Said = time.Now().UTC(), err.Error()
		s.config.Log.Error("a channel cannot be used: set it up anew", "channel", l.channel.Name, "error", err)
		return
	}
	ctx, cancel := context.WithCancel(s.running)
	l.cancel, l.knock, l.ended = cancel, make(chan struct{}, 1), make(chan struct{})
	s.workers.Go(func() {
		defer close(l.ended)
		if before != nil {
			<-before
		}
		var both sync.WaitGroup
		defer both.Wait()
		if k, ok := sink.(keeper); ok {
			both.Go(func() { k.keep(ctx, l, s) })
		}
		s.work(ctx, l, sink)
	})
}

// end ends the worker, without waiting for it.
func (l *line) end() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}

// work sends what is due on one channel, until ctx ends. It looks when it is woken, and after a
// failure when its time has come: being woken shortens no wait for a server that fails.
func (s *Service) work(ctx context.Context, l *line, sink Sink) {
	fails := 0
	for ctx.Err() == nil {
		more, err := s.send(ctx, l, sink)
		switch {
		case err != nil && ctx.Err() == nil:
			fails++
			pause(ctx, s.back(fails, err))
		case more:
			fails = 0
		default:
			fails = 0
			select {
			case <-ctx.Done():
			case <-l.knock:
			}
		}
	}
}

// back is how long to wait after so many failures: twice as long each time, a quarter more or
// less, so that what fell silent together does not come back together.
func (s *Service) back(fails int, err error) time.Duration {
	d := min(s.first<<min(fails-1, 20), backMost)
	d += time.Duration((rand.Float64() - 0.5) / 2 * float64(d))
	var l *later
	if errors.As(err, &l) {
		d = max(d, min(l.after, backMost))
	}
	return d
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// send sends what is due, a number of messages at most; more says that there may be others.
func (s *Service) send(ctx context.Context, l *line, sink Sink) (more bool, err error) {
	rows, err := s.take(ctx, l)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	messages := make([]*Message, 0, len(rows))
	for i := range rows {
		m := new(Message)
		if err := json.Unmarshal(rows[i].Body, m); err != nil { // ours, so it never is: but it must not stand in the way
			m = &Message{ID: newID(), Kind: "missed", Missed: 1, Made: rows[i].Due, From: s.config.Host}
			m.write()
		}
		messages = append(messages, m)
	}
	tried, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	done, said, err := sink.Deliver(tried, messages)
	if gone := s.settle(ctx, l, rows, done, err); gone != nil {
		return false, gone
	}
	s.note(l, done, said, err)
	return err == nil, err
}

// take gives what is due on a channel, in its order. Nothing of it is added to from then on.
func (s *Service) take(ctx context.Context, l *line) ([]cordon.Waiting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config.Store.Waiting(ctx, l.row.ID, s.now(), takeAtOnce)
}

// settle forgets what was delivered, and what was refused too often.
func (s *Service) settle(ctx context.Context, l *line, rows []cordon.Waiting, done int, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // delivered is delivered, also at the end
	defer cancel()
	var ids []int64
	for _, r := range rows[:done] {
		ids = append(ids, r.ID)
	}
	var no *refusal
	if errors.As(err, &no) && done < len(rows) {
		r := rows[done]
		if r.Tries++; r.Tries >= refusedMost {
			ids = append(ids, r.ID)
			s.config.Log.Warn("a notification was refused for good", "channel", l.channel.Name, "error", err)
			s.mu.Lock()
			l.state.GivenUp++
			s.mu.Unlock()
		} else if err := s.config.Store.Enqueue(ctx, []cordon.Waiting{r}, 0); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return s.config.Store.Dequeue(ctx, ids...)
}

// note keeps how a channel is doing, and tells of one that fails for long, or works again.
func (s *Service) note(l *line, done int, said string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().UTC()
	st := &l.state
	if done > 0 {
		st.Delivered, st.Last = st.Delivered+uint64(done), now
	}
	if err == nil {
		st.Failing, st.Said = time.Time{}, report.Clean(said)
		s.over(CodeFailing, l, "the channel works again")
		s.catchUp(l, now)
		return
	}
	if st.Failing.IsZero() || done > 0 {
		st.Failing = now
	}
	st.Said = report.Clean(err.Error())
	if now.Sub(st.Failing) >= failingAfter && s.config.Raise != nil {
		s.config.Raise(CodeFailing, l.channel.Name, fmt.Sprintf("the channel %s does not work: %s", l.channel.Name, st.Said), st.Failing)
	}
}

// over ends an alarm about a channel, if there is one. s.mu is held.
func (s *Service) over(code string, l *line, why string) {
	if s.config.Over != nil {
		s.config.Over(code, l.channel.Name, why)
	}
}

// lose counts alarms that had no room; of the first there is an alarm. s.mu is held.
func (l *line) lose(s *Service, n int) {
	if l.state.missed == 0 && s.config.Raise != nil {
		s.config.Raise(CodeFull, l.channel.Name, fmt.Sprintf("%d messages wait for the channel %s: what comes now is not sent by it", maxWaiting, l.channel.Name), time.Now())
	}
	l.state.missed += n
	l.state.Lost += uint64(n)
}

// catchUp tells a channel that works again how much it missed. s.mu is held.
func (s *Service) catchUp(l *line, now time.Time) {
	if l.state.missed == 0 {
		return
	}
	m := s.message("missed", "", now)
	m.Missed = l.state.missed
	body, err := m.encode()
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = s.config.Store.Enqueue(ctx, []cordon.Waiting{{Channel: l.row.ID, Due: s.now(), Body: body}}, 0)
	}
	if err != nil {
		return // at the next delivery
	}
	l.state.missed = 0
	l.wake()
	s.over(CodeFull, l, "the channel works again, and has room")
}
