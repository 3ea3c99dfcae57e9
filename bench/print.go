package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// printMachine says on what the figures were made, and how busy it was.
func printMachine(w io.Writer, tools []tool, missing []string) {
	model := found("/proc/cpuinfo", `(?m)^model name\s*:\s*(.*)$`)
	load := found("/proc/loadavg", `^(\S+)`)
	fmt.Fprintf(w, "\n%s, %d CPUs (%s), %s, load %s at the start, %s\n\n", time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), model, runtime.Version(), load, version(tools))
	if n, err := strconv.ParseFloat(load, 64); err == nil && n > 0.5 {
		fmt.Fprint(w, "**The machine is busy: these figures are worse than it can do.**\n\n")
	}
	for _, name := range missing {
		fmt.Fprintf(w, "%s: skipped, not installed\n\n", name)
	}
}

// version asks the subject what it is.
func version(tools []tool) string {
	for _, t := range tools {
		if t.name == subject {
			out, _ := exec.Command(t.command[0], "--version").Output()
			return strings.TrimSpace(string(out))
		}
	}
	return ""
}

// found gives the first group of a pattern in a file, or "unknown".
func found(path, pattern string) string {
	text, _ := os.ReadFile(path)
	if m := regexp.MustCompile(pattern).FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return "unknown"
}

// printCapture prints what each tool took for a capture.
func printCapture(w io.Writer, m measured) {
	fmt.Fprintf(w, "### %s\n\n%s packets, %s MB, %s flows, %s hosts; medians of %d interleaved runs\n\n", m.name, thousands(m.truth.Packets),
		thousands(m.truth.Bytes/1e6), thousands(m.truth.Flows), thousands(m.truth.Hosts), len(m.results[0].runs))
	fmt.Fprintf(w, "| tool | CPU s (least to most) | elapsed s | peak MiB | Mpkt / CPU s | Gbit / CPU s | CPU against %s |\n|---|---|---|---|---|---|---|\n", rival)
	base, known := m.of(rival)
	for _, r := range m.results {
		if r.failed() {
			last := r.runs[len(r.runs)-1]
			fmt.Fprintf(w, "| %s | failed with exit status %d: %s | | | | | |\n", r.tool.name, last.exit, oneLine(last.said))
			continue
		}
		printRow(w, m.truth, r, base, known)
	}
	fmt.Fprintln(w)
}

func printRow(w io.Writer, t truth, r, base result, known bool) {
	cpu := r.cpu()
	mid := median(cpu).Seconds()
	ratio := ""
	if known {
		ratio = fmt.Sprintf("%.3f", mid/median(base.cpu()).Seconds())
	}
	fmt.Fprintf(w, "| %s | %.3f (%.3f to %.3f) | %.2f | %s | %.2f | %.2f | %s |\n", r.tool.name, mid, cpu[0].Seconds(), cpu[len(cpu)-1].Seconds(),
		median(r.wall()).Seconds(), mebi(r.peak()), float64(t.Packets)/mid/1e6, float64(t.Bytes)*8/mid/1e9, ratio)
}

// printTargets prints what was reached, and what was counted wrong.
func printTargets(w io.Writer, targets []target, wrong []string) {
	fmt.Fprint(w, "### Targets\n\n| capture | target | reached | |\n|---|---|---|---|\n")
	for _, t := range targets {
		verdict := "FAIL"
		if t.met {
			verdict = "PASS"
		} else if !t.known {
			verdict = "?"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", t.capture, t.want, t.got, verdict)
	}
	verdict := "PASS"
	if len(wrong) > 0 {
		verdict = "FAIL"
	}
	fmt.Fprintf(w, "| all | packets, bytes and flows per application equal the generator's truth | %d differences | %s |\n", len(wrong), verdict)
	if len(wrong) > 0 {
		fmt.Fprint(w, "\nCounted otherwise than the generator:\n\n")
	}
	for _, one := range wrong {
		fmt.Fprintln(w, "-", one)
	}
	fmt.Fprintf(w, "\nThe harness itself reached %s MiB; no row can show less, as a child starts with its parent's memory.\n", ownPeak())
}

// ownPeak is the most memory that this process had resident, in MiB (proc(5), VmHWM).
func ownPeak() string {
	kib, err := strconv.ParseInt(found("/proc/self/status", `(?m)^VmHWM:\s*(\d+) kB$`), 10, 64)
	if err != nil {
		return "an unknown number of"
	}
	return mebi(kib << 10)
}

func mebi(bytes int64) string { return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 0, 64) }

// thousands writes a whole number in groups of three digits.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// oneLine fits text into a cell of a table.
func oneLine(s string) string {
	return strings.NewReplacer("|", "/", "\n", "; ").Replace(s)
}
