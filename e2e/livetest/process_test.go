package livetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/sensor"
)

// process is cordon sensor at work, and what it says.
type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	out    io.ReadCloser
	ended  chan error
}

func startSensor(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(Program(), append([]string{"sensor"}, args...)...), ended: make(chan error, 1)}
	p.cmd.Stderr = &p.stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out, p.cmd.Stdout = r, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // where a test failed
		r.Close()
	})
	return p
}

// until reads frames until one says what is wanted; what frames of records hold is told to sink.
func until(t *testing.T, r io.Reader, sink sensor.Sink, want func(cordon.SensorState) bool) {
	t.Helper()
	for {
		frame, err := sensor.NextFrame(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !sensor.IsState(frame) {
			if err := sensor.ReadFrame(frame, sink); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if s, err := sensor.ReadState(frame); err != nil {
			t.Fatal(err)
		} else if want(s) {
			return
		}
	}
}

func isUp(s cordon.SensorState) bool { return s.Up }

// TestProcess runs the sensor as cordon run does: two interfaces, frames to a socket, and of
// all privileges the one that it needs.
func TestProcess(t *testing.T) {
	Need(t)
	a, b := NewPair(t, "proc0"), NewPair(t, "proc1")
	path := filepath.Join(t.TempDir(), "feed.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := startSensor(t, "--interface", a.In, "--interface", b.In, "--name", "yard/one", "--name", "yard/two", "--to", path)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	up := map[string]bool{}
	var told Told
	until(t, c, &told, func(s cordon.SensorState) bool {
		up[s.Name] = up[s.Name] || s.Up
		return up["yard/one"] && up["yard/two"]
	})
	if got := capabilities(t, p.cmd.Process.Pid); got != "0000000000002000" { // bit 13 is CAP_NET_RAW, linux/capability.h
		t.Errorf("the sensor's capabilities are %s", got)
	}
	a.Send(t, datagram(false, 9000, []byte("x")))
	b.Send(t, datagram(false, 9001, []byte("x")))
	until(t, c, &told, func(cordon.SensorState) bool {
		n, _, _ := told.total(9000)
		m, _, _ := told.total(9001)
		return n == 1 && m == 1
	})
	c.Close() // the reader is killed, and is back at once
	if c, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	a.Send(t, datagram(false, 9002, []byte("x")))
	until(t, c, &told, func(cordon.SensorState) bool {
		n, _, _ := told.total(9002)
		return n == 1
	})
	l.Close() // now it is gone for good
	c.Close()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-p.ended; err == nil || !strings.Contains(p.stderr.String(), "is gone") {
		t.Errorf("its reader went, it ended with %v: %s", err, &p.stderr)
	}
}

// capabilities are those in effect, in hexadecimal (proc_pid_status(5)).
func capabilities(t *testing.T, pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "CapEff:\t")
	return strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0])
}

// TestProcessTellsTheEnd is told to end, and tells the flows that were open.
func TestProcessTellsTheEnd(t *testing.T) {
	Need(t)
	a := NewPair(t, "end0")
	p := startSensor(t, "--interface", a.In)
	var told Told
	until(t, p.out, &told, isUp)
	a.Send(t, datagram(false, 9000, []byte("x")))
	until(t, p.out, &told, func(s cordon.SensorState) bool { return s.Packets == 1 })
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := sensor.NextFrame(p.out, nil)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !sensor.IsState(frame) {
			if err := sensor.ReadFrame(frame, &told); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n, _, ended := told.total(9000); n != 1 || !ended {
		t.Errorf("told %d frames, ended %v", n, ended)
	}
	if err := <-p.ended; err != nil {
		t.Errorf("ended with %v: %s", err, &p.stderr)
	}
}

// TestProcessWithoutPrivileges says what is missing.
func TestProcessWithoutPrivileges(t *testing.T) {
	Need(t)
	c := exec.Command("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", Program(), "sensor", "--interface", "lo")
	if c.Err != nil {
		t.Skip("needs setpriv (util-linux)")
	}
	out, err := c.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "CAP_NET_RAW") {
		t.Errorf("%v: %s", err, out)
	}
}
