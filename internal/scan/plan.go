package scan

import (
	"net/netip"
	"time"

	"cordon/internal/ask"
	"cordon/internal/find"
)

// Plan is what a scan would send, with the privileges that it has now. Making it sends nothing.
type Plan struct {
	Networks  []PlannedNetwork
	Groups    []PlannedAsk // to groups and the broadcast address, on each link in scope
	Links     []string     // names of those links
	ToEach    []PlannedAsk // to each live host that groups do not reach
	Ports     []uint16     // tried on each live host
	PortsBy   string       // how, for people
	Lost      []string     // what is lost for want of a privilege and the like
	Interview []*ask.Question
	Sweep     int           // packets of the sweep at most
	Takes     time.Duration // of the sweep, at most
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
	defer s.closeRaws()
	p := &Plan{Ports: c.Ports}
	s.planSweep(p)
	for _, l := range c.Door.Links() {
		if s.everybody(l) {
			p.Links = append(p.Links, l.Name)
		}
	}
	p.asks(c.Caution)
	if c.Interview {
		p.Interview = ask.Questions()
	}
	p.Lost = s.lost
	return p
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
