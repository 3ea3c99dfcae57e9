package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// scans runs `cordon scan` for the sites that the application asks for, one after the
// other: the application itself may open no packet socket. It runs in the keeper, and
// takes from the application nothing but the name of a site.
type scans struct {
	config string // file and data directory that name the sites, as on the command line
	data   string
	stderr io.Writer
	wake   chan struct{} // something waits

	mu       sync.Mutex
	settings *config
	waiting  []string // sites, each once
	running  string   // the site, empty for none
	end      context.CancelFunc
	over     chan struct{} // closed when it has ended
}

func newScans(config, data string, settings *config, stderr io.Writer) *scans {
	return &scans{config: config, data: data, settings: settings, stderr: stderr, wake: make(chan struct{}, 1)}
}

// String names the part in messages.
func (s *scans) String() string { return "scans" }

// ask has a site scanned when it is its turn. One that waits already is not asked twice.
func (s *scans) ask(site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.siteNamed(site) == nil {
		fmt.Fprintf(s.stderr, "cordon: no site %q to scan\n", site)
		return
	}
	if !slices.Contains(s.waiting, site) {
		s.waiting = append(s.waiting, site)
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// follow goes by another configuration from now on. What is under way for a site that is no
// longer the same ends, for its networks may not be the owner's; what it learned until then is
// kept, and told before follow returns.
func (s *scans) follow(conf *config) {
	s.mu.Lock()
	before := s.settings
	s.settings = conf
	s.waiting = slices.DeleteFunc(s.waiting, func(site string) bool { return conf.siteNamed(site) == nil })
	if s.running == "" || sameScan(before.siteNamed(s.running), conf.siteNamed(s.running)) {
		s.mu.Unlock()
		return
	}
	s.end()
	over := s.over
	s.mu.Unlock()
	<-over
}

// sameScan reports whether two configurations of a site have it scanned alike.
func sameScan(was, is *siteConfig) bool {
	if was == nil || is == nil {
		return was == is
	}
	return slices.Equal(was.Networks, is.Networks) && slices.Equal(was.Own, is.Own) && was.Scan == is.Scan
}

// has gives the sites whose scans run or wait.
func (s *scans) has() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.waiting)
	if s.running != "" {
		out = append(out, s.running)
	}
	return out
}

// Serve implements suture.Service: it runs until ctx is done.
func (s *scans) Serve(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		}
		for ctx.Err() == nil && s.next(ctx) {
		}
	}
}

// next scans the site whose turn it is, false where none waits.
func (s *scans) next(ctx context.Context) bool {
	s.mu.Lock()
	if len(s.waiting) == 0 {
		s.mu.Unlock()
		return false
	}
	site := s.waiting[0]
	s.waiting = s.waiting[1:]
	args, end := s.args(site), s.closes(site)
	if !end.IsZero() {
		ctx, s.end = context.WithDeadline(ctx, end)
	} else {
		ctx, s.end = context.WithCancel(ctx)
	}
	s.running, s.over = site, make(chan struct{})
	stop, over := s.end, s.over
	s.mu.Unlock()
	s.run(ctx, args)
	stop()
	s.mu.Lock()
	s.running = ""
	s.mu.Unlock()
	close(over)
	return true
}

// args is the command line of a site's scan. The lock is held.
func (s *scans) args(site string) []string {
	p := s.settings.places()
	args := []string{"scan", "--to", p.feedSocket(), "--key", p.key(), "--site", site, "--fail-on", "never"}
	if s.config != "" {
		args = append(args, "--config", s.config)
	}
	if s.data != "" {
		args = append(args, "--data", s.data)
	}
	if pace := s.settings.scanOf(site).Pace; pace == "gentle" || pace == "fast" {
		args = append(args, "--"+pace)
	}
	return args
}

// closes is when the site's hours are over and its scan ends: what it learned until then is kept.
// One that somebody asked for outside the hours has no end. The lock is held.
func (s *scans) closes(site string) time.Time {
	window, err := parseTimeWindow(s.settings.scanOf(site).Window)
	if err != nil {
		return time.Time{}
	}
	return window.closes(time.Now())
}

// run scans once. What it finds goes to the feed; only what went wrong is said here.
func (s *scans) run(ctx context.Context, args []string) {
	p := exec.CommandContext(ctx, self(), args...)
	p.Stderr = s.stderr
	p.Cancel = func() error { return p.Process.Signal(syscall.SIGTERM) }
	p.WaitDelay = stopsWithin
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := p.Run(); err != nil && ctx.Err() == nil {
		fmt.Fprintf(s.stderr, "cordon: scan: %v\n", err)
	}
}
