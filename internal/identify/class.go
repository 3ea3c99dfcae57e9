package identify

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"cordon"
)

// voidBy is how much of a channel's say about class is left when a program answers on it.
const voidBy = 0.1

// classOf scores what a device is. Evidence for a general class ("iot", "camera") does
// not speak against a special one that is a kind of it ("plug", "doorbell").
func classOf(all []evidence) cordon.Belief {
	cs := candidates(recorded(void(all)), fieldClass)
	if len(cs) == 0 {
		return cordon.Belief{}
	}
	cs = specialise(cs)
	b := settle(cs)
	if b.Value == "" {
		b.Possible = cs[0].key
	}
	for i := range all {
		if all[i].voids != "" {
			b.Reasons = addReason(b.Reasons, all[i].reason)
		}
	}
	sortReasons(b.Reasons)
	return b
}

// void weakens what is said of the class on channels where a program answers.
func void(all []evidence) []evidence {
	var programs []string
	for i := range all {
		if all[i].voids != "" {
			programs = append(programs, all[i].voids)
		}
	}
	if len(programs) == 0 {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		if e := &out[i]; e.field == fieldClass && cordon.Watches(e.value) && slices.Contains(programs, e.reason.Channel) {
			e.weight *= voidBy
			e.reason.Weight = e.weight
		}
	}
	return out
}

// recorded makes what recorders do as well as cameras (offering video, announcing it) speak for
// the recorder where something else names one: every recorder looks like a camera that way.
func recorded(all []evidence) []evidence {
	named := slices.ContainsFunc(all, func(e evidence) bool {
		return e.field == fieldClass && e.key == cordon.ClassRecorder && e.weight >= specialFrom
	})
	if !named {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		if out[i].shared {
			out[i].value, out[i].key = cordon.ClassRecorder, cordon.ClassRecorder
		}
	}
	return out
}

// kindOf says which general class a special one is a kind of.
var kindOf = map[string]string{
	cordon.ClassDoorbell: cordon.ClassCamera, cordon.ClassBabyMonitor: cordon.ClassCamera, cordon.ClassDrone: cordon.ClassCamera,
	cordon.ClassCamera: cordon.ClassIoT, cordon.ClassRecorder: cordon.ClassIoT, cordon.ClassVacuum: cordon.ClassIoT,
	cordon.ClassSpeaker: cordon.ClassIoT, cordon.ClassTV: cordon.ClassIoT, cordon.ClassHub: cordon.ClassIoT,
	cordon.ClassPlug: cordon.ClassIoT, cordon.ClassLight: cordon.ClassIoT, cordon.ClassLock: cordon.ClassIoT,
	cordon.ClassScale: cordon.ClassAppliance, cordon.ClassKettle: cordon.ClassAppliance, cordon.ClassAppliance: cordon.ClassIoT,
}

// specialFrom is the score from which a special class takes over the general one's support.
const specialFrom = 0.4

// specialise folds general candidates into the strongest special one that they include.
func specialise(cs []candidate) []candidate {
	slices.SortStableFunc(cs, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(depth(b.key)*side(b.score), depth(a.key)*side(a.score)), cmp.Compare(b.score, a.score))
	})
	var out []candidate
	for _, c := range cs {
		at := slices.IndexFunc(out, func(o candidate) bool { return o.score >= specialFrom && includes(c.key, o.key) })
		if at < 0 {
			out = append(out, c)
			continue
		}
		out[at].score = 1 - (1-out[at].score)*(1-c.score)
		out[at].reasons = append(out[at].reasons, c.reasons...)
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.key, b.key)) })
	return out
}

func side(score float64) int {
	if score >= specialFrom {
		return 1
	}
	return 0
}

func depth(class string) int {
	n := 0
	for kindOf[class] != "" {
		class = kindOf[class]
		n++
	}
	return n
}

// includes reports whether special is a kind of general.
func includes(general, special string) bool {
	for special != "" {
		if special == general {
			return true
		}
		special = kindOf[special]
	}
	return false
}

// behaviour makes class evidence of what a device did, whatever it said.
func behaviour(in In) []evidence {
	b := conduct{}
	for i := range in.Seen {
		b.fact(&in.Seen[i])
	}
	for i := range in.Flows {
		b.flow(&in.Flows[i])
	}
	b.madeUp = in.MAC.Local()
	return b.evidence()
}

// conduct counts what a device did.
type conduct struct {
	servesVideo, sendsMedia, onvif, nvr  bool
	recorded                             bool // a recorder takes pictures from it
	routes, carries, dhcp, dns, searches bool
	madeUp                               bool         // its address is locally administered
	watches                              []netip.Addr // peers from whom it fetches video, at most two
	sites                                []string     // registered names it called, at most browsing
}

func (b *conduct) fact(o *cordon.Observation) {
	switch o.Kind {
	case "rtsp.video":
		b.servesVideo = true
	case "rtp.video":
		b.sendsMedia = true
	case "recorder.behind":
		b.recorded = true
	case "onvif.types":
		b.onvif = b.onvif || strings.Contains(o.Value, "NetworkVideoTransmitter")
		b.nvr = b.nvr || strings.Contains(o.Value, "NetworkVideoStorage") || strings.Contains(o.Value, "NetworkVideoDisplay")
	case "ether.routes":
		b.routes = b.routes || o.Value == "outside addresses"
		b.carries = true
	case "icmpv6.router":
		b.routes = true
	case "dhcp.server":
		b.dhcp = true
	case "dns.server":
		b.dns = true
	case "wsd.probe":
		b.searches = true
	case "dns.query", "tls.sni", "quic.sni", "http.host":
		if s := site(o.Value); len(b.sites) < browsing && !slices.Contains(b.sites, s) {
			b.sites = append(b.sites, s)
		}
	}
}

func (b *conduct) flow(f *cordon.Flow) {
	if f.App == "rtsp" && f.Opened && !f.Outside && f.State == cordon.StateAnswered && len(b.watches) < 2 && !slices.Contains(b.watches, f.Far) {
		b.watches = append(b.watches, f.Far)
	}
}

// site is the last two labels of a name: near enough to who runs it for counting.
func site(name string) string {
	last := strings.LastIndexByte(name, '.')
	if last < 0 {
		return name
	}
	return name[strings.LastIndexByte(name[:last], '.')+1:]
}

// browsing is how many different sites a person's device reaches that no single-purpose one does.
const browsing = 20

func (b *conduct) evidence() []evidence {
	var out []evidence
	add := func(ok bool, class string, weight float64, channel, text string) {
		if ok {
			out = append(out, evidence{field: fieldClass, value: class, key: class, weight: weight, shared: class == cordon.ClassCamera,
				reason: cordon.Reason{Weight: weight, Channel: channel, Text: text, Trust: "high"}})
		}
	}
	add(b.servesVideo, cordon.ClassCamera, 0.7, "rtsp", "it offers video over RTSP")
	add(b.servesVideo && b.sendsMedia, cordon.ClassCamera, 0.3, "rtp", "it sends the video it offers")
	add(b.recorded, cordon.ClassCamera, 0.8, "recorder", "its recorder lists it as a camera")
	add(b.onvif, cordon.ClassCamera, 0.75, "onvif", "it announces itself as an ONVIF video transmitter")
	add(b.nvr, cordon.ClassRecorder, 0.75, "onvif", "it announces itself as an ONVIF recorder or display")
	add(len(b.watches) >= 2, cordon.ClassRecorder, 0.6, "conduct", "it fetches video from two or more cameras")
	add(b.routes, cordon.ClassRouter, 0.7, "conduct", "it passes on packets from outside addresses")
	add(b.carries && !b.routes, cordon.ClassRouter, 0.3, "conduct", "it speaks from an outside address")
	add(b.dhcp, cordon.ClassRouter, 0.5, "dhcp", "it hands out addresses")
	add(b.dhcp && b.dns, cordon.ClassRouter, 0.4, "names", "it hands out addresses and answers for names")
	add(len(b.sites) >= browsing, cordon.ClassComputer, 0.45, "conduct", "it reaches as many different sites as a person does")
	add(b.madeUp, cordon.ClassPhone, 0.15, channelOUI, "its address is made up, as phones do to stay private")
	return out
}
