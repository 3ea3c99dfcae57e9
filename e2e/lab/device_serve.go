package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// services lists what the device does from power-on.
func (l *life) services() ([]service, error) {
	var all []service
	for i := range l.model.HTTP {
		h := &l.model.HTTP[i]
		all = append(all, l.tcp(h.Port, h.TLS, func(ctx context.Context, c net.Conn) { l.web(ctx, h, c) }))
	}
	for i := range l.model.RTSP {
		r := &l.model.RTSP[i]
		all = append(all, l.tcp(r.Port, false, func(ctx context.Context, c net.Conn) { l.rtsp(ctx, r, c) }))
	}
	for i := range l.model.TCP {
		t := &l.model.TCP[i]
		all = append(all, l.tcp(t.Port, t.TLS, func(ctx context.Context, c net.Conn) { l.greet(ctx, t, c) }))
	}
	if v := l.model.DVRIP; v != nil {
		all = append(all, l.tcp(v.Port, false, func(ctx context.Context, c net.Conn) { l.dvrip(ctx, v, c) }))
	}
	all = append(all, l.datagrams()...)
	return append(all, l.doings()...), nil
}

// maxConns bounds the connections that a service holds at once; more are closed at once, as
// small devices do.
const maxConns = 64

// rebootAfter is how many connections a device with that behaviour bears.
const rebootAfter = 3

// tcp is a TCP service: handle is given each connection, which is closed when it returns or
// the power goes.
func (l *life) tcp(port uint16, secure bool, handle func(context.Context, net.Conn)) service {
	var listener net.Listener
	return service{
		listen: func() (err error) {
			listener, err = l.room.ListenTCP(port)
			return err
		},
		serve: func(ctx context.Context) error {
			stop := context.AfterFunc(ctx, func() { listener.Close() })
			defer stop()
			defer listener.Close()
			slots := make(chan struct{}, maxConns)
			var visitors sync.WaitGroup
			defer visitors.Wait()
			for {
				c, err := listener.Accept()
				if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
					return nil
				} else if err != nil {
					return err
				}
				select {
				case slots <- struct{}{}:
				default:
					c.Close()
					continue
				}
				visitors.Go(func() {
					defer func() { <-slots }()
					l.accept(ctx, c, secure, handle)
				})
			}
		},
	}
}

func (l *life) accept(ctx context.Context, c net.Conn, secure bool, handle func(context.Context, net.Conn)) {
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	l.tally.connections.Add(1)
	if l.options[Reboot] && l.tally.reboots.Load() == 0 && l.visits.Add(1) >= rebootAfter {
		l.power()
		return
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	if secure {
		cert, err := l.certificate()
		if err != nil {
			return
		}
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10})
		if s.HandshakeContext(ctx) != nil {
			return
		}
		c = s
	}
	handle(ctx, c)
}

// udp is a datagram service: handle is given each datagram, which it must not keep.
func (l *life) udp(port uint16, groups []netip.Addr, handle func(ctx context.Context, c net.PacketConn, from net.Addr, b []byte)) service {
	var c net.PacketConn
	return service{
		listen: func() (err error) {
			c, err = l.room.ListenUDP(port, groups...)
			return err
		},
		serve: func(ctx context.Context) error {
			stop := context.AfterFunc(ctx, func() { c.Close() })
			defer stop()
			defer c.Close()
			buf := make([]byte, 65536)
			for {
				n, from, err := c.ReadFrom(buf)
				if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
					return nil
				} else if err != nil {
					continue // an ICMP error to what was sent earlier
				}
				l.tally.datagrams.Add(1)
				handle(ctx, c, from, buf[:n])
			}
		},
	}
}
