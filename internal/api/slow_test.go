package api

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/people"
)

// pipes is a listener whose connections are in memory, so that time in a bubble drives them.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// bubble serves streams to somebody who may read, inside a synctest bubble, and gives the
// client's end of one connection that has asked for events.
func bubble(t *testing.T) (s *Server, b *bus.Bus, client net.Conn) {
	b = bus.New()
	s = New(Config{Bus: b})
	l := pipes{make(chan net.Conn), make(chan struct{})}
	h := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peerKey{}, person{name: "test", role: people.Viewer})))
	}), ReadTimeout: readTime, WriteTimeout: writeTime}
	ended := make(chan struct{})
	go func() { h.Serve(l); close(ended) }()
	client, server := net.Pipe()
	l.conns <- server
	_, err := client.Write([]byte("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	must(t, err)
	t.Cleanup(func() { client.Close(); h.Close(); <-ended })
	return s, b, client
}

// A client that takes nothing is dropped, and nothing of it is left.
func TestSlowClientIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, _ := bubble(t)
		synctest.Wait()
		if s.streams.Load() != 1 {
			t.Fatal("no stream")
		}
		for range 1000 {
			b.Publish(cordon.Event{Kind: "device", Title: strings.Repeat("x", 1000)}) // never waits, or the bubble would be stuck
		}
		time.Sleep(streamWrite + time.Second)
		synctest.Wait()
		if s.streams.Load() != 0 || b.Stats().Subscribers != 0 {
			t.Errorf("%d streams, %d subscribers", s.streams.Load(), b.Stats().Subscribers)
		}
	})
}

// A quiet line lives on, longer than a request may take, with a sign of life every 15 seconds.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, client := bubble(t)
		lines := bufio.NewScanner(client)
		read := func(want string) {
			t.Helper()
			for lines.Scan() {
				if strings.Contains(lines.Text(), want) {
					return
				}
			}
			t.Fatalf("no %q before the end", want)
		}
		read("event: hello")
		begun := time.Now()
		for range 40 { // ten minutes
			read(": here")
		}
		if d := time.Since(begun); d != 40*heartbeat {
			t.Errorf("40 beats took %v", d)
		}
		b.Publish(cordon.Event{Kind: "alarm", ID: "7"})
		read(`"id":"7"`)
		if s.streams.Load() != 1 {
			t.Error("the stream ended")
		}
	})
}
