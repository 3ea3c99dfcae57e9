package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// The bounds of the page's listener: anybody on the network may knock.
const (
	maxPage     = 1024 // connections at once
	maxPageEach = 64   // from one address: browsers open six, and one address may stand for many people
)

// ListenPage opens the TCP listener of the page, for people's browsers, on any address (":8443").
// Given to Serve it is answered with the certificate of Config.Cert, and what comes without TLS
// is sent there.
func ListenPage(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for the page: %w; name another in the configuration ([page] listen = \":9443\"), or \"off\"", addr, err)
	}
	return &pageListener{Listener: l, from: map[netip.Addr]int{}}, nil
}

// pageListener bounds the connections of each address: one that holds too many is not let in further.
type pageListener struct {
	net.Listener
	mu   sync.Mutex
	from map[netip.Addr]int
}

// Accept implements net.Listener.
func (l *pageListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		at := addrOf(c.RemoteAddr())
		if !l.enter(at) {
			c.Close()
			continue
		}
		return &knocking{counted: counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(at) })}}, nil
	}
}

// addrOf is the address of somebody who knocks; a network of 64 bits is one household (RFC 6177).
func addrOf(a net.Addr) netip.Addr {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	ip := t.AddrPort().Addr().Unmap()
	if p, err := ip.WithZone("").Prefix(64); err == nil && ip.Is6() {
		return p.Addr()
	}
	return ip
}

func (l *pageListener) enter(at netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.from[at] >= maxPageEach {
		return false
	}
	l.from[at]++
	return true
}

func (l *pageListener) leave(at netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.from[at]--; l.from[at] <= 0 {
		delete(l.from, at)
	}
}

// knocking is a connection of which it is not known yet whether it speaks TLS: its first byte
// tells. Who speaks HTTP instead, as browsers do when an address is typed without https, is sent
// to the same place with it.
type knocking struct {
	counted
	known bool
}

// errPlain ends a connection that was sent elsewhere.
var errPlain = errors.New("api: HTTP without TLS: sent to https")

// tlsHandshake is the first byte of every TLS connection (RFC 8446, section 5.1).
const tlsHandshake = 22

// Read implements net.Conn.
func (k *knocking) Read(b []byte) (int, error) {
	n, err := k.counted.Read(b)
	if k.known || n == 0 {
		return n, err
	}
	k.known = true
	if b[0] == tlsHandshake {
		return n, err
	}
	k.redirect(append([]byte(nil), b[:n]...))
	return 0, errPlain
}

// redirect answers one request. It runs while the TLS handshake waits, under its deadline.
func (k *knocking) redirect(begun []byte) {
	in := io.LimitReader(io.MultiReader(strings.NewReader(string(begun)), k.counted.Conn), maxHeader)
	r, err := http.ReadRequest(bufio.NewReader(in))
	if err != nil || !properHost(r.Host) || !strings.HasPrefix(r.URL.Path, "/") {
		io.WriteString(k.counted.Conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		return
	}
	fmt.Fprintf(k.counted.Conn, "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://%s%s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", r.Host, r.URL.RequestURI())
}

// properHost reports whether a Host can stand in an address as it is.
func properHost(host string) bool {
	return host != "" && len(host) < 300 && strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == ""
}

type onPageKey struct{}

// paged marks the connections of the page's listener: see http.Server.ConnContext.
func paged(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, onPageKey{}, true)
}

// onPage reports whether a request came over the page's listener.
func onPage(r *http.Request) bool {
	yes, _ := r.Context().Value(onPageKey{}).(bool)
	return yes
}
