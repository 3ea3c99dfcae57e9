package sensor

import (
	"math"
	"net/netip"

	"cordon"
	"cordon/internal/packet"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
)

// exported is one flow record as an exporter tells it. Arrays are indexed by direction: what
// the source sent, and, in records of both directions, what came back.
type exported struct {
	exporter     *exporter
	sampler      uint32
	rate         uint32 // every packet stands for so many
	addr         [2]netip.Addr
	port         [2]uint16
	mac          [2]cordon.MAC
	proto        packet.Proto
	icmp         uint16 // type << 8 | code
	packets      [2]uint64
	bytes        [2]uint64 // of the IP layer
	total        bool      // the counts are of the whole flow, not since the last record
	first, last  int64     // nanoseconds
	timed        bool      // the record says when
	flags        [2]byte   // TCP, all packets together; 0: not said
	reason       byte      // flowEndReason; 0: not said
	event        byte      // firewallEvent; 0: not said
	dropped      bool      // the exporter did not let it pass
	direction    byte      // flowDirection, or noDirection
	reversed     bool      // biflowDirection says that the destination opened
	arranged     bool      // biflowDirection or an initiator's counters say that the source opened
	bothWays     bool      // the record is about both directions
	initiated    bool      // counters of initiator and responder were there
	hasReverse   bool
	hasDelta     bool
	sampleSpace  uint32
	samplePacket uint32
}

const noDirection = 0xff

// Values of firewallEvent (233) and flowEndReason (136) in IANA's registry "IP Flow Information Export
// (IPFIX) Entities", which also numbers the fields below.
const (
	firewallCreated = 1
	firewallDenied  = 3
	endIdle         = 1
	endActive       = 2
	endDetected     = 3
	endForced       = 4
)

// reversePEN marks the fields of the other direction (RFC 5103 section 6.1).
const reversePEN = 29305

// fromV5 takes a version 5 record.
func (r *exported) fromV5(v *netflowlegacy.RecordsNetFlowV5, c *exportClock) {
	r.addr = [2]netip.Addr{ip4(uint32(v.SrcAddr)), ip4(uint32(v.DstAddr))}
	r.port = [2]uint16{v.SrcPort, v.DstPort}
	r.proto = packet.Proto(v.Proto)
	r.packets[0], r.bytes[0] = uint64(v.DPkts), uint64(v.DOctets)
	r.flags[0] = v.TCPFlags
	r.first, r.last = c.up(v.First), c.up(v.Last)
	r.icmp = v.DstPort
	r.settle()
}

func ip4(a uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

// fromFields takes a record of version 9 or IPFIX: both number their fields alike. It reports
// whether it is about a flow between two addresses.
func (r *exported) fromFields(values []netflow.DataField, c *exportClock) bool {
	for i := range values {
		if v, ok := values[i].Value.([]byte); ok && len(v) > 0 && values[i].Type == 160 && !values[i].PenProvided {
			c.boot = int64(number(v)) * 1e6
		}
	}
	for i := range values {
		f := &values[i]
		v, ok := f.Value.([]byte)
		switch {
		case !ok || len(v) == 0:
		case !f.PenProvided:
			r.field(f.Type, v, c)
		case f.Pen == reversePEN:
			r.reverse(f.Type, v)
		}
	}
	if !r.timed {
		r.first, r.last = c.export+c.shift, c.export+c.shift
	}
	if r.sampleSpace > 0 && r.samplePacket > 0 {
		r.rate = 1 + r.sampleSpace/r.samplePacket
	}
	r.settle()
	return r.addr[0].IsValid() && r.addr[1].IsValid() && r.addr[0].Is4() == r.addr[1].Is4()
}

// settle makes the record whole: ports and times as a flow has them.
func (r *exported) settle() {
	if r.proto != packet.ProtoTCP && r.proto != packet.ProtoUDP && r.proto != protoSCTP {
		r.port = [2]uint16{}
	}
	if r.last < r.first {
		r.last = r.first
	}
	for i := range r.packets {
		if r.packets[i] == 0 && r.bytes[i] > 0 {
			r.packets[i] = 1 + r.bytes[i]/1500 // Cisco's firewalls count no packets; Ethernet's fit 1,500 bytes
		}
	}
	r.bothWays = r.hasReverse || r.initiated
	r.arranged = r.arranged || r.initiated
	if r.event == firewallDenied {
		r.dropped = true
	}
}

const protoSCTP packet.Proto = 132

// number reads an unsigned number of up to eight bytes (reduced-size encoding, RFC 7011 section 6.2).
func number(v []byte) uint64 {
	if len(v) > 8 {
		return 0
	}
	var n uint64
	for _, b := range v {
		n = n<<8 | uint64(b)
	}
	return n
}

// field takes one field by its number in IANA's registry.
func (r *exported) field(id uint16, v []byte, c *exportClock) {
	n := number(v)
	switch id {
	case 1, 2, 85, 86, 231, 232, 298, 299:
		r.counter(id, n)
	case 4:
		r.proto = packet.Proto(n)
	case 6:
		r.flags[0] |= byte(n)
	case 7, 180, 182:
		r.port[0] = uint16(n)
	case 11, 181, 183:
		r.port[1] = uint16(n)
	case 8, 27:
		r.address(0, v)
	case 12, 28:
		r.address(1, v)
	case 32, 139:
		r.icmp = uint16(n)
	case 176, 178:
		r.icmp = uint16(n)<<8 | r.icmp&0xff
	case 177, 179:
		r.icmp = r.icmp&0xff00 | uint16(n)&0xff
	case 56:
		r.hardware(0, v)
	case 57:
		r.hardware(1, v)
	case 80:
		if r.mac[1] == (cordon.MAC{}) {
			r.hardware(1, v)
		}
	case 61:
		r.direction = byte(n)
	case 89: // the upper two bits: 2 is dropped (RFC 7270 section 4.12)
		r.dropped = len(v) == 1 && n>>6 == 2
	case 136:
		r.reason = byte(n)
	case 233:
		r.event = byte(n)
	case 239:
		r.arranged, r.reversed = n == 1 || n == 2, n == 2
	case 34, 50:
		r.rate = uint32(min(n, math.MaxUint32))
	case 305:
		r.samplePacket = uint32(min(n, math.MaxUint32))
	case 306:
		r.sampleSpace = uint32(min(n, math.MaxUint32))
	case 48, 302:
		r.sampler = uint32(n)
	default:
		r.time(id, n, c)
	}
}

// counter takes a count: since the last record, or of the whole flow where there is no other.
func (r *exported) counter(id uint16, n uint64) {
	n = min(n, 1<<56) // no link carries more, and sums must not overflow
	switch id {
	case 1, 2:
		if !r.hasDelta {
			r.packets[0], r.bytes[0] = 0, 0
		}
		r.hasDelta, r.total = true, false
	case 85, 86:
		if r.hasDelta {
			return
		}
		r.total = true
	}
	switch id {
	case 1, 85:
		r.bytes[0] = n
	case 2, 86:
		r.packets[0] = n
	case 231:
		r.bytes[0], r.initiated = n, true
	case 232:
		r.bytes[1], r.initiated = n, true
	case 298:
		r.packets[0], r.initiated = n, true
	case 299:
		r.packets[1], r.initiated = n, true
	}
}

// time takes the fields that say when: of several the finest would be best, but exporters
// send one pair.
func (r *exported) time(id uint16, n uint64, c *exportClock) {
	const most = math.MaxInt64 / 4
	at := &r.first
	var t int64
	switch id {
	case 22:
		t = c.up(uint32(n))
	case 21:
		at, t = &r.last, c.up(uint32(n))
	case 150, 151:
		t = int64(min(n, most/1_000_000_000))*1e9 + c.shift
	case 152, 153:
		t = int64(min(n, most/1_000_000))*1e6 + c.shift
	case 154, 155, 156, 157:
		t = ntpTime(n) + c.shift
	case 158, 159: // microseconds before the export
		t = c.export - int64(n&math.MaxUint32)*1e3 + c.shift
	default:
		return
	}
	if id > 100 && id%2 == 1 {
		at = &r.last
	}
	*at, r.timed = t, true
}

// ntpTime makes nanoseconds since 1970 of a time in NTP's format (RFC 5905 section 6).
func ntpTime(n uint64) int64 {
	const since1900 = 2208988800
	return (int64(n>>32)-since1900)*1e9 + int64(n&math.MaxUint32*1e9>>32)
}

// reverse takes a field about what came back.
func (r *exported) reverse(id uint16, v []byte) {
	n := min(number(v), 1<<56)
	switch id {
	case 1, 85:
		r.bytes[1], r.hasReverse = n, true
	case 2, 86:
		r.packets[1], r.hasReverse = n, true
	case 6:
		r.flags[1] |= byte(n)
	}
}

func (r *exported) address(side int, v []byte) {
	a, ok := netip.AddrFromSlice(v)
	if ok && (!a.IsUnspecified() || !r.addr[side].IsValid()) { // some templates have a place for both families
		r.addr[side] = a.Unmap()
	}
}

func (r *exported) hardware(side int, v []byte) {
	if len(v) == 6 {
		r.mac[side] = cordon.MAC(v)
	}
}

// sampler is one way of sampling of one domain.
type sampler struct{ domain, id uint32 }

// learnOptions takes what an exporter says of itself: how it samples, and when it started.
func (e *exporter) learnOptions(domain uint32, o *netflow.OptionsDataRecord, c *exportClock) {
	r := exported{}
	for _, list := range [][]netflow.DataField{o.ScopesValues, o.OptionsValues} {
		for i := range list {
			v, ok := list[i].Value.([]byte)
			if !ok || len(v) == 0 || list[i].PenProvided {
				continue
			}
			switch list[i].Type {
			case 34, 50, 48, 302, 305, 306:
				r.field(list[i].Type, v, c)
			case 160:
				e.boot = int64(min(number(v), math.MaxInt64/4_000_000)) * 1e6
				c.boot = e.boot
			case 309, 310: // samplingSize out of samplingPopulation
				if n := uint32(min(number(v), math.MaxUint32)); list[i].Type == 309 {
					r.samplePacket = n
				} else if r.samplePacket > 0 && n > r.samplePacket {
					r.rate = n / r.samplePacket
				}
			}
		}
	}
	if r.sampleSpace > 0 && r.samplePacket > 0 {
		r.rate = 1 + r.sampleSpace/r.samplePacket
	}
	key := sampler{domain, r.sampler}
	if _, known := e.rates[key]; r.rate > 0 && (known || len(e.rates) < maxSamplers) {
		e.rates[key] = r.rate
	}
}

// rateOf is how a record of the domain is sampled: as it says itself, else as its sampler does.
func (e *exporter) rateOf(domain, id, said uint32) uint32 {
	if said > 0 {
		return said
	}
	if rate := e.rates[sampler{domain, id}]; rate > 0 {
		return rate
	}
	return e.rates[sampler{domain, 0}]
}
