package sensor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// leasesSource: the lease file of a DHCP server: ISC dhcpd, dnsmasq or Kea.
var leasesSource = &sourceKind{
	Name:    "leases",
	Options: []string{"path", "format"},
	New:     newLeasesSource,
}

// leaseFile reads a lease file whole whenever it changed: servers write it anew, or append
// and tidy up later. What was told once is not told again until it changes.
type leaseFile struct {
	*sourceState
	path string
	read *leases
	last os.FileInfo
}

// maxLeases bounds a lease file, in bytes: a lease takes some 300 bytes, appended at every renewal.
const maxLeases = 64 << 20

func newLeasesSource(c SourceConfig, env Env) (Source, error) {
	if c.Path == "" {
		return nil, fmt.Errorf(`source leases: say which file, path = "/var/lib/misc/dnsmasq.leases"`)
	}
	if _, ok := leaseFormats[c.Format]; !ok && c.Format != "" {
		return nil, fmt.Errorf("source leases: format = %q: say dhcpd, dnsmasq or kea, or leave it out", c.Format)
	}
	name := c.Name
	if name == "" {
		name = "leases " + c.Path
	}
	state := newSourceState("dhcp", name)
	return &leaseFile{sourceState: state, path: c.Path, read: newLeases(newTeller(env, name, state), c.Format)}, nil
}

// Run implements Source.
func (l *leaseFile) Run(ctx context.Context) error {
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	for {
		l.poll()
		select {
		case <-ctx.Done():
			l.down("stopped")
			return nil
		case <-t.C:
		}
	}
}

func (l *leaseFile) poll() {
	fi, err := os.Stat(l.path)
	if err != nil {
		l.last = nil
		l.down(fmt.Sprintf("%v: it is looked for every second; where the address server keeps its leases, its own documentation says", err))
		return
	}
	if l.last != nil && os.SameFile(l.last, fi) && l.last.Size() == fi.Size() && l.last.ModTime().Equal(fi.ModTime()) {
		return
	}
	f, err := os.Open(l.path)
	if err != nil {
		l.down(fmt.Sprintf("%v: let Cordon's user read it", err))
		return
	}
	defer f.Close()
	if err := readLines(io.LimitReader(f, maxLeases), l.read, l.sourceState, time.Now().UnixNano()); err != nil {
		l.down(err.Error())
		return
	}
	l.last = fi
	l.up("")
}

// readLines passes a whole file on. now is the time for what does not say when, 0 where
// nothing may be assumed.
func readLines(r io.Reader, read lineReader, s *sourceState, now int64) error {
	read.begin()
	l := liner{refuse: s.refused, take: func(b []byte) {
		s.came(1, len(b)+1)
		if !read.head(b) && read.line(b, now) != nil {
			s.refused()
		}
	}}
	br := bufio.NewReaderSize(r, readSize)
	b := make([]byte, readSize)
	for {
		n, err := br.Read(b)
		l.write(b[:n])
		if errors.Is(err, io.EOF) {
			l.finish()
			return nil
		}
		if err != nil {
			return err
		}
	}
}
