package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/thejerf/suture/v4"
)

// scans runs `cordon scan` for the sites that the application asks for, one after the
// other: the application itself may open no packet socket. It runs in the keeper, and
// takes from the application nothing but the name of a site.
type scans struct {
	requests io.Reader // a line a site
	config   string    // file that names the sites, as on the command line
	places   places
	sites    []siteConfig
	pace     string
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
			s.run(ctx, args)
		}
	}
	return suture.ErrDoNotRestart
}

// args is the command line of a site's scan, nil when there is no such site.
func (s *scans) args(name string) []string {
	for i := range s.sites {
		if s.sites[i].Name != name || len(s.sites[i].Networks) == 0 {
			continue
		}
		args := []string{"scan", "--to", s.places.feedSocket(), "--key", s.places.key(), "--site", name, "--fail-on", "never"}
		if s.config != "" {
			args = append(args, "--config", s.config)
		}
		if s.pace == "gentle" || s.pace == "fast" {
			args = append(args, "--"+s.pace)
		}
		return args
	}
	fmt.Fprintf(s.stderr, "cordon: no site %q to scan\n", name)
	return nil
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
