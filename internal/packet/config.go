package packet

import "time"

// Config bounds a Table. The zero Config gives the defaults named at each field.
type Config struct {
	MaxFlows int // flows held at once; 0: 1<<20. A full table evicts closed, then idle flows.
	Prefix   int // bytes of each TCP direction kept for the Listener; 0: 16 KiB, at most 64 MiB
	Buffers  int // bytes of TCP buffers in all; 0: 32 MiB. When used up, the oldest inspections end early.
	// Idle ends flows of any protocol that were silent for so long by the capture's
	// own clock; 0: time evicts nothing, so that counts equal those of tshark.
	Idle time.Duration
	// Linger, when longer than Idle, is how long those may be silent that are known to come
	// back: TCP connections that are open, and other flows of more than one burst.
	Linger   time.Duration
	UDPHeard int // datagrams of each direction heard while the Listener wants more; 0: 8
	// Always names the ports whose every datagram is heard, up to 4,096 a flow.
	// It is called once per port, by NewTable. Nil: none.
	Always func(port uint16) bool
	// Follow, asked once when a UDP flow begins, names the flows of which every datagram
	// is heard while the Listener wants more: transfers on ports agreed elsewhere. Nil: none.
	Follow func(from, to *End) bool
}

const (
	defaultMaxFlows = 1 << 20
	maxMaxFlows     = 1 << 30 // indexes are 32 bits wide
	defaultPrefix   = 16 << 10
	maxPrefix       = 64 << 20 // a firmware image; see sensor's Carver
	defaultBuffers  = 32 << 20
	defaultUDPHeard = 8
	alwaysHeard     = 4096 // datagrams of one flow on an Always port
	controlHeard    = 4    // ICMP and IGMP messages of one flow
)

// withDefaults returns c with every zero and absurd field replaced.
func (c Config) withDefaults() Config {
	pick := func(v *int, def, most int) {
		if *v <= 0 {
			*v = def
		}
		*v = min(*v, most)
	}
	pick(&c.MaxFlows, defaultMaxFlows, maxMaxFlows)
	pick(&c.Prefix, defaultPrefix, maxPrefix)
	pick(&c.Buffers, defaultBuffers, 1<<40)
	pick(&c.UDPHeard, defaultUDPHeard, alwaysHeard)
	// Two full buffers must fit, or no connection could ever be heard whole.
	c.Buffers = max(c.Buffers, 4*c.Prefix)
	c.Idle = max(c.Idle, 0)
	c.Linger = max(c.Linger, c.Idle)
	return c
}

// Stats counts what a Table was fed. Bytes are on the wire, link-layer header included.
type Stats struct {
	Packets, Bytes uint64
	First, Last    int64 // earliest and latest time of a frame, nanoseconds; 0 before any

	TCP, UDP, ICMP, ICMPv6, IGMP uint64 // packets
	OtherIP                      uint64 // packets of other IP protocols
	NonIP                        uint64 // frames that are not IP: ARP, LLDP, EAPOL, ...
	IPv6                         uint64 // packets of any protocol that IPv6 carried
	VLAN                         uint64 // frames with an 802.1Q or QinQ tag

	UnknownLink      uint64 // frames of a link type that is not decoded
	Undecodable      uint64 // headers cut short or contradicting themselves
	Cut              uint64 // frames of which the capture holds less than was on the wire
	Tunnelled        uint64 // frames taken out of ERSPAN, GRE, VXLAN or TZSP; their outside is not a flow
	Fragments        uint64 // IP fragments seen
	Reassembled      uint64 // datagrams put together from them
	FragmentsDropped uint64 // fragments of datagrams that never became whole

	Flows        uint64 // flows begun
	TCPFlows     uint64 // of which TCP
	UDPFlows     uint64 // of which UDP
	Active       int    // flows held now
	PeakActive   int    // most flows held at once
	EvictedEarly uint64 // flows that ended because the table was full
	EvictedIdle  uint64 // flows that ended because of Config.Idle
	HeardShort   uint64 // TCP inspections ended early because Config.Buffers was used up
	OneWayTCP    uint64 // ended TCP flows under way of which one direction was captured
}
