package main

import (
	"context"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cordon"
	"cordon/internal/sensor"
	"cordon/internal/store"
)

// noScans is a scanHooks that hears of nothing.
type noScans struct{}

func (noScans) scanBegan(string)          {}
func (noScans) scanStep(*sensor.ScanStep) {}
func (noScans) scanDone(*sensor.ScanDone) {}
func (noScans) scanGone(string)           {}

// What a sensor process brings is known by its interface, or nobody could tell who is silent
// from whose ears are shut.
func TestFramesBearTheirSensor(t *testing.T) {
	type came struct{ site, name string }
	got := make(chan came, 1)
	f := newFeeds(filepath.Join(t.TempDir(), "feed.sock"), func(site, name string, _ []byte) error {
		got <- came{site, name}
		return nil
	}, noScans{})
	f.expect(wayIn("hq", "eth1"), time.Now())
	f.expect(wayIn("hq", "eth2"), time.Now())
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- f.Serve(ctx) }()
	defer func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	}()
	if !answered(ctx, f.path) {
		t.Fatal("nobody answers")
	}
	c, err := net.Dial("unix", f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := sensor.NewFeedWriter(func(frame []byte) error { _, err := c.Write(frame); return err })
	if _, err := c.Write(sensor.StateFrame(&cordon.SensorState{Name: "hq:eth1", Kind: "live", Up: true})); err != nil {
		t.Fatal(err)
	}
	w.Observe(&sensor.Fact{At: 1, Addr: netip.MustParseAddr("192.168.8.2"), Kind: "dns.server", Value: "yes", Origin: &cordon.Origin{Sensor: "hq:eth1"}})
	if err := w.Cut(); err != nil {
		t.Fatal(err)
	}
	if is := <-got; is != (came{"hq", "hq:eth1"}) {
		t.Fatalf("a frame came by %+v", is)
	}
	for i, s := range f.all() { // eth2 never came, and nobody may take that for silence
		if want := []string{"hq:eth1", "hq:eth2"}[i]; s.Name != want || s.Up != (i == 0) {
			t.Errorf("%s is up: %v", s.Name, s.Up)
		}
	}
}

func openTestStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cordon.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A scan that never began, and the end of the one before, stand in nobody's way.
func TestScansDoNotStandInTheWay(t *testing.T) {
	ctx := t.Context()
	asked := 0
	l, err := openScanLog(ctx, openTestStore(t), []string{"hq"}, nil, func(string) error { asked++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	start := func() {
		t.Helper()
		if _, err := l.StartScan(ctx, "hq", "me"); err != nil {
			t.Fatal(err)
		}
	}
	start()
	start()
	if asked != 1 {
		t.Fatalf("asked %d times for what waits", asked)
	}
	l.runs[0].Asked = l.runs[0].Asked.Add(-beginsWithin - time.Second)
	start()
	if asked != 2 || l.runs[1].State != "failed" {
		t.Fatalf("asked %d times; the one that never began is %s", asked, l.runs[1].State)
	}
	l.began(ctx, "hq", time.Now())
	l.done(ctx, &sensor.ScanDone{Site: "hq"})
	start()
	l.gone(ctx, "hq", time.Now()) // the process of the one that is done
	l.began(ctx, "hq", time.Now())
	if got := l.runs[0].State; asked != 3 || got != "running" {
		t.Fatalf("the next scan is %s", got)
	}
}

// A store that is away takes nobody's claim back.
func TestClaimsOutliveTheStore(t *testing.T) {
	s := openTestStore(t)
	if err := s.PutClaims(t.Context(), "list", []cordon.Claim{{Serial: "S1", Maker: "Acme"}}); err != nil {
		t.Fatal(err)
	}
	o := &owner{store: s}
	if got := o.claims(); len(got) != 1 {
		t.Fatalf("read %d claims", len(got))
	}
	s.Close()
	if got := o.claims(); len(got) != 1 {
		t.Fatalf("with the store away there are %d claims", len(got))
	}
}

// An interface that is named in the file and again on the command line is heard once.
func TestInterfaceNamedTwice(t *testing.T) {
	c := &config{Interfaces: []string{"eth1", "eth2", "eth1"}, Sites: []siteConfig{{Name: "hq", Interfaces: []string{"eth2"}}}}
	if got := c.ears()["hq"]; !slices.Equal(got, []string{"eth2", "eth1"}) {
		t.Fatalf("heard: %v", got)
	}
}
