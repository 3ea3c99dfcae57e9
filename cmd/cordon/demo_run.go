package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"cordon/e2e/lab"
)

// demoConfig is what cordon run is given in the demo: the lab as a site, its mirror port, and a
// scan at once.
const demoConfig = `# the demo's own: cordon demo writes it anew
data = %q
socket = %q
interfaces = [%q]
learning = "0s" # or nothing would be new in the first day
page.listen = %q

[scan]
every = "24h"

[[site]]
name = "lab"
networks = ["10.77.0.0/24", "10.78.0.0/24"]
`

// stay lets cordon run listen to the lab for a while, with a store that is thrown away, and then
// asks it what it knows.
func (c *demoCmd) stay(e *env) error {
	dir, err := os.MkdirTemp("", "cordon-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	way, err := c.way()
	if err != nil {
		return err
	}
	defer way.Close()
	config, socket := filepath.Join(dir, "cordon.toml"), filepath.Join(dir, "cordon.sock")
	if err := os.WriteFile(config, fmt.Appendf(nil, demoConfig, filepath.Join(dir, "data"), socket, lab.MirrorPort, way.Addr().String()), 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.For)
	long := c.For.String()
	if c.Stay {
		ctx, cancel = context.WithCancel(e.ctx)
		long = "until Ctrl-C"
	}
	defer cancel()
	fmt.Fprintf(e.stdout, "\n$ cordon run --config %s        # on the lab's mirror port: %s\n\n", config, long)
	if !c.Stay {
		fmt.Fprintf(e.stdout, "The link that it prints opens its page in a browser of this machine; cordon demo --stay leaves you the time to look.\n")
	}
	p := exec.Command(self(), "lab", "run", "--name", demoLab, "--", self(), "run", "--config", config)
	p.Env = append(os.Environ(), "RUNTIME_DIRECTORY="+dir)
	p.Stdout, p.Stderr = e.stdout, e.stderr
	if err := p.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case err := <-ended:
		return fmt.Errorf("cordon run: ended early: %w", err)
	case <-ctx.Done():
	}
	asked := e.ctx.Err()
	if c.Stay {
		asked = nil // it is how it ends
	} else if asked == nil {
		asked = errors.Join(c.cordon(e, "devices", "--socket", socket), c.cordon(e, "alarms", "--socket", socket))
	}
	p.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(2 * stopsWithin):
		p.Process.Kill()
		<-ended
	}
	return asked
}
