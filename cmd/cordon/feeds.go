package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"cordon"
	"cordon/internal/sensor"
)

// key is the file of the key with which identifiers are hashed.
func (p places) key() string { return filepath.Join(p.Data, "instance.key") }

// feedSocket is where sensors and scans of this machine bring what they heard.
func (p places) feedSocket() string { return filepath.Join(p.Run, "feed.sock") }

// feeds takes the frames of sensor and scan processes and knows how each way in is doing.
// It is safe for concurrent use.
type feeds struct {
	path  string
	take  func(site, name string, frame []byte) error // keeps frame
	scans scanHooks

	mu     sync.Mutex
	states map[string]cordon.SensorState
	own    map[string]func() cordon.SensorState // ways in of this process
}

// scanHooks are told what becomes of scans.
type scanHooks interface {
	scanBegan(site string)
	scanStep(s *sensor.ScanStep)
	scanDone(d *sensor.ScanDone)
	scanGone(site string) // its process ended, with or without a word
}

func newFeeds(path string, take func(site, name string, frame []byte) error, scans scanHooks) *feeds {
	return &feeds{path: path, take: take, scans: scans, states: map[string]cordon.SensorState{}, own: map[string]func() cordon.SensorState{}}
}

// String names the part in messages.
func (f *feeds) String() string { return "feeds" }

// Serve implements suture.Service: it takes connections until ctx is done.
func (f *feeds) Serve(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return err
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: f.path, Net: "unix"})
	if err != nil {
		return fmt.Errorf("feed socket: %w", err)
	}
	if err := os.Chmod(f.path, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("feed socket: %w", err)
		}
		if !ourOwn(c) {
			c.Close()
			continue
		}
		conns.Go(func() { f.read(ctx, c) })
	}
}

// ourOwn reports whether the other side is root or the user that we are (unix(7), SO_PEERCRED).
func ourOwn(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	ours := false
	raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		ours = err == nil && (cred.Uid == 0 || int(cred.Uid) == os.Geteuid())
	})
	return ours
}

// read takes the frames of one connection until it ends.
func (f *feeds) read(ctx context.Context, c *net.UnixConn) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	defer c.Close()
	var names []string
	site, scan := "", false
	for {
		frame, err := sensor.NextFrame(c, nil) // a new buffer each: frames are kept
		if err != nil {
			f.gone(names, err)
			if scan && ctx.Err() == nil { // else it is us who go
				f.scans.scanGone(site)
			}
			return
		}
		if f.ofScan(frame) {
			continue
		}
		if !sensor.IsState(frame) {
			f.take(site, nameOf(names), frame)
			continue
		}
		if s, err := sensor.ReadState(frame); err == nil {
			site, scan = siteOf(s.Name), s.Kind == scanKind
			if s.Kind != scanKind && !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
			f.note(s)
		}
	}
}

// ofScan takes what a scan says of itself, and reports whether a frame was that.
func (f *feeds) ofScan(frame []byte) bool {
	switch {
	case sensor.IsScan(frame):
		if d, err := sensor.ReadScan(frame); err == nil {
			f.scans.scanDone(d)
		}
	case sensor.IsStep(frame):
		if s, err := sensor.ReadStep(frame); err == nil {
			f.scans.scanStep(s)
		}
	default:
		return false
	}
	return true
}

// wayIn is what an interface of a site is called.
func wayIn(site, name string) string { return site + ":" + name }

// siteOf is the site of a way in: what it was named for ("hq:eth1"). One process is of one
// site, and says how it is doing before anything else.
func siteOf(name string) string {
	site, _, _ := strings.Cut(name, ":")
	return site
}

// nameOf is the way in that a connection's frames came by, empty where it is one of several, or a scan.
func nameOf(names []string) string {
	if len(names) != 1 {
		return ""
	}
	return names[0]
}

func (f *feeds) note(s cordon.SensorState) {
	if s.Kind == scanKind {
		f.scans.scanBegan(siteOf(s.Name))
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states[s.Name] = s
}

// scanKind is the kind of way in that a scan is.
const scanKind = "scan"

// gone says of the ways in of a connection that they are down.
func (f *feeds) gone(names []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range names {
		s := f.states[n]
		s.Up, s.Since, s.Detail = false, time.Now().UTC(), "the sensor process ended: it is started again"
		if err != nil && !errors.Is(err, io.EOF) {
			s.Detail = fmt.Sprintf("the sensor process is gone (%v): it is started again", err)
		}
		f.states[n] = s
	}
}

// expect notes a way in that is to come: one whose process never does is down, and not unheard of.
func (f *feeds) expect(name string, now time.Time) {
	f.note(cordon.SensorState{Name: name, Kind: "live", Since: now.UTC(), Detail: "its process has not come yet: see what cordon run says, and cordon doctor"})
}

// watch adds a way in of this process.
func (f *feeds) watch(name string, state func() cordon.SensorState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.own[name] = state
}

// all tells how every way in is doing, by name.
func (f *feeds) all() []cordon.SensorState {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]cordon.SensorState, 0, len(f.states)+len(f.own))
	for _, s := range f.states {
		out = append(out, s)
	}
	for _, state := range f.own {
		out = append(out, state())
	}
	slices.SortFunc(out, func(a, b cordon.SensorState) int { return strings.Compare(a.Name, b.Name) })
	return out
}
