package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// tool is a program to measure. In its arguments {pcap}, {out} and {sink} stand for
// the capture, a file for its output, and an address that swallows datagrams.
type tool struct {
	name    string
	command []string
	good    int // the highest exit status that is no failure
}

// The names by which targets find a tool.
const (
	subject = "cordon"
	rival   = "ndpiReader"
)

// competitors lists what is measured. Each reads the capture from disk on its own, with
// names or flows as its only product: nothing is shown and nothing but Cordon writes a file.
func competitors(cordon string) []tool {
	if !strings.ContainsRune(cordon, os.PathSeparator) {
		cordon = "." + string(os.PathSeparator) + cordon
	}
	return []tool{
		{subject, []string{cordon, "audit", "--format", "json", "-o", "{out}", "{pcap}"}, 1}, // 1: there are findings
		{rival, []string{"ndpiReader", "-q", "-i", "{pcap}"}, 0},
		{"softflowd", []string{"softflowd", "-d", "-m", "1000000", "-c", "none", "-p", "{out}.pid", "-n", "{sink}", "-r", "{pcap}"}, 0},
		{"tcpdump", []string{"tcpdump", "-n", "-r", "{pcap}", "-w", "/dev/null"}, 0},
	}
}

// present parts the tools that are installed from those that are not.
func present(all []tool) (here []tool, missing []string) {
	for _, t := range all {
		if _, err := exec.LookPath(t.command[0]); err != nil {
			missing = append(missing, t.name)
			continue
		}
		here = append(here, t)
	}
	return here, missing
}

// cost is what one run of a tool took. Processor time is that of the process and of
// the children that it waited for, in user and kernel mode (getrusage(2)).
type cost struct {
	cpu, wall time.Duration
	peak      int64 // bytes resident at most
	exit      int
	said      string // the end of what it wrote to standard error
}

// result holds the runs of one tool on one capture.
type result struct {
	tool tool
	runs []cost
}

func (r result) failed() bool {
	return slices.ContainsFunc(r.runs, func(c cost) bool { return c.exit < 0 || c.exit > r.tool.good })
}

// cpu gives the processor times in ascending order.
func (r result) cpu() []time.Duration {
	return r.sorted(func(c cost) time.Duration { return c.cpu })
}

func (r result) wall() []time.Duration {
	return r.sorted(func(c cost) time.Duration { return c.wall })
}

func (r result) sorted(of func(cost) time.Duration) []time.Duration {
	var out []time.Duration
	for _, c := range r.runs {
		out = append(out, of(c))
	}
	slices.Sort(out)
	return out
}

// peak is the largest of all runs: a bound on memory is for every run.
func (r result) peak() int64 {
	var most int64
	for _, c := range r.runs {
		most = max(most, c.peak)
	}
	return most
}

// median of ascending values; of an even number, the mean of the middle two.
func median(v []time.Duration) time.Duration {
	if len(v) == 0 {
		return 0
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// measured is a capture with what every tool took for it.
type measured struct {
	capture
	results []result
	output  string // what Cordon wrote in the last turn
}

func (m measured) of(name string) (result, bool) {
	for _, r := range m.results {
		if r.tool.name == name && !r.failed() {
			return r, true
		}
	}
	return result{}, false
}

// measure runs the tools on a capture, in turn, after reading it once so that all find
// it in the page cache.
func measure(s settings, c capture, tools []tool, sink string) (measured, error) {
	m := measured{capture: c, output: filepath.Join(s.dir, c.name+".json")}
	if c.few {
		tools = slices.DeleteFunc(slices.Clone(tools), func(t tool) bool { return t.name != subject })
	}
	for _, t := range tools {
		m.results = append(m.results, result{tool: t})
	}
	if err := warm(c.path); err != nil {
		return m, err
	}
	fill := strings.NewReplacer("{pcap}", c.path, "{out}", m.output, "{sink}", sink)
	for turn := range s.repeats {
		for i, t := range tools {
			fmt.Fprintf(os.Stderr, "%s, turn %d of %d: %s\n", c.name, turn+1, s.repeats, t.name)
			var command []string
			for _, a := range t.command {
				command = append(command, fill.Replace(a))
			}
			one, err := spend(command)
			if err != nil {
				return m, err
			}
			m.results[i].runs = append(m.results[i].runs, one)
		}
	}
	return m, nil
}

// spend runs one command to its end. A failure is part of the cost, not an error.
func spend(command []string) (cost, error) {
	var said tail
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(start)}
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return c, fmt.Errorf("run %s: %w", command[0], err)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return c, errors.New("this system does not say what a process used")
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak = int64(used.Maxrss) << 10 // Linux counts KiB, getrusage(2)
	c.exit, c.said = cmd.ProcessState.ExitCode(), strings.TrimSpace(said.String())
	return c, nil
}

// tail keeps the last kilobyte of what is written to it.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	t.Buffer.Write(p[max(0, n-1024):])
	if extra := t.Len() - 1024; extra > 0 {
		t.Next(extra)
	}
	return n, nil
}

// warm reads a file through.
func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(struct{ io.Writer }{io.Discard}, f)
	return err
}

// discard opens an address that takes datagrams and reads none: softflowd must have
// somebody to send its records to, or the kernel answers each with an error.
func discard() (net.PacketConn, error) {
	return net.ListenPacket("udp", "127.0.0.1:0")
}
