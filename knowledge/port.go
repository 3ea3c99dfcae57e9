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
	seen := map[portKey]bool{}
	for _, p := range f.Ports {
		key := portKey{p.Proto, p.Port}
		if err := p.check(); err != nil {
			return fmt.Errorf("%s: port %d/%s: %w", name, p.Port, p.Proto, err)
		}
		if seen[key] {
			return fmt.Errorf("%s: port %d/%s: twice", name, p.Port, p.Proto)
		}
		seen[key] = true
		b.ports[key] = p
	}
	return nil
}

func (p *Port) check() error {
	if p.Port == 0 || p.Proto != "tcp" && p.Proto != "udp" {
		return fmt.Errorf("want a port number and proto tcp or udp")
	}
	if p.Name == "" || p.Meaning == "" {
		return fmt.Errorf("name and meaning must be given")
	}
	return checkTrust(p.Source, p.Confidence)
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
