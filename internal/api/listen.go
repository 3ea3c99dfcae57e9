package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// The bounds of the listeners. Loopback is quick: who needs longer holds a connection for nothing.
const (
	maxConnections = 256             // at once, each listener
	maxHeader      = 32 << 10        // bytes of a request's header
	headerTime     = 5 * time.Second // for a request's header
	readTime       = time.Minute     // for a whole request
	writeTime      = time.Minute     // for a whole answer; streams renew it
	idleTime       = 2 * time.Minute // between requests
	lastTime       = 5 * time.Second // for answers under way when the server ends
)

// Serve answers on the listeners until ctx ends, then lets answers under way come to their
// end for up to 5 seconds; streams end at once. Listeners are closed. On a unix socket who asks is known by the
// kernel's word; on the listener of ListenPage, which needs Config.Cert, by a session or a token; anywhere else a token is needed.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	programs, page := s.http(ctx, known), s.http(ctx, paged)
	if s.Cert != nil {
		page.TLSConfig = s.Cert.TLS()
	}
	for _, l := range listeners {
		g.Go(func() error {
			if err := s.answer(l, programs, page); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("api: listen on %s: %w", l.Addr(), err)
			}
			return nil
		})
	}
	g.Go(func() error { return s.pushes(ctx) })
	g.Go(func() error { return ended(ctx, programs) })
	g.Go(func() error { return ended(ctx, page) })
	return g.Wait()
}

// answer serves one listener.
func (s *Server) answer(l net.Listener, programs, page *http.Server) error {
	if _, ok := l.(*pageListener); !ok {
		return programs.Serve(limited{l, make(chan struct{}, maxConnections)})
	}
	if s.Cert == nil {
		return errors.New("there is no certificate")
	}
	return page.ServeTLS(limited{l, make(chan struct{}, maxPage)}, "", "")
}

// http is a server of ours; who opened a connection is found by whose.
func (s *Server) http(ctx context.Context, whose func(context.Context, net.Conn) context.Context) *http.Server {
	return &http.Server{
		Handler: s, ConnContext: whose, BaseContext: func(net.Listener) context.Context { return lasting(ctx) },
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: log.New(quiet{s.Log}, "", 0),
	}
}

// ended shuts a server when ctx is done.
func ended(ctx context.Context, h *http.Server) error {
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTime)
	defer cancel()
	if err := h.Shutdown(last); err != nil {
		return h.Close()
	}
	return nil
}

type endingKey struct{}

// lasting is the context of requests: the end of the server does not end them, but they may know of it.
func lasting(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), endingKey{}, ctx.Done())
}

// limited bounds the connections of a listener: who comes when all are taken waits.
// (netutil.LimitListener hides the connection that the peer is asked of.)
type limited struct {
	net.Listener
	room chan struct{}
}

func (l limited) Accept() (net.Conn, error) {
	l.room <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &counted{Conn: c, leave: sync.OnceFunc(func() { <-l.room })}, nil
}

// counted is a connection that gives its room back when it is closed.
type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// quiet passes what net/http complains of to the log: strangers' mistakes, so not as errors.
type quiet struct{ log *slog.Logger }

func (q quiet) Write(b []byte) (int, error) {
	q.log.Debug("api: http", "said", string(b))
	return len(b), nil
}

// ListenLocal opens the unix socket at path with mode 0660 and, unless group is negative,
// that group. A socket that nobody answers on any more is replaced; one that somebody
// answers on is an error, for two Cordons on one store do harm. The caller has made the directory.
func ListenLocal(path string, group int) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("listen on %s: another Cordon answers there: stop it first, or name another socket", path)
	} else if info, serr := os.Lstat(path); serr == nil && info.Mode().Type() == fs.ModeSocket {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("listen on %s: a socket is left over and cannot be removed: %w", path, err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := errors.Join(regroup(path, group), os.Chmod(path, 0o660)); err != nil {
		l.Close()
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

func regroup(path string, group int) error {
	if group < 0 {
		return nil
	}
	return os.Lchown(path, -1, group)
}

// ListenLoopback opens a TCP listener on a loopback address ("127.0.0.1:8480"); any other
// address is refused, for tokens would cross the network in the clear.
func ListenLoopback(addr string) (net.Listener, error) {
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: want an address and a port, like 127.0.0.1:8480", addr)
	}
	if !a.Addr().Unmap().IsLoopback() {
		return nil, fmt.Errorf("listen on %s: it speaks in the clear and stays on loopback: use 127.0.0.1 or [::1], and from elsewhere the page's listener or a tunnel (ssh -L)", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}
