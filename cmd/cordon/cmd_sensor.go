package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"

	"cordon/internal/find"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// sensorCmd is the process that listens on interfaces: cordon run starts it. It may open packet
// sockets and write to whoever started it, and nothing else.
type sensorCmd struct {
	Interface []string `required:"" placeholder:"NAME" help:"Interface to listen on; may be given several times."`
	Name      []string `placeholder:"NAME" help:"What each is called in facts, in the same order. Default: the interface."`
	To        string   `placeholder:"SOCKET" help:"Unix socket that takes the frames. Default: standard output."`
	Fd        int      `name:"fd" placeholder:"N" help:"Write frames to this inherited descriptor instead."`
	Key       string   `placeholder:"FILE" help:"The key with which secrets are hashed. Default: that of this user."`
	Ring      int      `default:"32" placeholder:"MIB" help:"Memory between kernel and program, for each interface and core."`
	Cores     int      `default:"1" placeholder:"N" help:"Cores that share an interface."`
	Flows     int      `default:"262144" placeholder:"N" help:"Conversations held at once, for each interface and core."`
	Own       bool     `name:"own-only" help:"Only what is addressed to this machine or to everybody: no promiscuous mode."`
}

const (
	sensorQueue  = 16 << 20  // bytes of frames that wait for their reader: some seconds of a busy gigabit
	sensorMemory = 200 << 20 // of the Go heap, softly; rings stand beside it
	stateEvery   = time.Second
)

// Run listens until the reader is gone, for good where it is a socket, or the program is told to end.
func (c *sensorCmd) Run(e *env) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	q := sensor.NewFeedQueue(sensorQueue)
	s := &sensing{queue: q}
	ctx, cancel := signal.NotifyContext(e.ctx, unix.SIGTERM)
	defer cancel()
	if c.To != "" {
		place, err := c.alone(ctx)
		if err != nil {
			return fmt.Errorf("sensor: %w", err)
		}
		defer place.Close()
	}
	out, err := c.out(ctx, e, s)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := shutIn(); err != nil {
		return err
	}
	debug.SetMemoryLimit(sensorMemory)
	for i, name := range c.Interface {
		s.add(c.live(i, name, key))
	}
	return s.run(ctx, cancel, out)
}

// shutIn gives up all privileges but that of opening packet sockets, and the file system.
func shutIn() error {
	if err := keepOnly(cap.NET_RAW); err != nil {
		return fmt.Errorf("sensor: %w: it takes the capability CAP_NET_RAW; start cordon run as root, or with the unit file that comes with it", err)
	}
	if err := (fence{}).raise(); err != nil {
		return err
	}
	if err := landlock.V6.BestEffort().RestrictNet(); err != nil { // no TCP either; nothing where the kernel cannot
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}

func (c *sensorCmd) key() ([]byte, error) {
	if c.Key == "" {
		return instanceKey()
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	return key, nil
}

// out is where frames go.
func (c *sensorCmd) out(ctx context.Context, e *env, s *sensing) (io.WriteCloser, error) {
	switch {
	case c.To != "":
		conn, err := net.Dial("unix", c.To)
		if err != nil {
			return nil, fmt.Errorf("--to %s: %w", c.To, err)
		}
		return &redialed{ctx: ctx, path: c.To, hello: s.states, conn: conn}, nil
	case c.Fd > 0:
		if _, err := unix.FcntlInt(uintptr(c.Fd), unix.F_GETFD, 0); err != nil {
			return nil, fmt.Errorf("--fd %d: %w", c.Fd, err)
		}
		return os.NewFile(uintptr(c.Fd), "feed"), nil
	}
	return keepOpen{e.stdout}, nil
}

// keepOpen is a writer that is not ours to close.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// live is what one interface is listened to with.
func (c *sensorCmd) live(i int, name string, key []byte) sensor.LiveConfig {
	always := find.AlwaysPorts()
	cfg := sensor.LiveConfig{
		Interface: name, Key: key, Ring: c.Ring << 20, Workers: c.Cores, Unseen: c.Own, Carve: true,
		Table: packet.Config{
			MaxFlows: c.Flows,
			Always:   func(port uint16) bool { return slices.Contains(always, port) },
		},
	}
	if i < len(c.Name) {
		cfg.Sensor = c.Name[i]
	}
	return cfg
}

// sensing is the interfaces and the queue in which all their frames meet.
type sensing struct {
	queue *sensor.FeedQueue
	lives []*sensor.Live
	lost  []*atomic.Uint64
}

// add prepares one interface. What the queue has no room for is counted.
func (s *sensing) add(cfg sensor.LiveConfig) {
	lost := new(atomic.Uint64)
	cfg.Sink = func(int) sensor.Sink {
		var w *sensor.FeedWriter
		before := uint64(0)
		w = sensor.NewFeedWriter(func(frame []byte) error {
			now := w.Records()
			if !s.queue.Put(frame) {
				lost.Add(now - before)
			}
			before = now
			return nil
		})
		return w
	}
	s.lives, s.lost = append(s.lives, sensor.NewLive(cfg)), append(s.lost, lost)
}

// run listens on all of them until one fails, the reader is gone or ctx is done.
func (s *sensing) run(ctx context.Context, cancel context.CancelFunc, out io.Writer) error {
	errs := make([]error, len(s.lives))
	var lives, states sync.WaitGroup
	s.say() // first: whose frames they are is known by it
	for i, l := range s.lives {
		lives.Go(func() {
			errs[i] = l.Run(ctx)
			cancel()
		})
	}
	states.Go(func() { s.tell(ctx) })
	go func() {
		lives.Wait() // the last flows are told
		states.Wait()
		s.say()
		s.queue.Close()
	}()
	err := s.queue.Run(out)
	cancel()
	lives.Wait()
	if err != nil {
		err = fmt.Errorf("sensor: whoever took the frames is gone: %w", err)
	}
	return errors.Join(append(errs, err)...)
}

// tell says once a second how each interface is doing.
func (s *sensing) tell(ctx context.Context) {
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	for {
		s.say()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *sensing) say() {
	for _, frame := range s.states() {
		s.queue.Put(frame)
	}
}

// states are frames that say how each interface is doing.
func (s *sensing) states() [][]byte {
	var out [][]byte
	for i, l := range s.lives {
		st := l.State()
		st.Overflow = s.lost[i].Load()
		out = append(out, sensor.StateFrame(&st))
	}
	return out
}
