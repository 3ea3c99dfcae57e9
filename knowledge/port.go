package knowledge

import (
	"fmt"
	"io/fs"
	"sort"
)

// portKey names a port of a transport.
type portKey struct {
	proto string
	port  uint16
}

// loadPorts reads ports.toml. A port replaces the same one from an earlier layer.
func (b *Base) loadPorts(layer fs.FS) error {
	const name = "ports.toml"
	if !exists(layer, name) {
		return nil
	}
	var f struct {
		Ports []*Port `toml:"port"`
	}
	if err := decode(layer, name, &f); err != nil {
		return err
	}
	seen, places := map[portKey]bool{}, map[int]uint16{}
	for _, p := range f.Ports {
		key := portKey{p.Proto, p.Port}
		if err := p.check(); err != nil {
			return fmt.Errorf("%s: port %d/%s: %w", name, p.Port, p.Proto, err)
		}
		if seen[key] {
			return fmt.Errorf("%s: port %d/%s: twice", name, p.Port, p.Proto)
		}
		if other := places[p.Scan]; p.Scan != 0 && other != 0 {
			return fmt.Errorf("%s: port %d/%s: scan = %d is port %d's", name, p.Port, p.Proto, p.Scan, other)
		}
		seen[key], places[p.Scan] = true, p.Port
		b.ports[key] = p
	}
	return nil
}

func (p *Port) check() error {
	if p.Port == 0 || p.Proto != "tcp" && p.Proto != "udp" {
		return fmt.Errorf("want a port number and proto tcp or udp")
	}
	if p.Scan < 0 || p.Scan > maxScanPorts || p.Scan > 0 && p.Proto != "tcp" {
		return fmt.Errorf("scan = %d: want 1 to %d, for tcp", p.Scan, maxScanPorts)
	}
	if p.Name == "" || p.Meaning == "" {
		return fmt.Errorf("name and meaning must be given")
	}
	return checkTrust(p.Source, p.Confidence)
}

// maxScanPorts bounds what a scan asks of every host: each port costs a packet a host.
const maxScanPorts = 40

// ScanPorts gives the TCP ports that a camera or recorder may serve, the most telling first
// (554 and 80 lead), at most 40. The slice is the caller's.
func (b *Base) ScanPorts() []uint16 {
	var rows []*Port
	for _, p := range b.ports {
		if p.Scan > 0 {
			rows = append(rows, p)
		}
	}
	sort.Slice(rows, func(i, j int) bool {
		if rows[i].Scan != rows[j].Scan {
			return rows[i].Scan < rows[j].Scan // alike only where an own layer says so
		}
		return rows[i].Port < rows[j].Port
	})
	out := make([]uint16, 0, maxScanPorts)
	for _, p := range rows[:min(len(rows), maxScanPorts)] {
		out = append(out, p.Port)
	}
	return out
}

// Port says what a port of "tcp" or "udp" usually means on a camera.
func (b *Base) Port(proto string, port uint16) (*Port, bool) {
	p, ok := b.ports[portKey{proto, port}]
	return p, ok
}

// Ports gives every port, by number. The slice is the caller's.
func (b *Base) Ports() []*Port {
	all := make([]*Port, 0, len(b.ports))
	for _, p := range b.ports {
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Port != all[j].Port {
			return all[i].Port < all[j].Port
		}
		return all[i].Proto < all[j].Proto
	})
	return all
}
