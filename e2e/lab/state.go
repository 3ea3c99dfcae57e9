package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// State is where a running lab is found again: files named for it in a directory that only
// its user can enter. The lock is held by the lab's process for as long as it lives.
type State struct {
	Name string
	Dir  string
}

// At gives the state of the lab of that name, running or not; empty is DefaultName.
func At(name string) (State, error) {
	if name == "" {
		name = DefaultName
	}
	if err := validName(name); err != nil {
		return State{}, err
	}
	dir, err := runtimeDir()
	return State{Name: name, Dir: dir}, err
}

// runtimeDir is the user's own place for what does not outlive the machine's uptime (XDG Base
// Directory Specification 0.8), or where there is none one among the temporary files.
func runtimeDir() (string, error) {
	base := os.Getenv("XDG_RUNTIME_DIR")
	if st, err := os.Stat(base); base == "" || err != nil || !st.IsDir() {
		base = ownTemp()
		var st unix.Stat_t
		if err := unix.Lstat(base, &st); err == nil && (st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0) {
			return "", fmt.Errorf("lab: %s belongs to somebody else: set XDG_RUNTIME_DIR to a directory of your own", base)
		}
	}
	return filepath.Join(base, "cordon"), nil
}

func (s State) file(suffix string) string { return filepath.Join(s.Dir, s.Name+suffix) }

// Log is the file in which a lab in the background writes what goes wrong.
func (s State) Log() string { return s.file(logFile) }

// OpenLog makes it anew; whoever does so calls Tidy if nothing came of it.
func (s State) OpenLog() (*os.File, error) {
	err := os.MkdirAll(s.Dir, 0o700)
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(s.Log(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	return f, nil
}

// Tidy removes the files of a lab that does not run.
func (s State) Tidy() {
	if !s.alive() {
		s.leave()
	}
}

const (
	lockFile   = ".lock"
	socketFile = ".sock"
	pidFile    = ".json"
	logFile    = ".log"
)

// lock takes the lock of a running lab, or fails with ErrUp. The file is the caller's to close.
func (s State) lock() (*os.File, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	f, err := os.OpenFile(s.file(lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lab %s: %w: see `cordon lab list`, end it with `cordon lab down`", s.Name, ErrUp)
	}
	return f, nil
}

// alive reports whether a process holds the lock.
func (s State) alive() bool {
	f, err := os.Open(s.file(lockFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
}

// process is who runs the lab. A PID is used again some day: together with its start it is not.
type process struct {
	PID   int    `json:"pid"`
	Start string `json:"start"` // field 22 of /proc/PID/stat, clock ticks since boot (proc(5))
}

// self describes this process.
func self() process { return process{os.Getpid(), startOf(os.Getpid())} }

// startOf is when a process began, empty for none.
func startOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ok := strings.Cut(string(b), ") ") // the name before may hold anything
	if fields := strings.Fields(rest); err == nil && ok && len(fields) > 19 {
		return fields[19]
	}
	return ""
}

func (s State) writeProcess() error {
	b, err := json.Marshal(self())
	if err == nil {
		err = os.WriteFile(s.file(pidFile), b, 0o600)
	}
	return err
}

// kill ends the lab's process, if it is still the one that wrote its number down.
func (s State) kill(sig unix.Signal) {
	var p process
	b, err := os.ReadFile(s.file(pidFile))
	if err == nil && json.Unmarshal(b, &p) == nil && p.PID > 1 && p.Start != "" && startOf(p.PID) == p.Start {
		unix.Kill(p.PID, sig)
	}
}

// How long a lab may take to end when asked, and then when told.
const (
	politely = 15 * time.Second
	firmly   = 5 * time.Second
)

// Down ends the lab and removes whatever it left, also after it was killed. It gives ErrDown
// where there was nothing at all.
func (s State) Down() error {
	found := s.traces()
	if s.alive() {
		s.ask("POST", "/down", nil)
		if !s.ended(politely) {
			s.kill(unix.SIGTERM)
			if !s.ended(firmly) {
				s.kill(unix.SIGKILL)
			}
		}
		if !s.ended(firmly) {
			return fmt.Errorf("lab %s: its process does not end", s.Name)
		}
	}
	if err := s.clean(); err != nil {
		return err
	}
	s.leave()
	if !found {
		return fmt.Errorf("lab %s: %w", s.Name, ErrDown)
	}
	return nil
}

// traces reports whether there is anything of a lab, running or not.
func (s State) traces() bool {
	for _, f := range []string{socketFile, pidFile} {
		if _, err := os.Lstat(s.file(f)); err == nil {
			return true
		}
	}
	return len(named(s.Name)) > 0 || s.alive()
}

// ended waits until nobody holds the lock.
func (s State) ended(limit time.Duration) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !s.alive() {
			return true
		}
	}
	return false
}

// clean removes what a lab left that no longer runs. The namespaces that have no name, and all
// cables, went with the process.
func (s State) clean() error {
	var errs []error
	if names := named(s.Name); len(names) > 0 {
		c, err := claim(s.Name)
		if err != nil {
			return err
		}
		defer c.Close()
		for _, n := range names {
			errs = append(errs, forget(n))
		}
	}
	for _, suffix := range []string{socketFile, pidFile} {
		if err := os.Remove(s.file(suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// leave removes what remains when no lab is up: lock, log, and directories that are empty then.
func (s State) leave() {
	os.Remove(s.file(lockFile))
	os.Remove(s.Log())
	if os.Remove(s.Dir) == nil && filepath.Dir(s.Dir) == ownTemp() {
		os.Remove(ownTemp())
	}
}

// ownTemp is where runtime files are kept where the system has no place for them.
func ownTemp() string { return filepath.Join(os.TempDir(), "cordon-"+strconv.Itoa(os.Getuid())) }

// claim makes this process the only one on the machine with a lab of that name, until the claim
// is closed or the process ends (unix(7): abstract names vanish with their socket).
func claim(name string) (net.Listener, error) {
	l, err := net.Listen("unix", "@cordon/"+name)
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, fmt.Errorf("lab %s: %w, from another runtime directory: end it there, or choose another --name", name, ErrUp)
	}
	if err != nil {
		return nil, fmt.Errorf("lab %s: %w", name, err)
	}
	return l, nil
}
