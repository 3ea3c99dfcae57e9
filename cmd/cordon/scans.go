package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/thejerf/suture/v4"
)

// scans runs `cordon scan` for the sites that the application asks for, one after the
// other: the application itself may open no packet socket. It runs in the keeper, and
// takes from the application nothing but the name of a site.
type scans struct {
	requests io.Reader // a line a site
	config   string    // file that names the sites, as on the command line
	places   places
	settings *config
	stderr   io.Writer
}

// String names the part in messages.
func (s *scans) String() string { return "scans" }

// Serve implements suture.Service: it runs until the application is gone for good or ctx
// is done.
func (s *scans) Serve(ctx context.Context) error {
	if f, ok := s.requests.(*os.File); ok {
		stop := context.AfterFunc(ctx, func() { f.Close() })
		defer stop()
	}
	lines := bufio.NewScanner(s.requests)
	for lines.Scan() {
		if args := s.args(lines.Text()); args != nil {
			s.within(ctx, lines.Text(), args)
		}
	}
	return suture.ErrDoNotRestart
}

// args is the command line of a site's scan, nil when there is no such site.
func (s *scans) args(name string) []string {
	for i := range s.settings.Sites {
		if site := &s.settings.Sites[i]; site.Name != name || len(site.Networks) == 0 {
			continue
		}
		args := []string{"scan", "--to", s.places.feedSocket(), "--key", s.places.key(), "--site", name, "--fail-on", "never"}
		if s.config != "" {
			args = append(args, "--config", s.config)
		}
		if pace := s.settings.scanOf(name).Pace; pace == "gentle" || pace == "fast" {
			args = append(args, "--"+pace)
		}
		return args
	}
	fmt.Fprintf(s.stderr, "cordon: no site %q to scan\n", name)
	return nil
}

// within scans once, and ends the scan when the site's hours are over: what it learned until
// then is kept. One that somebody asked for outside the hours has no end.
func (s *scans) within(ctx context.Context, site string, args []string) {
	window, err := parseTimeWindow(s.settings.scanOf(site).Window)
	if end := window.closes(time.Now()); err == nil && !end.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end)
		defer cancel()
	}
	s.run(ctx, args)
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
