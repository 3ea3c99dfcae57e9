package guard_test

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/guard"
	"cordon/internal/inventory"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/internal/store"
	"cordon/knowledge"
)

// memory is a store that keeps alarms and nothing else.
type memory struct {
	inventory.Store // of what is not here nothing is asked
	alarms          []cordon.Alarm
}

func (m *memory) Append(context.Context, store.Batch) error { return nil }
func (m *memory) Facts(context.Context, time.Time, func(store.Fact) error) error {
	return nil
}
func (m *memory) History(context.Context, time.Time, time.Time, func(time.Time, []byte) error) error {
	return nil
}
func (m *memory) Devices(context.Context, store.DevicesQuery) (p store.DevicePage, err error) {
	return p, nil
}
func (m *memory) PutDevices(context.Context, []store.Known) error        { return nil }
func (m *memory) PutChanges(context.Context, []cordon.Change) error      { return nil }
func (m *memory) PutFindings(context.Context, []store.FindingRow) error  { return nil }
func (m *memory) PutSetting(context.Context, string, []byte) error       { return nil }
func (m *memory) EndAccepted(context.Context, int64, time.Time) error    { return nil }
func (m *memory) Comment(context.Context, int64, cordon.Comment) error   { return nil }
func (m *memory) Setting(context.Context, string) ([]byte, error)        { return nil, store.ErrNotFound }
func (m *memory) Alarm(context.Context, int64) (a cordon.Alarm, e error) { return a, store.ErrNotFound }
func (m *memory) CloseFinding(context.Context, string, string, string, string, time.Time) error {
	return nil
}
func (m *memory) Findings(context.Context, store.FindingsQuery) (p store.FindingPage, err error) {
	return p, nil
}
func (m *memory) Alarms(context.Context, store.AlarmsQuery) (p store.AlarmPage, err error) {
	return p, nil
}
func (m *memory) Accept(context.Context, cordon.AcceptedRisk) (int64, error) { return 0, nil }
func (m *memory) Accepted(context.Context, time.Time) ([]cordon.AcceptedRisk, error) {
	return nil, nil
}

func (m *memory) PutAlarm(_ context.Context, a cordon.Alarm) (int64, error) {
	if a.ID == 0 {
		a.ID = int64(len(m.alarms) + 1)
		m.alarms = append(m.alarms, cordon.Alarm{})
	}
	m.alarms[a.ID-1] = a
	return a.ID, nil
}

// warm packs and unpacks a frame: what compresses is made once, and must not belong to a bubble.
func warm(t *testing.T) {
	t.Helper()
	w := sensor.NewFeedWriter(func(frame []byte) error {
		return sensor.ReadFrame(frame, sensor.NewFeedWriter(func([]byte) error { return nil }))
	})
	for i := range 200 {
		w.Observe(&sensor.Fact{At: int64(i), Addr: netip.MustParseAddr("192.0.2.1"), Kind: "http.title", Value: strings.Repeat("word ", 20), Origin: &cordon.Origin{}})
	}
	if err := w.Cut(); err != nil {
		t.Fatal(err)
	}
}

// hear plays a capture, by its own clock, to a sensor, an inventory and a guard that stay
// running, and gives the alarms. more is for how much longer time goes by afterwards.
func hear(t *testing.T, name string, more time.Duration) (alarms []cordon.Alarm) {
	t.Helper()
	root := os.Getenv("CORDON_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "captures", filepath.FromSlash(name)))
	if err != nil {
		t.Skip("the project's capture collection is not here (CORDON_SHARED names its place)")
	}
	defer f.Close()
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		var clock atomic.Int64
		now := func() time.Time { return time.Unix(0, clock.Load()).UTC() }
		g, err := guard.New(t.Context(), guard.Config{Store: m, Know: func() *knowledge.Base { return know }})
		if err != nil {
			t.Fatal(err)
		}
		live := inventory.NewLive(inventory.LiveConfig{
			Know: func() *knowledge.Base { return know }, Options: func(string) inventory.Options { return inventory.Options{} },
			Store: m, Watcher: g, Now: now, Elapsed: func() time.Duration { return time.Duration(clock.Load()) },
		})
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error)
		listen(t, f, live.Source("", "capture"), &clock, func(first bool) {
			if first {
				go func() { over <- live.Run(ctx) }()
			}
			time.Sleep(time.Second) // of the bubble's clock
			synctest.Wait()
		})
		for range int(more / time.Second) {
			clock.Add(int64(time.Second))
			time.Sleep(time.Second)
		}
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		if err := g.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return m.alarms
}

// listen feeds a capture to a sink; every second of it in which something came the clock is
// set, what is new of flows is told and turn is called.
func listen(t *testing.T, r io.Reader, sink sensor.Sink, clock *atomic.Int64, turn func(first bool)) {
	t.Helper()
	always := find.AlwaysPorts()
	table := packet.NewTable(packet.Config{Always: func(p uint16) bool { return slices.Contains(always, p) }},
		sensor.NewListener("", []byte("test"), sink))
	frames, err := packet.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for {
		f, err := frames.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.At/1e9 > last {
			first := last == 0
			last = f.At / 1e9
			clock.Store(f.At)
			table.Progress(f.At)
			turn(first)
		}
		table.Frame(f)
	}
	table.Flush()
	turn(false)
}

func words(as []cordon.Alarm) (out []string) {
	for _, a := range as {
		out = append(out, strings.TrimSpace(a.Device+" "+a.Code+" "+string(a.Severity)))
	}
	return out
}

// People's own devices at work and at play raise nothing.
func TestBenignRaisesNothing(t *testing.T) {
	for _, name := range []string{"android", "chrome", "firefox", "iphone", "teams", "windowsupdate_over_http", "zoom"} {
		t.Run(name, func(t *testing.T) {
			file := name + ".pcap"
			for _, a := range hear(t, "benign/ndpi/"+file, 10*time.Minute) {
				t.Errorf("%s %s on %s: %s\n%s", a.Severity, a.Code, a.Device, a.Title, strings.Join(a.Evidence, "\n"))
			}
		})
	}
}

// What is an attack, or an upload, raises the alarm of it.
func TestAttacksRaiseAlarms(t *testing.T) {
	for name, want := range map[string]string{
		"attack/ndpi/synscan.pcap":                        "00:25:b3:bf:91:ee scans high",
		"attack/ndpi/tcp_scan.pcapng":                     "28:37:37:00:6d:c8 scans medium",
		"attack/slips_icmp_portscan.pcap":                 "50:ed:3c:39:bc:d9 scans high",
		"attack/slips_ssh_bruteforce.pcap":                "30:3e:a7:07:e5:bc password-guessing high",
		"attack/dhcp_flood_zeek.pcap":                     "90:b1:1c:99:49:29 floods high",
		"camera/iotsentinel-EdnetCam1/Setup-C-4-STA.pcap": "3c:49:37:03:17:db firmware-in-clear high",
	} {
		t.Run(name, func(t *testing.T) {
			as := hear(t, name, 0)
			if got := words(as); !slices.Contains(got, want) {
				t.Errorf("want %s, got %v", want, got)
			}
			seen := map[string]int{}
			for _, a := range as {
				if seen[a.Device+a.Code+a.Key]++; seen[a.Device+a.Code+a.Key] > 1 {
					t.Errorf("one cause, and alarm %d is another: %s %s", a.ID, a.Code, a.Device)
				}
			}
		})
	}
}

// A camera that sends clips to its maker's cloud: the alarm stands while the first one runs.
func TestUploadIsToldWhileItRuns(t *testing.T) {
	for _, a := range hear(t, "camera/blink-cam-01.pcap", 0) {
		if a.Code != "video-upload" {
			continue
		}
		if late := a.Raised.Sub(a.First); late > time.Minute {
			t.Errorf("begun %v, raised %v later", a.First, late)
		}
		return
	}
	t.Error("no alarm of an upload")
}
