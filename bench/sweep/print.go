package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// printMachine says on what the figures were made, and how busy it was.
func printMachine(w io.Writer, s settings) {
	load, _ := os.ReadFile("/proc/loadavg")
	version, _ := exec.Command(s.cordon, "--version").Output()
	first, _, _ := strings.Cut(string(load), " ")
	fmt.Fprintf(w, "\n%s, %d CPUs, %s, %s, load %s at the start\n\n", time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), runtime.Version(), strings.TrimSpace(string(version)), first)
	if len(first) > 0 && first > "1" {
		fmt.Fprint(w, "**The machine is busy: times are longer than it can do.**\n\n")
	}
}

// printFinding prints what each tool took to find hosts and ports, and what it found.
func printFinding(w io.Writer, part string, n netip.Prefix, all []result) {
	hosts, open := 0, 0
	for _, list := range truth(n) {
		hosts, open = hosts+1, open+len(list)
	}
	fmt.Fprintf(w, "\n### %s: %d addresses, %d hosts, %d open ports; %d turns\n\n", part, addresses(n), hosts, open, len(all[0].runs))
	fmt.Fprintln(w, "| tool | seconds (least to most) | CPU s | peak MiB | frames | an address | hosts | open ports | seconds, CPU, frames against nmap |\n|---|---|---|---|---|---|---|---|---|")
	base, known := of(all, rival)
	for _, r := range all {
		wall, cpu, frames := r.walls(), median(r.cpus()).Seconds(), r.frames()
		h, o := r.least()
		ratio := ""
		if known {
			ratio = fmt.Sprintf("%.2f, %.2f, %.2f", median(wall).Seconds()/median(base.walls()).Seconds(), cpu/median(base.cpus()).Seconds(), float64(median(frames))/float64(median(base.frames())))
		}
		fmt.Fprintf(w, "| %s | %.2f (%.2f to %.2f) | %.2f | %d | %d | %.2f | %d | %d | %s |\n", r.tool.name, median(wall).Seconds(), wall[0].Seconds(), wall[len(wall)-1].Seconds(),
			cpu, r.peak()>>20, median(frames), float64(median(frames))/float64(addresses(n)), h, o, ratio)
	}
	fmt.Fprintln(w)
	for _, r := range all {
		printWrong(w, r)
	}
}

// printWrong lists what went wrong in the runs of a tool, a few of each.
func printWrong(w io.Writer, r result) {
	for i, s := range r.scores {
		if len(s.missed) > 0 {
			fmt.Fprintf(w, "- %s, turn %d: missed %d: %s\n", r.tool.name, i+1, len(s.missed), strings.Join(s.missed[:min(len(s.missed), 8)], " "))
		}
		if len(s.wrong) > 0 {
			fmt.Fprintf(w, "- %s, turn %d: invented %d: %s\n", r.tool.name, i+1, len(s.wrong), strings.Join(s.wrong[:min(len(s.wrong), 8)], " "))
		}
		if c := r.runs[i]; c.exit != 0 || r.tool.name != rival && c.said != "" {
			fmt.Fprintf(w, "- %s, turn %d: exit status %d: %s\n", r.tool.name, i+1, c.exit, c.said)
		}
	}
}

// printBars prints what was reached.
func printBars(w io.Writer, bars []bar) {
	fmt.Fprint(w, "\n### Bars\n\n| what | bar | reached | |\n|---|---|---|---|\n")
	for _, b := range bars {
		verdict := "FAIL"
		if b.met {
			verdict = "PASS"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", b.what, b.want, b.got, verdict)
	}
}
