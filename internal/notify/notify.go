// Package notify tells people and programs outside what became of alarms: by mail, webhook,
// ntfy, a bot, MQTT, syslog or a file. It promises that an alarm that was written is told to
// everybody who wants it, at least once and in the order of each channel, also after a restart;
// that a server that is slow, down or hostile delays no other and nobody who judges; and that
// nothing is contacted but what the owner set up. What is an alarm is decided by guard, who may
// set up channels by api.
package notify

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"cordon"
)

// What callers tell apart with errors.Is.
var (
	ErrInvalid  = errors.New("not valid")
	ErrNotFound = errors.New("no such channel")
)

// Store is what notify needs to remember; *store.Store has it.
type Store interface {
	Channels(context.Context) ([]cordon.ChannelRow, error)
	PutChannel(context.Context, cordon.ChannelRow) (int64, error)
	PutTold(ctx context.Context, channel int64, told []byte) error
	DeleteChannel(ctx context.Context, id int64) error
	Wishes(context.Context) (map[string][]byte, error)
	PutWish(ctx context.Context, person string, body []byte) error
	AlarmNews(ctx context.Context, most int) ([]cordon.AlarmNews, error)
	Enqueue(ctx context.Context, messages []cordon.Waiting, upTo int64) error
	Dequeue(ctx context.Context, ids ...int64) error
	Waiting(ctx context.Context, channel int64, now time.Time, most int) ([]cordon.Waiting, error)
	Gathering(context.Context) ([]cordon.Waiting, error)
	WaitingCounts(context.Context) (map[int64]int, error)
}

// Config is what a Service is made of. Store, Key, Alarm and Log are needed.
type Config struct {
	Store   Store
	Key     []byte // the instance's: secrets of channels are sealed with it
	Dir     string // where files are written, made when missing
	Host    string // the name of this machine, as others are told it
	Version string // of the program

	Alarm    func(ctx context.Context, id int64) (a cordon.Alarm, there bool, err error)
	Device   func(ctx context.Context, id string) (d cordon.Audited, there bool, err error) // nil: nothing is known of devices
	Watching func(context.Context) ([]Watched, error)                                       // what watches or listens, for Home Assistant; nil: nothing does
	Person   func(ctx context.Context, id string) (sites []string, there bool, err error)   // what somebody may see, nil sites: all; a nil Person: everybody all

	Raise func(code, channel, title string, since time.Time) // an alarm about a channel; nil: none is raised
	Over  func(code, channel, why string)                    // and its end
	Log   *slog.Logger
}

// The codes of alarms about channels: Config.Raise is told of them.
const (
	CodeFailing = "notify-failing"
	CodeFull    = "notify-full"
)

// Service is the queue and what empties it. It is made by New and safe for concurrent use.
type Service struct {
	config   Config
	instance string // tells Cordons of one broker apart
	news     chan struct{}
	first    time.Duration // of the waits for a server that fails

	edits sync.Mutex // one edit of channels or wishes at a time

	mu      sync.Mutex // guards what follows; held while messages are decided on or taken
	loaded  bool
	lines   map[int64]*line
	wishes  map[string]Personal
	gather  []cordon.Waiting // what is added to while it waits
	stale   bool             // gather has to be read again
	recent  map[burstKey][]time.Time
	latest  time.Time
	running context.Context // of Run; nil: it does not run
	workers sync.WaitGroup
}

// New makes a service. It starts nothing and reads nothing; see Run.
func New(c Config) (*Service, error) {
	id, err := hkdf.Key(sha256.New, c.Key, nil, "cordon notify instance", 4)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	return &Service{
		config: c, instance: hex.EncodeToString(id), news: make(chan struct{}, 1), stale: true, first: backFirst,
		lines: map[int64]*line{}, wishes: map[string]Personal{}, recent: map[burstKey][]time.Time{},
	}, nil
}

// News says that something became of an alarm. It never waits; whoever forgets to call it makes
// notifications late by lookEvery, not lost.
func (s *Service) News() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// lookEvery is how often the store is asked for news unasked.
const lookEvery = 10 * time.Second

// Run decides who hears of what, and keeps a worker for each channel, until ctx ends. What the
// store refuses is tried again.
func (s *Service) Run(ctx context.Context) error {
	defer s.halt()
	look, tick := time.Now(), time.NewTicker(time.Second)
	defer tick.Stop()
	failed := false
	for {
		err := s.step(ctx, &look)
		if err != nil && ctx.Err() == nil && !failed {
			s.config.Log.Error("notifications wait for the store: tried again", "error", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-s.news:
			look = time.Time{}
		case <-tick.C:
		}
	}
}

// step is one round of Run. look is when the store is next asked for news.
func (s *Service) step(ctx context.Context, look *time.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.ripe(ctx); err != nil {
		return err
	}
	if time.Now().Before(*look) {
		return nil
	}
	if err := s.route(ctx); err != nil {
		return err
	}
	*look = time.Now().Add(lookEvery)
	return nil
}

// begin reads channels and wishes, once, and starts the workers.
func (s *Service) begin(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return nil
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	s.running = ctx
	for _, l := range s.lines {
		s.start(l, nil)
	}
	return nil
}

// load reads channels and wishes unless that was done. s.mu is held.
func (s *Service) load(ctx context.Context) error {
	if s.loaded {
		return nil
	}
	rows, err := s.config.Store.Channels(ctx)
	if err != nil {
		return err
	}
	wishes, err := s.config.Store.Wishes(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		s.lines[rows[i].ID] = &line{channel: s.channelOf(&rows[i]), row: rows[i]}
	}
	for person, body := range wishes {
		var w Personal
		if err := json.Unmarshal(body, &w); err != nil {
			s.config.Log.Error("what somebody wants to hear of cannot be read: nothing is sent to them", "person", person, "error", err)
		} else {
			s.wishes[person] = w
		}
	}
	s.loaded = true
	return nil
}

// halt ends every worker and waits for them.
func (s *Service) halt() {
	s.mu.Lock()
	for _, l := range s.lines {
		l.end()
	}
	s.mu.Unlock()
	s.workers.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
}
