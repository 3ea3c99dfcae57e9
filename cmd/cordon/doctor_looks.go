package main

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func lookConfig(p *patient) symptom {
	switch {
	case p.err != nil:
		return symptom{broken, p.err.Error(), "correct the file; cordon config prints what is understood"}
	case len(p.config.Sites) == 0:
		return symptom{impaired, "no [[site]] is named: what is inside is inferred, and nothing is scanned", "name your networks: [[site]] name = \"hq\", networks = [\"10.0.8.0/24\"]"}
	}
	return symptom{well, fmt.Sprintf("%d sites, %d networks", len(p.config.Sites), len(p.config.networks())), ""}
}

// landlockABI asks the kernel which version of Landlock it has, 0 for none (landlock(7)).
func landlockABI() int {
	const version = 1 // LANDLOCK_CREATE_RULESET_VERSION
	n, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, version)
	if errno != 0 {
		return 0
	}
	return int(n)
}

func lookKernel(*patient) symptom {
	var u unix.Utsname
	unix.Uname(&u)
	release := unix.ByteSliceToString(u.Release[:])
	if abi := landlockABI(); abi > 0 {
		return symptom{well, fmt.Sprintf("Linux %s, Landlock version %d", release, abi), ""}
	}
	return symptom{impaired, fmt.Sprintf("Linux %s has no Landlock: the processes are not shut into their directories", release), "use a kernel from 5.13 on with lsm=landlock"}
}

func lookPrivilege(*patient) symptom {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		return symptom{impaired, fmt.Sprintf("may not be opened (%v): no listening on interfaces, no ARP sweep", err), "run as root or by the systemd unit, or: setcap cap_net_raw+ep " + self()}
	}
	unix.Close(fd)
	return symptom{well, "may be opened", ""}
}

func lookInterfaces(p *patient) symptom {
	names := slices.Concat(slices.Collect(maps.Values(p.config.ears()))...)
	if len(names) == 0 {
		return symptom{impaired, "none is named: only flow exports, logs and scans are heard", "interfaces = [\"eth1\"]; here there are: " + strings.Join(interfaceNames(), ", ")}
	}
	var says []string
	worst := symptom{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		ifi, err := net.InterfaceByName(name)
		switch {
		case err != nil:
			worst = symptom{broken, "", "there is no " + name + "; here there are: " + strings.Join(interfaceNames(), ", ")}
			says = append(says, name+" missing")
		case ifi.Flags&net.FlagUp == 0:
			worst = symptom{impaired, "", "ip link set " + name + " up"}
			says = append(says, name+" down")
		default:
			says = append(says, fmt.Sprintf("%s up, %s packets so far", name, received(name)))
		}
	}
	worst.says = strings.Join(says, "; ")
	return worst
}

func interfaceNames() []string {
	all, _ := net.Interfaces()
	var names []string
	for _, i := range all {
		if i.Flags&net.FlagLoopback == 0 {
			names = append(names, i.Name)
		}
	}
	slices.Sort(names)
	return names
}

// received is the kernel's own count of what came in.
func received(name string) string {
	b, err := os.ReadFile(filepath.Join("/sys/class/net", name, "statistics", "rx_packets"))
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

// roomWanted is how much the store may need before anybody looks again: a thousand cameras for a year.
const roomWanted = 4 << 30

func lookData(p *patient) symptom {
	dir := p.config.Data
	have := existing(dir)
	if unix.Access(have, unix.W_OK) != nil {
		return symptom{broken, have + " may not be written", fmt.Sprintf("mkdir -p %s && chown %d %s, or name another directory: data = \"...\"", dir, os.Geteuid(), dir)}
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(have, &fs); err != nil {
		return symptom{broken, err.Error(), ""}
	}
	free := fs.Bavail * uint64(fs.Bsize)
	says := fmt.Sprintf("%s, %.1f GiB free", dir, float64(free)/(1<<30))
	if free < roomWanted {
		return symptom{impaired, says, "make room, or name another directory: data = \"...\"; when the disk is full nothing new is kept"}
	}
	return symptom{well, says, ""}
}

// existing is the deepest directory above and with dir that there is.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// lookClock asks the kernel whether somebody keeps the clock right (adjtimex(2)).
func lookClock(*patient) symptom {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	now := time.Now().Format(time.DateTime + " MST")
	if err != nil || state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0 {
		return symptom{impaired, now + ", kept right by nobody", "run a time client (systemd-timesyncd, chrony): alarms and claims carry these times"}
	}
	return symptom{well, now + ", synchronised", ""}
}

// bufferWanted holds a second of a busy NetFlow exporter.
const bufferWanted = 4 << 20

func lookBuffers(*patient) symptom {
	b, err := os.ReadFile("/proc/sys/net/core/rmem_max")
	var n int
	if err == nil {
		fmt.Sscan(string(b), &n)
	}
	if n < bufferWanted {
		return symptom{impaired, fmt.Sprintf("a socket may hold %d KiB: bursts of flow exports may be lost", n>>10), fmt.Sprintf("sysctl -w net.core.rmem_max=%d", bufferWanted)}
	}
	return symptom{well, fmt.Sprintf("up to %d KiB a socket", n>>10), ""}
}

func lookKnowledge(p *patient) symptom {
	k, err := p.config.knowledge("")
	if err != nil {
		return symptom{broken, err.Error(), "cordon knowledge check says more"}
	}
	return symptom{well, k.Version, ""}
}

// lookPDF looks for what makes PDF files of reports.
func lookPDF(*patient) symptom {
	path, err := browser()
	if err != nil {
		return symptom{impaired, "no Chromium: reports are made as HTML and JSON, not as PDF", "apt install chromium, or print the HTML from a browser"}
	}
	return symptom{well, path, ""}
}
