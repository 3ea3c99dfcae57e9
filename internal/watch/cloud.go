package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/knowledge"
)

var cloud = &Alarm{
	Code: "cloud-in-use", FarEnds: true, Rollups: true,
	Doc: "a vendor's cloud or peer-to-peer service is in use",
	Fix: "If nobody watches through the maker's app, switch cloud and P2P off in the device; else know that its operator can reach in.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		byOperator, alone := map[string]*cordon.Finding{}, map[string]bool{}
		for i := range in.Seen {
			if in.thing() {
				in.cloudName(byOperator, alone, a, &in.Seen[i])
			}
		}
		in.onlyAsked(byOperator, alone)
		for i := range in.Flows {
			in.p2p(byOperator, a, &in.Flows[i])
		}
		return sorted(byOperator)
	},
}

// cloudName notes that a name of a known cloud was called, and in alone whether only the
// name server was told so.
func (in *In) cloudName(out map[string]*cordon.Finding, alone map[string]bool, a *Alarm, o *cordon.Observation) {
	switch o.Kind {
	case "dns.query", "tls.sni", "quic.sni", "http.host":
	default:
		return
	}
	c, key := in.vendor(o.Value)
	if c == nil {
		return
	}
	f := in.keyed(out, a, key, o.At, o.Last)
	if f.Title == "" {
		alone[key] = true
	}
	if o.Kind != "dns.query" {
		alone[key] = false
	}
	f.Title = whose(c)
	f.Detail = "Purpose, as far as known: " + strings.Join(c.Purpose, ", ") + "."
	if rented(c) {
		f.Severity, f.Fix = cordon.Low, "Ask the device's maker what is kept there, and under whose account; who runs the servers says neither."
	}
	if len(f.Evidence) < 8 {
		f.Evidence = appendNew(f.Evidence, fmt.Sprintf("%s (%s), %s, first %s; source: %s", o.Value, o.Kind, count(o.Count, "time"), clock(o.At), c.Source))
	}
}

// vendor gives the cloud that a name belongs to, with the key of its finding; nil where
// that is not known well enough, or the name serves only the time or look-ups.
func (in *In) vendor(name string) (*knowledge.Cloud, string) {
	if name == "" {
		return nil, ""
	}
	c, ok := in.Know.Cloud(name)
	switch {
	case !ok || c.Confidence == knowledge.Low || utility(c.Purpose):
		return nil, ""
	case rented(c):
		return c, c.Operator + ", rented"
	}
	return c, c.Operator
}

// whose says what a cloud is, to follow "It uses".
func whose(c *knowledge.Cloud) string {
	what := "the cloud of " + c.Operator
	switch {
	case rented(c):
		what = "rented servers of " + c.Operator
	case strings.HasPrefix(c.Operator, "unattributed"), c.Operator == "unknown", c.Operator == "several":
		what = "a cloud of which it is not known who runs it"
	}
	if c.Country != "" {
		what += ", registered in " + c.Country
	}
	return what
}

// onlyAsked finishes the titles of findings that names made: alone says of which clouds
// nothing but questions to a name server is known so far. The flows show whether they led anywhere.
func (in *In) onlyAsked(out map[string]*cordon.Finding, alone map[string]bool) {
	var led map[string]use
	for key, f := range out {
		how := wasUsed
		if alone[key] {
			if led == nil {
				led = in.led()
			}
			how = led[key]
		}
		switch how {
		case wasUsed:
			f.Title = "It uses " + f.Title
		case wasTried:
			f.Title = "It tries to reach " + f.Title + ", and nobody answers"
		default:
			f.Title = "It asked for a name of " + f.Title + "; no connection to it was seen"
			f.Severity = milder(f.Severity)
		}
	}
}

// use is how far a device got with a cloud.
type use uint8

const (
	wasAsked use = iota // for its address, no further
	wasTried
	wasUsed
)

// led gives how far the device's own conversations got, by the key of the cloud. A far end
// counts under the names by which it was asked for too: many names may share an address.
func (in *In) led() map[string]use {
	keys := map[string][]string{} // by address
	for i := range in.Seen {
		if in.Seen[i].Kind != "dns.answer" {
			continue
		}
		name, addr, _ := strings.Cut(in.Seen[i].Value, " ")
		if c, key := in.vendor(name); c != nil {
			keys[addr] = appendNew(keys[addr], key)
		}
	}
	out := map[string]use{}
	for i := range in.Flows {
		fl := &in.Flows[i]
		if !fl.Outside || !fl.Opened {
			continue
		}
		how := wasUsed
		if lost(fl) {
			how = wasTried
		}
		if c, key := in.vendor(fl.Name); c != nil {
			out[key] = max(out[key], how)
		}
		for _, key := range keys[fl.Far.String()] {
			out[key] = max(out[key], how)
		}
	}
	return out
}

// milder is one severity below, info at the least.
func milder(s cordon.Severity) cordon.Severity {
	if s == cordon.Medium {
		return cordon.Low
	}
	return cordon.Info
}

// p2pApps are the peer-to-peer protocols that open a camera to the outside through any router.
var p2pApps = map[string]string{"pppp": "PPPP (CS2)", "tutk": "Kalay (TUTK)", "gwell": "Gwell (Yoosee)", "v380": "V380"}

func (in *In) p2p(out map[string]*cordon.Finding, a *Alarm, fl *cordon.Flow) {
	name, ok := p2pApps[fl.App]
	if !ok || !fl.Outside || !in.thing() && in.fact(cordon.Kind(fl.App+".present")) == nil {
		return // of what could not be told, only who is there to be watched counts, not who watches
	}
	f := in.keyed(out, a, name, fl.First, fl.Last)
	f.Title = fmt.Sprintf("It keeps a peer-to-peer door open: %s", name)
	f.Detail = "Whoever knows its identifier and password can watch from anywhere, through the router."
	f.Severity = cordon.Medium
	if len(f.Evidence) < 8 {
		f.Evidence = appendNew(f.Evidence, describe(fl))
	}
}

// keyed finds or starts the finding of one operator.
func (in *In) keyed(out map[string]*cordon.Finding, a *Alarm, key string, first, last time.Time) *cordon.Finding {
	f := out[key]
	if f == nil {
		n := in.finding(a, cordon.Low)
		if cordon.Watches(in.class()) {
			n.Severity = cordon.Medium
		}
		n.Key, n.First, n.Last = key, first, last
		f = &n
		out[key] = f
	}
	widen(f, first, last)
	return f
}

// utility reports whether a name serves only the time or look-ups, which other alarms tell of.
func utility(purpose []string) bool {
	for _, p := range purpose {
		if p != "ntp" && p != "doh" {
			return false
		}
	}
	return len(purpose) > 0
}

// rented reports whether a name is of servers that anybody can rent: whose service runs
// there cannot be told from it (D-Link's hub keeps its firmware on s3-us-west-2.amazonaws.com).
func rented(c *knowledge.Cloud) bool {
	for _, p := range c.Purpose {
		if p != "cloud storage" && p != "storage" && p != "push" {
			return false
		}
	}
	return c.Maker == "" && len(c.Purpose) > 0
}

func sorted(m map[string]*cordon.Finding) []cordon.Finding {
	var out []cordon.Finding
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, *m[k])
	}
	return out
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
