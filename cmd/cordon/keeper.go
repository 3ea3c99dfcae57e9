package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/thejerf/suture/v4"
)

// keeper starts the processes of a running Cordon and starts those again that fail. It
// touches no packet, no file of the store and no network itself: it may be the only one
// that has privileges.
type keeper struct {
	stderr  io.Writer
	parts   *suture.Supervisor
	sensors map[string]suture.ServiceToken // by command line
}

// newKeeper makes a keeper that says on stderr when a part failed.
func newKeeper(stderr io.Writer) *keeper {
	return &keeper{stderr: stderr, parts: supervisor("keeper", stderr), sensors: map[string]suture.ServiceToken{}}
}

// supervisor restarts what fails: at once at first, after fifteen seconds when it has
// failed five times within half a minute.
func supervisor(name string, stderr io.Writer) *suture.Supervisor {
	return suture.New(name, suture.Spec{
		EventHook: func(e suture.Event) {
			if t, ok := e.(suture.EventServiceTerminate); ok {
				fmt.Fprintf(stderr, "cordon: %s: %v; starting it again\n", t.ServiceName, t.Err)
			}
		},
		FailureDecay: 30, FailureThreshold: 5, FailureBackoff: 15 * time.Second, Timeout: stopsWithin,
	})
}

// stopsWithin is how long a part may take to end when it is told to.
const stopsWithin = 10 * time.Second

// keep has a process started, and again whenever it fails.
func (k *keeper) keep(c *child) { k.parts.Add(c) }

// end ends the sensors that are not among those wanted.
func (k *keeper) end(wanted []*child) error {
	var errs []error
	for name, token := range k.sensors {
		if !slices.ContainsFunc(wanted, func(c *child) bool { return c.line() == name }) {
			errs = append(errs, k.parts.RemoveAndWait(token, stopsWithin))
			delete(k.sensors, name)
		}
	}
	return errors.Join(errs...)
}

// begin starts the sensors that do not run yet.
func (k *keeper) begin(wanted []*child) {
	for _, c := range wanted {
		if _, runs := k.sensors[c.line()]; !runs {
			k.sensors[c.line()] = k.parts.Add(c)
		}
	}
}

// run keeps the processes until ctx is done and all have ended.
func (k *keeper) run(ctx context.Context) error {
	if err := k.parts.Serve(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// child is one process of a running Cordon: this program with other arguments.
type child struct {
	name   string
	args   func() []string // asked for at every start
	out    io.Writer       // its standard output
	stderr io.Writer       // its standard error
	files  []*os.File      // that it inherits, from descriptor 3 on
	after  string          // a socket on which somebody has to answer first; empty: none

	anew chan chan struct{} // takes what is closed when the process has ended; nil: nobody has it started anew
}

// always is a command line that is always the same.
func always(args ...string) func() []string { return func() []string { return args } }

// line is the command line as one text.
func (c *child) line() string { return strings.Join(c.args(), " ") }

// afresh has the process end, if it runs, and be started anew at once. It returns when that one
// has ended.
func (c *child) afresh() {
	ended := make(chan struct{})
	select {
	case c.anew <- ended:
	default: // asked for already
		return
	}
	select {
	case <-ended:
	case <-time.After(stopsWithin):
	}
}

var errAfresh = errors.New("to be started anew")

// String names the part in messages.
func (c *child) String() string { return c.name }

// livedLong is how long a process lives that is no failure to start: it is started again at
// once, however often. What ends sooner is left to the supervisor and its pauses.
const livedLong = 2 * time.Second

// Serve implements suture.Service: it runs the process until ctx is done, and again when it
// ended. It is asked to end first (SIGTERM), and killed when it does not.
func (c *child) Serve(ctx context.Context) error {
	for {
		began := time.Now()
		err := c.once(ctx)
		if ctx.Err() != nil {
			return suture.ErrDoNotRestart
		}
		if errors.Is(err, errAfresh) {
			continue
		}
		if time.Since(began) < livedLong {
			return err
		}
		fmt.Fprintf(c.stderr, "cordon: %s: %v; starting it again\n", c.name, err)
	}
}

// once runs the process until it ends. The error is never nil.
func (c *child) once(ctx context.Context) error {
	if c.after != "" && !answered(ctx, c.after) {
		return ctx.Err()
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	over := make(chan struct{})
	defer close(over)
	go c.heed(ctx, end, over)
	args := c.args()
	p := exec.CommandContext(ctx, self(), args...)
	p.Stdout, p.Stderr, p.ExtraFiles = c.out, c.stderr, c.files
	p.Cancel = func() error { return p.Process.Signal(syscall.SIGTERM) }
	p.WaitDelay = stopsWithin
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // nobody outlives the keeper
	if err := p.Start(); err != nil {
		return fmt.Errorf("cordon %s: %w", strings.Join(args, " "), err)
	}
	err := p.Wait()
	if errors.Is(context.Cause(ctx), errAfresh) {
		return errAfresh
	}
	if err == nil {
		return errors.New("ended")
	}
	return err
}

// heed ends the process when it is to be started anew, and says when it is over.
func (c *child) heed(ctx context.Context, end context.CancelCauseFunc, over <-chan struct{}) {
	select {
	case <-ctx.Done():
	case ended := <-c.anew:
		end(errAfresh)
		<-over
		close(ended)
	}
}

// answered waits until somebody answers on a socket, false when ctx is done first.
func answered(ctx context.Context, socket string) bool {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !running(socket) {
		select {
		case <-ctx.Done():
			return false
		case <-look.C:
		}
	}
	return true
}
