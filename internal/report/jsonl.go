package report

import (
	"io"
	"net/netip"
	"strings"

	"cordon"
)

// JSONL writes an audit as events in the shape of Suricata's EVE log, one JSON object on
// a line: a "cordon_scan" for each scan, a "cordon_device" for each device in the order of the audit, then an "alert"
// for each finding. Flow events are AppendFlowEvent's. Times are those of what was seen.
// The only errors are those of w.
func JSONL(w io.Writer, a *cordon.Audit) error {
	e := newEncoder(w)
	for i := range a.Scans {
		e.scanEvent(&a.Scans[i])
	}
	index := make(map[string]*cordon.Audited, len(a.Devices))
	for i := range a.Devices {
		d := &a.Devices[i]
		index[d.ID] = d
		e.deviceEvent(d)
		e.room()
	}
	for i := range a.Findings {
		e.alert(&a.Findings[i], index[a.Findings[i].Device])
		e.room()
	}
	return e.flush()
}

// deviceEvent writes who a device is, without its reasons, which JSON has.
func (e *encoder) deviceEvent(d *cordon.Audited) {
	e.raw(`{"timestamp":"`)
	e.b = e.appendEVE(e.b, d.First)
	e.raw(`","event_type":"cordon_device"`)
	if a := firstAddress(d); a.IsValid() {
		e.address(`,"src_ip":`, a)
	}
	e.text(`,"cordon":{"device":`, d.ID)
	e.interfaces(d.Interfaces)
	e.texts(`,"names":`, d.Names)
	e.optional(`,"class":`, d.Identity.Class.Value)
	e.optional(`,"brand":`, d.Identity.Brand.Value)
	if d.Identity.Maker.Value != "" {
		e.text(`,"maker":`, d.Identity.Maker.Value)
		e.share(`,"maker_confidence":`, d.Identity.Maker.Confidence)
	}
	e.optional(`,"model":`, d.Identity.Model.Value)
	e.optional(`,"firmware":`, d.Identity.Firmware.Value)
	e.optional(`,"grade":`, d.Grade.Letter)
	e.optional(`,"reach":`, string(d.Reach))
	e.lists(d.Lists)
	e.integer(`,"destinations":`, len(d.Destinations))
	e.number(`,"bytes_sent":`, d.Sent)
	e.number(`,"bytes_received":`, d.Received)
	e.integer(`,"flows":`, d.Flows)
	e.ports(d.Ports)
	e.optional(`,"registered":`, d.Registered)
	e.codes(d.Findings)
	e.moment(`,"first":`, d.First)
	e.moment(`,"last":`, d.Last)
	e.raw("}}\n")
}

// lists writes the ids of lists under their verdicts.
func (e *encoder) lists(list []cordon.Listing) {
	if len(list) == 0 {
		return
	}
	e.raw(`,"lists":[`)
	for i := range list {
		if i > 0 {
			e.raw(",")
		}
		e.text(`{"list":`, list[i].List)
		e.text(`,"verdict":`, list[i].Verdict)
		e.raw("}")
	}
	e.raw("]")
}

func firstAddress(d *cordon.Audited) netip.Addr {
	for _, i := range d.Interfaces {
		if len(i.Addrs) > 0 {
			return i.Addrs[0]
		}
	}
	return netip.Addr{}
}

// alert writes a finding. The far end is given where the finding is about exactly one of
// the device's destinations. d may be nil when the audit does not hold the device.
func (e *encoder) alert(f *cordon.Finding, d *cordon.Audited) {
	e.raw(`{"timestamp":"`)
	e.b = e.appendEVE(e.b, f.First)
	e.raw(`","event_type":"alert"`)
	if d != nil {
		if a := firstAddress(d); a.IsValid() {
			e.address(`,"src_ip":`, a)
		}
		if far := farEnd(f, d); far != nil {
			e.address(`,"dest_ip":`, far.Address)
			e.number(`,"dest_port":`, uint64(far.Port))
			e.text(`,"proto":`, eveProtocol(far.Protocol))
		}
	}
	e.text(`,"alert":{"action":"allowed","signature":`, f.Title)
	e.text(`,"category":`, f.Code)
	e.integer(`,"severity":`, EVESeverity(f.Severity))
	e.text(`},"cordon":{"code":`, f.Code)
	e.text(`,"device":`, f.Device)
	e.text(`,"severity":`, string(f.Severity))
	if d != nil {
		e.optional(`,"class":`, d.Identity.Class.Value)
		e.optional(`,"maker":`, d.Identity.Maker.Value)
		e.optional(`,"grade":`, d.Grade.Letter)
	}
	e.optional(`,"detail":`, f.Detail)
	e.optional(`,"fix":`, f.Fix)
	e.raw("}}\n")
}

// EVESeverity maps to Suricata's classification priorities: 1 is worst, 3 least.
func EVESeverity(s cordon.Severity) int {
	switch {
	case s.Rank() >= cordon.High.Rank():
		return 1
	case s == cordon.Medium:
		return 2
	}
	return 3
}

// eveProtocol spells a transport as Suricata does.
func eveProtocol(s string) string {
	if s == "icmpv6" {
		return "IPv6-ICMP"
	}
	return strings.ToUpper(s)
}

// maxMatched bounds how many destinations are compared with one finding.
const maxMatched = 200

// farEnd finds the destination that a finding is about: the one, most bytes first, whose
// name or address its title, or else its first line of evidence, mentions; nil when none is.
func farEnd(f *cordon.Finding, d *cordon.Audited) *cordon.Destination {
	texts := []string{f.Title}
	texts = append(texts, f.Evidence[:min(1, len(f.Evidence))]...)
	for _, t := range texts {
		for i := range d.Destinations[:min(len(d.Destinations), maxMatched)] {
			far := &d.Destinations[i]
			if mentions(t, far.Name) || mentions(t, string(appendAddr(nil, far.Address))) {
				return far
			}
		}
	}
	return nil
}

// mentions reports whether text holds a name or address as a word of its own.
func mentions(text, word string) bool {
	if word == "" {
		return false
	}
	part := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		before := i == 0 || !part(text[i-1]) && text[i-1] != '.'
		after := end == len(text) || !part(text[end]) && !(text[end] == '.' && end+1 < len(text) && part(text[end+1]))
		if before && after {
			return true
		}
		from = end
	}
}
