package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"cordon/specimens"
)

// callTime bounds one conversation with the outside.
const callTime = 10 * time.Second

// doings lists what the device does of its own accord.
func (l *life) doings() []service {
	var all []service
	if l.options[DHCPClient] && l.model.DHCP != nil {
		all = append(all, service{serve: l.discover})
	}
	if !l.room.Outside().IsValid() {
		return all
	}
	for i := range l.model.Calls {
		c := &l.model.Calls[i]
		if l.options[Behaviour(c.Behaviour)] {
			all = append(all, service{serve: func(ctx context.Context) error { return l.call(ctx, c) }})
		}
	}
	return all
}

// call has one conversation with the outside again and again. That nobody answers is no error.
func (l *life) call(ctx context.Context, c *specimens.Call) error {
	every, err := time.ParseDuration(c.Every)
	if c.Every != "" && err != nil {
		return err
	}
	for {
		l.callOnce(ctx, c)
		if every == 0 || !wait(ctx, every) {
			return nil
		}
	}
}

// callOnce asks for the name and speaks to what it is said to be: the outside.
func (l *life) callOnce(ctx context.Context, c *specimens.Call) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	name := l.say(c.Name, nil)
	l.resolve(ctx, name)
	network := "tcp"
	if c.Kind == "udp" {
		network = "udp"
	}
	conn, err := l.room.Dial(ctx, network, netip.AddrPortFrom(l.room.Outside(), c.Port).String())
	if err != nil {
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	switch c.Kind {
	case "tls":
		s := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: true}) // as such devices do
		if s.HandshakeContext(ctx) == nil {
			s.Write(l.noise(c.Bytes))
		}
	case "http":
		l.fetch(conn, name, l.say(c.Path, nil))
	default:
		for sent := 0; sent < c.Bytes; sent += 1200 {
			conn.Write(l.noise(min(1200, c.Bytes-sent)))
		}
	}
}

// noise is what cannot be told from encrypted video.
func (l *life) noise(n int) []byte {
	dice := l.dice("noise")
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	return b
}

// resolve asks the outside's name server for a name, as the device would its own.
func (l *life) resolve(ctx context.Context, name string) {
	conn, err := l.room.Dial(ctx, "udp", netip.AddrPortFrom(l.room.Outside(), 53).String())
	if err != nil {
		return
	}
	defer conn.Close()
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
	b, err := q.Pack()
	if err != nil {
		return
	}
	conn.SetDeadline(time.Now().Add(time.Second))
	conn.Write(b)
	conn.Read(make([]byte, 1500))
}

// fetch gets a file in the clear and throws it away.
func (l *life) fetch(c net.Conn, host, path string) {
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nConnection: close\r\n\r\n", path, host, "upgrade/1.0")
	if r, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
		io.Copy(io.Discard, io.LimitReader(r.Body, 16<<20))
		r.Body.Close()
	}
}

// discover asks for an address by broadcast (RFC 2131, figure 1; RFC 2132 for the options).
// What is offered is not taken: the room has given the address.
func (l *life) discover(ctx context.Context) error {
	c, err := l.room.ListenUDP(68)
	if err != nil {
		return err
	}
	defer c.Close()
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), l.room.Port(67)))
	for range 2 {
		c.WriteTo(l.dhcpDiscover(), to)
		if !wait(ctx, 4*time.Second) {
			break
		}
	}
	return nil
}

func (l *life) dhcpDiscover() []byte {
	b := make([]byte, 240, 400)
	b[0], b[1], b[2] = 1, 1, 6 // BOOTREQUEST, Ethernet
	binary.BigEndian.PutUint32(b[4:], l.dice("dhcp").Uint32())
	b[10] = 0x80 // answer by broadcast
	copy(b[28:], l.mac[:])
	binary.BigEndian.PutUint32(b[236:], 0x63825363)
	option := func(code byte, v []byte) { b = append(append(b, code, byte(len(v))), v...) }
	option(53, []byte{1})
	option(61, append([]byte{1}, l.mac[:]...))
	m := l.model.DHCP
	if s := clip(l.say(m.Hostname, nil), 63); s != "" {
		option(12, []byte(s))
	}
	if s := clip(l.say(m.Class, nil), 63); s != "" {
		option(60, []byte(s))
	}
	ask := make([]byte, 0, len(m.Ask))
	for _, n := range m.Ask {
		ask = append(ask, byte(n))
	}
	option(55, ask)
	return append(b, 255)
}
