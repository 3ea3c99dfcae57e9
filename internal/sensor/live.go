package sensor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"cordon"
	"cordon/internal/packet"
)

// LiveConfig says what to listen on. Interface and Sink are needed.
type LiveConfig struct {
	Interface string
	Sensor    string // in the facts' Origin; empty: the interface
	Key       []byte // secrets are hashed with it, see NewListener
	Ring      int    // bytes of the ring between kernel and program, for each worker; 0: 32 MiB
	Workers   int    // cores that share the interface; 0: 1
	Unseen    bool   // do not ask the interface for what is addressed to others
	Table     packet.Config
	Carve     bool // firmware and programs that are fetched in the clear become facts, see Carver

	// Sink is asked once for each worker. Each is called from a goroutine of its own. One
	// that has a method Cut() error is told every 250 ms that the frame may end.
	Sink func(worker int) Sink
}

const (
	defaultRing = 32 << 20
	maxWorkers  = 64
	liveIdle    = 2 * time.Minute
	liveLinger  = time.Hour // an open connection may be silent for two, RFC 9293 section 3.8.4
	liveFlows   = 1 << 18   // 184 bytes each, and 64 for what was told: 62 MiB
	liveBuffers = 16 << 20

	// With Carve: files of up to 16 MiB are seen whole, four at once.
	carvePrefix  = 16 << 20
	carveBuffers = 4 * carvePrefix
)

// Live listens on one interface for as long as it is let: it comes back when the interface
// does. Create it with NewLive.
type Live struct {
	cfg     LiveConfig
	workers []*worker

	mu      sync.Mutex
	state   cordon.SensorState
	clock   string    // what is said of the clock
	clockAt time.Time // since when
}

// NewLive prepares to listen; nothing is opened yet.
func NewLive(cfg LiveConfig) *Live {
	if cfg.Sensor == "" {
		cfg.Sensor = cfg.Interface
	}
	if cfg.Ring <= 0 {
		cfg.Ring = defaultRing
	}
	cfg.Workers = min(max(cfg.Workers, 1), maxWorkers)
	if cfg.Table.Idle == 0 {
		cfg.Table.Idle, cfg.Table.Linger = liveIdle, liveLinger
	}
	if cfg.Table.MaxFlows == 0 {
		cfg.Table.MaxFlows = liveFlows
	}
	if cfg.Table.Buffers == 0 {
		cfg.Table.Buffers = liveBuffers
	}
	l := &Live{cfg: cfg, state: cordon.SensorState{Name: cfg.Sensor, Kind: "live", Since: time.Now().UTC()}}
	for n := range cfg.Workers {
		l.workers = append(l.workers, newWorker(l, cfg.Sink(n)))
	}
	if len(l.workers) > 1 {
		share(l.workers)
	}
	return l
}

// State says how it is doing. It is safe for concurrent use.
func (l *Live) State() cordon.SensorState {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.state
	switch {
	case s.Detail != "":
	case time.Since(l.clockAt) < clockSaid:
		s.Detail = l.clock
	case l.crowded():
		s.Detail = fmt.Sprintf("more than %d conversations at once: those silent longest are let go early, and count again when they go on; somebody may be scanning", l.cfg.Table.MaxFlows)
	}
	for _, w := range l.workers {
		c := &w.counts
		s.Packets += c.packets.Load()
		s.Bytes += c.bytes.Load()
		s.Records += c.records.Load()
		s.Dropped += c.dropped.Load()
		s.Refused += c.refused.Load()
		if at := c.last.Load(); at != 0 {
			if t := time.Unix(0, at).UTC(); t.After(s.Last) {
				s.Last = t
			}
		}
	}
	return s
}

// Run listens until ctx is done, and then tells the end of every flow. It returns an error
// only for what waiting does not mend: privileges that are missing.
func (l *Live) Run(ctx context.Context) error {
	defer func() {
		for _, w := range l.workers {
			w.finish()
		}
	}()
	for ctx.Err() == nil {
		k, err := findLink(l.cfg.Interface)
		if err == nil {
			err = l.listen(ctx, k)
		}
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
			l.down(err)
			return fmt.Errorf("listen on %s: %w: this takes the capability CAP_NET_RAW", l.cfg.Interface, err)
		default:
			l.down(err)
			l.await(ctx)
		}
	}
	return nil
}

// await waits for the interface.
func (l *Live) await(ctx context.Context) {
	awaitLink(ctx, l.cfg.Interface, func() bool {
		_, err := findLink(l.cfg.Interface)
		if err != nil {
			l.down(err)
		}
		return err == nil
	})
}

// listen opens the rings and hears until ctx is done or the link goes.
func (l *Live) listen(ctx context.Context, k link) error {
	group := uint16(0)
	if len(l.workers) > 1 {
		group = uint16(os.Getpid()*31+k.index) | 1
	}
	var rings []*ring
	defer func() {
		for _, r := range rings {
			r.close()
		}
	}()
	for range l.workers {
		r, err := openRing(k, l.cfg.Ring, !l.cfg.Unseen, group)
		if err != nil {
			return err
		}
		rings = append(rings, r)
	}
	l.up(k)
	errs := make([]error, len(rings))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for i, r := range rings {
		wg.Go(func() {
			errs[i] = l.workers[i].hear(ctx, r)
			cancel()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (l *Live) up(k link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.state.Up {
		l.state.Up, l.state.Since = true, time.Now().UTC()
	}
	l.state.Detail = ""
	if !carrier(k.index) {
		l.state.Detail = "interface " + k.name + " has no cable, or what is at its other end is off"
	}
}

func (l *Live) down(err error) {
	detail := "nothing can be heard: " + downWhy(err, l.cfg.Interface)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.Up || l.state.Detail == "" {
		l.state.Since = time.Now().UTC()
	}
	l.state.Up, l.state.Detail = false, detail
}

func downWhy(err error, name string) string {
	switch {
	case err == nil:
		return "interface " + name + " went away"
	case errors.Is(err, errLink):
		return err.Error()[len(errLink.Error())+2:]
	case errors.Is(err, syscall.ENETDOWN), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO):
		return "interface " + name + " went down or away; it is listened on as soon as it is back"
	}
	return err.Error()
}

// clockSaid is how long a step of the clock is shown.
const clockSaid = 10 * time.Minute

// clockStepped notes that the machine's clock was set.
func (l *Live) clockStepped(by time.Duration) {
	where := "forward"
	if by < 0 {
		where = "back"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock = fmt.Sprintf("the clock of this machine was set %s by %s; conversations were carried over", where, by.Abs().Round(time.Second))
	l.clockAt = time.Now()
}

// crowdedSaid is how long it is shown that there were too many conversations.
const crowdedSaid = time.Minute

// crowded reports whether a table was full a moment ago.
func (l *Live) crowded() bool {
	for _, w := range l.workers {
		if time.Since(time.Unix(0, w.counts.crowded.Load())) < crowdedSaid {
			return true
		}
	}
	return false
}
