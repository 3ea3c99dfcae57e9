package labtest

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cordon/e2e/lab"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// until waits for what the kernel does in its own time.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// same fails unless the machine is as it was, once the kernel has cleaned up.
func same(t *testing.T, before Machine) {
	t.Helper()
	var changed []string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if changed = before.Changed(Look(t)); len(changed) == 0 {
			return
		}
	}
	t.Errorf("the machine is not as it was:\n%s", strings.Join(changed, "\n"))
}

func TestLeavesNothing(t *testing.T) {
	Need(t)
	before := Look(t)
	st := Up(t, "--seed", "11")
	if st.Named != lab.DefaultName || st.Seed != 11 || len(st.Devices) == 0 {
		t.Errorf("it is %+v", st)
	}
	if now := before.Changed(Look(t)); !slices.Contains(now, "new: namespace cordon-lab") {
		t.Errorf("the look does not see the lab: %q", now)
	}
	for _, l := range before.Changed(Look(t)) {
		if what := strings.Fields(l)[1]; slices.Contains([]string{"link", "address", "route", "nft", "forwarding"}, what) {
			t.Errorf("the lab changed the machine's own network: %s", l)
		}
	}
	Down(t)
	same(t, before)
}

// killed starts a lab and kills its process; before is the machine without it.
func killed(t *testing.T) (before Machine, st lab.Status) {
	t.Helper()
	Need(t)
	before, st = Look(t), Up(t)
	if err := syscall.Kill(st.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "it lives", func() bool { return strings.Contains(Cordon(t, "lab", "list").Err, "it was killed") })
	return before, st
}

func TestKilled(t *testing.T) {
	before, _ := killed(t)
	if len(before.Changed(Look(t))) == 0 {
		t.Error("nothing was left, so nothing is tried here")
	}
	if r := Cordon(t, "lab", "list"); r.Code != 2 || !strings.Contains(r.Err, "no lab is up") {
		t.Errorf("list: %+v", r)
	}
	Down(t)
	same(t, before)
}

func TestUpAfterKill(t *testing.T) {
	before, st := killed(t)
	if again := Up(t); again.PID == st.PID || len(again.Devices) != len(st.Devices) {
		t.Errorf("it is %+v", again)
	}
	Down(t)
	same(t, before)
}

func TestTwice(t *testing.T) {
	Need(t)
	Up(t)
	if r := Cordon(t, "lab", "up"); r.Code != 2 || !strings.Contains(r.Err, "already up") {
		t.Errorf("a second lab of the name: %+v", r)
	}
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, command := range []string{"up", "down"} {
		if r := Cordon(t, "lab", command); r.Code != 2 || !strings.Contains(r.Err, "already up, from another runtime directory") {
			t.Errorf("%s from another directory: %+v", command, r)
		}
	}
	if r := Cordon(t, "lab", "up", "--name", "cordon-lab-2", "--models", "axis-dome"); r.Code != 0 {
		t.Errorf("one of another name: %+v", r)
	}
	if r := Cordon(t, "lab", "down", "--name", "cordon-lab-2"); r.Code != 0 {
		t.Errorf("down: %+v", r)
	}
}

// plainLab has a device on the wire, one behind the router and one at the factory address.
func plainLab(t *testing.T) (lab.Status, *lab.Lab) {
	t.Helper()
	Need(t)
	near, far, stray := NewPlain(1), NewPlain(2), NewPlain(3)
	near.At, far.At, stray.At = lab.OnWire, lab.BehindFar, lab.Unset
	l := Start(t, lab.Config{Seed: 7, Guests: []lab.Guest{near, far, stray}})
	return l.Status(), l
}

func TestDevicesAnswer(t *testing.T) {
	st, _ := plainLab(t)
	near, far, stray := Device(t, st, "plain-1"), Device(t, st, "plain-2"), Device(t, st, "plain-3")
	if !lab.DefaultNet.Contains(near.Addr) || !lab.DefaultFar.Contains(far.Addr) || stray.Addr.String() != "192.168.1.64" {
		t.Fatalf("they sit at %s, %s and %s", near.Addr, far.Addr, stray.Addr)
	}
	for _, d := range []lab.Seated{near, far} {
		NeedCommand(t, "curl", "ping")
		if r := In(t, st, "curl", "-sS", "-m", "5", "http://"+d.Addr.String()); !strings.Contains(r.Out, d.Truth.Name) {
			t.Errorf("curl %s: %+v", d.Addr, r)
		}
		if r := In(t, st, "ping", "-c1", "-W2", d.Addr.String()); r.Code != 0 {
			t.Errorf("ping %s: %+v", d.Addr, r)
		}
	}
	if r := In(t, st, "ip", "neigh"); !strings.Contains(r.Out, near.Addr.String()+" dev eth0 lladdr 02:00:00:00:00:01") || strings.Contains(r.Out, far.Addr.String()) {
		t.Errorf("ARP: %+v", r)
	}
	if r := In(t, st, "ping", "-c2", "-i0.2", "-W2", "ff02::1%eth0"); !strings.Contains(r.Out, "fe80::ff:fe00:1%eth0") || !strings.Contains(r.Out, "fe80::ff:fe00:3%eth0") {
		t.Errorf("the wire by IPv6: %+v", r)
	}
	if r := In(t, st, "curl", "-sS", "-m", "5", "http://[fe80::ff:fe00:1%25eth0]/"); !strings.Contains(r.Out, "plain-1") {
		t.Errorf("curl by IPv6: %+v", r)
	}
}

func TestOutside(t *testing.T) {
	st, l := plainLab(t)
	NeedCommand(t, "curl", "ping")
	if a := From(st, l.Outside().Arrivals()); len(a) > 0 {
		t.Errorf("arrived before anything was sent: %v", a)
	}
	In(t, st, "curl", "-sS", "-m", "5", "http://"+Device(t, st, "plain-2").Addr.String())
	if a := From(st, l.Outside().Arrivals()); len(a) > 0 {
		t.Errorf("arrived although it went behind the router only: %v", a)
	}
	for _, c := range []struct {
		to, protocol string
		command      []string
	}{
		{"198.51.100.9:80", "tcp", []string{"curl", "-sS", "-m5", "http://198.51.100.9/"}},
		{"203.0.113.9:443", "tcp", []string{"curl", "-sSk", "-m5", "https://203.0.113.9/"}},
		{"8.8.8.8:8080", "tcp", []string{"curl", "-sS", "-m5", "http://8.8.8.8:8080/"}},
		{"9.9.9.9:0", "icmp", []string{"ping", "-c1", "-W2", "9.9.9.9"}},
	} {
		if r := In(t, st, c.command...); r.Code != 0 {
			t.Errorf("%s is not answered: %+v", c.to, r)
		}
		heard := func() bool {
			return slices.ContainsFunc(From(st, l.Outside().Arrivals()), func(a lab.Arrival) bool { return a.To.String() == c.to && a.Protocol == c.protocol })
		}
		until(t, c.to+" was not heard", heard)
	}
	// A port on which nothing listens is heard all the same.
	In(t, st, "curl", "-sS", "-m5", "http://198.51.100.10:4711/")
	until(t, "port 4711 was not heard", func() bool {
		return slices.ContainsFunc(l.Outside().Arrivals(), func(a lab.Arrival) bool { return a.To == netip.MustParseAddrPort("198.51.100.10:4711") })
	})
	// And one at the factory address is out of scope too: by unicast nobody there is reached.
	if r := In(t, st, "curl", "-sS", "-m2", "http://192.168.1.64/"); strings.Contains(r.Out, "plain-3") {
		t.Errorf("the device at the factory address was reached through the router: %+v", r)
	}
}

// TestMoves: a device changes its address, and another wears its MAC; both go on answering.
func TestMoves(t *testing.T) {
	Need(t)
	NeedCommand(t, "curl")
	one, two := NewPlain(1), NewPlain(2)
	one.At, two.At, two.MAC = lab.OnWire, lab.OnWire, one.MAC
	l := Start(t, lab.Config{Seed: 9, Guests: []lab.Guest{one, two}})
	st := l.Status()
	for _, d := range st.Devices {
		if r := In(t, st, "curl", "-sS", "-m5", "http://"+d.Addr.String()); !strings.Contains(r.Out, d.Truth.Name) {
			t.Errorf("with one MAC for two, %s: %+v", d.Truth.Name, r)
		}
	}
	to := netip.MustParseAddr("10.77.0.253")
	if st.Devices[0].Addr == to || st.Devices[1].Addr == to {
		t.Fatal("choose another seed")
	}
	if err := l.Move("plain-1", to); err != nil {
		t.Fatal(err)
	}
	if r := In(t, st, "curl", "-sS", "-m5", "http://"+to.String()); !strings.Contains(r.Out, "plain-1 at "+to.String()) {
		t.Errorf("at its new address: %+v", r)
	}
	if r := In(t, st, "ping", "-c1", "-W1", Device(t, st, "plain-1").Addr.String()); r.Code == 0 {
		t.Errorf("at its old address: %+v", r)
	}
	if l.Move("plain-1", netip.MustParseAddr("10.78.0.9")) == nil || l.Move("nobody", to) == nil {
		t.Error("moved out of its network, or nobody moved")
	}
}

func TestRun(t *testing.T) {
	Need(t)
	st := Up(t, "--net", "10.90.0.0/20", "--far-net", "172.20.5.0/24", "--models", "axis-dome", "--place", "axis-dome=far")
	if r := Cordon(t, "lab", "run", "--", "ip", "-br", "addr"); r.Code != 0 || !strings.Contains(r.Out, "10.90.15.254/20") {
		t.Errorf("run: %+v", r)
	}
	if r := Cordon(t, "lab", "run", "sh", "-c", "exit 7"); r.Code != 7 {
		t.Errorf("the command's exit code: %+v", r)
	}
	if r := Cordon(t, "lab", "run", "--", "no-such-program"); r.Code != 2 {
		t.Errorf("a program that is not there: %+v", r)
	}
	if d := Device(t, st, "axis-dome"); d.Place != lab.BehindFar || !netip.MustParsePrefix("172.20.5.0/24").Contains(d.Addr) {
		t.Errorf("it sits at %+v", d)
	}
}

func TestRecord(t *testing.T) {
	Need(t)
	file := filepath.Join(t.TempDir(), "wire.pcap")
	st := Up(t, "--record", file, "--models", "axis-dome")
	addr := st.Devices[0].Addr.String()
	In(t, st, "curl", "-sS", "-m5", "http://"+addr+"/")
	Down(t)
	r := Cordon(t, "audit", "--format", "json", "--fail-on", "never", file)
	if r.Code != 0 || !strings.Contains(r.Out, addr) || !strings.Contains(r.Out, st.Devices[0].Truth.MAC.String()) {
		t.Errorf("the capture does not show %s: exit code %d, %.300s", addr, r.Code, r.Err)
	}
	sent := Sent(t, file, st.MAC)
	if !slices.Contains(sent, st.Devices[0].Addr) {
		t.Errorf("the operator sent to %v", sent)
	}
}

// TestUserNamespace: inside unshare -Urn the names of namespaces cannot be written, and need not be.
func TestUserNamespace(t *testing.T) {
	Need(t)
	NeedCommand(t, "unshare", "curl")
	before := Look(t)
	script := `set -e
"$1" lab up --models axis-dome >/dev/null
addr=$("$1" lab list | awk '/axis-dome/ { print $1 }')
"$1" lab run -- curl -sS -m 5 -o /dev/null -w '%{http_code} ' "http://$addr/"
"$1" lab down`
	r := run(t, exec.Command("unshare", "-Urn", "sh", "-c", script, "sh", Program()), (*exec.Cmd).Start)
	if strings.Contains(r.Err, "unshare:") {
		t.Skip("no user namespaces here: " + r.Err)
	}
	if r.Code != 0 || !strings.HasPrefix(r.Out, "200 ") && !strings.HasPrefix(r.Out, "3") && !strings.HasPrefix(r.Out, "401 ") {
		t.Errorf("inside unshare -Urn: %+v", r)
	}
	same(t, before)
}

// TestNobody: without privileges the devices are loopback addresses.
func TestNobody(t *testing.T) {
	Need(t)
	NeedCommand(t, "curl")
	dir := openHome(t)
	before := Look(t)
	nobody := func(args ...string) Result {
		c := exec.Command(Program(), args...)
		c.Env = append(os.Environ(), "TMPDIR="+dir)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		return run(t, c, (*exec.Cmd).Start)
	}
	r := nobody("lab", "up", "--models", "axis-dome")
	defer nobody("lab", "down")
	if r.Code != 0 || !strings.Contains(r.Out, "--port-offset 20000") || !strings.Contains(r.Out, "no MAC addresses") {
		t.Fatalf("up: %+v", r)
	}
	fields := strings.Fields(r.Out[strings.Index(r.Out, "127.77."):])
	if r := run(t, exec.Command("curl", "-sS", "-m5", "-o", "/dev/null", "-w", "%{http_code}", "http://"+fields[0]+":"+strconv.Itoa(20080)), (*exec.Cmd).Start); len(r.Out) != 3 || r.Out == "000" {
		t.Errorf("curl: %+v", r)
	}
	if r := nobody("lab", "down"); r.Code != 0 {
		t.Errorf("down: %+v", r)
	}
	same(t, before)
}
