package watch

import (
	"net/netip"
	"time"

	"cordon"
)

// Who owns an address. One that changes hands once was handed on; one that goes back and forth
// between two within ten minutes is claimed by both.
const (
	claimFlips = 2
	claimed    = 10 * time.Minute
)

// claim is who says that something is his.
type claim struct {
	Who    string `json:"who"`
	Before string `json:"before,omitempty"`
	Flips  int    `json:"flips,omitempty"`
	Last   int64  `json:"last"`  // seconds
	Until  int64  `json:"until"` // flips count until then
}

var takenOver = &Live{
	Code: "address-taken-over", Severity: cordon.High,
	Doc:   "two devices say that one address is theirs, or one interface is in two places",
	Fix:   "Find both devices. If one of them should not have the address it may be reading, or changing, what is meant for the other: take it off the network.",
	Rests: "an IPv4 address claimed by two devices in turn, or an interface heard at two sites in turn, twice within 10 minutes",
	Ends:  "a day of the device without a second claimant",
	Calm:  24 * time.Hour,
	Fact: func(t *turn, o *cordon.Observation) {
		if o.Kind != "arp.address" || o.About.Kind != cordon.KeyMAC {
			return
		}
		mac, err := cordon.ParseMAC(o.About.Value)
		addr, err2 := netip.ParseAddr(o.Value)
		if err != nil || err2 != nil || shared(mac) || addr.IsUnspecified() || addr.IsLinkLocalUnicast() {
			return
		}
		site := t.siteOf()
		// Of devices, not of interfaces: one with two of them answers for its address with either.
		if before := t.state.claim(site+" "+addr.String(), t.id, t.now); before != "" {
			t.say(t.finding(cordon.High, addr.String(), "Two devices claim "+addr.String()+": "+t.id+" and "+before,
				"ARP: "+mac.String()+" says that it has "+addr.String()+", "+clock(t.now), "and so does "+before))
		}
		if before := t.state.claim("mac "+mac.String(), "at site "+site, t.now); before != "" && mac[0]&2 == 0 {
			t.say(t.finding(cordon.High, mac.String(), "The interface "+mac.String()+" is in two places: "+before+" and at site "+site,
				"ARP: heard at site "+site+", "+clock(t.now)))
		}
	},
}

// shared reports whether an interface address is made to be shared by several machines: VRRP
// (RFC 9568, section 7.3), HSRP and CARP take such.
func shared(m cordon.MAC) bool {
	return m[0] == 0 && m[1] == 0 && (m[2] == 0x5e && m[3] == 0 || m[2] == 0x0c && m[3] == 0x07 && m[4] == 0xac)
}

// claim notes that somebody says that something is his, and gives the other who says so too
// when it has gone back and forth between them.
func (s *State) claim(what, whose string, now time.Time) (other string) {
	at := now.Unix()
	c := s.claims[what]
	if c == nil {
		if len(s.claims) < maxClaims && len(what) <= 2*maxID {
			s.claims[what] = &claim{Who: whose, Last: at}
		}
		return ""
	}
	defer func() { c.Last = max(c.Last, at) }()
	if c.Who == whose {
		return ""
	}
	if at > c.Until {
		c.Flips, c.Until = 0, at+int64(claimed/time.Second)
	}
	if whose == c.Before || c.Flips == 0 {
		c.Flips++
	}
	c.Who, c.Before = whose, c.Who
	if c.Flips < claimFlips {
		return ""
	}
	return c.Before
}
