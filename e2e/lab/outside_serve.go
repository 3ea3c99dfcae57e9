package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"
)

// The ports on which the outside is more than a reset: web pages, web pages over TLS, and what
// takes anything and answers nothing (video, chatter, and what a scan asks cameras for).
var (
	outsideHTTP = []int{80, 8080}
	outsideTLS  = []int{443, 8443, 8883}
	outsideSink = []int{21, 22, 23, 554, 1883, 1935, 5000, 6000, 6667, 7000, 8000, 8554, 8555, 8899, 9000, 9527,
		10080, 10554, 15000, 20554, 32100, 34567, 34599, 37777, 40000, 50000, 55443}
	outsideUDP = []int{123, 1900, 3478, 3702, 5353, 6000, 7000, 8000, 8002, 9989, 10001, 20000, 32100, 32108, 32761,
		34569, 37020, 37810, 40000, 50000}
)

// serveTCP listens on the ports above.
func (o *Outside) serveTCP(out *space) error {
	web := &http.Server{Handler: http.HandlerFunc(webOutside), ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	certs := &certs{}
	var errs []error
	each := func(ports []int, serve func(net.Listener)) {
		for _, p := range ports {
			l, err := listenIn(out, fmt.Sprintf(":%d", p))
			if err != nil {
				errs = append(errs, err)
				continue
			}
			o.keep(l, func() { serve(l) })
		}
	}
	each(outsideHTTP, func(l net.Listener) { web.Serve(l) })
	each(outsideTLS, func(l net.Listener) {
		web.Serve(tls.NewListener(l, &tls.Config{GetCertificate: certs.of, MinVersion: tls.VersionTLS10}))
	})
	each(outsideSink, sink)
	o.servers = append(o.servers, web)
	return errors.Join(errs...)
}

// sink takes what it is sent until nothing comes for a minute.
func sink(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 32<<10)
			for {
				c.SetReadDeadline(time.Now().Add(time.Minute))
				if _, err := c.Read(buf); err != nil {
					return
				}
			}
		}()
	}
}

// firmwareSize is how much a firmware file weighs here: enough to be seen as a transfer.
const firmwareSize = 300_000

// webOutside answers every page: an image where one is asked for by its suffix, else a line of JSON.
func webOutside(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, io.LimitReader(r.Body, 64<<20))
	switch path.Ext(r.URL.Path) {
	case ".bin", ".dav", ".pak", ".zip", ".img", ".rom":
		w.Header().Set("Content-Type", "application/octet-stream")
		for block, left := []byte(strings.Repeat("firmware block; ", 256)), firmwareSize; left > 0; left -= len(block) {
			w.Write(block)
		}
	default:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{\"code\":0,\"msg\":\"ok\"}\n")
	}
}

// certs makes a self-signed certificate for whatever name is asked for, once.
type certs struct {
	mu   sync.Mutex
	made map[string]*tls.Certificate
}

func (c *certs) of(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, ok := c.made[hello.ServerName]; ok {
		return made, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	name := hello.ServerName
	if name == "" {
		name = "outside.example"
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if c.made == nil || len(c.made) > 1000 {
		c.made = map[string]*tls.Certificate{}
	}
	made := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	c.made[hello.ServerName] = made
	return made, nil
}

// serveUDP answers datagrams from the address that they were sent to: names, and else a short acknowledgement.
func (o *Outside) serveUDP(out *space) error {
	var errs []error
	for _, p := range outsideUDP {
		errs = append(errs, o.datagrams(out, p, func(b []byte, _ netip.Addr) []byte { return b[:min(len(b), 16)] }))
	}
	return errors.Join(append(errs, o.datagrams(out, 53, func(b []byte, asked netip.Addr) []byte {
		return answerName(b, func(string) netip.Addr { return asked })
	}))...)
}

// serveNames is the router's resolver.
func (o *Outside) serveNames(router *space) error {
	return o.datagrams(router, 53, func(b []byte, _ netip.Addr) []byte { return answerName(b, addressOf) })
}

// datagrams serves one UDP port of a namespace: answer is told which address was asked; an empty one is not sent.
func (o *Outside) datagrams(s *space, port int, answer func([]byte, netip.Addr) []byte) error {
	c, err := packetsIn(s, fmt.Sprintf(":%d", port))
	if err != nil {
		return err
	}
	p := ipv4.NewPacketConn(c)
	if err := p.SetControlMessage(ipv4.FlagDst, true); err != nil {
		c.Close()
		return err
	}
	o.keep(c, func() {
		buf := make([]byte, 64<<10)
		for {
			n, control, from, err := p.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil || control == nil {
				continue
			}
			asked, _ := netip.AddrFromSlice(control.Dst.To4())
			if b := answer(buf[:n], asked); len(b) > 0 {
				p.WriteTo(b, &ipv4.ControlMessage{Src: control.Dst}, from)
			}
		}
	})
	return nil
}

// answerName says where outside a name is: for a host that is asked itself there, every name is its own (see
// Room.Outside); the router has an address for each.
func answerName(b []byte, where func(name string) netip.Addr) []byte {
	q := new(dns.Msg)
	if q.Unpack(b) != nil || q.Response || len(q.Question) != 1 {
		return nil
	}
	a := new(dns.Msg).SetReply(q)
	a.RecursionAvailable = true
	if q.Question[0].Qtype == dns.TypeA {
		addr := where(q.Question[0].Name)
		a.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 300}, A: addr.AsSlice()}}
	}
	out, err := a.Pack()
	if err != nil {
		return nil
	}
	return out
}

// addressOf is where outside a name is.
func addressOf(name string) netip.Addr {
	h := fnv.New32a()
	io.WriteString(h, strings.ToLower(strings.TrimSuffix(name, ".")))
	n := h.Sum32()
	return host(internet[n%2], 1+int(n/2%250))
}
