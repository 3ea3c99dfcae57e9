package labtest

import (
	"errors"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cordon"
	"cordon/e2e/lab"
)

// cameras are models that speak of their own accord.
var cameras = []string{"tuya-camera", "hikvision-dome", "reolink-camera", "dlink-camera", "office-printer"}

// until waits for more of a talker's datagrams to be sent.
func (k *Talker) until(l *Live, more int64) {
	l.t.Helper()
	goal := k.Sent() + more
	l.until("the talker to talk", time.Minute, talkerEvery, func() bool { return k.Sent() >= goal })
}

// A full disk: listening goes on, one alarm says so although it cannot be written, nothing is
// lost while memory has room, and when there is room again all goes on by itself.
func TestLiveDiskFull(t *testing.T) {
	Need(t)
	k := NewTalker(1)
	st := liveLab(t, cameras, []lab.Behaviour{lab.CallHome}, k).Status()
	l := Prepare(t, st)
	room := smallDisk(t, l.Data())
	t.Cleanup(l.Stop)
	l.Start()
	l.listenTo(k)
	fill(t, filepath.Join(l.Data(), "ballast"))
	a := l.oneOwn("store-down", cordon.AlarmRaised, time.Minute)
	if a.ID != 0 {
		t.Errorf("the alarm has number %d: the disk was not full", a.ID)
	}
	before := l.metric("cordon_inventory_backlog_bytes")
	k.until(l, 3*talkerRate)
	if now := l.metric("cordon_inventory_backlog_bytes"); now <= before {
		t.Errorf("%v bytes wait for the store, before %v: nothing is heard any more", now, before)
	}
	if _, up := l.hears(); !up {
		t.Error("the sensor is down")
	}
	room()
	a = l.oneOwn("store-down", cordon.AlarmResolved, time.Minute)
	t.Logf("alarm %d: %s: %s; %q", a.ID, a.Title, a.Why, a.Evidence)
	if a.ID == 0 || a.Count != 1 {
		t.Errorf("alarm %d was raised %d times", a.ID, a.Count)
	}
	if lost := l.missing(k); lost != 0 || l.metric("cordon_inventory_unkept_total") != 0 {
		t.Errorf("%d of %d datagrams are missing", lost, k.Sent())
	}
	l.whole()
	l.Stop()
	l.left()
}

// smallDisk puts a disk of some megabytes where a directory is to be. room removes the ballast.
func smallDisk(t *testing.T, dir string) (room func()) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=24m,mode=0750"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return func() {
		if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
			t.Fatal(err)
		}
	}
}

// fill writes a file until there is no room left.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
}

// Killed at random, one process after the other: it is back in less than two seconds, the store
// is whole, devices are who they were, and little more is missing than what nobody listened to.
func TestLiveKilled(t *testing.T) {
	Need(t)
	rounds := Rounds(t, 5)
	k := NewTalker(1)
	st := liveLab(t, cameras, []lab.Behaviour{lab.CallHome}, k).Status()
	l := RunIn(t, st)
	l.listenTo(k)
	l.Until("the devices to be known", time.Minute, func() bool { return len(l.deviceIDs()) >= len(st.Devices) })
	before := l.deviceIDs()
	dice, roles := rand.New(rand.NewPCG(11, uint64(rounds))), []string{"application", "keeper", "sensor"}
	var deaf time.Duration
	var ready []time.Duration
	lost := int64(0)
	for round := range rounds {
		role := roles[round%len(roles)]
		if round >= len(roles) {
			role = roles[dice.IntN(len(roles))]
		}
		k.Talk()
		k.until(l, talkerRate+dice.Int64N(2*talkerRate))
		killed := time.Now()
		l.kill(role)
		if role == "keeper" {
			l.Start()
		}
		l.until("it to be back after the "+role+" was killed", 30*time.Second, 20*time.Millisecond, l.Ready)
		took := time.Since(killed)
		var since time.Time
		l.until("it to hear again", 30*time.Second, 20*time.Millisecond, func() (ok bool) {
			since, ok = l.hears()
			return ok && (role == "application" || since.After(killed)) && l.one()
		})
		since = later(since, killed) // a sensor waits for another application
		ready, deaf = append(ready, took), deaf+since.Sub(killed)
		t.Logf("%s killed: ready after %v, hears after %v", role, took.Round(time.Millisecond), since.Sub(killed).Round(time.Millisecond))
		k.until(l, talkerRate)
		was := lost
		if lost = l.missing(k); lost < was { // in each round, or what another one lost hides it
			t.Errorf("round %d: %d datagrams count twice after the %s was killed", round, was-lost, role)
		}
		l.whole()
		for id := range before {
			if !l.deviceIDs()[id] {
				t.Fatalf("round %d: device %s is gone after the %s was killed", round, id, role)
			}
		}
	}
	nobody := int64(deaf * time.Duration(talkerRate) / time.Second)
	t.Logf("%d rounds: %d of %d datagrams are missing, %d of them while nobody listened", rounds, lost, k.Sent(), min(lost, nobody))
	if most := nobody + int64(rounds)*talkerRate*5/4; lost > most {
		t.Errorf("%d datagrams are missing, want at most %d", lost, most)
	}
	if slices.Sort(ready); ready[len(ready)/2] > 2*time.Second {
		t.Errorf("ready after %v", ready)
	}
	l.nobodyTwice()
	l.Stop()
	l.left()
	l.whole()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// nobodyTwice fails where two devices have an address.
func (l *Live) nobodyTwice() {
	l.t.Helper()
	of := map[string]string{}
	for _, d := range l.audited() {
		for _, a := range d.Addresses {
			if of[a] != "" {
				l.t.Errorf("%s is of %s and of %s", a, of[a], d.ID)
			}
			of[a] = d.ID
		}
	}
}

// one reports whether it has one process of each sort.
func (l *Live) one() bool {
	p := l.processes()
	return len(p["keeper"]) == 1 && len(p["application"]) == 1 && len(p["sensor"]) == 1
}

// An interface that vanishes and returns is one alarm, which ends by itself.
func TestLiveInterfaceVanishes(t *testing.T) {
	Need(t)
	k := NewTalker(1)
	st := liveLab(t, nil, nil, k).Status()
	l := RunIn(t, st)
	l.listenTo(k)
	move := func(from, to string) {
		t.Helper()
		if out, err := exec.Command("ip", "-n", from, "link", "set", lab.MirrorPort, "netns", to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	move(st.Named, st.Named+"-router")
	a := l.oneOwn("sensor-down", cordon.AlarmRaised, time.Minute)
	t.Logf("alarm %d: %s", a.ID, a.Title)
	move(st.Named+"-router", st.Named)
	In(t, st, "ip", "link", "set", lab.MirrorPort, "up")
	l.oneOwn("sensor-down", cordon.AlarmResolved, time.Minute)
	was := l.heard(k)
	l.Until("it to hear again", 30*time.Second, func() bool { return l.heard(k) > was+talkerRate })
	l.Stop()
	l.left()
}

// PostgreSQL as the store: the main path; and stopped for some seconds it is one alarm, and
// nothing of that time is missing.
func TestLivePostgres(t *testing.T) {
	Need(t)
	where := os.Getenv("CORDON_POSTGRES")
	if where == "" || os.Getenv(databaseControl) == "" {
		t.Skip("needs PostgreSQL: tools/with-postgres starts one")
	}
	openSocket(t, where)
	t.Run("main", func(t *testing.T) {
		st := Up(t, "--seed=11", "--mirror", "--apart", "--behave=camera-recorder=factory-password")
		RunIn(t, st, "database = "+quote(where), "[scan]", `every = "24h"`).mainPath(st)
		Down(t)
	})
	t.Run("stopped", func(t *testing.T) {
		k := NewTalker(1)
		st := liveLab(t, cameras, []lab.Behaviour{lab.CallHome}, k).Status()
		l := RunIn(t, st, "database = "+quote(where))
		l.listenTo(k)
		server(t, "stop")
		t.Cleanup(func() { control("start") }) // nothing where it runs
		l.Until("the store to be said to be away", time.Minute, func() bool { return strings.Contains(l.said.String(), "cannot be kept") })
		k.until(l, 35*talkerRate) // an alarm is raised after thirty seconds
		if n := l.metric("cordon_inventory_backlog_bytes"); n == 0 {
			t.Error("nothing waits for the store")
		}
		if _, up := l.hears(); !up || !l.Ready() {
			t.Error("it does not listen, or is not ready")
		}
		server(t, "start")
		a := l.oneOwn("store-down", cordon.AlarmResolved, time.Minute)
		t.Logf("alarm %d: %s: %s; %q", a.ID, a.Title, a.Why, a.Evidence)
		if lost := l.missing(k); lost != 0 || l.metric("cordon_inventory_unkept_total") != 0 {
			t.Errorf("%d of %d datagrams are missing", lost, k.Sent())
		}
		l.whole()
		l.Stop()
		l.left()
	})
}

// openSocket lets everybody into the directory of the server's socket, as it is with a packaged
// one: the application has no capability, and may not enter what is another user's.
func openSocket(t *testing.T, where string) {
	t.Helper()
	u, err := url.Parse(where)
	if err == nil {
		err = os.Chmod(u.Query().Get("host"), 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func quote(s string) string { return `"` + s + `"` }

// server stops or starts the database.
func server(t *testing.T, word string) {
	t.Helper()
	if err := control(word); err != nil {
		t.Fatal(err)
	}
}
