package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/thejerf/suture/v4"

	"cordon"
	"cordon/internal/api"
	"cordon/internal/bus"
	"cordon/internal/cert"
	"cordon/internal/guard"
	"cordon/internal/inventory"
	"cordon/internal/notify"
	"cordon/internal/people"
	"cordon/internal/sensor"
	"cordon/internal/store"
	"cordon/knowledge"
	"cordon/web"
)

// application is the process of a running Cordon that keeps, judges and answers. It has no
// privilege: packets and scans come to it as frames.
type application struct {
	conf   *config
	places places
	key    []byte
	store  *store.Store
	bus    *bus.Bus
	know   *knowing
	live   *inventory.Live
	guard  *guard.Service
	notify *notify.Service
	feeds  *feeds
	scans  *scanLog
	owner  *owner
	chosen *settings
	cert   *cert.Keeper // of the page; nil: it is off
	page   string       // how its address begins; empty: it is off
	people *people.Service
	log    *slog.Logger
	held   *os.File           // locked: nobody else writes to the store
	sign   ed25519.PrivateKey // of reports

	scanning []string // sites whose scans the keeper has
}

// application runs it until ctx is done.
func (c *runCmd) application(ctx context.Context, e *env, conf *config) error {
	a := &application{conf: conf, scanning: c.Scanning, places: conf.places(), bus: bus.New(), log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if err := a.open(ctx); err != nil {
		return err
	}
	defer a.store.Close()
	listeners, err := a.listen()
	if err != nil {
		return err
	}
	if page := a.listenPage(e); page != nil {
		listeners = append(listeners, page)
	}
	if err := a.openPeople(); err != nil {
		return err
	}
	cannot := lacks() // as long as it may look
	if err := a.confine(); err != nil {
		return err
	}
	if err := a.build(ctx, os.NewFile(3, "keeper")); err != nil {
		return err
	}
	a.chosen.cannot = cannot
	parts, err := a.parts(listeners, e)
	if err != nil {
		return err
	}
	if !c.Quiet {
		parts.Add(newTeller(a.bus, a.store, e.stdout))
	}
	a.tellPage(e)
	a.tellClaim(ctx, e)
	tellSystemd("READY=1")
	if err := parts.Serve(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// open opens what is on disk.
func (a *application) open(ctx context.Context) error {
	var err error
	if a.key, err = keptKey(a.places.key()); err != nil {
		return err
	}
	if a.know, err = newKnowing(a.places.Data, a.conf.Knowledge); err != nil {
		return err
	}
	if err := os.MkdirAll(a.places.Data, 0o750); err != nil {
		return err
	}
	if a.sign, err = signingKey(a.places.signing()); err != nil {
		return err
	}
	if err = a.alone(ctx); err != nil {
		return err
	}
	if a.store, err = store.Open(ctx, a.conf.Database); err != nil {
		return err
	}
	if err := a.store.Hold(ctx); err != nil {
		return errors.Join(err, a.store.Close())
	}
	if err := a.store.PutRetention(ctx, a.conf.keep()); err != nil {
		return err
	}
	for _, s := range a.conf.Sites {
		site, err := s.site()
		if err == nil {
			err = a.store.PutSite(ctx, site)
		}
		if err != nil {
			return fmt.Errorf("site %s: %w", s.Name, err)
		}
	}
	return nil
}

// listen opens the doors to programs.
func (a *application) listen() ([]net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(a.places.Socket), 0o755); err != nil {
		return nil, err
	}
	l, err := api.ListenLocal(a.places.Socket, cordonGroup())
	if err != nil {
		return nil, err
	}
	out := []net.Listener{l}
	if a.conf.Listen != "" {
		t, err := api.ListenLoopback(a.conf.Listen)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// cordonGroup is the group whose members may ask, -1 where there is none or we may not give to it.
func cordonGroup() int {
	g, err := user.LookupGroup("cordon")
	if err != nil || os.Geteuid() != 0 {
		return -1
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return -1
	}
	return id
}

// confine gives up every capability, and the file system but for what is needed.
func (a *application) confine() error {
	if err := keepOnly(); err != nil {
		return err
	}
	f := fence{
		write: []string{a.places.Data, a.places.Run, filepath.Dir(a.places.Socket)},
		read:  []string{"/etc", "/usr/share/zoneinfo", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/proc", "/run/systemd/resolve", a.conf.Knowledge},
	}
	if !strings.Contains(a.conf.Database, "://") {
		f.write = append(f.write, filepath.Dir(a.conf.Database))
	}
	for _, s := range a.conf.Sources {
		if s.Path != "" {
			f.read = append(f.read, s.Path, filepath.Dir(s.Path)) // the directory: logs are rotated
		}
	}
	f.read = append(f.read, a.conf.Page.places()...)
	return f.raise()
}

// build makes the parts. ask takes the names of sites to be scanned.
func (a *application) build(ctx context.Context, ask io.Writer) error {
	var err error
	tell := func(site string) error { _, err := fmt.Fprintln(ask, orderScan, site); return err }
	if a.scans, err = openScanLog(ctx, a.store, a.conf.scannable(), a.scanning, tell); err != nil {
		return err
	}
	if a.owner, err = newOwner(a.conf, a.store, a.key); err != nil {
		return err
	}
	a.chosen = &settings{
		store: a.store, know: a.know.Base, scans: a.scans, conf: a.conf.plain, heard: a.conf.heard(),
		again: func(scan []string) error {
			_, err := fmt.Fprintln(ask, orderAgain, strings.Join(scan, ":"))
			return err
		},
	}
	a.feeds = newFeeds(a.places.feedSocket(), a.take, a)
	for site, interfaces := range a.conf.ears() {
		for _, i := range interfaces {
			a.feeds.expect(wayIn(site, i), time.Now())
		}
	}
	learning, err := a.conf.learning()
	if err != nil {
		return err
	}
	if a.guard, err = guard.New(ctx, guard.Config{Store: a.store, Know: a.know.Base, Publish: a.bus.Publish, Sensors: a.heard, Learning: learning, Log: a.log}); err != nil {
		return err
	}
	if err := a.newNotify(); err != nil {
		return err
	}
	a.live = inventory.NewLive(inventory.LiveConfig{
		Know: a.know.Base, Options: a.owner.options, Store: a.store, Watcher: a.guard, Publish: a.bus.Publish,
		Deaf: a.deaf, Report: sometimes(a.complain),
	})
	return nil
}

// complain says what went wrong with the inventory, but for what the end of this process broke off.
func (a *application) complain(err error) {
	if !errors.Is(err, context.Canceled) {
		a.log.Warn("inventory", "error", err)
	}
}

// take takes a frame of a sensor or scan process.
func (a *application) take(site, name string, frame []byte) error {
	return a.live.Feed(site, name, frame)
}

// deaf names the ways in that hear nothing now.
func (a *application) deaf() []string {
	var out []string
	for _, s := range a.feeds.all() {
		if !s.Up && s.Kind != "scan" {
			out = append(out, s.Name)
		}
	}
	return out
}

// heard tells the guard how the ways in are doing, and what stands behind them.
func (a *application) heard() []cordon.SensorState {
	st := a.live.Stats()
	return append(a.feeds.all(), cordon.SensorState{
		Name: "store", Kind: guard.StoreKind, Up: st.Failing == "", Since: st.Since, Detail: st.Failing, Overflow: st.Lost,
	})
}

// parts puts everything that runs under one supervisor.
func (a *application) parts(listeners []net.Listener, e *env) (*suture.Supervisor, error) {
	top := supervisor("application", e.stderr)
	plan, err := newSchedule(a.conf, a.scans)
	if err != nil {
		return nil, err
	}
	server := a.server()
	for _, p := range []suture.Service{
		a.feeds,
		part{"inventory", a.live.Run},
		part{"guard", a.guard.Run},
		part{"notify", a.notify.Run},
		part{"alarms to notify", a.hearAlarms},
		part{"api", func(ctx context.Context) error { return server.Serve(ctx, listeners...) }},
		part{"retention", a.retain},
		part{"knowledge", a.learn},
		plan,
	} {
		top.Add(p)
	}
	if a.cert != nil {
		top.Add(part{"certificate", a.cert.Run})
	}
	names := map[string]*sensor.Names{}
	for _, c := range a.conf.Sources {
		s, err := a.source(c, names)
		if err != nil {
			return nil, err
		}
		top.Add(s)
	}
	return top, nil
}

// server is the API over all parts.
func (a *application) server() *api.Server {
	return api.New(api.Config{
		Store: a.store, Bus: a.bus, Guard: a.guard, Notify: a.notify, Scans: a.scans, Sensors: a.feeds.all, Facts: a.live.Source,
		Know: a.know.Base, Ready: a.ready, Version: version, Log: a.log, Gauges: a.gauges, Cert: a.cert, Web: web.New(), People: a.people, Page: a.page,
		Doing: a.doing, Chosen: a.chosen, Sign: a.sign, Print: a.print, NetBox: api.NetBox{URL: a.conf.NetBox.URL, Token: a.conf.NetBox.Token},
	})
}

func (a *application) ready() error {
	if !a.live.Stats().Ready {
		return fmt.Errorf("what is in the store is being read")
	}
	return nil
}

// gauges are the figures of the inventory for /metrics.
func (a *application) gauges(put func(api.Gauge)) {
	st := a.live.Stats()
	put(api.Gauge{Name: "cordon_inventory_overflow_bytes_total", Help: "Bytes of frames lost because judging was slower.", Value: float64(st.Overflow), Counter: true})
	put(api.Gauge{Name: "cordon_inventory_refused_total", Help: "Frames that could not be read.", Value: float64(st.Refused), Counter: true})
	put(api.Gauge{Name: "cordon_inventory_unkept_total", Help: "Frames that the store did not take in time.", Value: float64(st.Unkept), Counter: true})
	put(api.Gauge{Name: "cordon_inventory_left_out", Help: "Hosts, facts, conversations and devices that there was no room for in the last day.", Value: float64(st.NoRoom)})
	put(api.Gauge{Name: "cordon_inventory_queue_bytes", Help: "Bytes of frames that wait to be judged.", Value: float64(st.Waiting)})
	put(api.Gauge{Name: "cordon_inventory_backlog_bytes", Help: "Bytes that wait for the store.", Value: float64(st.Backlog)})
}

// learn takes knowledge that is installed or rolled back while it runs.
func (a *application) learn(ctx context.Context) error {
	return a.know.Watch(ctx, func(k *knowledge.Base, err error) {
		if err != nil {
			a.log.Warn("knowledge: what is installed cannot be used; the one before goes on", "error", err)
			return
		}
		now := time.Now()
		a.bus.Publish(cordon.Event{At: now, Kind: "knowledge", ID: k.Version, Title: "knowledge " + k.Version + " is in force"})
		if _, err := a.store.AddEntry(ctx, cordon.Entry{At: now, By: "cordon", Did: "knowledge.change", About: k.Version}); err != nil {
			a.log.Warn("audit log", "error", err)
		}
	})
}

// retainEvery is how often what is too old is let go of.
const retainEvery = 5 * time.Minute

// retain lets go of what is older than it is to be kept.
func (a *application) retain(ctx context.Context) error {
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		if _, err := a.store.Retain(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Warn("retention", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// part is something with a Run, as a suture.Service: an end that nobody asked for is a failure.
type part struct {
	name string
	run  func(ctx context.Context) error
}

// String names the part in messages.
func (p part) String() string { return p.name }

// Serve implements suture.Service.
func (p part) Serve(ctx context.Context) error {
	err := p.run(ctx)
	if err == nil && ctx.Err() == nil {
		err = fmt.Errorf("ended")
	}
	return err
}
