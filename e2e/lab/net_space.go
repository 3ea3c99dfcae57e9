package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// namedSpaces is where ip-netns(8) looks for namespaces by name.
const namedSpaces = "/run/netns"

// space is a network namespace of the lab. It lives as long as its descriptor is open, or
// anything runs in it, or it has a name: so what has none is gone with the process,
// however that ends.
type space struct {
	fd   int
	name string // below namedSpaces; empty: none
	*netlink.Handle
}

// newSpace makes a namespace with its loopback interface up.
func newSpace() (*space, error) {
	s := &space{fd: -1}
	err := onThread(-1, func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			s.fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		return err
	})
	if err != nil {
		return nil, spaceError(err)
	}
	if s.Handle, err = netlink.NewHandleAt(netns.NsHandle(s.fd), unix.NETLINK_ROUTE); err != nil {
		unix.Close(s.fd)
		return nil, fmt.Errorf("namespace: netlink: %w", err)
	}
	lo, err := s.LinkByName("lo")
	if err == nil {
		err = s.LinkSetUp(lo)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("namespace: lo: %w", err)
	}
	return s, nil
}

// spaceError says what the kernel's refusal to make a namespace means.
func spaceError(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("namespace: %w: %w", ErrPermission, err)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("namespace: %w: %w", ErrNoNamespaces, err)
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		return fmt.Errorf("namespace: the kernel's limit is reached (sysctl user.max_net_namespaces): %w", err)
	}
	return fmt.Errorf("namespace: %w", err)
}

// do runs f on a thread that is in the namespace: the sockets that f opens stay there.
func (s *space) do(f func() error) error { return onThread(s.fd, f) }

// onThread runs f on a thread of its own, in the namespace fd where it is not negative. A thread
// that does not find its way back ends with its goroutine (runtime.LockOSThread).
func onThread(fd int, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			done <- err
			return
		}
		defer unix.Close(home)
		if fd >= 0 {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		if unix.Setns(home, unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

// keep gives the namespace a name, by which ip-netns(8) finds it.
func (s *space) keep(name string) error {
	if err := os.MkdirAll(namedSpaces, 0o755); err != nil {
		return fmt.Errorf("namespace %s: %w", name, err)
	}
	file := filepath.Join(namedSpaces, name)
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return fmt.Errorf("namespace %s: %w", name, err)
	}
	f.Close()
	if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", s.fd), file, "none", unix.MS_BIND, ""); err != nil {
		os.Remove(file)
		return fmt.Errorf("namespace %s: %w", name, err)
	}
	s.name = name
	return nil
}

// forget takes a name away. The name of a namespace that is not there is no error.
func forget(name string) error {
	file := filepath.Join(namedSpaces, name)
	if _, err := os.Lstat(file); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for unix.Unmount(file, unix.MNT_DETACH) == nil { // it may lie there twice after a crash
	}
	if err := os.Remove(file); err != nil {
		return fmt.Errorf("namespace %s: %w", name, err)
	}
	return nil
}

// named lists the namespaces of that name and those that belong to it ("name-...").
func named(name string) []string {
	entries, err := os.ReadDir(namedSpaces)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), name); ok && (rest == "" || part(rest)) {
			all = append(all, e.Name())
		}
	}
	return all
}

// The parts of a lab that have names of their own.
const (
	wirePart    = "-wire"
	routerPart  = "-router"
	outsidePart = "-outside"
)

func part(suffix string) bool {
	return suffix == wirePart || suffix == routerPart || suffix == outsidePart
}

// sysctl sets a value below /proc/sys/net; it holds for this namespace alone.
func (s *space) sysctl(key, value string) error {
	return s.do(func() error {
		file := filepath.Join("/proc/sys/net", strings.ReplaceAll(key, ".", "/"))
		return os.WriteFile(file, []byte(value), 0)
	})
}

// close lets go of the namespace, and of its name.
func (s *space) close() error {
	var err error
	if s.Handle != nil {
		s.Handle.Close()
	}
	if s.name != "" {
		err = forget(s.name)
	}
	unix.Close(s.fd)
	return err
}
