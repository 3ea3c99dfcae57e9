package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// result holds the runs of one tool.
type result struct {
	tool   tool
	runs   []cost
	scores []score
}

// score holds what a run found against the truth.
type score struct {
	hosts, open   int // found, and true
	missed, wrong []string
}

// measureFinding has every tool find the hosts of one network of the farm, in turn.
func measureFinding(ctx context.Context, s settings, part string, w io.Writer) ([]bar, error) {
	network := flat
	if part == "routed" {
		network = routed
	}
	var all []result
	for _, t := range finders(s) {
		all = append(all, result{tool: t})
	}
	for turn := range s.repeats {
		for i := range all {
			r := &all[i]
			fmt.Fprintf(os.Stderr, "%s, turn %d of %d: %s\n", part, turn+1, s.repeats, r.tool.name)
			forgetNeighbours()
			c, err := spend(ctx, here, filled(r.tool.command, network), r.tool.pace)
			if err != nil {
				return nil, err
			}
			r.runs = append(r.runs, c)
			r.scores = append(r.scores, grade(r.tool.read(c.out), truth(network)))
		}
	}
	printFinding(w, part, network, all)
	return judgeFinding(part, network, all), nil
}

// forgetNeighbours has every run start without the kernel's knowledge of MACs.
func forgetNeighbours() { exec.Command("ip", "neigh", "flush", "dev", "eth0").Run() }

func filled(command []string, n netip.Prefix) []string {
	var all []string
	for _, a := range command {
		all = append(all, strings.ReplaceAll(a, "{net}", n.String()))
	}
	return all
}

// grade holds what was found to the truth.
func grade(found, true map[netip.Addr][]uint16) score {
	var s score
	for a, open := range true {
		got, known := found[a]
		if !known {
			s.missed = append(s.missed, a.String())
			continue
		}
		s.hosts++
		for _, p := range open {
			if slices.Contains(got, p) {
				s.open++
			} else {
				s.missed = append(s.missed, netip.AddrPortFrom(a, p).String())
			}
		}
	}
	for a, got := range found {
		open, alive := true[a]
		if !alive && a != operator {
			s.wrong = append(s.wrong, a.String())
		}
		for _, p := range got {
			if alive && !slices.Contains(open, p) {
				s.wrong = append(s.wrong, netip.AddrPortFrom(a, p).String())
			}
		}
	}
	slices.Sort(s.missed)
	slices.Sort(s.wrong)
	return s
}

// operator is where the tools run; nmap reports it too.
var operator = netip.MustParseAddr("10.130.15.254")

// of finds the results of a tool.
func of(all []result, name string) (result, bool) {
	i := slices.IndexFunc(all, func(r result) bool { return r.tool.name == name })
	if i < 0 {
		return result{}, false
	}
	return all[i], true
}

// walls, cpus and the like are in ascending order.
func (r result) walls() []time.Duration {
	return sorted(r.runs, func(c cost) time.Duration { return c.wall })
}
func (r result) cpus() []time.Duration {
	return sorted(r.runs, func(c cost) time.Duration { return c.cpu })
}
func (r result) frames() []int {
	return sorted(r.runs, func(c cost) int { return c.seen.Frames })
}

func sorted[T interface{ ~int | ~int64 }](runs []cost, of func(cost) T) []T {
	var all []T
	for _, c := range runs {
		all = append(all, of(c))
	}
	slices.Sort(all)
	return all
}

// median of what is in ascending order; of two in the middle the lower.
func median[T any](list []T) T { return list[(len(list)-1)/2] }

func (r result) peak() int64 {
	var most int64
	for _, c := range r.runs {
		most = max(most, c.peak)
	}
	return most
}

// least is the fewest hosts and ports that a run found.
func (r result) least() (hosts, open int) {
	hosts, open = r.scores[0].hosts, r.scores[0].open
	for _, s := range r.scores {
		hosts, open = min(hosts, s.hosts), min(open, s.open)
	}
	return hosts, open
}
