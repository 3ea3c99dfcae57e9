// Command live measures the live sensor: it replays a capture at a steady rate over a pair of
// veth interfaces to `cordon sensor`, and then lets 100,000 made-up hosts scan, and prints
// what the kernel dropped, which share of one core the sensor took, and its memory. It needs
// root, and makes everything in a network namespace that goes with it.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// The bars of the project.
const (
	mostShare  = 0.15 // of one core at 1 Gbit/s
	mostMemory = 300  // MiB, while 100,000 hosts scan
)

type options struct {
	cordon, capture string
	rate            float64
	seconds, hosts  int
	inside          bool
}

func main() {
	var o options
	flag.StringVar(&o.cordon, "cordon", "bin/cordon", "the `program` to measure")
	flag.StringVar(&o.capture, "capture", "", "the `capture` to replay (Ethernet)")
	flag.Float64Var(&o.rate, "gbit", 1, "rate of the replay in `Gbit/s`")
	flag.IntVar(&o.seconds, "seconds", 20, "`seconds` of replay")
	flag.IntVar(&o.hosts, "hosts", 100_000, "made-up `hosts` that scan")
	flag.BoolVar(&o.inside, "inside", false, "for the program itself: the namespace is there")
	flag.Parse()
	if os.Geteuid() != 0 {
		fmt.Println("bench: skipped, it needs root to make a network namespace")
		return
	}
	run := apart
	if o.inside {
		run = measure
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// apart runs the program again in a network namespace of its own, which the kernel removes
// with the last process in it.
func apart(options) error {
	runtime.LockOSThread() // Pdeathsig goes by thread
	c := exec.Command("/proc/self/exe", append(os.Args[1:], "-inside")...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	return c.Run()
}

func measure(o options) error {
	pair, err := newPair()
	if err != nil {
		return err
	}
	fmt.Printf("cordon sensor on a veth pair; %d cores; load %s\n\n", runtime.NumCPU(), load())
	fmt.Println("| work | frames sent | Gbit/s | heard | kernel drops | share of a core | memory | records | left out | bytes a record | |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")
	if o.capture == "" {
		fmt.Println("| no capture: nothing replayed | | | | | | | | | | |")
	} else if err := replay(o, pair); err != nil {
		return fmt.Errorf("replay %s: %w", filepath.Base(o.capture), err)
	}
	return scan(o, pair)
}

// replay measures the sensor while a capture is sent at a steady rate.
func replay(o options, pair *pair) error {
	s, err := start(o.cordon, pair.in)
	if err != nil {
		return err
	}
	sent, err := pair.replay(o.capture, o.rate*1e9, time.Duration(o.seconds)*time.Second)
	if err != nil {
		return err
	}
	r, err := s.end(sent)
	if err != nil {
		return err
	}
	r.print(fmt.Sprintf("%s at %g Gbit/s", filepath.Base(o.capture), o.rate), r.lost() == 0 && r.share() <= mostShare)
	return nil
}

// scan measures it while made-up hosts scan.
func scan(o options, pair *pair) error {
	s, err := start(o.cordon, pair.in)
	if err != nil {
		return err
	}
	sent, err := pair.scan(o.hosts)
	if err != nil {
		return err
	}
	r, err := s.end(sent)
	if err != nil {
		return err
	}
	r.print(fmt.Sprintf("%d hosts scan", o.hosts), r.lost() == 0 && r.memory <= mostMemory)
	return nil
}

func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	if len(b) < 4 {
		return "unknown"
	}
	return string(b[:4])
}
