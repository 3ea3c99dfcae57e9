package labtest

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cordon"
	"cordon/e2e/lab"
	"cordon/specimens"
)

// Rounds is how often a fault is to be made: a few times, or as often as CORDON_TORTURE says.
func Rounds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("CORDON_TORTURE")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("CORDON_TORTURE=%s: want a number of rounds", text)
	}
	return n
}

// Talker is a device that sends datagrams of one size to the outside, evenly and for as long as
// it is let (Talk), and counts them: what is heard of it can be held to that.
type Talker struct {
	*Plain
	sent atomic.Int64
	on   atomic.Bool
}

// What a talker sends.
const (
	talkerPort    = 40404
	talkerPayload = 100
	talkerEvery   = 20 * time.Millisecond
	talkerRate    = int64(time.Second / talkerEvery)
)

// NewTalker makes one with the MAC of a camera maker (OUI 44:19:b6, Hikvision: the IEEE's list).
func NewTalker(n byte) *Talker {
	t := &Talker{Plain: NewPlain(n)}
	t.MAC, t.At = cordon.MAC{0x44, 0x19, 0xb6, 0, 0, n}, lab.OnWire
	t.Do = t.talk
	return t
}

func (k *Talker) talk(ctx context.Context, room lab.Room) {
	c, err := room.Dial(ctx, "udp", netip.AddrPortFrom(room.Outside(), talkerPort).String())
	if err != nil {
		return
	}
	defer c.Close()
	tick := time.NewTicker(talkerEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !k.on.Load() {
			continue
		}
		if _, err := c.Write(make([]byte, talkerPayload)); err == nil { // refused: told by ICMP of the one before
			k.sent.Add(1)
		}
	}
}

// Sent is how many datagrams it has sent.
func (k *Talker) Sent() int64 { return k.sent.Load() }

// Talk begins its sending, Hush ends it.
func (k *Talker) Talk() { k.on.Store(true) }
func (k *Talker) Hush() { k.on.Store(false) }

// listenTo has a talker talk as soon as the sensor hears, and waits until the store has some of it.
func (l *Live) listenTo(k *Talker) {
	l.t.Helper()
	l.Until("the sensor to hear", 30*time.Second, func() bool { _, up := l.hears(); return up })
	k.Talk()
	l.Until("the talker to be known", time.Minute, func() bool { return l.heard(k) > 0 })
}

// heard is how many datagrams of a talker are in the store. Bytes are those of whole frames.
func (l *Live) heard(k *Talker) int64 {
	l.t.Helper()
	known := slices.ContainsFunc(Listed[cordon.Device](l, "/v1/devices?limit=1000"), func(d cordon.Device) bool { return d.ID == k.MAC.String() })
	if !known {
		return 0
	}
	bytes := int64(0)
	for _, c := range Listed[cordon.Contact](l, "/v1/flows?grain=hour&limit=1000&device="+k.MAC.String()) {
		if c.Port == talkerPort {
			bytes += int64(c.Sent)
		}
	}
	return bytes / frameSize
}

// frameSize is what the store counts for a datagram: its headers of UDP, IPv4 and Ethernet with it.
const frameSize = talkerPayload + 8 + 20 + 14

// missing waits until nothing more comes of a talker, and tells how many of its datagrams the
// store has not.
func (l *Live) missing(k *Talker) int64 {
	l.t.Helper()
	k.Hush()
	last, same := int64(-1), 0
	l.Until("the last of the traffic to be kept", time.Minute, func() bool {
		if now := l.heard(k); now != last {
			last, same = now, 0
		} else {
			same++
		}
		return last == k.Sent() || same > 25 // five seconds
	})
	return k.Sent() - last
}

// liveLab builds a lab in this process with a mirror port, the models named and guests more;
// the behaviours are switched on.
func liveLab(t *testing.T, models []string, on []lab.Behaviour, more ...lab.Guest) *lab.Lab {
	t.Helper()
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m specimens.Model) bool { return !slices.Contains(models, m.Name) })
	devices, err := lab.Build(all, 11)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		for _, b := range on {
			d.Switch(b, true)
		}
		more = append(more, d)
	}
	places := map[string]lab.Place{}
	for _, g := range more {
		places[g.Truth().Name] = lab.OnWire
	}
	return Start(t, lab.Config{Seed: 11, Guests: more, Places: places, Mirror: true, Apart: true})
}

// processes of a Live, by what they are: keeper, application, sensor, scan.
func (l *Live) processes() map[string][]int {
	out := map[string][]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		b, err := os.ReadFile(f)
		args := strings.Split(string(b), "\x00")
		if err != nil || len(args) < 2 || args[0] != Program() && args[0] != "/proc/self/exe" || !strings.Contains(string(b), l.dir) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		role := args[1]
		if role == "run" {
			role = "keeper"
			if slices.Contains(args, "--part=application") {
				role = "application"
			}
		}
		out[role] = append(out[role], pid)
	}
	return out
}

// kill ends one of its processes the hard way, and waits until it is gone.
func (l *Live) kill(role string) {
	l.t.Helper()
	pids := l.processes()[role]
	if len(pids) != 1 {
		l.t.Fatalf("%d processes are the %s: %v", len(pids), role, l.processes())
	}
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		l.t.Fatal(err)
	}
	if role == "keeper" {
		<-l.ended
		return
	}
	l.until("the "+role+" to be gone", 5*time.Second, 5*time.Millisecond, func() bool { return !slices.Contains(l.processes()[role], pids[0]) })
}

// hears reports whether its sensor hears, and since when.
func (l *Live) hears() (since time.Time, ok bool) {
	r, err := l.client.Get("http://localhost/v1/sensors")
	if err != nil {
		return since, false
	}
	defer r.Body.Close()
	var page struct {
		Items []cordon.SensorState `json:"items"`
	}
	if r.StatusCode != http.StatusOK || decode(r.Body, &page) != nil {
		return since, false
	}
	for i := range page.Items {
		if s := &page.Items[i]; s.Kind == "live" {
			return s.Since, s.Up
		}
	}
	return since, false
}

// own are its alarms about itself, whatever their state.
func (l *Live) own() []cordon.Alarm {
	l.t.Helper()
	return slices.DeleteFunc(Listed[cordon.Alarm](l, "/v1/alarms?limit=1000"), func(a cordon.Alarm) bool {
		return a.Device != "" || !strings.HasPrefix(a.Code, "store-") && !strings.HasPrefix(a.Code, "sensor-")
	})
}

// oneOwn waits for an alarm about itself to be in a state, and fails where there is any other.
func (l *Live) oneOwn(code string, state cordon.AlarmState, within time.Duration) cordon.Alarm {
	l.t.Helper()
	var got []cordon.Alarm
	l.Until(fmt.Sprintf("%s to be %s", code, state), within, func() bool {
		got = l.own()
		return slices.ContainsFunc(got, func(a cordon.Alarm) bool { return a.Code == code && a.State == state })
	})
	if len(got) != 1 {
		l.t.Fatalf("%d alarms about itself, want one: %+v", len(got), got)
	}
	return got[0]
}

// metric is one figure of /metrics.
func (l *Live) metric(name string) float64 {
	l.t.Helper()
	for line := range strings.Lines(l.page("/metrics")) {
		if text, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				l.t.Fatal(err)
			}
			return v
		}
	}
	l.t.Fatalf("/metrics has no %s", name)
	return 0
}

// whole fails unless cordon check finds the store whole.
func (l *Live) whole() {
	l.t.Helper()
	if r := Cordon(l.t, "check", "--config", l.Config()); r.Code != 0 {
		l.t.Fatalf("cordon check: exit code %d: %s%s", r.Code, r.Out, r.Err)
	}
}

// deviceIDs are the ids of devices by their first interface's MAC.
func (l *Live) deviceIDs() map[string]bool {
	l.t.Helper()
	out := map[string]bool{}
	for _, d := range Listed[cordon.Device](l, "/v1/devices?limit=1000") {
		out[d.ID] = true
	}
	return out
}

// left fails where a process of it lives.
func (l *Live) left() {
	l.t.Helper()
	l.Until("all processes to end", 15*time.Second, func() bool { return len(l.processes()) == 0 })
}
