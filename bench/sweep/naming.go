package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"

	"cordon/e2e/lab"
	"cordon/specimens"
)

// devices is how many are to be named, and within how many seconds where.
const devices = 20

var namingSeconds = map[string]float64{"near": 8, "far": 30}

// The lab's networks and name here: others may have one of their own up.
var (
	nearNet = netip.MustParsePrefix("10.132.0.0/24")
	farNet  = netip.MustParsePrefix("10.133.0.0/24")
)

const labName = lab.DefaultName + "-bench"

// measureNaming has cordon name the devices of a lab, and nmap -sV as well as it can.
func measureNaming(ctx context.Context, s settings, part string, w io.Writer) ([]bar, error) {
	l, err := furnish(s, part)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	st := l.Status()
	network := nearNet
	if part == "far" {
		network = farNet
	}
	var runs []cost
	var told []naming
	for turn := range s.repeats {
		fmt.Fprintf(os.Stderr, "%s, turn %d of %d: %s\n", part, turn+1, s.repeats, polite)
		c, err := spend(ctx, st.Start, []string{s.cordon, "scan", "--quiet", "--format", "json", "--fail-on", "never", network.String()}, true)
		if err != nil {
			return nil, err
		}
		runs = append(runs, c)
		told = append(told, readNamed(c.out, st))
	}
	printNaming(w, part, runs, told)
	if s.rivals {
		if err := nameByRival(ctx, part, st, network, w); err != nil {
			return nil, err
		}
	}
	return judgeNaming(part, runs, told), nil
}

// aside is a model that is left at its factory address: the lab leaves one of its maker there in any case.
const aside = "hikvision-white-label"

// furnish builds the lab: the first devices by name, all in the same place, and one at its factory address.
func furnish(s settings, part string) (*lab.Lab, error) {
	models, err := specimens.Models()
	if err != nil {
		return nil, err
	}
	all, err := lab.Build(models, s.seed)
	if err != nil {
		return nil, err
	}
	place := lab.OnWire
	if part == "far" {
		place = lab.BehindFar
	}
	c := lab.Config{Name: labName, Seed: s.seed, Net: nearNet, Far: farNet, Places: map[string]lab.Place{aside: lab.Unset}}
	for _, d := range all {
		if d.Name() == aside {
			c.Guests = append(c.Guests, d)
		} else if len(c.Places) <= devices {
			c.Guests = append(c.Guests, d)
			c.Places[d.Name()] = place
		}
	}
	if len(c.Places) != devices+1 {
		return nil, fmt.Errorf("the lab has %d models, %d are needed", len(models), devices+1)
	}
	return lab.Up(c)
}

// naming is how many devices a run found and named as they are.
type naming struct {
	found, named int
	wrong        []string // what is not as it should be
	problem      string   // the output could not be read
}

// told is what is read of cordon's JSON.
type told struct{ Devices []toldDevice }

type toldDevice struct {
	Addresses []string
	Identity  struct{ Class, Maker belief }
}

type belief struct{ Value, Key string }

// is reports whether a belief is right: nothing is believed of what cannot be known.
func (b belief) is(allowed ...string) bool {
	said := b.Key
	if said == "" {
		said = b.Value
	}
	return slices.Contains(allowed, said) || said == "" && slices.Contains(allowed, "unknown")
}

// readNamed holds cordon's JSON to the truth of the lab: class and maker.
func readNamed(out string, st lab.Status) naming {
	var n naming
	var t told
	if err := json.Unmarshal([]byte(out), &t); err != nil {
		n.problem = err.Error()
		return n
	}
	for _, seat := range st.Devices {
		if seat.Place == lab.Unset {
			continue
		}
		i := slices.IndexFunc(t.Devices, func(d toldDevice) bool { return slices.Contains(d.Addresses, seat.Addr.String()) })
		if i < 0 {
			n.wrong = append(n.wrong, seat.Truth.Name+" is not found")
			continue
		}
		n.found++
		id := t.Devices[i].Identity
		if id.Class.is(seat.Truth.Class...) && (seat.Truth.Maker == "" || id.Maker.is(seat.Truth.Maker)) {
			n.named++
			continue
		}
		n.wrong = append(n.wrong, fmt.Sprintf("%s at %v is called %q of %q, and is %s of %s", seat.Truth.Name, seat.Addr, id.Class.Value, id.Maker.Key, strings.Join(seat.Truth.Class, " or "), seat.Truth.Maker))
	}
	return n
}

// printNaming prints cordon's runs.
func printNaming(w io.Writer, part string, runs []cost, told []naming) {
	r := result{runs: runs}
	wall := r.walls()
	worst := slices.MinFunc(told, func(a, b naming) int { return a.named - b.named })
	var conns int
	for _, c := range runs {
		conns = max(conns, c.seen.Connections)
	}
	fmt.Fprintf(w, "\n### %s: a /24 with %d devices to name; %d turns\n\n", part, devices, len(runs))
	fmt.Fprintln(w, "| tool | seconds (least to most) | CPU s | peak MiB | frames | connections | found | named |\n|---|---|---|---|---|---|---|---|")
	fmt.Fprintf(w, "| %s | %.2f (%.2f to %.2f) | %.2f | %d | %d | %d | %d | %d |\n", polite, median(wall).Seconds(), wall[0].Seconds(), wall[len(wall)-1].Seconds(),
		median(r.cpus()).Seconds(), r.peak()>>20, median(r.frames()), conns, worst.found, worst.named)
}

var serviceNamed = regexp.MustCompile(`(?m)^\d+/tcp\s+open\s+\S+ +\S`)

// nameByRival has nmap say what serves on the ports that are open anywhere in the lab: it is told which, once.
func nameByRival(ctx context.Context, part string, st lab.Status, n netip.Prefix, w io.Writer) error {
	open := map[uint16]bool{}
	for _, d := range st.Devices {
		for _, p := range d.Truth.Open {
			open[p] = true
		}
	}
	var list []uint16
	for p := range open {
		list = append(list, p)
	}
	slices.Sort(list)
	fmt.Fprintf(os.Stderr, "%s: nmap -sV\n", part)
	c, err := spend(ctx, st.Start, []string{"nmap", "-n", "-sV", "-T4", "--open", "-p", portList(list), n.String()}, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "| nmap -sV | %.2f | %.2f | %d | %d | | %d | %d services with a product |\n", c.wall.Seconds(), c.cpu.Seconds(), c.peak>>20, c.seen.Frames,
		strings.Count(c.out, "Nmap scan report for"), len(serviceNamed.FindAllString(c.out, -1)))
	return nil
}

func judgeNaming(part string, runs []cost, told []naming) []bar {
	least, found, failed := devices, devices, 0
	said := ""
	for i, t := range told {
		found = min(found, t.found)
		if t.named < least {
			least, said = t.named, strings.Join(append(t.wrong, t.problem), "; ")
		}
		if runs[i].exit != 0 {
			failed++
		}
	}
	bars := []bar{
		{part + ": devices found", fmt.Sprint(devices), fmt.Sprint(found), found == devices, true},
		{part + ": devices named", fmt.Sprint(devices), strings.TrimRight(fmt.Sprintf("%d: %s", least, said), ": ;"), least == devices, false},
		{part + ": runs that failed", "0", fmt.Sprint(failed), failed == 0, true},
		within(part, namingSeconds[part], median(result{runs: runs}.walls()).Seconds()),
	}
	return append(bars, judgePace(part, runs)...)
}
