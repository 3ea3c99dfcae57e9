// Package identify says who a device is: class, brand, maker, model and firmware, each
// a belief with its reasons and counter-reasons. Maker and badge are scored apart, so
// that a badge that differs from the maker can be seen. It is pure, and it promises:
// confidence rises only with different kinds of evidence, a registered address prefix
// alone never makes a maker, and what rests on memory is never believed. What follows
// from an identity (lists, weaknesses, findings) is left to assess.
package identify

import (
	"slices"
	"strings"

	"cordon"
	"cordon/knowledge"
)

// In is what is known of a device.
type In struct {
	MAC   cordon.MAC           // zero where none of its own was seen
	Seen  []cordon.Observation // facts about it; borrowed
	Keys  []uint64             // for each in Seen a number that only facts of its kind and value have; nil: none
	Flows []cordon.Flow        // its conversations; borrowed
}

// Identifier judges many devices by one knowledge base and remembers what a fact means.
// It is not safe for concurrent use; its answers do not depend on what it judged before.
type Identifier struct {
	know    knowledge.Looker
	kinds   map[cordon.Kind]*meaning
	lately  []remembered
	said    [][]evidence           // what remembered points into; said[0] is nothing
	orgs    map[string]*registrant // by prefix
	lastMAC cordon.MAC             // the address looked up last, and
	lastOrg *registrant            // what came of it
	buf     []evidence             // reused from device to device
}

// meaning is what the facts of one kind said so far.
type meaning struct {
	mute  bool // facts of this kind say nothing of who a device is
	known map[string][]evidence
}

// maxCache bounds the remembered facts of a kind: networks repeat themselves, hostile ones do not.
const maxCache = 1 << 14

// remembered is what a fact with a key said, in the place that its key falls on: networks say
// the same few things over and over, and most of them say nothing of who a device is.
type remembered struct {
	key  uint64
	said uint32 // place in Identifier.said, plus one; 0: nothing is remembered here
}

// latelyBits: some thousands of names, each asked for, greeted and called by, and half as many again
// so that few of them share a place.
const latelyBits = 15

// New makes an Identifier.
func New(k knowledge.Looker) *Identifier {
	return &Identifier{know: k, kinds: map[cordon.Kind]*meaning{}, orgs: map[string]*registrant{}, said: [][]evidence{nil}}
}

// Identify judges one device.
func Identify(k knowledge.Looker, in In) cordon.Identity { return New(k).Identify(in) }

// Identify judges one device. All devices' facts have their keys from one numbering, or none.
func (id *Identifier) Identify(in In) cordon.Identity {
	org := id.registrantOf(in.MAC)
	all := id.gather(in, org)
	var out cordon.Identity
	out.Class = classOf(all)
	if cordon.Personal(out.Class.Value) || strayed(all) {
		// People's devices run every maker's app: what they call says nothing of who made them.
		all = slices.DeleteFunc(all, func(e evidence) bool { return e.reason.Channel == channelCloud && e.field != fieldClass })
	}
	out.Maker = id.maker(org, all)
	out.Brand = id.badge(in, all, out.Maker.Key)
	out.Model = believe(all, fieldModel)
	out.Firmware = believe(all, fieldFirmware)
	out.Model.Value = unbadged(out.Model.Value, out.Brand.Value)
	return out
}

// gather collects the evidence of every fact and of how the device behaved.
func (id *Identifier) gather(in In, org *registrant) []evidence {
	all := id.buf[:0]
	for i := range in.Seen {
		o := &in.Seen[i]
		if len(in.Keys) == len(in.Seen) {
			all = append(all, id.keyed(in.Keys[i], o)...)
			continue
		}
		all = append(all, id.fact(o.Kind, o.Value)...)
	}
	all = append(all, org.says...)
	all = append(all, behaviour(in)...)
	all = append(all, scopedModel(in)...)
	id.buf = all
	return all
}

// kindRegistrant is the kind under which rules look at whom an address prefix is registered to.
const kindRegistrant cordon.Kind = "ieee.registrant"

// keyed is fact for one with a key: the first place to look is no map.
func (id *Identifier) keyed(key uint64, o *cordon.Observation) []evidence {
	if id.lately == nil {
		id.lately = make([]remembered, 1<<latelyBits)
	}
	at := &id.lately[key*0x9e3779b97f4a7c15>>(64-latelyBits)] // multiplicative hashing: Knuth, TAOCP 3, 6.4
	if at.said == 0 || at.key != key {
		n := id.keep(id.fact(o.Kind, o.Value)) // may clear all that is remembered
		*at = remembered{key, n + 1}
	}
	return id.said[at.said-1]
}

// keep numbers what a fact said. Most say nothing, and those that say something come from known, which
// is bounded; past that the numbers start anew.
func (id *Identifier) keep(all []evidence) uint32 {
	if len(all) == 0 {
		return 0
	}
	if len(id.said) >= maxCache {
		id.said = id.said[:1]
		clear(id.lately)
	}
	id.said = append(id.said, all)
	return uint32(len(id.said) - 1)
}

// fact gives what one fact says; the result is shared and must not be changed.
func (id *Identifier) fact(kind cordon.Kind, value string) []evidence {
	m := id.kinds[kind]
	if m == nil {
		_, self := says[kind]
		m = &meaning{mute: !self && !farNames[kind] && !id.know.Heeds(kind), known: map[string][]evidence{}}
		id.kinds[kind] = m
	}
	if m.mute {
		return nil
	}
	if got, ok := m.known[value]; ok {
		return got
	}
	got := id.read(kind, value)
	if len(m.known) < maxCache {
		m.known[value] = got
	}
	return got
}

// read looks a fact up: in the rules, among the clouds, and as what a device says of itself.
func (id *Identifier) read(kind cordon.Kind, value string) []evidence {
	var out []evidence
	for _, h := range id.know.Match(kind, value) {
		out = append(out, fromHit(id.know, h, kind, value)...)
	}
	if farNames[kind] {
		out = append(out, fromCloud(id.know, value)...)
	}
	return append(out, selfSaid(kind, value)...)
}

// farNames are the facts that hold the name of somebody a device called.
var farNames = map[cordon.Kind]bool{"dns.query": true, "tls.sni": true, "quic.sni": true, "http.host": true}

// strayed reports whether the clouds of several unrelated makers were called: then a
// person's apps, or a whole network behind one address, speak here.
func strayed(all []evidence) bool {
	var makers []string
	for i := range all {
		if e := &all[i]; e.field == fieldMaker && e.reason.Channel == channelCloud && !slices.Contains(makers, e.key) {
			makers = append(makers, e.key)
		}
		if len(makers) > 2 {
			return true
		}
	}
	return false
}

// channel is the kind of evidence that a fact belongs to: what one party can forge or
// misconfigure in one go is one channel.
func channel(kind cordon.Kind) string {
	if hostNames[kind] {
		return channelNames
	}
	return spoken(kind)
}

// hostNames are the facts that hold the host name: one setting feeds them all.
var hostNames = map[cordon.Kind]bool{
	"dhcp.hostname": true, "dhcp.client_fqdn": true, "mdns.host": true, "nbns.name": true, "llmnr.name": true,
	"snmp.sysname": true, "lldp.system": true,
}

// spoken is the channel of the protocol in which a fact was said.
func spoken(kind cordon.Kind) string {
	name, _, _ := strings.Cut(string(kind), ".")
	switch name {
	case "ssdp":
		return "upnp"
	case "nbns", "llmnr":
		return channelNames
	case "ieee":
		return channelOUI
	case "dns", "quic":
		return channelCloud
	}
	if farNames[kind] {
		return channelCloud
	}
	return name
}

// NamesFarEnd reports whether the Value of a reason of the channel is the name of somebody whom
// the device called.
func NamesFarEnd(channel string) bool { return channel == channelCloud }

const (
	channelCloud = "cloud"
	channelOUI   = "registered prefix"
	channelBrand = "badge"
	channelNames = "names"
)
