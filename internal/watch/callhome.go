package watch

import (
	"fmt"
	"sort"
	"strings"

	"cordon"
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
		names, tried, answered := map[string]bool{}, 0, 0
		for i := range in.Flows {
			fl := &in.Flows[i]
			if !fl.Outside || !fl.Opened {
				continue
			}
			if fl.State == cordon.StateAnswered || fl.State == cordon.StateMidway {
				answered += fl.Count
			} else {
				tried += fl.Count
			}
			if n := farName(fl); !names[n] {
				names[n] = true
				f.Evidence = append(f.Evidence, describe(fl))
			}
		}
		if len(names) == 0 {
			return nil
		}
		if cordon.Watches(in.Device.Identity.Class.Value) {
			f.Severity = cordon.Medium
		}
		f.Evidence = most(f.Evidence, 12)
		f.Title = fmt.Sprintf("It calls %s outside (%s answered, %s not)", count(len(names), "far end"), count(answered, "conversation"), count(tried, "attempt"))
		f.Detail = "A camera that serves only its recorder has no need to. Unanswered attempts count: they show what it would do if it could."
		return []cordon.Finding{f}
	},
}

var cloud = &Alarm{
	Code: "cloud-in-use", FarEnds: true, Rollups: true,
	Doc: "a vendor's cloud or peer-to-peer service is in use",
	Fix: "If nobody watches through the maker's app, switch cloud and P2P off in the device; else know that its operator can reach in.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.thing() {
			return nil
		}
		byOperator := map[string]*cordon.Finding{}
		for i := range in.Seen {
			in.cloudName(byOperator, a, &in.Seen[i])
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
	if !ok || c.Confidence == "low" {
		return
	}
	f := in.keyed(out, a, c.Operator)
	f.Title = fmt.Sprintf("It uses the cloud of %s", c.Operator)
	if c.Country != "" {
		f.Title += ", registered in " + c.Country
	}
	f.Detail = "Purpose, as far as known: " + strings.Join(c.Purpose, ", ") + "."
	f.Evidence = most(appendNew(f.Evidence, fmt.Sprintf("%s (%s), %d times; source: %s", o.Value, o.Kind, o.Count, c.Source)), 8)
}

// p2pApps are the peer-to-peer protocols that open a camera to the outside through any router.
var p2pApps = map[string]string{"pppp": "PPPP (CS2)", "tutk": "Kalay (TUTK)", "gwell": "Gwell (Yoosee)", "v380": "V380"}

func (in *In) p2p(out map[string]*cordon.Finding, a *Alarm, fl *cordon.Flow) {
	name, ok := p2pApps[fl.App]
	if !ok || !fl.Outside {
		return
	}
	f := in.keyed(out, a, name)
	f.Title = fmt.Sprintf("It keeps a peer-to-peer door open: %s", name)
	f.Detail = "Whoever knows its identifier and password can watch from anywhere, through the router."
	f.Severity = cordon.Medium
	f.Evidence = most(appendNew(f.Evidence, describe(fl)), 8)
}

// keyed finds or starts the finding of one operator.
func (in *In) keyed(out map[string]*cordon.Finding, a *Alarm, key string) *cordon.Finding {
	f := out[key]
	if f == nil {
		n := in.finding(a, cordon.Low)
		if cordon.Watches(in.Device.Identity.Class.Value) {
			n.Severity = cordon.Medium
		}
		n.Key = key
		f = &n
		out[key] = f
	}
	return f
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
