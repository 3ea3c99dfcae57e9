package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Machine is what a lab could leave behind, each thing as one line.
type Machine map[string]bool

// Look takes note of the machine as it is now.
func Look(t *testing.T) Machine {
	t.Helper()
	m := Machine{}
	add := func(what string, lines ...string) {
		for _, l := range lines {
			if l = strings.TrimSpace(l); l != "" {
				m[what+" "+l] = true
			}
		}
	}
	add("namespace", listing("/run/netns")...)
	add("link", listing("/sys/class/net")...)
	add("process", processes()...)
	add("temporary file", listing(os.TempDir())...)
	for what, file := range map[string]string{"mount": "/proc/self/mounts", "forwarding": "/proc/sys/net/ipv4/ip_forward", "socket": "/proc/net/unix"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if what == "socket" {
			b = socketNames(b)
		}
		add(what, strings.Split(string(b), "\n")...)
	}
	for what, command := range map[string][]string{"address": {"ip", "-br", "address"}, "route": {"ip", "route"}, "nft": {"nft", "list", "ruleset"}} {
		if out, err := exec.Command(command[0], command[1:]...).Output(); err == nil {
			add(what, strings.Split(string(out), "\n")...)
		}
	}
	return m
}

// Changed lists what one look has and the other has not, sorted.
func (m Machine) Changed(now Machine) []string {
	var all []string
	for l := range m {
		if !now[l] {
			all = append(all, "gone: "+l)
		}
	}
	for l := range now {
		if !m[l] {
			all = append(all, "new: "+l)
		}
	}
	slices.Sort(all)
	return all
}

func listing(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// processes lists those that live, in this process's own /proc.
func processes() []string {
	var all []string
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		b, err := os.ReadFile(f)
		_, rest, ok := strings.Cut(string(b), ") ")
		if err != nil || !ok || strings.HasPrefix(rest, "Z") { // nobody here collects orphans
			continue
		}
		pid := filepath.Base(filepath.Dir(f))
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(f), "cmdline"))
		all = append(all, fmt.Sprintf("%s %s", pid, strings.ReplaceAll(string(command), "\x00", " ")))
	}
	return all
}

// socketNames keeps the names of unix sockets that have one (proc(5), net/unix).
func socketNames(b []byte) []byte {
	var names []string
	for l := range strings.Lines(string(b)) {
		if f := strings.Fields(l); len(f) == 8 {
			names = append(names, f[7])
		}
	}
	return []byte(strings.Join(names, "\n"))
}
