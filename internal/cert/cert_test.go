package cert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// box is a machine whose clock and addresses a test sets.
type box struct {
	now   time.Time
	addrs []netip.Addr
	fails bool
}

func (b *box) machine() (Machine, error) {
	if b.fails {
		return Machine{}, errors.New("no netlink")
	}
	return Machine{Names: []string{"Box", "box.local", "not a name", "10.0.0.1"}, Addrs: b.addrs}, nil
}

func (b *box) config(dir string) Config {
	return Config{Dir: dir, Machine: b.machine, Now: func() time.Time { return b.now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func newBox() *box { return &box{now: day, addrs: []netip.Addr{netip.MustParseAddr("192.168.8.5")}} }

func open(t *testing.T, c Config) *Keeper {
	t.Helper()
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// shake does a TLS handshake as a browser that trusts the roots would, at a time.
func shake(t *testing.T, k *Keeper, roots *x509.CertPool, host string, now time.Time, most uint16) (tls.ConnectionState, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		tls.Server(c, k.TLS()).Handshake()
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: roots, ServerName: host, MaxVersion: most, Time: func() time.Time { return now }})
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer c.Close()
	return c.ConnectionState(), nil
}

func trusting(t *testing.T, k *Keeper) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(k.Authority()) {
		t.Fatal("no authority")
	}
	return p
}

// Whoever trusts the authority may reach the machine by each of its names and addresses, and
// the next start answers with the same certificate.
func TestOwnAuthority(t *testing.T) {
	b, dir := newBox(), filepath.Join(t.TempDir(), "cert")
	k := open(t, b.config(dir))
	roots := trusting(t, k)
	for _, host := range []string{"box", "box.local", "localhost", "192.168.8.5", "127.0.0.1", "::1"} {
		if _, err := shake(t, k, roots, host, day, 0); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := shake(t, k, roots, "other.example", day, 0); err == nil {
		t.Error("it is good for a name that is another's")
	}
	if _, err := shake(t, k, roots, "box", day, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is answered")
	}
	again := open(t, b.config(dir))
	if again.Fingerprint() != k.Fingerprint() || again.current().Leaf.SerialNumber.Cmp(k.current().Leaf.SerialNumber) != 0 {
		t.Error("another certificate after a start")
	}
	if k.Owners() || len(k.Fingerprint()) != 95 {
		t.Errorf("fingerprint %q", k.Fingerprint())
	}
	for name, want := range map[string]os.FileMode{"ca.key": 0o600, "page.key": 0o600, "ca.crt": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 4 {
		t.Errorf("files: %v", left)
	}
}

// A certificate is renewed before it ends, for new addresses, and not for one that went.
func TestRenewed(t *testing.T) {
	b := newBox()
	k := open(t, b.config(t.TempDir()))
	serial := func() string { return k.current().Leaf.SerialNumber.String() }
	look := func() string {
		t.Helper()
		if err := k.Look(); err != nil {
			t.Fatal(err)
		}
		return serial()
	}
	first := serial()
	b.now = day.Add(59 * 24 * time.Hour)
	if look() != first {
		t.Error("renewed too early")
	}
	b.now = day.Add(61 * 24 * time.Hour)
	second := look()
	if second == first || k.Until().Before(b.now.Add(89*24*time.Hour)) {
		t.Errorf("not renewed: until %v", k.Until())
	}
	b.addrs = append(b.addrs, netip.MustParseAddr("fd00::5"), netip.MustParseAddr("fe80::1"))
	third := look()
	if third == second || !slices.Contains(k.Hosts(), "fd00::5") || slices.Contains(k.Hosts(), "fe80::1") {
		t.Errorf("a new address: %v", k.Hosts())
	}
	b.addrs = b.addrs[:1]
	if look() != third {
		t.Error("renewed for an address that went")
	}
	if _, err := shake(t, k, trusting(t, k), "fd00::5", b.now, 0); err != nil {
		t.Error(err)
	}
	b.fails = true
	if err := k.Look(); err == nil || serial() != third {
		t.Errorf("machine not known: %v", err)
	}
	b.fails, b.now = false, day.Add(11*365*24*time.Hour)
	was := k.Fingerprint()
	again := open(t, b.config(k.conf.Dir))
	if again.Fingerprint() == was {
		t.Error("the authority has ended and is still used")
	}
	if _, err := shake(t, again, trusting(t, again), "box", b.now, 0); err != nil {
		t.Error(err)
	}
}

// A machine that begins in 1970 makes a certificate that is good once it knows the time.
func TestClockWithoutBattery(t *testing.T) {
	b := newBox()
	b.now = time.Unix(100, 0)
	k := open(t, b.config(t.TempDir()))
	roots := trusting(t, k)
	if _, err := shake(t, k, roots, "box", oldest.Add(24*time.Hour), 0); err != nil {
		t.Error(err)
	}
	b.now = day
	if err := k.Look(); err != nil {
		t.Fatal(err)
	}
	if _, err := shake(t, k, roots, "box", day, 0); err != nil {
		t.Error(err)
	}
}

// What is kept and cannot be read is not thrown away in silence: people trusted it.
func TestBrokenAuthority(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"no key":       func(dir string) error { return os.Remove(filepath.Join(dir, "ca.key")) },
		"cut":          func(dir string) error { return os.Truncate(filepath.Join(dir, "ca.crt"), 100) },
		"empty key":    func(dir string) error { return os.Truncate(filepath.Join(dir, "ca.key"), 0) },
		"key of page":  func(dir string) error { return os.Rename(filepath.Join(dir, "page.key"), filepath.Join(dir, "ca.key")) },
		"page as root": func(dir string) error { return os.Rename(filepath.Join(dir, "page.crt"), filepath.Join(dir, "ca.crt")) },
	} {
		t.Run(name, func(t *testing.T) {
			b, dir := newBox(), t.TempDir()
			open(t, b.config(dir))
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if k, err := Open(b.config(dir)); err == nil || !strings.Contains(err.Error(), "from a backup") {
				t.Errorf("%v %v", k, err)
			}
		})
	}
	b, dir := newBox(), t.TempDir()
	open(t, b.config(dir))
	os.Truncate(filepath.Join(dir, "page.crt"), 10)
	k := open(t, b.config(dir)) // nobody trusts that one: it is made anew
	if _, err := shake(t, k, trusting(t, k), "box", day, 0); err != nil {
		t.Error(err)
	}
}

// copyPair puts the certificate of one directory where the owner's is.
func copyPair(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range []string{"page.crt", "page.key"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The owner's certificate is used, and read again when it was replaced; half of a replacement is not.
func TestOwnersFiles(t *testing.T) {
	b, one, two, dir := newBox(), t.TempDir(), t.TempDir(), t.TempDir()
	first, second := open(t, b.config(one)), open(t, b.config(two))
	copyPair(t, one, dir)
	c := b.config(filepath.Join(dir, "unused"))
	c.Certificate, c.Key = filepath.Join(dir, "page.crt"), filepath.Join(dir, "page.key")
	k := open(t, c)
	if !k.Owners() || k.Authority() != nil || !k.Covers("box.local") || k.Covers("evil.example") || !k.Covers("10.9.8.7") || !k.Covers("[::1]") {
		t.Error("the owner's certificate is not taken as such")
	}
	if _, err := os.Stat(c.Dir); err == nil {
		t.Error("an authority was made beside the owner's certificate")
	}
	if _, err := shake(t, k, trusting(t, first), "box", day, 0); err != nil {
		t.Error(err)
	}
	text, _ := os.ReadFile(filepath.Join(two, "page.crt"))
	if err := os.WriteFile(c.Certificate, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := k.Look(); err == nil {
		t.Error("a certificate without its key is taken")
	}
	if _, err := shake(t, k, trusting(t, first), "box", day, 0); err != nil {
		t.Error("while it is replaced:", err)
	}
	copyPair(t, two, dir)
	if err := k.Look(); err != nil {
		t.Fatal(err)
	}
	if _, err := shake(t, k, trusting(t, second), "box", day, 0); err != nil {
		t.Error("replaced:", err)
	}
	c.Key = ""
	if _, err := Open(c); err == nil {
		t.Error("a certificate without a key")
	}
}

func TestThisMachine(t *testing.T) {
	m, err := This()
	if err != nil {
		t.Fatal(err)
	}
	names, addrs := m.hosts(nil)
	if !slices.Contains(names, "localhost") || !slices.Contains(addrs, netip.MustParseAddr("127.0.0.1")) || !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".local") }) {
		t.Errorf("%v %v", names, addrs)
	}
	resolv := filepath.Join(t.TempDir(), "resolv.conf")
	os.WriteFile(resolv, []byte("# search no.example\nnameserver 192.168.8.1\nsearch home.example . lan\n"), 0o600)
	names, _ = Machine{Names: namesOf("NVR-Box.office.example.", searched(resolv))}.hosts([]string{"cameras.example.org", "-bad", "*.example.org"})
	want := []string{"cameras.example.org", "localhost", "nvr-box", "nvr-box.home.example", "nvr-box.lan", "nvr-box.local", "nvr-box.office.example"}
	if !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
}
