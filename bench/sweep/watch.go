package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// watched is what the interface saw of one run.
type watched struct {
	Frames      int `json:"frames"`      // that left, by the interface's own counter
	Captured    int `json:"captured"`    // of them, seen by the capture; 0: there was none
	Missed      int `json:"missed"`      // by the capture
	In100ms     int `json:"in_100ms"`    // frames that left in the busiest tenth of a second
	Conns100ms  int `json:"conns_100ms"` // connections completed with one /24 in its busiest tenth of a second
	Connections int `json:"connections"`
}

// unseen is how many frames the capture missed: all that left, where it saw none.
func (w watched) unseen() int {
	if w.Captured == 0 {
		return max(w.Missed, w.Frames)
	}
	return w.Missed
}

// The words between a watcher and who started it.
const (
	watching = "watching\n"
	captures = "capture" // argument: look at every frame too
)

// watch counts what leaves by eth0 of this namespace until stdin ends, and writes it as JSON.
func watch(args []string, stdin io.Reader, w io.Writer) error {
	before, err := sent("eth0")
	if err != nil {
		return err
	}
	var cap *capture
	if len(args) > 0 && args[0] == captures {
		if cap, err = openCapture("eth0"); err != nil {
			return err
		}
	}
	io.WriteString(w, watching)
	done := make(chan struct{})
	go func() { io.Copy(io.Discard, stdin); close(done) }()
	if cap != nil {
		err = cap.run(done)
	} else {
		<-done
	}
	if err != nil {
		return err
	}
	after, err := sent("eth0")
	if err != nil {
		return err
	}
	seen := watched{Frames: after - before}
	if cap != nil {
		cap.tell(&seen)
	}
	return json.NewEncoder(w).Encode(seen)
}

// sent is how many frames left by an interface (proc(5), net/dev).
func sent(name string) (int, error) {
	text, err := os.ReadFile("/proc/self/net/dev")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if who, rest, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(who) == name {
			if f := strings.Fields(rest); len(f) == 16 {
				return strconv.Atoi(f[9])
			}
		}
	}
	return 0, fmt.Errorf("no interface %s in /proc/self/net/dev", name)
}

// capture looks at every frame of an interface (packet(7)).
type capture struct {
	fd       int
	pace     *pace
	captured int
	first    time.Time
}

func openCapture(name string) (*capture, error) {
	eth, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL)) // in network byte order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(all))
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 50_000}),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: eth.Index}),
	)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("packet socket on %s: %w", name, err)
	}
	return &capture{fd: fd, pace: newPace()}, nil
}

// run looks until done is closed and nothing more comes.
func (c *capture) run(done <-chan struct{}) error {
	frame, extra := make([]byte, 128), make([]byte, 256)
	for {
		n, en, _, from, err := unix.Recvmsg(c.fd, frame, extra, 0)
		switch {
		case errors.Is(err, unix.EAGAIN):
			select {
			case <-done:
				return nil
			default:
			}
			continue
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("capture: %w", err)
		}
		who, _ := from.(*unix.SockaddrLinklayer)
		c.take(frame[:n], who != nil && who.Pkttype == unix.PACKET_OUTGOING, stamp(extra[:en]))
	}
}

func (c *capture) take(frame []byte, outgoing bool, at time.Time) {
	if c.first.IsZero() {
		c.first = at
	}
	if outgoing {
		c.captured++
	}
	c.pace.frame(frame, outgoing, at.Sub(c.first))
}

// stamp is when the kernel saw the frame (socket(7), SO_TIMESTAMPNS).
func stamp(extra []byte) time.Time {
	all, _ := unix.ParseSocketControlMessage(extra)
	for _, m := range all {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS {
			if ts, ok := timespec(m.Data); ok {
				return ts
			}
		}
	}
	return time.Now()
}

// timespec reads two 64-bit numbers in the machine's own order, as 64-bit Linux has them.
func timespec(b []byte) (time.Time, bool) {
	if len(b) < 16 {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.NativeEndian.Uint64(b)), int64(binary.NativeEndian.Uint64(b[8:]))), true
}

func (c *capture) tell(w *watched) {
	w.Captured, w.In100ms, w.Conns100ms, w.Connections = c.captured, c.pace.frames.most, c.pace.connections(), c.pace.conns
	if st, err := unix.GetsockoptTpacketStats(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		w.Missed = int(st.Drops)
	}
	unix.Close(c.fd)
}

// watcher is a watch process that runs beside a measured command.
type watcher struct {
	cmd  *exec.Cmd
	stop io.WriteCloser
	said io.ReadCloser
}

// startWatch starts one; start puts it where the command will be.
func startWatch(start func(*exec.Cmd) error, capture bool) (*watcher, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &watcher{cmd: exec.Command(self, "watch")}
	if capture {
		w.cmd.Args = append(w.cmd.Args, captures)
	}
	w.cmd.Stderr = os.Stderr
	if w.stop, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if w.said, err = w.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := start(w.cmd); err != nil {
		return nil, err
	}
	word := make([]byte, len(watching))
	if _, err := io.ReadFull(w.said, word); err != nil {
		return nil, errors.Join(fmt.Errorf("watch: %w", err), w.cmd.Wait())
	}
	return w, nil
}

// end stops it and gives what it saw.
func (w *watcher) end() (seen watched, err error) {
	w.stop.Close()
	err = json.NewDecoder(w.said).Decode(&seen)
	return seen, errors.Join(err, w.cmd.Wait())
}
