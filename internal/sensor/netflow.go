package sensor

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
)

// netflowSource: NetFlow v5 and v9 and IPFIX over UDP, from routers, firewalls and software exporters.
var netflowSource = &sourceKind{
	Name:    "netflow",
	Options: []string{"listen", "exporters", "sampling"},
	New: func(c SourceConfig, env Env) (Source, error) {
		n, err := newNetflow(c, env)
		if err != nil {
			return nil, err
		}
		return n.datagrams, nil
	},
}

// netflowCollector makes flows of exported records. Layouts: Cisco's "NetFlow Export Datagram
// Format" (v5), RFC 3954 (v9), RFC 7011 (IPFIX); the decoders are goflow2's.
type netflowCollector struct {
	*datagrams
	tell      *teller
	exporters exporters
	pairs     *pairs
	sampling  uint32 // said by the owner, for exporters that do not
	record    exported
}

func newNetflow(c SourceConfig, env Env) (*netflowCollector, error) {
	name := c.Name
	if name == "" {
		name = "netflow " + c.Listen
	}
	d, err := newDatagrams(c, newSourceState("netflow", name))
	if err != nil {
		return nil, err
	}
	n := &netflowCollector{datagrams: d, tell: newTeller(env, name, d.sourceState), exporters: exporters{}, sampling: c.Sampling}
	n.pairs = newPairs(n.tell)
	d.hear, d.tick, d.end = n.datagram, n.pairs.tick, n.pairs.flush
	return n, nil
}

// datagram hears one export.
func (n *netflowCollector) datagram(from netip.Addr, b []byte, at int64) {
	e := n.exporters.of(from)
	if e == nil {
		n.refused()
		n.up(fmt.Sprintf("more than %d exporters: %v is not heard; give it a source of its own", maxExporters, from))
		return
	}
	if len(b) < 2 {
		n.refused()
		return
	}
	var good bool
	switch version := binary.BigEndian.Uint16(b); version {
	case 5:
		good = n.v5(e, b, at)
	case 9:
		good = n.v9(e, b, at)
	case 10:
		good = n.ipfix(e, b, at)
	}
	if !good {
		n.refused()
	}
}

// greet tells of the exporter itself, once.
func (n *netflowCollector) greet(e *exporter, version uint8, at int64) {
	if e.said != version {
		e.said = version
		name := fmt.Sprintf("netflow %d", version)
		if version == 10 {
			name = "ipfix"
		}
		n.tell.about(at, e.addr, "flow.exporter", name)
	}
}

// The sizes of version 5: a header, then records. At most 30 fit the datagrams of the time.
const (
	v5Header  = 24
	v5Record  = 48
	v5Records = 1024 // what fits into the largest datagram
)

// v5 hears a version 5 message. Its sequence counts records.
func (n *netflowCollector) v5(e *exporter, b []byte, at int64) bool {
	if len(b) < v5Header {
		return false
	}
	if count := int(binary.BigEndian.Uint16(b[2:])); count > v5Records || len(b) < v5Header+count*v5Record {
		return false // the decoder would make room for all that is announced
	}
	var p netflowlegacy.PacketNetFlowV5
	if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(b), &p); err != nil {
		return false
	}
	n.greet(e, 5, at)
	s := stream{5, uint32(p.EngineType)<<8 | uint32(p.EngineId)}
	n.missing(e.sequence(s, p.FlowSequence, uint32(len(p.Records)), true))
	rate := n.rate(e, uint32(p.SamplingInterval&0x3fff), at) // the upper two bits say how it samples
	c := exportClock{export: int64(p.UnixSecs)*1e9 + int64(p.UnixNSecs), uptime: p.SysUptime, hasUptime: true}
	c.settle(at)
	for i := range p.Records {
		n.record = exported{exporter: e, rate: rate, direction: noDirection}
		n.record.fromV5(&p.Records[i], &c)
		n.pairs.add(&n.record, at)
	}
	return true
}

// v9 hears a version 9 message. Its sequence counts messages.
func (n *netflowCollector) v9(e *exporter, b []byte, at int64) bool {
	var p netflow.NFv9Packet
	err := netflow.DecodeMessageVersion(bytes.NewBuffer(b), &e.templates, &p, nil)
	if p.UnixSeconds == 0 && p.FlowSets == nil {
		return false
	}
	n.greet(e, 9, at)
	n.missing(e.sequence(stream{9, p.SourceId}, p.SequenceNumber, 1, true))
	c := exportClock{export: int64(p.UnixSeconds) * 1e9, uptime: p.SystemUptime, hasUptime: true}
	c.settle(at)
	n.sets(e, p.SourceId, p.FlowSets, &c, at)
	return err == nil || e.waiting
}

// ipfix hears an IPFIX message. Its sequence counts data records, so one with records that
// cannot be read leaves the next number unknown (RFC 7011 section 3.1).
func (n *netflowCollector) ipfix(e *exporter, b []byte, at int64) bool {
	var p netflow.IPFIXPacket
	err := netflow.DecodeMessageVersion(bytes.NewBuffer(b), &e.templates, nil, &p)
	if p.ExportTime == 0 && p.FlowSets == nil {
		return false
	}
	n.greet(e, 10, at)
	c := exportClock{export: int64(p.ExportTime) * 1e9, boot: e.boot}
	c.settle(at)
	records, whole := n.sets(e, p.ObservationDomainId, p.FlowSets, &c, at)
	n.missing(e.sequence(stream{10, p.ObservationDomainId}, p.SequenceNumber, records, whole && err == nil))
	return err == nil || e.waiting
}

// sets goes through the decoded sets of a message: options first, since they say how the
// records beside them are sampled. It counts the data records; whole is false where some
// could not be read.
func (n *netflowCollector) sets(e *exporter, domain uint32, sets []any, c *exportClock, at int64) (records uint32, whole bool) {
	whole, e.waiting = true, false
	for _, s := range sets {
		switch s := s.(type) {
		case netflow.OptionsDataFlowSet:
			records += uint32(len(s.Records))
			for i := range s.Records {
				e.learnOptions(domain, &s.Records[i], c)
			}
		case netflow.RawFlowSet:
			whole, e.waiting = false, true
			n.up(fmt.Sprintf("%v sent records before their template; they cannot be read. It sends templates every few minutes: make it every minute", e.addr))
			n.refused()
		}
	}
	for _, s := range sets {
		if s, ok := s.(netflow.DataFlowSet); ok {
			records += uint32(len(s.Records))
			for i := range s.Records {
				n.data(e, domain, s.Records[i].Values, c, at)
			}
		}
	}
	return records, whole
}

// data hears one record.
func (n *netflowCollector) data(e *exporter, domain uint32, values []netflow.DataField, c *exportClock, at int64) {
	r := &n.record
	*r = exported{exporter: e, direction: noDirection}
	if !r.fromFields(values, c) {
		return // no flow between addresses: an interface's or a system's own data
	}
	r.rate = n.rate(e, e.rateOf(domain, r.sampler, r.rate), at)
	n.pairs.add(r, at)
}

// rate is how many packets one counted stands for, as the exporter says, else the owner.
func (n *netflowCollector) rate(e *exporter, said uint32, at int64) uint32 {
	if said <= 1 {
		said = n.sampling
	}
	if said > 1 && e.sampled != said {
		e.sampled = said
		n.tell.about(at, e.addr, "flow.sampled", fmt.Sprintf("1 in %d", said))
	}
	return max(said, 1)
}

func (n *netflowCollector) missing(count uint32) {
	if count > 0 {
		n.lost(uint64(count))
	}
}

// exportClock makes times of what a message says of its own.
type exportClock struct {
	export    int64 // when it was sent, by the exporter's clock
	uptime    uint32
	hasUptime bool
	boot      int64 // nanoseconds; 0: not said
	shift     int64 // to be added to all of the exporter's times
}

// clockTrust is how far an exporter's clock may be off before ours is taken: small routers
// begin in 1970, and flows must fall where they were seen.
const clockTrust = int64(10 * time.Minute)

// settle compares the exporter's clock with the time of arrival.
func (c *exportClock) settle(at int64) {
	if d := at - c.export; d > clockTrust || d < -clockTrust {
		c.shift = d
	}
}

// up gives the time of a sysUptime value in milliseconds, which wraps every 49.7 days.
func (c *exportClock) up(ms uint32) int64 {
	switch {
	case c.hasUptime:
	case c.boot != 0:
		return c.boot + int64(ms)*1e6 + c.shift
	default:
		return c.export + c.shift
	}
	return c.export - int64(int32(c.uptime-ms))*1e6 + c.shift
}
