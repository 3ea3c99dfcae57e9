package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"cordon/e2e/lab"
	"cordon/specimens"
)

type labCmd struct {
	Up   labUpCmd   `cmd:"" help:"Start a network of simulated devices in the background, and say how to scan it."`
	List labListCmd `cmd:"" help:"Show the running lab: who is in it, what was done to each device."`
	Run  labRunCmd  `cmd:"" help:"Run a command where the lab's operator sits."`
	Down labDownCmd `cmd:"" help:"End the lab and remove everything it made, also after it was killed."`
}

// Help is what cordon lab --help adds.
func (c *labCmd) Help() string {
	return `A network of simulated devices on this machine, to try Cordon without a camera. As root, or inside "unshare -Urn", every device is a network namespace with an address of its own on one wire, beside a router, a second network behind it and an outside that plays the internet; nothing leaves the machine. Otherwise the devices are loopback addresses (127.77.0.x) with high ports, and what that cannot show is said.

    cordon lab up                      start it; it prints the command that scans it
    cordon lab list --format json      the truth, and log-in tries, locked accounts, connections
    cordon lab run -- nmap -sV 10.77.0.0/24
    cordon lab down`
}

// labName is the flag by which several labs are told apart.
type labName struct {
	Name string `default:"cordon-lab" help:"Name of the lab and of its namespaces, where several are wanted; it begins with cordon-lab."`
}

// status is that of the lab of this name, which must be up.
func (n labName) status() (lab.Status, error) {
	s, err := lab.At(n.Name)
	if err != nil {
		return lab.Status{}, err
	}
	return s.Status()
}

type labUpCmd struct {
	labName
	Seed       uint64   `help:"Draw names, addresses, serials and passwords from this number (default: a new one, which is printed)."`
	Net        string   `default:"10.77.0.0/24" placeholder:"PREFIX" help:"Network of the lab (${default})."`
	FarNet     string   `default:"10.78.0.0/24" placeholder:"PREFIX" help:"Second network, behind the router (${default})."`
	Models     []string `placeholder:"MODEL" help:"Only these models (default: one device of each)."`
	Behave     []string `placeholder:"DEVICE=BEHAVIOUR" help:"Switch a behaviour of a device on; DEVICE=-BEHAVIOUR off; all= for every device."`
	Place      []string `placeholder:"DEVICE=PLACE" help:"Put a device on the wire, far (behind the router), or at the factory address."`
	Record     string   `placeholder:"FILE" help:"Write a capture of everything on the wire."`
	Mirror     bool     `help:"Give the operator an interface, mirror0, that shows everything on the wire, as a mirror port does."`
	Apart      bool     `help:"Leave the operator's own frames out of capture and mirror: what the devices do by themselves."`
	Foreground bool     `help:"Stay, until Ctrl-C or cordon lab down."`
	Loopback   bool     `help:"Use loopback addresses even as root."`
	PortOffset int      `default:"20000" placeholder:"N" help:"On loopback addresses services listen at their port plus this (${default})."`
	Truth      bool     `help:"Show what must be concluded of each device."`
	Ready      bool     `hidden:""` // tell file 3 when all answer
}

func (c *labUpCmd) Run(e *env) error {
	s, err := lab.At(c.Name)
	if err != nil {
		return err
	}
	if c.Apart && c.Record == "" && !c.Mirror {
		return errors.New("--apart leaves frames out of what --record FILE writes or --mirror shows, and neither was given")
	}
	if c.Seed == 0 {
		c.Seed = rand.Uint64N(1_000_000) + 1
	}
	if c.Foreground {
		return c.foreground(e, s)
	}
	if err := c.background(s); err != nil {
		return err
	}
	st, err := s.Status()
	if err != nil {
		return err
	}
	return writeLab(e, &st, c.Truth)
}

// foreground is the lab's own process.
func (c *labUpCmd) foreground(e *env, s lab.State) error {
	ctx, stop := signal.NotifyContext(e.ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	up := func(l *lab.Lab) {
		st := l.Status()
		writeLab(e, &st, c.Truth)
	}
	var tell *os.File
	if c.Ready {
		tell = os.NewFile(3, "ready")
		defer tell.Close()
		up = func(*lab.Lab) { io.WriteString(tell, upWord); tell.Close() }
	}
	err := c.serve(ctx, s, up)
	if err != nil && tell != nil {
		io.WriteString(tell, err.Error()) // no reader any more, once it is up: then the log has it
	}
	return err
}

// serve builds the lab and runs it to its end.
func (c *labUpCmd) serve(ctx context.Context, s lab.State, up func(*lab.Lab)) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	config.Mirror, config.Apart = c.Mirror, c.Apart
	if c.Record != "" {
		f, err := os.Create(c.Record)
		if err != nil {
			return fmt.Errorf("--record: %w", err)
		}
		defer f.Close()
		config.Record = f
	}
	return s.Serve(ctx, config, up)
}

// config reads the command line.
func (c *labUpCmd) config() (lab.Config, error) {
	config := lab.Config{Seed: c.Seed, Offset: c.PortOffset, Loopback: c.Loopback || os.Geteuid() != 0}
	var err error
	if config.Net, err = netip.ParsePrefix(c.Net); err != nil {
		return config, fmt.Errorf("--net %s: not a network: give one like 10.77.0.0/24", c.Net)
	}
	if config.Far, err = netip.ParsePrefix(c.FarNet); err != nil {
		return config, fmt.Errorf("--far-net %s: not a network: give one like 10.78.0.0/24", c.FarNet)
	}
	if config.Guests, err = c.guests(); err != nil {
		return config, err
	}
	config.Places, err = c.places(config.Guests)
	return config, err
}

// guests builds the devices, with their behaviours switched.
func (c *labUpCmd) guests() ([]lab.Guest, error) {
	models, err := specimens.Models()
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range models {
		names = append(names, models[i].Name)
	}
	for _, m := range c.Models {
		if !slices.Contains(names, m) {
			return nil, fmt.Errorf("--models: no model is called %s: %s", m, strings.Join(names, ", "))
		}
	}
	if len(c.Models) > 0 {
		models = slices.DeleteFunc(models, func(m specimens.Model) bool { return !slices.Contains(c.Models, m.Name) })
	}
	devices, err := lab.Build(models, c.Seed)
	if err != nil {
		return nil, err
	}
	if err := c.behave(devices); err != nil {
		return nil, err
	}
	var all []lab.Guest
	for _, d := range devices {
		all = append(all, d)
	}
	return all, nil
}

// behave switches behaviours as the command line says.
func (c *labUpCmd) behave(devices []*lab.Device) error {
	for _, b := range c.Behave {
		name, what, ok := strings.Cut(b, "=")
		what, off := strings.CutPrefix(what, "-")
		if known := lab.Behaviours(); !ok || !slices.Contains(known, lab.Behaviour(what)) {
			return fmt.Errorf("--behave %s: write DEVICE=BEHAVIOUR, of which there are %s", b, listed(known))
		}
		hit := false
		for _, d := range devices {
			if name == "all" || name == d.Name() {
				d.Switch(lab.Behaviour(what), !off)
				hit = true
			}
		}
		if !hit {
			return fmt.Errorf("--behave %s: no device is called %s", b, name)
		}
	}
	return nil
}

func listed[T ~string](of []T) string {
	var all []string
	for _, x := range of {
		all = append(all, string(x))
	}
	return strings.Join(all, ", ")
}

// places reads --place.
func (c *labUpCmd) places(guests []lab.Guest) (map[string]lab.Place, error) {
	all := map[string]lab.Place{}
	for _, p := range c.Place {
		name, where, _ := strings.Cut(p, "=")
		if !slices.Contains([]lab.Place{lab.OnWire, lab.BehindFar, lab.Unset}, lab.Place(where)) {
			return nil, fmt.Errorf("--place %s: write DEVICE=wire, DEVICE=far or DEVICE=factory", p)
		}
		if !slices.ContainsFunc(guests, func(g lab.Guest) bool { return g.Truth().Name == name }) {
			return nil, fmt.Errorf("--place %s: no device is called %s", p, name)
		}
		all[name] = lab.Place(where)
	}
	return all, nil
}

// upWord is what the lab's process says when all devices answer; anything else is what went wrong.
const upWord = "up"

// background starts this program again, apart from the terminal, and waits until its devices answer.
func (c *labUpCmd) background(s lab.State) error {
	if _, err := s.Status(); err == nil {
		return fmt.Errorf("lab %s: %w: see cordon lab list, end it with cordon lab down", s.Name, lab.ErrUp)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := s.OpenLog()
	if err != nil {
		return err
	}
	defer s.Tidy()
	defer log.Close()
	heard, told, err := os.Pipe()
	if err != nil {
		return err
	}
	defer heard.Close()
	child := &exec.Cmd{Path: program, Args: append([]string{os.Args[0]}, c.again()...), Stdout: log, Stderr: log,
		ExtraFiles: []*os.File{told}, SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	err = child.Start()
	told.Close()
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	said, err := io.ReadAll(heard)
	switch {
	case err == nil && string(said) == upWord:
		return child.Process.Release()
	case len(said) > 0:
		child.Wait()
		return errors.New(string(said))
	}
	return fmt.Errorf("lab: its process ended at once (%v): %s", child.Wait(), firstLine(s.Log()))
}

// firstLine is the first line of a file, for people.
func firstLine(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return "it left no log"
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// again is the command line of the lab's own process.
func (c *labUpCmd) again() []string {
	args := []string{"lab", "up", "--foreground", "--ready", "--name=" + c.Name, fmt.Sprintf("--seed=%d", c.Seed), "--net=" + c.Net, "--far-net=" + c.FarNet,
		fmt.Sprintf("--port-offset=%d", c.PortOffset)}
	if c.Loopback {
		args = append(args, "--loopback")
	}
	if c.Record != "" {
		args = append(args, "--record="+c.Record)
	}
	if c.Mirror {
		args = append(args, "--mirror")
	}
	if c.Apart {
		args = append(args, "--apart")
	}
	for flag, values := range map[string][]string{"--models=": c.Models, "--behave=": c.Behave, "--place=": c.Place} {
		for _, v := range values {
			args = append(args, flag+v)
		}
	}
	return args
}

type labListCmd struct {
	labName
	Format string `default:"table" enum:"table,json" help:"table, or json with the truth and all counters."`
	Truth  bool   `help:"Show what must be concluded of each device."`
}

func (c *labListCmd) Run(e *env) error {
	st, err := c.status()
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return writeJSON(e.stdout, st)
	}
	return writeLab(e, &st, c.Truth)
}

type labDownCmd struct{ labName }

func (c *labDownCmd) Run(e *env) error {
	s, err := lab.At(c.Name)
	if err != nil {
		return err
	}
	if err := s.Down(); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "Lab %s is down; nothing of it is left.\n", s.Name)
	return nil
}

type labRunCmd struct {
	labName
	Command []string `arg:"" passthrough:"" help:"The command and its arguments."`
}

func (c *labRunCmd) Run(e *env) error {
	st, err := c.status()
	if err != nil {
		return err
	}
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return errors.New("lab run: name a command, for instance cordon lab run -- ip neigh")
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	if err := st.Enter(); err != nil {
		return err
	}
	return fmt.Errorf("lab run: %s: %w", program, syscall.Exec(program, command, os.Environ()))
}
