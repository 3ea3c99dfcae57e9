// Package livetest tries the live sensor on the real kernel: frames sent on one end of a veth
// pair are heard at the other. Its tests need root and run where CORDON_LAB is set
// (`make lab-test`); elsewhere they are skipped and say so. They run in a network namespace of
// their own, which the kernel removes with the last process in it.
//
// What tests share is here: interfaces, a sender, and the sensor with what it told.
package livetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// What Main tells the process that it starts, in its environment.
const (
	gate        = "CORDON_LAB"
	inside      = "CORDON_LIVE_INSIDE"
	programFile = "CORDON_LIVE_PROGRAM"
)

// Main is the TestMain: it runs the tests in a process whose network is its own.
func Main(m *testing.M) int {
	if os.Getenv(gate) == "" || os.Geteuid() != 0 || os.Getenv(inside) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "livetest")
	if err != nil {
		fmt.Fprintln(os.Stderr, "livetest:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "cordon")
	if out, err := exec.Command("go", "build", "-o", program, "cordon/cmd/cordon").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "livetest: go build: %v: %s\n", err, out)
		return 1
	}
	runtime.LockOSThread() // Pdeathsig goes by thread
	c := exec.Command("/proc/self/exe", os.Args[1:]...)
	c.Args[0] = os.Args[0]
	c.Env = append(os.Environ(), inside+"=1", programFile+"="+program, "HOME="+dir, "XDG_CONFIG_HOME=")
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET}
	_ = c.Run() // its exit code says it all
	return c.ProcessState.ExitCode()
}

// Need skips a test that cannot be run here, and says why.
func Need(t *testing.T) {
	t.Helper()
	if os.Getenv(inside) == "" {
		t.Skip("needs root and CORDON_LAB=1: make lab-test")
	}
}

// Program is the file of the program under test.
func Program() string { return os.Getenv(programFile) }

// Pair is a veth pair: frames sent on Out come in at In.
type Pair struct {
	In, Out string
	fd      int
}

// NewPair makes a pair named after in, gone when the test ends. It says nothing of its own.
func NewPair(t *testing.T, in string) *Pair {
	t.Helper()
	p := &Pair{In: in, Out: in + "x", fd: -1}
	p.Make(t)
	t.Cleanup(func() { p.Remove(t) })
	return p
}

// Make makes the pair, again after Remove.
func (p *Pair) Make(t *testing.T) {
	t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = p.Out, 65535
	v := &netlink.Veth{LinkAttrs: attrs, PeerName: p.In, PeerMTU: 65535}
	if err := netlink.LinkAdd(v); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{p.Out, p.In} {
		Quiet(name)
		SetUp(t, name, true)
	}
	p.fd = PacketSocket(t, p.Out)
}

// PacketSocket opens a socket that sends frames on an interface.
func PacketSocket(t *testing.T, name string) int {
	t.Helper()
	l, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: l.Attrs().Index}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// Quiet keeps an interface from saying anything of its own.
func Quiet(name string) {
	_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
}

// SetUp sets an interface up or down.
func SetUp(t *testing.T, name string, up bool) {
	t.Helper()
	l, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	set := netlink.LinkSetDown
	if up {
		set = netlink.LinkSetUp
	}
	if err := set(l); err != nil {
		t.Fatal(err)
	}
}

// Remove deletes the pair, if it is there.
func (p *Pair) Remove(t *testing.T) {
	t.Helper()
	if p.fd >= 0 {
		unix.Close(p.fd)
		p.fd = -1
	}
	if l, err := netlink.LinkByName(p.Out); err == nil {
		if err := netlink.LinkDel(l); err != nil {
			t.Error(err)
		}
	}
}

// Send sends frames as they are.
func (p *Pair) Send(t *testing.T, frames ...[]byte) {
	t.Helper()
	for _, f := range frames {
		if _, err := unix.Write(p.fd, f); err != nil {
			t.Fatalf("send a frame of %d bytes: %v", len(f), err)
		}
	}
}
