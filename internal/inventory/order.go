package inventory

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"cordon"
	"cordon/knowledge"
)

// farKey is what tells the far ends of one device apart.
type farKey struct {
	name, protocol, app string
	far                 netip.Addr
	port                uint16
}

// fewFar is up to how many far ends looking through them is cheaper than a map.
const fewFar = 24

// destinations rolls the device's outside flows up by name, address, port and protocol.
func (j *judge) destinations() []cordon.Destination {
	n := 0
	for i := range j.flows {
		if j.flows[i].Outside {
			n++
		}
	}
	out := slices.Grow(j.ends[:0], n)
	if !j.lends {
		out = make([]cordon.Destination, 0, n)
	}
	var index map[farKey]int
	if n > fewFar {
		index = make(map[farKey]int, n)
	}
	for i := range j.flows {
		f := &j.flows[i]
		if !f.Outside {
			continue
		}
		at := farAt(out, index, f)
		if at == len(out) {
			out = append(out, cordon.Destination{
				Name: f.Name, Address: f.Far, Port: f.Port, Protocol: f.Transport, App: f.App,
				Place: f.Place, Cloud: j.cloud(j.ledger.talks.at(j.refs[i].talk).name), State: f.State, First: f.First, Last: f.Last,
			})
		}
		fold(&out[at], f)
	}
	if j.lends {
		j.ends = out
	}
	return out
}

// farAt gives the place of a flow's far end among the destinations, the next free one where it is new.
func farAt(out []cordon.Destination, index map[farKey]int, f *cordon.Flow) int {
	if index == nil {
		for i := range out {
			d := &out[i]
			if d.Address == f.Far && d.Port == f.Port && d.Protocol == f.Transport && d.App == f.App && d.Name == f.Name {
				return i
			}
		}
		return len(out)
	}
	k := farKey{f.Name, f.Transport, f.App, f.Far, f.Port}
	at, ok := index[k]
	if !ok {
		at = len(out)
		index[k] = at
	}
	return at
}

// cloud names who runs the far end whose name has this number in Ledger.values, as a question
// where that is only remembered; empty where the name is nobody's known cloud.
func (j *judge) cloud(name uint32) string {
	if name == 0 {
		return ""
	}
	got, known := j.clouds[name]
	if !known {
		got = j.operator(j.ledger.values.text[name])
		if j.clouds == nil {
			j.clouds = map[uint32]string{}
		}
		if len(j.clouds) < maxClouds {
			j.clouds[name] = got
		}
	}
	return got
}

// operator looks the name up.
func (j *judge) operator(name string) string {
	c, ok := j.know.Cloud(name)
	switch {
	case !ok:
		return ""
	case c.Confidence == knowledge.Low:
		return "possibly " + c.Operator
	}
	return c.Operator
}

// maxClouds bounds the names whose cloud is remembered: devices of one sort call the same few.
const maxClouds = 1 << 14

// nameKinds are the facts in which a device says its own name.
var nameKinds = []cordon.Kind{"dhcp.hostname", "mdns.host", "nbns.name", "llmnr.name", "dhcp.client_fqdn", "snmp.sysname", "lldp.system"}

func names(seen []cordon.Observation) []string {
	var out []string
	for i := range seen {
		if slices.Contains(nameKinds, seen[i].Kind) {
			out = append(out, strings.TrimSuffix(seen[i].Value, ".local"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// gradeOrder puts the worst grade first and "not enough seen" last.
const gradeOrder = "FEDCBA"

func sortDevices(ds []cordon.Audited) {
	rank := func(d *cordon.Audited) int {
		if i := strings.Index(gradeOrder, d.Grade.Letter); d.Grade.Letter != "" && i >= 0 {
			return i
		}
		return len(gradeOrder)
	}
	watches := func(d *cordon.Audited) int {
		switch {
		case cordon.Watches(d.Identity.Class.Value):
			return 0
		case cordon.Personal(d.Identity.Class.Value):
			return 2
		}
		return 1
	}
	order := make([]int32, len(ds))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := &ds[i], &ds[j]
		return cmp.Or(cmp.Compare(watches(a), watches(b)), cmp.Compare(rank(a), rank(b)), compareAddrs(a, b), cmp.Compare(a.ID, b.ID))
	})
	permute(ds, order)
}

// permute puts ds[order[i]] at i, in place: an Audited is too large to be sorted by value.
func permute(ds []cordon.Audited, order []int32) {
	for i := range order {
		for at := int32(i); order[at] != int32(i) && order[at] >= 0; {
			next := order[at]
			ds[at], ds[next] = ds[next], ds[at]
			order[at] = -1
			at = next
			if order[at] == int32(i) {
				order[at] = -1
				break
			}
		}
	}
}

func compareAddrs(a, b *cordon.Audited) int {
	return firstAddr(a).Compare(firstAddr(b))
}

func firstAddr(d *cordon.Audited) netip.Addr {
	for _, i := range d.Interfaces {
		if len(i.Addrs) > 0 {
			return i.Addrs[0]
		}
	}
	return netip.Addr{}
}

// fold adds a flow to its destination.
func fold(d *cordon.Destination, f *cordon.Flow) {
	d.Flows += f.Count
	d.Sent += f.Sent
	d.Received += f.Received
	if f.State == cordon.StateAnswered {
		d.State = f.State
	}
	if f.First.Before(d.First) {
		d.First = f.First
	}
	if f.Last.After(d.Last) {
		d.Last = f.Last
	}
}
