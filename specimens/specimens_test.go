package specimens

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// start is an arbitrary moment: a capture must not depend on today.
var start = time.Date(2026, 3, 17, 8, 0, 0, 0, time.UTC)

func everyone(t *testing.T) []Specimen {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAll(t *testing.T) {
	all := everyone(t)
	if len(all) < 14 {
		t.Errorf("%d specimens, want 14 or more", len(all))
	}
	for i, s := range all {
		if i > 0 && all[i-1].Name >= s.Name {
			t.Errorf("%s comes after %s", s.Name, all[i-1].Name)
		}
		if !Network.Contains(s.Device.Addr()) {
			t.Errorf("%s lives at %v, outside %v", s.Name, s.Device.Addr(), Network)
		}
	}
}

func TestWriteIsDeterministic(t *testing.T) {
	all := everyone(t)
	write := func(seed uint64) []byte {
		var b bytes.Buffer
		if err := Write(&b, all, start, seed); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	one := write(1)
	if !bytes.Equal(one, write(1)) {
		t.Error("the same seed gave different bytes")
	}
	if bytes.Equal(one, write(2)) {
		t.Error("another seed gave the same bytes")
	}
	if len(one) > 5<<20 {
		t.Errorf("the whole network makes %d bytes, want at most 5 MiB", len(one))
	}
}

// TestWriteIsValid lets tshark look at every specimen: it must find nothing malformed,
// no wrong checksum and no TCP that does not add up.
func TestWriteIsValid(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	name := filepath.Join(t.TempDir(), "all.pcap")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(f, everyone(t), start, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// tcp.analysis.flags without the repeated SYNs that a specimen asks for.
	bad := `_ws.malformed or ip.checksum.status == 0 or tcp.checksum.status == 0 or udp.checksum.status == 0 or icmp.checksum.status == 0` +
		` or (tcp.analysis.flags and not (tcp.flags.syn == 1 and tcp.flags.ack == 0))`
	out, err := exec.Command(tshark, "-n", "-r", name, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y", bad).CombinedOutput()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, out)
	}
	if lines := strings.TrimSpace(withoutRootWarning(string(out))); lines != "" {
		t.Errorf("tshark complains:\n%.4000s", lines)
	}
}

// withoutRootWarning drops the line that tshark prints when it runs as root.
func withoutRootWarning(s string) string {
	if first, rest, ok := strings.Cut(s, "\n"); ok && strings.HasPrefix(first, "Running as user") {
		return rest
	}
	return s
}

func TestWriteOne(t *testing.T) {
	for _, s := range everyone(t) {
		t.Run(s.Name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, []Specimen{s}, start, 1); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(b.Bytes(), s.Device.MAC[:]) {
				t.Error("the device is not in its own capture")
			}
		})
	}
}

// The smallest specimen that loads; the table below breaks it in one place each.
const (
	smallSaid = "title = \"x\"\nsources = [\"a document\"]\n[device]\nmac = \"00:00:5e:00:53:70\"\nhost = 70\n[[step]]\n[step.arp]\n"
	smallWant = "class = [\"camera\"]\nmaker = \"unknown\"\nreach = \"closed\"\n"
)

func TestLoadIsStrict(t *testing.T) {
	for _, c := range []struct{ name, said, want, err string }{
		{"sound", smallSaid, smallWant, ""},
		{"unknown key", "colour = 1\n" + smallSaid, smallWant, "unknown key"},
		{"unknown key in a step", smallSaid + "colour = 1\n", smallWant, "unknown key"},
		{"unknown key in want", smallSaid, "colour = 1\n" + smallWant, "unknown key"},
		{"no sources", strings.Replace(smallSaid, "\"a document\"", "", 1), smallWant, "no sources"},
		{"no step", strings.SplitAfter(smallSaid, "host = 70\n")[0], smallWant, "no steps"},
		{"two actions", smallSaid + "[step.ping]\nto = \"gateway\"\n", smallWant, "2 actions"},
		{"no action", smallSaid + "[[step]]\nat = \"1s\"\n", smallWant, "0 actions"},
		{"group address", strings.Replace(smallSaid, "00:00:5e", "01:00:5e", 1), smallWant, "no device's MAC"},
		{"gateway's host", strings.Replace(smallSaid, "host = 70", "host = 1", 1), smallWant, "not between"},
		{"gateway's MAC", strings.Replace(smallSaid, "53:70", "53:01", 1), smallWant, "share the MAC"},
		{"unknown class", smallSaid, strings.Replace(smallWant, "camera", "spy", 1), "class"},
		{"unknown reach", smallSaid, strings.Replace(smallWant, "closed", "far", 1), "reach"},
		{"no maker", smallSaid, strings.Replace(smallWant, "unknown", "", 1), "no maker"},
		{"finding wanted and not", smallSaid, smallWant + "[findings]\nmust = [\"a\"]\nnever = [\"a\"]\n", "both must and must not"},
		{"unknown party", smallSaid + "for = \"nobody\"\n", smallWant, "neither a specimen"},
		{"no port", smallSaid + "[[step]]\n[step.tcp]\nto = \"gateway\"\n", smallWant, "needs a port"},
		{"two payloads", smallSaid + "[[step]]\n[step.udp]\nto = \"gateway:9\"\n[[step.udp.say]]\ntext = \"a\"\nhex = \"00\"\n", smallWant, "2 payloads"},
		{"bad hex", smallSaid + "[[step]]\n[step.udp]\nto = \"gateway:9\"\n[[step.udp.say]]\nhex = \"0\"\n", smallWant, "odd length"},
		{"times without every", smallSaid + "[[step]]\ntimes = 3\n[step.arp]\n", smallWant, "times without every"},
		{"far too late", smallSaid + "[[step]]\nat = \"2h\"\n[step.arp]\n", smallWant, "outside the first"},
		{"far too much", smallSaid + "[[step]]\n[step.tls]\nto = \"gateway:443\"\nkbits = 9000\nseconds = 9\n", smallWant, "more than is reasonable"},
		{"torn", smallSaid + "[", smallWant, "said.toml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(fstest.MapFS{"small/said.toml": {Data: []byte(c.said)}, "small/want.toml": {Data: []byte(c.want)}})
			switch {
			case c.err == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got error %v, want one with %q", err, c.err)
			}
		})
	}
}

func TestLoadRefusesTwins(t *testing.T) {
	twin := func(mac, host string) []byte {
		return []byte(strings.NewReplacer("53:70", mac, "host = 70", "host = "+host).Replace(smallSaid))
	}
	for _, c := range []struct{ mac, host, err string }{{"53:70", "71", "share the MAC"}, {"53:71", "70", "share the host"}, {"53:71", "71", ""}} {
		_, err := load(fstest.MapFS{
			"a/said.toml": {Data: twin("53:70", "70")}, "a/want.toml": {Data: []byte(smallWant)},
			"b/said.toml": {Data: twin(c.mac, c.host)}, "b/want.toml": {Data: []byte(smallWant)},
		})
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s host %s: got %v, want %q", c.mac, c.host, err, c.err)
		}
	}
}
