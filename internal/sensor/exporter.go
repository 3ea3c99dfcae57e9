package sensor

import (
	"net/netip"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

// The bounds of what exporters may make us keep. A large router has some dozen templates.
const (
	maxExporters = 256
	maxTemplates = 512 // of one exporter
	maxFields    = 128 // of one template
	maxStreams   = 64  // sequences of one exporter: engines, domains
	maxSamplers  = 256 // of one exporter
)

// exporter is what must be known of one sender of exports to understand the next.
type exporter struct {
	addr      netip.Addr
	number    uint16
	templates templates
	sequences map[stream]counted
	rates     map[sampler]uint32
	boot      int64  // of its system, nanoseconds, as its options say; 0: they do not
	said      uint8  // version of which a fact was told
	sampled   uint32 // rate of which a fact was told
	single    uint32 // flows of which one direction came
	paired    bool   // of some flow both came
	waiting   bool   // data came for which no template has
}

// exporters are known by their address. They are few: a full table takes no new one.
type exporters map[netip.Addr]*exporter

// of gives the exporter with the address, nil when the table is full.
func (x exporters) of(a netip.Addr) *exporter {
	e := x[a]
	if e == nil && len(x) < maxExporters {
		e = &exporter{addr: a, number: uint16(len(x)), sequences: map[stream]counted{}, rates: map[sampler]uint32{}}
		e.templates.kept = netflow.FlowBaseTemplateSet{}
		x[a] = e
	}
	return e
}

// oneSided reports whether the exporter evidently exports one direction only, so that a
// missing answer says nothing. 64 flows without a single answer is a guess that errs on the
// side of accusing nobody.
func (e *exporter) oneSided() bool { return !e.paired && e.single >= 64 }

// stream is one series of sequence numbers.
type stream struct {
	version uint16
	domain  uint32 // source id, observation domain, engine, sub-agent
}

// maxGap is the largest gap that is believed: beyond it the exporter began anew.
const maxGap = 1 << 20

// counted is a message's sequence number, and the one expected next.
type counted struct{ last, next uint32 }

// sequence compares a sequence number with the one expected, and says how many went missing.
// step is by how much this message moves it on; steps that are not known (ok false) make the
// next number be believed. A number may also count its own message, as softflowd's do.
func (e *exporter) sequence(s stream, got, step uint32, ok bool) (missing uint32) {
	was, known := e.sequences[s]
	if !known && len(e.sequences) >= maxStreams {
		return 0
	}
	if late := was.next - got; known && late > 0 && late < maxGap && got != was.last+step {
		return 0 // overtaken on the way: it was counted as missing, which cannot be taken back
	}
	if gap := min(got-was.next, got-was.last-step); known && gap < maxGap {
		missing = gap
	}
	if e.sequences[s] = (counted{got, got + step}); !ok {
		delete(e.sequences, s)
	}
	return missing
}

// templates is one exporter's templates: bounded, and without those that no honest
// exporter sends. It implements netflow.NetFlowTemplateSystem.
type templates struct{ kept netflow.FlowBaseTemplateSet }

func templateKey(version uint16, domain uint32, id uint16) uint64 {
	return uint64(version)<<48 | uint64(domain)<<16 | uint64(id)
}

// AddTemplate keeps a template; one without fields withdraws it (RFC 7011 section 8.1). What
// is not kept is no error: the rest of the message is good.
func (t *templates) AddTemplate(version uint16, domain uint32, id uint16, template any) error {
	key := templateKey(version, domain, id)
	fields := fieldsOf(template)
	if len(fields) == 0 {
		delete(t.kept, key)
		return nil
	}
	if _, known := t.kept[key]; !known && len(t.kept) >= maxTemplates || !sane(fields) {
		return nil
	}
	t.kept[key] = template
	return nil
}

// GetTemplate implements netflow.NetFlowTemplateSystem.
func (t *templates) GetTemplate(version uint16, domain uint32, id uint16) (any, error) {
	if got, ok := t.kept[templateKey(version, domain, id)]; ok {
		return got, nil
	}
	return nil, netflow.ErrorTemplateNotFound
}

// RemoveTemplate implements netflow.NetFlowTemplateSystem.
func (t *templates) RemoveTemplate(version uint16, domain uint32, id uint16) (any, error) {
	got, err := t.GetTemplate(version, domain, id)
	delete(t.kept, templateKey(version, domain, id))
	return got, err
}

// GetTemplates implements netflow.NetFlowTemplateSystem; the set is the store's own.
func (t *templates) GetTemplates() netflow.FlowBaseTemplateSet { return t.kept }

// fieldsOf gives all fields of a template, scopes included.
func fieldsOf(template any) []netflow.Field {
	switch t := template.(type) {
	case netflow.TemplateRecord:
		return t.Fields
	case netflow.IPFIXOptionsTemplateRecord:
		return append(t.Scopes[:len(t.Scopes):len(t.Scopes)], t.Options...)
	case netflow.NFv9OptionsTemplateRecord:
		return append(t.Scopes[:len(t.Scopes):len(t.Scopes)], t.Options...)
	}
	return nil
}

// sane reports whether decoding by a template takes memory in proportion to the data: the
// decoder makes a value for every field of every record, so fields of no length in records
// of few bytes would make gigabytes of one datagram, or never end.
func sane(fields []netflow.Field) bool {
	size := netflow.GetTemplateSize(0, fields)
	for _, f := range fields {
		if f.Length == 0xffff { // variable: at least the byte that says how long
			size++
		}
	}
	return len(fields) <= maxFields && size >= len(fields)
}
