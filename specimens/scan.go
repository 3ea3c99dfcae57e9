package specimens

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// Scan is a device knocking at random doors as Mirai does: a lone SYN whose sequence number is
// the address it goes to (Antonakakis et al., Understanding the Mirai Botnet, USENIX Security 2017, 3.1).
type Scan struct {
	Targets int      `toml:"targets"` // how many addresses, at most 2000
	Ports   []uint16 `toml:"ports"`   // each target is tried on the first, every tenth on the second
	Every   Duration `toml:"every"`   // between targets
}

// nowhere are the networks that are kept for documents (RFC 5737): nobody lives there.
var nowhere = []netip.Addr{netip.MustParseAddr("192.0.2.0"), netip.MustParseAddr("198.51.100.0"), netip.MustParseAddr("203.0.113.0")}

func (s *Scan) play(t *tape, at time.Duration) error {
	if s.Targets < 1 || s.Targets > 2000 || len(s.Ports) != 2 {
		return fmt.Errorf("scan of %d targets on %d ports: want 1 to 2000 targets, two ports", s.Targets, len(s.Ports))
	}
	self, _ := t.party("device")
	self.port = t.freshPort()
	for i := range s.Targets {
		raw := nowhere[i%len(nowhere)].As4()
		raw[3] = byte(1 + t.rng.IntN(254))
		to := party{mac: gatewayMAC, addr: netip.AddrFrom4(raw), port: s.Ports[0]}
		if i%10 == 9 {
			to.port = s.Ports[1]
		}
		c := &conn{t: t, at: at + time.Duration(i)*time.Duration(s.Every), party: [2]party{self, to}, seq: [2]uint32{binary.BigEndian.Uint32(raw[:])}}
		c.segment(0, flagSYN, nil, nil)
	}
	return nil
}
