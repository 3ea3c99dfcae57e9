package inventory

import (
	"net/netip"
	"slices"
	"strings"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/identify"
)

// maxBehind bounds the cameras behind one recorder: the largest have 256 channels.
const maxBehind = 256

// behind gives the cameras that a recorder says hang on it and that were not met themselves, each
// a device of its own: by channel, "<recorder>/channel 3". What is known of them is what the
// recorder says (kind recorder.channel).
func (j *judge) behind(recorder *cordon.Audited, told []cordon.Observation) []cordon.Audited {
	var out []cordon.Audited
	for i := range told {
		c, ok := readChannel(told[i].Value)
		id := recorder.ID + "/channel " + c.number
		if !ok || len(out) == maxBehind || j.met(c) || slices.ContainsFunc(out, func(d cordon.Audited) bool { return d.ID == id }) {
			continue
		}
		out = append(out, j.camera(recorder, id, c, &told[i]))
	}
	return out
}

// camera has one of them named and assessed.
func (j *judge) camera(recorder *cordon.Audited, id string, c channel, told *cordon.Observation) cordon.Audited {
	d := cordon.Audited{Device: cordon.Device{ID: id, Site: recorder.Site, First: told.At, Last: told.Last}}
	if c.addr.IsValid() {
		d.Interfaces = []cordon.Interface{{MAC: c.mac, Addrs: []netip.Addr{c.addr}}}
	}
	if c.name != "" {
		d.Names = []string{c.name}
	}
	about := cordon.Key{Kind: cordon.KeyChannel, Value: id}
	var seen []cordon.Observation
	for _, f := range [...][2]string{{"recorder.behind", recorder.ID + " channel " + c.number}, {"recorder.model", c.model}, {"recorder.firmware", c.firmware}} {
		if f[1] != "" {
			o := *told
			o.About, o.Kind, o.Value = about, cordon.Kind(f[0]), f[1]
			seen = append(seen, o)
		}
	}
	d.Identity = j.namer.Identify(identify.In{MAC: c.mac, Seen: seen})
	listed := j.lists(d.Identity.Maker)
	d.Lists = listed.Lists
	in := assess.In{Know: j.know, Device: &d.Device, Listed: listed, Seen: seen, Now: j.options.Now, Chosen: j.options.Lists}
	d.Findings = assess.Device(in)
	sortFindings(d.Findings)
	d.Grade = assess.Grade(in, d.Findings)
	return d
}

// met reports whether a camera behind a recorder is a device that was seen itself: by its MAC
// where the recorder tells that, else by its address.
func (j *judge) met(c channel) bool {
	if c.mac == (cordon.MAC{}) {
		h := j.ledger.byAddr.find(&j.ledger.hosts, c.addr)
		return h != 0 && j.owner[h] >= 0
	}
	if j.own == nil {
		j.own = make(map[cordon.MAC]bool, len(j.units))
		for i := range j.units {
			j.own[j.units[i].mac] = true
			for _, f := range j.further(&j.units[i]) {
				j.own[f.mac] = true
			}
		}
	}
	return j.own[c.mac]
}

// channel is what a recorder says of a camera.
type channel struct {
	number, model, firmware, name string
	addr                          netip.Addr
	mac                           cordon.MAC
}

// readChannel reads a fact of the kind recorder.channel (docs/design/kinds.md).
func readChannel(value string) (c channel, ok bool) {
	c.number, value, ok = strings.Cut(value, " ")
	for word := range strings.FieldsSeq(value) {
		key, text, _ := strings.Cut(word, "=")
		plain := strings.ReplaceAll(text, "_", " ")
		switch key {
		case "address":
			c.addr, _ = netip.ParseAddr(text)
		case "mac":
			c.mac, _ = cordon.ParseMAC(text)
		case "model":
			c.model = text
		case "firmware":
			c.firmware = plain
		case "name":
			c.name = plain
		}
	}
	return c, ok && c.number != "" && c.addr.IsValid()
}
