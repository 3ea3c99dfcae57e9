package scan

import (
	"net/netip"
	"time"

	"cordon/internal/ask"
	"cordon/internal/find"
)

// Plan is what a scan would send. Making it sends nothing.
type Plan struct {
	Networks  []PlannedNetwork
	Groups    []PlannedAsk // to groups and the broadcast address, on each link in scope
	Links     []string     // names of those links
	ToEach    []PlannedAsk // to each live host that groups do not reach
	Ports     []uint16     // tried on each live host
	Interview []*ask.Question
	Sweep     int           // packets of the sweep at most
	Takes     time.Duration // of the sweep at the pace, at most
}

// PlannedNetwork is how one network would be swept.
type PlannedNetwork struct {
	Prefix    netip.Prefix
	Addresses int
	How       string // for people
}

// PlannedAsk is one discovery question.
type PlannedAsk struct {
	Protocol, Doc string
	To            []netip.Addr // nil for a question to one host
	Port          uint16
	Bytes         int
}

// MakePlan says what Run would send with the same configuration.
func MakePlan(c Config) *Plan {
	s := newScanner(c)
	p := &Plan{Ports: c.Ports}
	for _, n := range c.Door.Scope().Prefixes() {
		p.Networks = append(p.Networks, s.planNetwork(p, n))
	}
	for _, l := range c.Door.Links() {
		if s.everybody(l) {
			p.Links = append(p.Links, l.Name)
		}
	}
	p.asks(c.Caution)
	if c.Interview {
		p.Interview = ask.Questions()
	}
	p.Takes = time.Duration(float64(p.Sweep) / float64(c.Door.Pace().Packets) * float64(time.Second))
	return p
}

// planNetwork says how one prefix would be swept, and adds to the plan's packets.
func (s *scanner) planNetwork(p *Plan, n netip.Prefix) PlannedNetwork {
	out := PlannedNetwork{Prefix: n, How: "not asked address by address: multicast, and what is overheard"}
	if !n.Addr().Is4() && !n.IsSingleIP() {
		return out
	}
	var direct int
	for a := range hostsOf(n) {
		if s.c.Door.Scope().Allow(a) != nil || s.ours(a) {
			continue
		}
		out.Addresses++
		if _, on := s.c.Door.OnLink(a); on && !a.IsLoopback() {
			direct++
		}
	}
	switch {
	case direct == out.Addresses:
		out.How = "ARP, once more where nobody answers"
		p.Sweep += rounds * direct
	default:
		out.How = "TCP to ports 554 and 80, once more where nobody answers"
		p.Sweep += rounds * (direct + len(knocks)*(out.Addresses-direct))
		if n.Bits() >= pingFrom {
			out.How += "; then an ICMP echo (ping) to those that stay silent, twice"
			p.Sweep += rounds * (out.Addresses - direct)
		}
	}
	return out
}

// hostsOf gives every address of a prefix.
func hostsOf(p netip.Prefix) func(func(netip.Addr) bool) {
	return func(yield func(netip.Addr) bool) {
		for a := p.Masked().Addr(); p.Contains(a) && yield(a); a = a.Next() {
		}
	}
}

// asks lists the discovery questions.
func (p *Plan) asks(caution bool) {
	who := &find.Asker{Addr: netip.IPv4Unspecified()}
	for _, row := range find.Protocols() {
		for _, a := range row.Asks {
			if a.Caution && !caution {
				continue
			}
			q := PlannedAsk{Protocol: row.Name, Doc: row.Doc, Port: a.Port, Bytes: len(a.Bytes(who))}
			if a.Unicast {
				p.ToEach = append(p.ToEach, q)
			}
			if q.To = a.To(); len(q.To) > 0 {
				p.Groups = append(p.Groups, q)
			}
		}
	}
}
