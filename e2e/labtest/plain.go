package labtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"cordon"
	"cordon/e2e/lab"
)

// Plain is a device that is no model: a web page on port 80, and on UDP port 3702 an echo that
// also hears the group 239.255.255.250. It tries the network, not the devices.
type Plain struct {
	Name string
	MAC  cordon.MAC
	At   lab.Place                                // empty: by lot
	Do   func(ctx context.Context, room lab.Room) // beside serving; may be nil

	requests, datagrams atomic.Int64
	once                sync.Once
	ready               chan struct{}
}

// NewPlain makes the nth plain device.
func NewPlain(n byte) *Plain {
	return &Plain{Name: fmt.Sprintf("plain-%d", n), MAC: cordon.MAC{0x02, 0x00, 0x00, 0x00, 0x00, n}, ready: make(chan struct{})}
}

// Group is what plain devices hear.
var Group = netip.MustParseAddr("239.255.255.250")

// Run is described by lab.Guest.
func (p *Plain) Run(ctx context.Context, room lab.Room) error {
	l, err := room.ListenTCP(80)
	if err != nil {
		return err
	}
	defer l.Close()
	u, err := room.ListenUDP(3702, Group, netip.MustParseAddr("ff02::c"))
	if err != nil {
		return err
	}
	defer u.Close()
	defer context.AfterFunc(ctx, func() { l.Close(); u.Close() })()
	p.once.Do(func() { close(p.ready) })
	go p.echo(u)
	if p.Do != nil {
		go p.Do(ctx, room)
	}
	err = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.requests.Add(1)
		fmt.Fprintf(w, "I am %s at %s\n", p.Name, room.Addr())
	}))
	if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (p *Plain) echo(u net.PacketConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := u.ReadFrom(buf)
		if err != nil {
			return
		}
		p.datagrams.Add(1)
		u.WriteTo(append([]byte(p.Name+" heard "), buf[:n]...), from)
	}
}

// Ready, Truth, Counters, Does and Place are described by lab.Guest and lab.Place.
func (p *Plain) Ready() <-chan struct{} { return p.ready }
func (p *Plain) Truth() lab.Truth {
	return lab.Truth{Name: p.Name, MAC: p.MAC, Class: []string{"unknown"}, Open: []uint16{80}}
}
func (p *Plain) Counters() lab.Counters {
	return lab.Counters{Requests: int(p.requests.Load()), Datagrams: int(p.datagrams.Load())}
}
func (p *Plain) Does(lab.Behaviour) bool { return false }
func (p *Plain) Place() lab.Place        { return p.At }
