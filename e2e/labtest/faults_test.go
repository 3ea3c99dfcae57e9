package labtest

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"cordon/e2e/lab"
)

// faulty is what the tests of faults read of an audit.
type faulty struct {
	Devices []struct {
		MAC       string          `json:"mac"`
		Addresses []string        `json:"addresses"`
		Identity  json.RawMessage `json:"identity"`
	} `json:"devices"`
	Scans []struct {
		Interrupted bool     `json:"interrupted"`
		Alive       int      `json:"alive"`
		Asked       int      `json:"asked"`
		Lost        []string `json:"lost"`
	} `json:"scans"`
}

func readFaulty(t *testing.T, r Result) faulty {
	t.Helper()
	var f faulty
	if err := json.Unmarshal([]byte(r.Out), &f); err != nil {
		t.Fatalf("exit code %d: %v: %s", r.Code, err, r.Err)
	}
	return f
}

// at gives the identity of the device at an address, as it is written; "" for nobody.
func (f *faulty) at(a netip.Addr) string {
	for _, d := range f.Devices {
		if slices.Contains(d.Addresses, a.String()) {
			return string(d.Identity)
		}
	}
	return ""
}

// scanning is a scan under way.
type scanning struct {
	cmd       *exec.Cmd
	out, errs bytes.Buffer
}

// scanArgs are those of a scan that is read by readFaulty.
func scanArgs(args ...string) []string {
	return append([]string{Program(), "scan", "--quiet", "--format", "json", "--fail-on", "never"}, args...)
}

// begin starts a scan, and returns when it has found somebody: requests have come to one of the devices.
func begin(t *testing.T, l *lab.Lab, args ...string) *scanning {
	t.Helper()
	return beginUntil(t, l, "nobody was asked anything", func() int {
		n := 0
		for _, d := range l.Status().Devices {
			n += d.Counters.Requests
		}
		return n
	}, args...)
}

// beginUntil starts a scan, and returns when more is counted than before.
func beginUntil(t *testing.T, l *lab.Lab, otherwise string, count func() int, args ...string) *scanning {
	t.Helper()
	all, before := scanArgs(args...), count()
	s := &scanning{cmd: exec.Command(all[0], all[1:]...)}
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.errs
	if err := l.Status().Start(s.cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() })
	until(t, otherwise, func() bool { return count() > before })
	return s
}

// end waits for a scan to end.
func (s *scanning) end(t *testing.T) Result {
	t.Helper()
	s.cmd.Wait()
	return Result{s.out.String(), s.errs.String(), s.cmd.ProcessState.ExitCode()}
}

// wide is a network whose sweep takes some seconds: long enough for things to happen in mid-scan.
var wide = netip.MustParsePrefix("10.90.0.0/20")

// wideLab has plain devices on a wide wire, the first ones of which are met early.
func wideLab(t *testing.T, guests ...lab.Guest) *lab.Lab {
	t.Helper()
	return Start(t, lab.Config{Seed: 5, Net: wide, Guests: guests})
}

func plain(n byte) *Plain {
	p := NewPlain(n)
	p.At = lab.OnWire
	return p
}

// TestInterfaceDown: the scan ends with an error that names the interface, what was learned is reported, and --resume goes on.
func TestInterfaceDown(t *testing.T) {
	Need(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	l := wideLab(t, plain(1), plain(2))
	st := l.Status()
	s := begin(t, l, wide.String())
	In(t, st, "ip", "link", "set", "eth0", "down")
	r := s.end(t)
	if r.Code != 2 || !strings.Contains(r.Err, "eth0") || !strings.Contains(r.Err, "down") || !strings.Contains(r.Err, "--resume") {
		t.Errorf("exit code %d: %s", r.Code, r.Err)
	}
	f := readFaulty(t, r)
	if len(f.Devices) == 0 || len(f.Scans) != 1 || !f.Scans[0].Interrupted {
		t.Errorf("what was learned: %+v", f)
	}
	In(t, st, "ip", "link", "set", "eth0", "up")
	r = CordonIn(t, st, scanArgs("--resume", "--fast", wide.String())[1:]...)
	f = readFaulty(t, r)
	if r.Code != 0 || f.Scans[0].Interrupted {
		t.Errorf("exit code %d: %s: %+v", r.Code, r.Err, f.Scans)
	}
	everybody(t, &f, st)
}

// everybody fails unless all devices of a lab are in an audit.
func everybody(t *testing.T, f *faulty, st lab.Status) {
	t.Helper()
	for _, d := range st.Devices {
		if f.at(d.Addr) == "" {
			t.Errorf("%s at %v is missing", d.Truth.Name, d.Addr)
		}
	}
}

// TestInterrupted: Ctrl-C keeps what is known, and --resume goes on without asking again who was asked to the end.
func TestInterrupted(t *testing.T) {
	Need(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	l := wideLab(t, plain(1), plain(2), plain(3))
	s := begin(t, l, wide.String())
	s.cmd.Process.Signal(syscall.SIGINT)
	r := s.end(t)
	f := readFaulty(t, r)
	if !strings.Contains(r.Err, "--resume") || len(f.Devices) == 0 || !f.Scans[0].Interrupted {
		t.Errorf("exit code %d: %s: %+v", r.Code, r.Err, f.Scans)
	}
	r = CordonIn(t, l.Status(), scanArgs("--resume", "--fast", wide.String())[1:]...)
	f = readFaulty(t, r)
	if r.Code != 0 || f.Scans[0].Interrupted {
		t.Errorf("gone on with: exit code %d: %s: %+v", r.Code, r.Err, f.Scans)
	}
	everybody(t, &f, l.Status())
	if r := CordonIn(t, l.Status(), scanArgs("--resume", "--fast", wide.String())[1:]...); r.Code != 2 || !strings.Contains(r.Err, "no interrupted scan") {
		t.Errorf("nothing is left to go on with: %+v", r)
	}
}

// TestInterruptedPrints: whatever it was asked to print, and whoever ends it politely, a scan prints what it knows, and that it is not whole.
func TestInterruptedPrints(t *testing.T) {
	Need(t)
	l := wideLab(t, plain(1), plain(2), plain(3))
	for _, c := range []struct {
		signal syscall.Signal
		args   []string
	}{
		{syscall.SIGINT, []string{"--format=table"}},
		{syscall.SIGTERM, []string{"--format=table"}},
		{syscall.SIGHUP, []string{"--format=table", "--find-only"}},
	} {
		cache := t.TempDir()
		t.Setenv("XDG_CACHE_HOME", cache)
		s := beginUntil(t, l, "nobody was found", func() int { return journalSays(t, cache, `"scan.alive"`) }, append(c.args, wide.String())...)
		s.cmd.Process.Signal(c.signal)
		r := s.end(t)
		known := slices.ContainsFunc(l.Status().Devices, func(d lab.Seated) bool { return strings.Contains(r.Out, d.Addr.String()) })
		if r.Code != 2 || !known || !strings.Contains(r.Err, "--resume") {
			t.Errorf("%v, %q: exit code %d: %s%s", c.signal, c.args, r.Code, r.Out, r.Err)
		}
	}
}

// TestKilledScan: a scan that was killed is gone on with, by runs that are killed and interrupted in turn.
func TestKilledScan(t *testing.T) {
	Need(t)
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	l := wideLab(t, plain(1), plain(2), plain(3))
	s := begin(t, l, wide.String())
	until(t, "nobody was asked to the end", func() bool { return journalSays(t, cache, `{"done":`) > 0 })
	s.cmd.Process.Kill()
	s.end(t)
	done := journalSays(t, cache, `{"done":`)
	for _, end := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		s = beginUntil(t, l, "nothing was written down", func() int { return journalSays(t, cache, `"scan.alive"`) }, "--resume", wide.String())
		s.cmd.Process.Signal(end)
		r := s.end(t)
		if now := journalSays(t, cache, `{"done":`); now < done {
			t.Errorf("after %v: %d hosts done in the journals, before %d: %s", end, now, done, r.Err)
		}
		if end == syscall.SIGINT {
			if f := readFaulty(t, r); len(f.Devices) == 0 || !f.Scans[0].Interrupted {
				t.Errorf("interrupted: %+v", f)
			}
		}
	}
	r := CordonIn(t, l.Status(), scanArgs("--resume", "--fast", wide.String())[1:]...)
	f := readFaulty(t, r)
	if r.Code != 0 || f.Scans[0].Interrupted {
		t.Errorf("gone on with: exit code %d: %s: %+v", r.Code, r.Err, f.Scans)
	}
	everybody(t, &f, l.Status())
	if files, _ := filepath.Glob(cache + "/cordon/scan-*"); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

// journalSays counts the lines of all journals that have a text.
func journalSays(t *testing.T, cache, text string) int {
	t.Helper()
	files, _ := filepath.Glob(cache + "/cordon/scan-*")
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // just renamed
		}
		for l := range strings.Lines(string(b)) {
			if strings.Contains(l, text) {
				n++
			}
		}
	}
	return n
}

// TestOneMACForTwo: both addresses are found. A switch carries what is for the MAC to the one that spoke last, so that it is chance
// which of the two can be asked; the third is asked as ever.
func TestOneMACForTwo(t *testing.T) {
	Need(t)
	one, two, third := plain(1), plain(2), plain(3)
	two.MAC = one.MAC
	l := Start(t, lab.Config{Seed: 9, Guests: []lab.Guest{one, two, third}})
	st := l.Status()
	f := readFaulty(t, CordonIn(t, st, scanArgs(st.Networks...)[1:]...))
	everybody(t, &f, st)
	st = l.Status()
	asked := func(name string) bool { return Device(t, st, name).Counters.Requests > 0 }
	if !asked("plain-3") || !asked("plain-1") && !asked("plain-2") {
		t.Errorf("asked: %v, %v, and the third %v", asked("plain-1"), asked("plain-2"), asked("plain-3"))
	}
}

// TestMovesInMidScan: a device that changes its address holds up nobody.
func TestMovesInMidScan(t *testing.T) {
	Need(t)
	one, two, three := plain(1), plain(2), plain(3)
	l := wideLab(t, one, two, three)
	s := begin(t, l, wide.String())
	for i, d := range l.Status().Devices { // all at once: whoever was found, and whoever was not
		if d.Truth.Name == "plain-2" {
			continue
		}
		if err := l.Move(d.Truth.Name, netip.MustParseAddr("10.90.15."+strconv.Itoa(200+i))); err != nil {
			t.Fatal(err)
		}
	}
	r := s.end(t)
	f := readFaulty(t, r)
	if r.Code != 0 || f.Scans[0].Interrupted {
		t.Errorf("exit code %d: %s: %+v", r.Code, r.Err, f.Scans)
	}
	everybody(t, &f, l.Status())
}

// TestMisbehaviour: what one device does to its answers changes nothing of what is said of the others.
func TestMisbehaviour(t *testing.T) {
	Need(t)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	bad := map[string]string{
		"axis-dome": "slow-loris", "hanwha-dome": "endless-body", "dlink-camera": "garbage", "reolink-camera": "half-header",
		"tapo-camera": "wrong-length", "tvt-dome": "hostile-xml", "uniview-dome": "hostile-json", "xiongmai-bullet": "reboot",
	}
	behave := []string{"--seed=4"}
	for name, what := range bad {
		behave = append(behave, "--behave", name+"="+what)
	}
	good := Up(t, "--seed=4")
	want := readFaulty(t, CordonIn(t, good, scanArgs(good.Networks...)[1:]...))
	Down(t)
	st := Up(t, behave...)
	r := CordonIn(t, st, scanArgs(st.Networks...)[1:]...)
	got := readFaulty(t, r)
	if r.Code != 0 {
		t.Errorf("exit code %d: %s", r.Code, r.Err)
	}
	for _, d := range st.Devices {
		if d.Place == lab.Unset {
			continue
		}
		is, was := got.at(d.Addr), want.at(d.Addr)
		if is == "" || was == "" {
			t.Errorf("%s at %v: found %v among misbehaving ones, %v among others", d.Truth.Name, d.Addr, is != "", was != "")
		} else if bad[d.Truth.Name] == "" && !reflect.DeepEqual(values(t, is), values(t, was)) {
			t.Errorf("%s is called %v among misbehaving ones, %v among others", d.Truth.Name, values(t, is), values(t, was))
		}
	}
}

// values are what is believed of a device, without confidence and reasons.
func values(t *testing.T, identity string) map[string]string {
	t.Helper()
	var all map[string]struct{ Value string }
	if err := json.Unmarshal([]byte(identity), &all); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for k, b := range all {
		out[k] = b.Value
	}
	return out
}

// openHome gives the program a place of its own that nobody, too, may write.
func openHome(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		os.Chmod(d, 0o1777)
	}
	return dir
}

// asNobody is a command line that a user without any privilege runs.
func asNobody(home string, command ...string) []string {
	return append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
		"env", "HOME=" + home, "TMPDIR=" + home, "XDG_STATE_HOME=", "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "XDG_RUNTIME_DIR="}, command...)
}

// TestNobodyScans: without permission for raw sockets the scan connects instead, and says what is lost.
func TestNobodyScans(t *testing.T) {
	Need(t)
	NeedCommand(t, "setpriv")
	st := Up(t, "--seed=6", "--models=axis-dome,hikvision-dome,office-printer", "--place=hikvision-dome=wire")
	r := In(t, st, asNobody(openHome(t), scanArgs(append(st.Networks, "--fast")...)...)...)
	if r.Code != 0 || !strings.Contains(r.Err, "no permission for raw sockets") {
		t.Fatalf("exit code %d: %s", r.Code, r.Err)
	}
	f := readFaulty(t, r)
	everybody(t, &f, st)
	if len(f.Scans[0].Lost) == 0 {
		t.Error("the report does not say what is lost")
	}
}

// TestCapNetRawAlone: CAP_NET_RAW is enough for the whole of a scan, as the systemd unit gives it, also
// on kernels that want more for a filter on a TCP socket: who answers on no port is found by ARP.
func TestCapNetRawAlone(t *testing.T) {
	Need(t)
	NeedCommand(t, "setpriv")
	st := Up(t, "--seed=6", "--models=axis-dome,hikvision-dome,office-printer", "--place=hikvision-dome=wire")
	command := asNobody(openHome(t), scanArgs(append(st.Networks, "--fast")...)...)
	at := slices.Index(command, "--inh-caps=-all")
	command = slices.Replace(command, at, at+1, "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw")
	r := In(t, st, command...)
	if r.Code != 0 || strings.Contains(r.Err, "permission") {
		t.Fatalf("exit code %d: %s", r.Code, r.Err)
	}
	f := readFaulty(t, r)
	everybody(t, &f, st)
	if len(f.Scans[0].Lost) > 0 {
		t.Errorf("lost: %q", f.Scans[0].Lost)
	}
	for _, d := range st.Devices {
		if !strings.Contains(r.Out, d.Truth.MAC.String()) {
			t.Errorf("%s is not known by its interface", d.Truth.Name)
		}
	}
}

// TestNobodyInUserNamespace: a user without privileges has a lab and scans it inside unshare -Urn, raw sockets and all.
func TestNobodyInUserNamespace(t *testing.T) {
	Need(t)
	NeedCommand(t, "setpriv", "unshare")
	script := `"$1" lab up --seed=6 --models=axis-dome,hikvision-dome >/dev/null || exit 9
"$1" lab run -- "$1" scan --quiet --format json --fail-on never 10.77.0.0/24; code=$?
"$1" lab down >/dev/null || exit 9
exit $code`
	command := asNobody(openHome(t), "unshare", "-Urn", "sh", "-c", script, "sh", Program())
	r := run(t, exec.Command(command[0], command[1:]...), (*exec.Cmd).Start)
	if strings.Contains(r.Err, "unshare:") {
		t.Skip("no user namespaces for users here: " + r.Err)
	}
	if r.Code != 0 || strings.Contains(r.Err, "permission") {
		t.Fatalf("exit code %d: %s", r.Code, r.Err)
	}
	if f := readFaulty(t, r); f.Scans[0].Alive == 0 || len(f.Scans[0].Lost) > 0 {
		t.Errorf("the scan: %+v", f.Scans)
	}
}
