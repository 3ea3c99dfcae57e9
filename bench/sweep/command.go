package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tool is a program to measure. In its arguments {net} stands for the network.
type tool struct {
	name    string
	command []string
	read    func(out string) map[netip.Addr][]uint16 // who was found, with open ports
	pace    bool                                     // it promises the usual pace: a capture looks
}

// The names by which bars find a tool.
const (
	fast   = "cordon --fast"
	polite = "cordon"
	rival  = "nmap"
)

// finders lists who looks for hosts and open ports.
func finders(s settings) []tool {
	p := portList(ports)
	find := []string{s.cordon, "scan", "--find-only", "--quiet", "--ports", p}
	all := []tool{
		{name: fast, command: append(find[:len(find):len(find)], "--fast", "{net}"), read: readFound},
		{name: polite, command: append(find[:len(find):len(find)], "{net}"), read: readFound, pace: true},
	}
	if s.rivals {
		all = append(all, tool{name: rival, command: []string{"nmap", "-n", "-sS", "-T4", "--min-rate", "10000", "--max-retries", "1", "-p", p, "-oG", "-", "{net}"}, read: readGreppable})
	}
	return all
}

func portList(list []uint16) string {
	var all []string
	for _, p := range list {
		all = append(all, strconv.Itoa(int(p)))
	}
	return strings.Join(all, ",")
}

// readFound reads cordon scan --find-only: address, MAC, open ports.
func readFound(out string) map[netip.Addr][]uint16 {
	all := map[netip.Addr][]uint16{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		a, err := netip.ParseAddr(f[0])
		if err != nil || !a.Is4() {
			continue
		}
		all[a] = nil
		for _, text := range f[2:] {
			if p, err := strconv.ParseUint(text, 10, 16); err == nil {
				all[a] = append(all[a], uint16(p))
			}
		}
	}
	return all
}

var (
	greppable = regexp.MustCompile(`(?m)^Host: (\S+) .*?(?:Ports: (.*))?$`)
	openPort  = regexp.MustCompile(`(\d+)/open/tcp`)
)

// readGreppable reads nmap -oG.
func readGreppable(out string) map[netip.Addr][]uint16 {
	all := map[netip.Addr][]uint16{}
	for _, m := range greppable.FindAllStringSubmatch(out, -1) {
		a, err := netip.ParseAddr(m[1])
		if err != nil {
			continue
		}
		if _, known := all[a]; !known {
			all[a] = nil
		}
		for _, p := range openPort.FindAllStringSubmatch(m[2], -1) {
			n, _ := strconv.Atoi(p[1])
			all[a] = append(all[a], uint16(n))
		}
	}
	return all
}

// cost is what one run took (getrusage(2)), and what it brought.
type cost struct {
	cpu, wall time.Duration
	peak      int64 // bytes resident at most
	exit      int
	out, said string // standard output, and the end of standard error
	seen      watched
}

// runLimit ends a run that hangs.
const runLimit = 15 * time.Minute

// spend runs one command to its end, where start puts it, with a watcher beside it.
func spend(ctx context.Context, start func(*exec.Cmd) error, command []string, capture bool) (cost, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	w, err := startWatch(start, capture)
	if err != nil {
		return cost{}, err
	}
	c, err := spendAlone(ctx, start, command)
	seen, watchErr := w.end()
	c.seen = seen
	return c, errors.Join(err, watchErr)
}

func spendAlone(ctx context.Context, start func(*exec.Cmd) error, command []string) (cost, error) {
	var out, said bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &said
	began := time.Now()
	if err := start(cmd); err != nil {
		return cost{}, fmt.Errorf("run %s: %w", command[0], err)
	}
	kill := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer kill()
	err := cmd.Wait()
	c := cost{wall: time.Since(began), out: out.String(), said: lastLines(said.String())}
	if ctx.Err() != nil {
		return c, fmt.Errorf("run %s: %w", command[0], ctx.Err())
	}
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		return c, fmt.Errorf("run %s: %w", command[0], err)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return c, errors.New("this system does not say what a process used")
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak, c.exit = used.Maxrss<<10, cmd.ProcessState.ExitCode() // Linux counts KiB, getrusage(2)
	return c, nil
}

func lastLines(s string) string {
	s = strings.TrimSpace(s)
	return strings.Join(strings.Fields(s[max(0, len(s)-300):]), " ")
}

// here starts a command where this process is.
func here(c *exec.Cmd) error { return c.Start() }
