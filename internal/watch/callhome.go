package watch

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"cordon"
	"cordon/knowledge"
)

var callHome = &Alarm{
	Code: "calls-home", FarEnds: true, Rollups: true,
	Doc: "it talks, or tries to talk, to the outside",
	Fix: "Decide whether anybody needs this; if not, block the device's way out (a block list of what was seen: --blocklist).",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.thing() {
			return nil
		}
		f := in.finding(a, cordon.Low)
		var names []string
		tried, answered := 0, 0
		for i := range in.Flows {
			fl := &in.Flows[i]
			if !fl.Outside || !fl.Opened {
				continue
			}
			if lost(fl) {
				tried += fl.Count
			} else {
				answered += fl.Count
			}
			if f.Evidence == nil {
				f.First, f.Last = fl.First, fl.Last
			}
			widen(&f, fl.First, fl.Last)
			if n := farName(fl); !slices.Contains(names, n) && len(names) < maxNamed {
				names = append(names, n)
				f.Evidence = append(f.Evidence, describe(fl))
			}
		}
		if len(names) == 0 {
			return nil
		}
		if cordon.Watches(in.class()) {
			f.Severity = cordon.Medium
		}
		f.Evidence = most(f.Evidence, 12)
		far := count(len(names), "far end")
		if len(names) == maxNamed {
			far += " or more"
		}
		f.Title = fmt.Sprintf("It calls %s outside (%s answered, %s not)", far, count(answered, "conversation"), count(tried, "attempt"))
		f.Detail = "A camera that serves only its recorder has no need to. Unanswered attempts count: they show what it would do if it could."
		return []cordon.Finding{f}
	},
}

// maxNamed bounds the far ends told apart: a device that calls more has a finding already.
const maxNamed = 100

var cloud = &Alarm{
	Code: "cloud-in-use", FarEnds: true, Rollups: true,
	Doc: "a vendor's cloud or peer-to-peer service is in use",
	Fix: "If nobody watches through the maker's app, switch cloud and P2P off in the device; else know that its operator can reach in.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		byOperator := map[string]*cordon.Finding{}
		for i := range in.Seen {
			if in.thing() {
				in.cloudName(byOperator, a, &in.Seen[i])
			}
		}
		for i := range in.Flows {
			in.p2p(byOperator, a, &in.Flows[i])
		}
		return sorted(byOperator)
	},
}

// cloudName notes that a name of a known cloud was called.
func (in *In) cloudName(out map[string]*cordon.Finding, a *Alarm, o *cordon.Observation) {
	switch o.Kind {
	case "dns.query", "tls.sni", "quic.sni", "http.host":
	default:
		return
	}
	c, ok := in.Know.Cloud(o.Value)
	if !ok || c.Confidence == "low" || utility(c.Purpose) {
		return
	}
	where, key := "the cloud", c.Operator
	if rented(c) {
		where, key = "rented servers", c.Operator+", rented"
	}
	f := in.keyed(out, a, key, o.At, o.Last)
	f.Title = fmt.Sprintf("It uses %s of %s", where, c.Operator)
	if c.Country != "" {
		f.Title += ", registered in " + c.Country
	}
	f.Detail = "Purpose, as far as known: " + strings.Join(c.Purpose, ", ") + "."
	if rented(c) {
		f.Severity, f.Fix = cordon.Low, "Ask the device's maker what is kept there, and under whose account; who runs the servers says neither."
	}
	if len(f.Evidence) < 8 {
		f.Evidence = appendNew(f.Evidence, fmt.Sprintf("%s (%s), %d times, first %s; source: %s", o.Value, o.Kind, o.Count, clock(o.At), c.Source))
	}
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
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var out []cordon.Finding
	for _, k := range keys {
		out = append(out, *m[k])
	}
	return out
}

func appendNew(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}
