package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"cordon"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// subject is the sensor process being measured.
type subject struct {
	cmd     *exec.Cmd
	up      chan struct{} // closed when it listens
	done    chan error
	records uint64
	fed     int // bytes of the frames of records
	last    cordon.SensorState
	before  time.Duration // processor time before the work
}

// start starts a sensor and waits until it listens.
func start(program, iface string) (*subject, error) {
	s := &subject{up: make(chan struct{}), done: make(chan error, 1)}
	home, err := os.MkdirTemp("", "bench-live")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	s.cmd = exec.Command(program, "sensor", "--interface", iface)
	s.cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.done <- s.read(bufio.NewReaderSize(out, 1<<20)) }()
	select {
	case <-s.up:
	case err := <-s.done:
		return nil, errors.Join(fmt.Errorf("the sensor ended before it listened: %w", err), s.cmd.Wait())
	case <-time.After(20 * time.Second):
		return nil, errors.Join(errors.New("the sensor does not listen"), s.cmd.Process.Kill())
	}
	s.before = s.processor()
	return s, nil
}

// read takes what the sensor says until it ends.
func (s *subject) read(r io.Reader) error {
	var buf []byte
	waiting := true
	for {
		frame, err := sensor.NextFrame(r, buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		buf = frame
		if !sensor.IsState(frame) {
			s.fed += len(frame)
			if err := sensor.ReadFrame(frame, s); err != nil {
				return err
			}
			continue
		}
		if s.last, err = sensor.ReadState(frame); err != nil {
			return err
		}
		if waiting && s.last.Up {
			waiting = false
			close(s.up)
		}
	}
}

// Observe implements sensor.Sink.
func (s *subject) Observe(*sensor.Fact) { s.records++ }

// Flow implements sensor.Sink.
func (s *subject) Flow(*packet.Flow, string, string, string) { s.records++ }

// end lets the sensor hear what is still on its way, ends it and reads its figures.
func (s *subject) end(sent sent) (result, error) {
	time.Sleep(500 * time.Millisecond) // the ring hands over a block after 60 ms
	r := result{sent: sent, took: sent.took, processor: s.processor() - s.before, memory: s.memory()}
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	err = errors.Join(err, <-s.done, s.cmd.Wait())
	r.state, r.records, r.fed = s.last, s.records, s.fed
	return r, err
}

// tick is the unit of times in /proc/PID/stat (sysconf(_SC_CLK_TCK) is 100 on Linux).
const tick = 10 * time.Millisecond

// processor is the user and system time of the sensor so far (proc_pid_stat(5), fields 14 and 15).
func (s *subject) processor() time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * tick
}

// memory is the largest resident size so far in MiB, the rings included (proc_pid_status(5)).
func (s *subject) memory() int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(v)[0])
			return kb >> 10
		}
	}
	return 0
}

// result is one row of the table.
type result struct {
	sent      sent
	took      time.Duration
	processor time.Duration
	memory    int // MiB
	records   uint64
	fed       int // bytes of all frames
	state     cordon.SensorState
}

func (r result) share() float64 { return r.processor.Seconds() / r.took.Seconds() }

// lost is what was sent and not heard, or written off on the way.
func (r result) lost() uint64 {
	missing := r.state.Dropped + r.state.Overflow
	if r.state.Packets < r.sent.frames {
		missing += r.sent.frames - r.state.Packets
	}
	return missing
}

func (r result) print(work string, good bool) {
	verdict := "PASS"
	if !good {
		verdict = "FAIL"
	}
	fmt.Printf("| %s | %d | %.2f | %d | %d | %.1f %% | %d MiB | %d | %d | %.1f | %s |\n", work, r.sent.frames,
		float64(r.sent.bytes)*8/r.took.Seconds()/1e9, r.state.Packets, r.state.Dropped, r.share()*100, r.memory,
		r.records, r.state.Overflow, float64(r.fed)/float64(max(r.records, 1)), verdict)
}
