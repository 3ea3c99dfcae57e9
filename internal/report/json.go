package report

import (
	_ "embed" // for the schema
	"io"
	"slices"
	"strconv"

	"cordon"
)

// Schema is the JSON Schema (2020-12) of what JSON writes; docs/format/audit.md says it for people.
//
//go:embed audit.schema.json
var Schema string

// formatVersion is raised when a reader of an earlier version could misread a newer file.
const formatVersion = 1

// unrecognised stands in the output for flows whose application was not recognised.
const unrecognised = "unrecognised"

// JSON writes an audit in the form of Schema, one device, finding or capture on a line.
// It holds 256 KiB of text at a time, whatever the size of the audit. The only errors
// are those of w. Text from the network is passed on whole; whoever shows it escapes it.
func JSON(w io.Writer, a *cordon.Audit) error {
	e := newEncoder(w)
	e.head(a)
	for i := range a.Devices {
		e.lead(i)
		e.device(&a.Devices[i])
	}
	e.raw("],\n\"findings\":[")
	for i := range a.Findings {
		e.lead(i)
		e.finding(&a.Findings[i])
	}
	e.raw("]}\n")
	return e.flush()
}

// head writes everything before the first device.
func (e *encoder) head(a *cordon.Audit) {
	e.integer("{\"format\":", formatVersion)
	e.text(",\n\"program\":", a.Program)
	e.text(",\n\"knowledge\":", a.Knowledge)
	e.captures(a.Captures)
	e.scans(a.Scans)
	e.networks(a.Networks)
	e.texts(",\n\"lists_chosen\":", a.ListsChosen)
	e.counts(",\n\"flows_by_application\":", a.Applications, unrecognised)
	e.counts(",\n\"dropped\":", a.Dropped, unrecognised)
	e.claims(a)
	e.raw(",\n\"devices\":[")
}

// lead begins an item of a list of lines.
func (e *encoder) lead(i int) {
	if e.room(); i > 0 {
		e.b = append(e.b, ',')
	}
	e.b = append(e.b, '\n')
}

func (e *encoder) captures(list []cordon.Capture) {
	e.raw(",\n\"captures\":[")
	for i := range list {
		c := &list[i]
		e.lead(i)
		e.text(`{"file":`, c.File)
		e.text(`,"format":`, c.Format)
		e.optional(`,"compression":`, c.Compression)
		e.texts(`,"link_types":`, c.LinkTypes)
		e.number(`,"packets":`, c.Packets)
		e.number(`,"bytes":`, c.Bytes)
		e.moment(`,"first":`, c.First)
		e.moment(`,"last":`, c.Last)
		e.number(`,"cut":`, c.Cut)
		e.number(`,"dropped":`, c.Dropped)
		e.number(`,"skipped":`, c.Skipped)
		e.some(`,"tunnelled":`, c.Tunnelled)
		e.some(`,"fragments":`, c.Fragments)
		e.some(`,"fragments_lost":`, c.Lost)
		e.some(`,"ended_early":`, c.EndedEarly)
		e.texts(`,"comments":`, c.Comments)
		e.optional(`,"problem":`, c.Problem)
		e.raw("}")
	}
	e.raw("]")
}

func (e *encoder) networks(list []cordon.Network) {
	e.raw(",\n\"networks\":[")
	for i, n := range list {
		e.lead(i)
		e.text(`{"prefix":`, n.Prefix.String())
		e.text(`,"why":`, n.Why)
		e.raw("}")
	}
	e.raw("]")
}

// counts writes a map in the order of its keys; the empty key gets a name, which it
// shares when somebody else has it too.
func (e *encoder) counts(lead string, m map[string]int, empty string) {
	keys := make([]string, 0, len(m))
	for k := range m {
		if k != "" || m[empty] == 0 {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	e.raw(lead + "{")
	for i, k := range keys {
		n := m[k]
		if i > 0 {
			e.b = append(e.b, ',')
		}
		switch k {
		case "":
			k = empty
		case empty:
			n += m[""]
		}
		e.b = append(appendString(e.b, k), ':')
		e.b = strconv.AppendInt(e.b, int64(n), 10)
		e.room()
	}
	e.raw("}")
}

func (e *encoder) device(d *cordon.Audited) {
	e.text(`{"id":`, d.ID)
	e.optional(`,"site":`, d.Site)
	e.interfaces(d.Interfaces)
	e.texts(`,"names":`, d.Names)
	e.identity(&d.Identity)
	e.grade(&d.Grade)
	e.text(`,"reach":`, string(d.Reach))
	e.listings(d.Lists)
	e.destinations(d.Destinations)
	e.moment(`,"first":`, d.First)
	e.moment(`,"last":`, d.Last)
	e.number(`,"bytes_sent":`, d.Sent)
	e.number(`,"bytes_received":`, d.Received)
	e.integer(`,"flows":`, d.Flows)
	e.yes(`,"hidden":`, d.Hidden)
	e.claim(`,"claim":`, d.Claim)
	e.ports(d.Ports)
	e.optional(`,"registered":`, d.Registered)
	e.codes(d.Findings)
	e.raw("}")
}

// interfaces writes the first MAC and every address flat, as most readers want them; who
// has several interfaces has them listed one by one as well.
func (e *encoder) interfaces(list []cordon.Interface) {
	e.raw(`,"mac":"`)
	if len(list) > 0 {
		e.mac(list[0].MAC)
	}
	e.raw(`","addresses":[`)
	first := true
	for i := range list {
		for _, a := range list[i].Addrs {
			if !first {
				e.b = append(e.b, ',')
			}
			first = false
			e.address("", a)
			e.room()
		}
	}
	e.raw("]")
	if len(list) < 2 {
		return
	}
	for i := range list {
		if i == 0 {
			e.raw(`,"interfaces":[`)
		} else {
			e.raw(",")
		}
		e.raw(`{"mac":"`)
		e.mac(list[i].MAC)
		e.raw(`","addresses":[`)
		for n, a := range list[i].Addrs {
			if n > 0 {
				e.raw(",")
			}
			e.address("", a)
			e.room()
		}
		e.raw("]}")
	}
	e.raw("]")
}

// mac appends the hex digits with colons; nothing for the zero MAC.
func (e *encoder) mac(m cordon.MAC) {
	if m == (cordon.MAC{}) {
		return
	}
	for i, c := range m {
		if i > 0 {
			e.b = append(e.b, ':')
		}
		e.b = append(e.b, hexDigits[c>>4], hexDigits[c&15])
	}
}

func (e *encoder) identity(id *cordon.Identity) {
	e.belief(`,"identity":{"class":`, &id.Class)
	e.belief(`,"brand":`, &id.Brand)
	e.belief(`,"maker":`, &id.Maker)
	e.belief(`,"model":`, &id.Model)
	e.belief(`,"firmware":`, &id.Firmware)
	e.raw("}")
}

func (e *encoder) belief(lead string, b *cordon.Belief) {
	e.raw(lead)
	if b.Value == "" && b.Possible == "" && b.Key == "" && b.Confidence == 0 && len(b.Reasons) == 0 {
		e.raw(`{"value":"","confidence":0,"reasons":[]}`)
		return
	}
	e.text(`{"value":`, b.Value)
	e.optional(`,"key":`, b.Key)
	e.optional(`,"possible":`, b.Possible)
	e.share(`,"confidence":`, b.Confidence)
	e.raw(`,"reasons":[`)
	for i := range b.Reasons {
		if i > 0 {
			e.raw(",")
		}
		e.reason(&b.Reasons[i])
		e.room()
	}
	e.raw("]}")
}

func (e *encoder) reason(r *cordon.Reason) {
	e.share(`{"weight":`, r.Weight)
	e.optional(`,"channel":`, r.Channel)
	e.optional(`,"rule":`, r.Rule)
	e.text(`,"text":`, r.Text)
	e.optional(`,"value":`, r.Value)
	e.optional(`,"source":`, r.Source)
	e.optional(`,"trust":`, r.Trust)
	e.raw("}")
}

func (e *encoder) grade(g *cordon.Grade) {
	e.text(`,"grade":{"letter":`, g.Letter)
	e.integer(`,"score":`, g.Score)
	e.raw(`,"steps":[`)
	for i := range g.Steps {
		if i > 0 {
			e.raw(",")
		}
		e.integer(`{"points":`, g.Steps[i].Points)
		e.text(`,"code":`, g.Steps[i].Code)
		e.text(`,"text":`, g.Steps[i].Text)
		e.raw("}")
	}
	e.raw("]")
	e.optional(`,"why":`, g.Why)
	e.raw("}")
}

// listings writes the lists that name a device's maker. Thousands of devices share a few
// such slices: each is turned into text once.
func (e *encoder) listings(list []cordon.Listing) {
	if len(list) == 0 {
		e.raw(`,"lists":[]`)
		return
	}
	if text, ok := e.listed[&list[0]]; ok {
		e.b = append(e.b, text...)
		e.room()
		return
	}
	e.room() // never within: the text is wanted in one piece
	start := len(e.b)
	e.raw(`,"lists":[`)
	for i := range list {
		l := &list[i]
		if i > 0 {
			e.raw(",")
		}
		e.text(`{"list":`, l.List)
		e.text(`,"instrument":`, l.Instrument)
		e.text(`,"since":`, l.Since)
		e.optional(`,"scope":`, l.Scope)
		e.text(`,"verdict":`, l.Verdict)
		e.optional(`,"settle":`, l.Settle)
		e.text(`,"source":`, l.Source)
		e.yes(`,"counts":`, l.Counts)
		e.raw("}")
	}
	e.raw("]")
	if e.listed == nil {
		e.listed = map[*cordon.Listing][]byte{}
	}
	if len(e.listed) < maxListed {
		e.listed[&list[0]] = append([]byte(nil), e.b[start:]...)
	}
}

// maxListed bounds the lists' texts that are kept, of a few kilobytes each.
const maxListed = 1 << 8

func (e *encoder) destinations(list []cordon.Destination) {
	e.raw(`,"destinations":[`)
	for i := range list {
		d := &list[i]
		if i > 0 {
			e.raw(",")
		}
		e.text(`{"name":`, d.Name)
		e.address(`,"address":`, d.Address)
		e.number(`,"port":`, uint64(d.Port))
		e.text(`,"protocol":`, d.Protocol)
		e.optional(`,"app":`, d.App)
		e.text(`,"country":`, d.Country)
		e.text(`,"operator_country":`, d.Operator)
		e.number(`,"asn":`, uint64(d.ASN))
		e.text(`,"network":`, d.Network)
		e.optional(`,"cloud":`, d.Cloud)
		e.text(`,"state":`, string(d.State))
		e.integer(`,"flows":`, d.Flows)
		e.number(`,"bytes_sent":`, d.Sent)
		e.number(`,"bytes_received":`, d.Received)
		e.moment(`,"first":`, d.First)
		e.moment(`,"last":`, d.Last)
		e.raw("}")
		e.room()
	}
	e.raw("]")
}

// codes lists what was found on a device; the findings themselves stand at the top level.
func (e *encoder) codes(list []cordon.Finding) {
	e.texts(`,"findings":`, codesOf(list))
}

// codesOf gives the codes of findings in their order, each once.
func codesOf(list []cordon.Finding) []string {
	var out []string
	for i := range list {
		if !slices.Contains(out, list[i].Code) { // a few dozen codes exist
			out = append(out, list[i].Code)
		}
	}
	return out
}

func (e *encoder) finding(f *cordon.Finding) {
	e.text(`{"code":`, f.Code)
	e.text(`,"device":`, f.Device)
	e.optional(`,"key":`, f.Key)
	e.text(`,"severity":`, string(f.Severity))
	e.text(`,"title":`, f.Title)
	e.text(`,"detail":`, f.Detail)
	e.text(`,"fix":`, f.Fix)
	e.texts(`,"evidence":`, f.Evidence)
	e.moment(`,"first":`, f.First)
	e.moment(`,"last":`, f.Last)
	e.raw("}")
}
