package reach

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The lab is this test binary, run again in a network namespace of its own, and once more as the
// devices in another, with a veth pair between. Namespaces without a name end with their
// processes, so nothing is left behind.
//
//	tester  eth0 10.66.0.250/24, fe80::250, fd66::250    route to 10.67.0.0/24 and the outside by 10.66.0.1
//	devices dev0 10.66.0.1 to .20, fe80::1, fd66::1      10.67.0.5 behind, 10.99.0.1 outside
const (
	insideKey = "CORDON_REACH_INSIDE"
	devices   = 20
)

// inLab runs the test again inside the lab; true when this is inside.
func inLab(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideKey) != "" {
		return true
	}
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), insideKey+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	if len(out) == 0 && err != nil {
		t.Skipf("no network namespace to be had here: %v", err)
	}
	if err != nil {
		t.Errorf("%s", out)
	} else if testing.Verbose() {
		t.Logf("%s", out)
	}
	return false
}

// lab is the tester's end.
type lab struct {
	link   netlink.Link
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// tell gives the devices a command and waits until they have done it.
func (l *lab) tell(t *testing.T, words ...any) {
	t.Helper()
	fmt.Fprintln(l.stdin, words...)
	if said, err := l.stdout.ReadString('\n'); err != nil || said != "done\n" {
		t.Fatalf("devices: %v: %q, %v", words, said, err)
	}
}

func newLab(t *testing.T) *lab {
	t.Helper()
	c := again("device")
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	in, err1 := c.StdinPipe()
	out, err2 := c.StdoutPipe()
	if err := errors.Join(err1, err2, c.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.Wait() })
	l := &lab{stdin: in, stdout: bufio.NewReader(out)}
	l.tell(t, "hello")
	must(t, linkUp("lo"))
	must(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: "dev0"}))
	peer, err := netlink.LinkByName("dev0")
	must(t, err)
	must(t, netlink.LinkSetNsPid(peer, c.Process.Pid))
	l.tell(t, "up")
	must(t, configure("eth0", "10.66.0.250/24", "fe80::250/64", "fd66::250/64"))
	if l.link, err = netlink.LinkByName("eth0"); err != nil {
		t.Fatal(err)
	}
	must(t, carrier("eth0"))
	l.tell(t, "carrier")
	must(t, netlink.RouteAdd(&netlink.Route{LinkIndex: l.link.Attrs().Index, Gw: net.IPv4(10, 66, 0, 1)}))
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func linkUp(name string) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(l)
}

// configure brings a link up with just these addresses, usable at once.
func configure(name string, addrs ...string) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	_ = netlink.LinkSetIP6AddrGenMode(l, 1) // none: no address that has to be looked for twice first
	if err := netlink.LinkSetUp(l); err != nil {
		return err
	}
	for _, text := range addrs {
		a, err := netlink.ParseAddr(text)
		if err != nil {
			return err
		}
		a.Flags = unix.IFA_F_NODAD
		if err := netlink.AddrAdd(l, a); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// carrier waits until the kernel has noticed that the link's other end is up too: it drops frames
// until then.
func carrier(name string) error {
	for {
		l, err := netlink.LinkByName(name)
		if err != nil || l.Attrs().OperState == netlink.OperUp {
			return err
		}
		runtime.Gosched()
	}
}

// door opens a Door into the networks, and closes it with the test.
func door(t *testing.T, pace Pace, networks ...string) *Door {
	t.Helper()
	in, err := ParseNetworks(networks...)
	must(t, err)
	scope, err := NewScope(in, nil)
	must(t, err)
	d, err := Open(scope, pace)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// linkNamed gives the link of that name, in scope or not.
func linkNamed(t *testing.T, d *Door, name string) Link {
	t.Helper()
	for _, l := range d.links {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("no link %s", name)
	return Link{}
}

func init() { roles["device"] = func([]string) error { return device() } }

// device is the other end: it does what it is told on standard input, until that ends.
func device() error {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var word, arg string
		fmt.Sscan(in.Text(), &word, &arg)
		if err := deviceDo(word, arg); err != nil {
			return fmt.Errorf("%s: %w", in.Text(), err)
		}
		fmt.Println("done")
	}
	return nil
}

func deviceDo(word, arg string) error {
	switch word {
	case "up":
		return deviceUp()
	case "carrier":
		return carrier("dev0")
	case "shout": // a datagram from outside the scope to the tester's port
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(10, 99, 0, 1), Port: 7777}, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(arg)))
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte("here I am"))
		return err
	}
	return nil
}

// deviceUp takes the addresses and listens on 554 and 80 of all of them.
func deviceUp() error {
	var addrs []string
	for i := range devices {
		addrs = append(addrs, fmt.Sprintf("10.66.0.%d/24", i+1))
	}
	if err := errors.Join(configure("dev0", append(addrs, "fe80::1/64", "fd66::1/64")...), configure("lo", "10.67.0.5/32", "10.99.0.1/32")); err != nil {
		return err
	}
	_ = os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
	_, nowhere, _ := net.ParseCIDR("10.67.0.128/25")
	if err := netlink.RouteAdd(&netlink.Route{Dst: nowhere, Type: unix.RTN_UNREACHABLE}); err != nil {
		return err
	}
	for _, port := range []int{554, 80} {
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		go serve(l)
	}
	return nil
}

// serve echoes what it is sent.
func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

// sniffer records the frames that leave by a link, by whomever they are sent.
type sniffer struct {
	file   *os.File
	frames chan []byte
}

func sniff(t *testing.T, link netlink.Link) *sniffer {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, int(swapped(unix.ETH_P_ALL)))
	must(t, err)
	must(t, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: swapped(unix.ETH_P_ALL), Ifindex: link.Attrs().Index}))
	s := &sniffer{os.NewFile(uintptr(fd), "sniffer"), make(chan []byte, 1<<16)}
	go func() {
		defer close(s.frames)
		b := make([]byte, 4096)
		for {
			n, err := s.file.Read(b)
			if errors.Is(err, os.ErrClosed) {
				return
			}
			if err == nil {
				s.frames <- append([]byte(nil), b[:n]...)
			}
		}
	}()
	t.Cleanup(func() { s.file.Close() })
	return s
}

// until gives the frames up to the first that is wanted; it fails when there is none within 5 s.
func (s *sniffer) until(t *testing.T, what string, wanted func(frame []byte) bool) [][]byte {
	t.Helper()
	var all [][]byte
	for late := time.After(5 * time.Second); ; {
		select {
		case f := <-s.frames:
			if all = append(all, f); wanted(f) {
				return all
			}
		case <-late:
			t.Fatalf("%s: not among %d frames", what, len(all))
		}
	}
}

// ctxT gives a context that ends before the test's patience does.
func ctxT(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
