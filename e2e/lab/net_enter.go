package lab

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// open gives the operator's namespace, -1 where the lab has none.
func (s Status) open() (int, error) {
	if s.Kind != "namespaces" {
		return -1, nil
	}
	file := s.Space
	if s.Named != "" {
		file = filepath.Join(namedSpaces, s.Named)
	}
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("lab %s: the operator's namespace: %w", s.Name, err)
	}
	return fd, nil
}

// Enter puts the calling thread into the operator's place, for good: what this process becomes by
// exec is there. On loopback addresses every place is.
func (s Status) Enter() error {
	fd, err := s.open()
	if err != nil || fd < 0 {
		return err
	}
	defer unix.Close(fd)
	runtime.LockOSThread()
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("lab %s: entering it: %w: do it as the user, and in the user namespace, that started it", s.Name, err)
	}
	return nil
}

// Dial opens a connection from the operator's place to an address, which is no name.
func (s Status) Dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	fd, err := s.open()
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	if fd < 0 {
		return d.DialContext(ctx, network, address)
	}
	defer unix.Close(fd)
	err = onThread(fd, func() error {
		conn, err = d.DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Start starts a command in the operator's place.
func (s Status) Start(c *exec.Cmd) error {
	fd, err := s.open()
	if err != nil {
		return err
	}
	if fd < 0 {
		return c.Start()
	}
	defer unix.Close(fd)
	return onThread(fd, c.Start)
}
