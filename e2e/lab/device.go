// Package lab is a network of simulated devices that speak for real: cameras, recorders and
// bystanders built from the models in specimens (serves.toml), each with its own names,
// addresses and serials drawn from a seed, so that nothing can be tuned to one instance.
//
// It promises to answer from documents, vectors and captures alone: it imports neither find
// nor ask nor scan, so what they understand is not what they were told. It counts what is
// done to each device (Counters) and knows what must be concluded of it (Truth).
package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"cordon"
	"cordon/specimens"
)

// Room is a device's place on the network: a namespace of its own, or an address on the
// loopback interface. A room that cannot give low ports puts every port elsewhere; devices
// name ports as they are written in documents, and only Port tells where one really is.
// All methods may be called concurrently.
type Room interface {
	// ListenTCP listens on the device's own address; the room shifts the port.
	ListenTCP(port uint16) (net.Listener, error)
	// ListenUDP binds the port, shifted by the room (0: any free one), and joins the groups, of either family.
	// The connection hears what is sent to the device, to the groups and as broadcast, and may
	// send broadcasts. Destinations of WriteTo are used as they are.
	ListenUDP(port uint16, groups ...netip.Addr) (net.PacketConn, error)
	// Dial opens a connection from the device's address; the room shifts the port of addr.
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
	// Addr is the device's address, the zero Addr while it has none.
	Addr() netip.Addr
	// MAC is the address of its interface.
	MAC() cordon.MAC
	// Outside is a host beyond the scope that plays the internet: every name resolves to it
	// and it accepts what it is sent. The zero Addr where there is no outside.
	Outside() netip.Addr
	// Port gives where the room puts a well-known port: to answer at a fixed port or a group.
	Port(port uint16) uint16
}

// Truth is what must be concluded of a device.
type Truth struct {
	Name      string     `json:"name"`  // of the device in the lab: folder, and a number where there are several
	Class     []string   `json:"class"` // any of these cordon.Class is right
	Brand     string     `json:"brand"` // the badge; "unknown": there is no evidence; empty: not judged
	Maker     string     `json:"maker"` // maker id in knowledge, or "unknown"
	Model     string     `json:"model,omitempty"`
	Firmware  string     `json:"firmware,omitempty"`
	Serial    string     `json:"serial,omitempty"`
	MAC       cordon.MAC `json:"mac"`
	Open      []uint16   `json:"open"`                // TCP ports, sorted
	Limit     int        `json:"limit,omitempty"`     // wrong log-ins that lock an account; 0: it never locks
	Factory   bool       `json:"factory,omitempty"`   // the factory password is still in place
	Encrypted bool       `json:"encrypted,omitempty"` // offers TLS
	Behind    []Truth    `json:"behind,omitempty"`    // cameras that only it can see

	// Owner is what only its owner's account shows: finding code -> what its evidence says; empty: no such finding.
	Owner map[string]string `json:"owner,omitempty"`
}

// Counters is what was done to a device since it was built. The maps are the caller's.
type Counters struct {
	Tries       map[string]int `json:"tries"`  // log-ins tried per account, right or wrong
	Failed      map[string]int `json:"failed"` // of them, the wrong ones in a row at most
	Locked      []string       `json:"locked"` // accounts that are or were locked, sorted
	Connections int            `json:"connections"`
	Requests    int            `json:"requests"`  // over TCP
	Datagrams   int            `json:"datagrams"` // heard
	Reboots     int            `json:"reboots,omitempty"`
}

// Device is one simulated device. It keeps its counters over any number of runs; run it in
// one room at a time.
type Device struct {
	name    string
	model   *specimens.Model
	seed    uint64
	mac     cordon.MAC
	values  map[string]string
	truth   Truth
	guard   *guard
	tally   tally
	forms   forms
	options map[Behaviour]bool
	boot    time.Duration // bootTime, but in tests
	ready   chan struct{}
	started sync.Once
}

// Name is the device's name in the lab: its model's folder, with a number where there are several.
func (d *Device) Name() string { return d.name }

// MAC is the address that the room should give its interface.
func (d *Device) MAC() cordon.MAC { return d.mac }

// Ready is closed when everything that the device serves is listening for the first time.
func (d *Device) Ready() <-chan struct{} { return d.ready }

// Counters gives what was done to the device so far.
func (d *Device) Counters() Counters {
	c := d.tally.counters()
	d.guard.count(&c)
	return c
}

// life is one time between power-on and power-off.
type life struct {
	*Device
	room   Room
	power  context.CancelFunc // pulls the plug
	visits atomic.Int64       // TCP connections since power-on
}

// service is something that listens first and serves until the context ends.
type service struct {
	listen func() error
	serve  func(ctx context.Context) error
}

// bootTime is how long a device is gone when it restarts: long enough that a scan notices,
// short enough that it meets it again.
const bootTime = 1500 * time.Millisecond

// Run serves until ctx ends and returns nil then. It fails where a port cannot be had. A
// device that restarts is gone for a while and comes back with its counters.
func (d *Device) Run(ctx context.Context, room Room) error {
	for {
		on, off := context.WithCancel(ctx)
		err := (&life{Device: d, room: room, power: off}).run(on)
		off()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lab %s: %w", d.name, err)
		}
		d.tally.reboot()
		if !wait(ctx, d.boot) {
			return nil
		}
	}
}

// wait reports whether the time passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (l *life) run(ctx context.Context) error {
	services, err := l.services()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range services {
		if s.listen == nil {
			continue
		}
		if err := s.listen(); err != nil {
			return err
		}
	}
	l.started.Do(func() { close(l.ready) })
	for _, s := range services {
		g.Go(func() error { return s.serve(ctx) })
	}
	<-ctx.Done()
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
