package assess

import (
	"net/netip"
	"slices"
	"strings"

	"cordon"
)

// Shared is what only a look at all devices together can tell. It is made once, with Add,
// before any device is assessed, and is not changed after that. The zero Shared knows nothing.
type Shared struct {
	keys   map[string][]string // public key -> ids of the devices that showed it, each once
	mapped map[netip.Addr][]mapping
	taken  map[netip.Addr]bool // addresses of the devices that are known
}

// mapping is a port that a router says it passes on.
type mapping struct {
	router string // id of the device that said so
	seen   cordon.Observation
}

// SharedKinds are the facts that Add reads.
var SharedKinds = []cordon.Kind{"tls.key", "igd.mapping"}

// maxSharers bounds the devices that are remembered for one key: a finding names a few.
const maxSharers = 1 << 10

// Add counts one fact about the device of the id in. Facts of other kinds are passed over.
func (s *Shared) Add(device string, o cordon.Observation) {
	switch o.Kind {
	case "tls.key":
		if s.keys == nil {
			s.keys = map[string][]string{}
		}
		if ids := s.keys[o.Value]; len(ids) < maxSharers && !slices.Contains(ids, device) {
			s.keys[o.Value] = append(ids, device)
		}
	case "igd.mapping":
		if a, ok := mappedTo(o.Value); ok {
			if s.mapped == nil {
				s.mapped = map[netip.Addr][]mapping{}
			}
			if len(s.mapped[a]) < maxCited {
				s.mapped[a] = append(s.mapped[a], mapping{device, o})
			}
		}
	}
}

// Take says that an address is a known device's.
func (s *Shared) Take(a netip.Addr) {
	if s.taken == nil {
		s.taken = map[netip.Addr]bool{}
	}
	s.taken[a] = true
}

// others gives the other devices that showed the key; none for a nil Shared.
func (s *Shared) others(key, device string) []string {
	if s == nil || len(s.keys[key]) < 2 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.keys[key]), func(id string) bool { return id == device })
}

// mappedTo reads whom "tcp 554 -> 192.168.8.21:554 description" leads to.
func mappedTo(value string) (netip.Addr, bool) {
	_, rest, found := strings.Cut(value, " -> ")
	inside, _, _ := strings.Cut(rest, " ")
	to, err := netip.ParseAddrPort(inside)
	return to.Addr().Unmap(), found && err == nil
}
