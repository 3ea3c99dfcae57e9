package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Serve builds the lab, lets others find it and ask for its status, and calls ready once; it
// runs until ctx ends or Down is called from anywhere, and leaves nothing.
func (s State) Serve(ctx context.Context, c Config, ready func(*Lab)) (err error) {
	lock, err := s.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	defer s.leave()
	if err := s.clean(); err != nil { // what a lab that was killed left
		return err
	}
	c.Name = s.Name
	l, err := Up(c)
	if err != nil {
		return errors.Join(err, s.clean())
	}
	defer func() { err = errors.Join(err, l.Close(), s.clean()) }()
	if err := s.writeProcess(); err != nil {
		return err
	}
	return s.serve(ctx, l, ready)
}

// serve answers on the socket.
func (s State) serve(ctx context.Context, l *Lab, ready func(*Lab)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var listener net.Listener
	err := s.through(func(path string) (err error) {
		listener, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		return fmt.Errorf("lab: socket: %w", err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // its path is good for the making only; clean removes it
	web := &http.Server{Handler: control(l, stop), ErrorLog: quiet, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- web.Serve(listener) }()
	ready(l)
	select {
	case <-ctx.Done():
	case err := <-done:
		return fmt.Errorf("lab: socket: %w", err)
	}
	end, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	web.Shutdown(end)
	return nil
}

// control is what can be asked of a running lab.
func control(l *Lab, stop func()) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { say(w, l.Status()) })
	m.HandleFunc("GET /arrivals", func(w http.ResponseWriter, _ *http.Request) {
		arrived := []Arrival{}
		if o := l.Outside(); o != nil {
			arrived = append(arrived, o.Arrivals()...)
		}
		say(w, arrived)
	})
	m.HandleFunc("POST /down", func(w http.ResponseWriter, _ *http.Request) { stop() })
	return m
}

func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

// through lends a path to the socket that is short enough for one (unix(7): 108 bytes), however
// deep the directory is.
func (s State) through(f func(path string) error) error {
	dir, err := unix.Open(s.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return f(filepath.Join(fmt.Sprintf("/proc/self/fd/%d", dir), s.Name+socketFile))
}

// askLimit is how long an answer may take.
const askLimit = 20 * time.Second

// ask sends a request to the running lab; into may be nil.
func (s State) ask(method, path string, into any) error {
	if !s.alive() && len(named(s.Name)) > 0 {
		return fmt.Errorf("lab %s: %w here, but namespaces of one are: it was killed, and `cordon lab down` removes them, or somebody else's runs", s.Name, ErrDown)
	}
	if !s.alive() {
		return fmt.Errorf("lab %s: %w: start one with `cordon lab up`", s.Name, ErrDown)
	}
	client := http.Client{Timeout: askLimit, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (c net.Conn, err error) {
			err = s.through(func(path string) (err error) {
				var d net.Dialer
				c, err = d.DialContext(ctx, "unix", path)
				return err
			})
			return c, err
		}}}
	q, err := http.NewRequest(method, "http://lab"+path, nil)
	if err != nil {
		return err
	}
	a, err := client.Do(q)
	if errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("lab %s: %w: one is just starting or ending", s.Name, ErrDown)
	}
	if err != nil {
		return fmt.Errorf("lab %s: %w", s.Name, err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(a.Body, 1000))
		return fmt.Errorf("lab %s: %s %s", s.Name, a.Status, b)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(a.Body).Decode(into)
}

// Status asks the running lab how it is; ErrDown where none runs.
func (s State) Status() (Status, error) {
	var st Status
	return st, s.ask("GET", "/status", &st)
}

// Arrivals asks the running lab which packets came out of it.
func (s State) Arrivals() ([]Arrival, error) {
	var a []Arrival
	return a, s.ask("GET", "/arrivals", &a)
}
