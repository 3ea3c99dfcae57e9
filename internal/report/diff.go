package report

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"cordon"
)

// Changes is what differs between two audits. Every list is in the order of the later
// audit, what is gone in that of the earlier; nil lists are empty.
type Changes struct {
	Before, After string            // program and knowledge of each
	Knowledge     bool              // the knowledge differs: some changes may come from that alone
	New           []*cordon.Audited // devices of the later audit alone; borrowed from it
	Gone          []*cordon.Audited // devices of the earlier audit alone: not seen, which is not removed
	Devices       []DeviceChange    // devices of both in which something differs
	Same          int               // devices of both in which nothing does
}

// DeviceChange is what differs in one device.
type DeviceChange struct {
	Device       *cordon.Audited // as it is in the later audit; borrowed
	Fields       []FieldChange   // class, badge, maker, model, firmware, reach, ports, grade, lists
	Found        []cordon.Finding
	NotSeen      []cordon.Finding // of the earlier audit; not seen any more, which is not fixed
	Destinations []cordon.Destination
	Countries    []string // registered there, and not called from the device before; ISO codes
}

// FieldChange is one value that differs. Empty means unknown.
type FieldChange struct{ Field, From, To string }

// Diff compares two audits. A device is the same when a MAC that is not made up locally
// agrees, else when one of its addresses does and the MACs do not speak against it, else
// when all its names do. Neither audit is changed; both are borrowed.
func Diff(before, after *cordon.Audit) *Changes {
	c := &Changes{
		Before: known(before.Program) + ", knowledge " + known(before.Knowledge), After: known(after.Program) + ", knowledge " + known(after.Knowledge),
		Knowledge: before.Knowledge != after.Knowledge,
	}
	pairs := match(before.Devices, after.Devices)
	stayed := make([]bool, len(before.Devices))
	for i := range after.Devices {
		if pairs[i] < 0 {
			c.New = append(c.New, &after.Devices[i])
			continue
		}
		stayed[pairs[i]] = true
		d := compareDevice(&before.Devices[pairs[i]], &after.Devices[i])
		d.ports(before, after, &before.Devices[pairs[i]])
		if d.empty() {
			c.Same++
		} else {
			c.Devices = append(c.Devices, d)
		}
	}
	for i := range before.Devices {
		if !stayed[i] {
			c.Gone = append(c.Gone, &before.Devices[i])
		}
	}
	return c
}

// Worse reports whether the owner has more to do than before: a new device that watches,
// or one with a finding of medium or more; on a known device a new finding of medium or
// more, a lower grade, a first way to the outside or another country.
func (c *Changes) Worse() bool {
	return slices.ContainsFunc(c.New, func(d *cordon.Audited) bool {
		return cordon.Watches(d.Identity.Class.Value) || serious(d.Findings)
	}) || slices.ContainsFunc(c.Devices, DeviceChange.worse)
}

func serious(list []cordon.Finding) bool {
	return slices.ContainsFunc(list, func(f cordon.Finding) bool { return f.Severity.Rank() >= cordon.Medium.Rank() })
}

func (d DeviceChange) worse() bool {
	return serious(d.Found) || len(d.Countries) > 0 || slices.ContainsFunc(d.Fields, func(f FieldChange) bool {
		switch f.Field {
		case "grade":
			return f.From != "" && f.To > f.From // letters: A is best
		case "reach":
			return f.To == string(cordon.ReachCloud)
		}
		return false
	})
}

func (d *DeviceChange) empty() bool {
	return len(d.Fields)+len(d.Found)+len(d.NotSeen)+len(d.Destinations)+len(d.Countries) == 0
}

// match gives for each later device the index of the earlier one, or -1. Each is used once.
func match(before, after []cordon.Audited) []int {
	pairs := make([]int, len(after))
	for i := range pairs {
		pairs[i] = -1
	}
	used := make([]bool, len(before))
	for _, keys := range []func(*cordon.Audited) []string{burntMACs, everyMAC, addressKeys, nameKey} {
		index := map[string]int{}
		for i := range before {
			for _, k := range keys(&before[i]) {
				if _, taken := index[k]; !used[i] && !taken {
					index[k] = i
				}
			}
		}
		for i := range after {
			if pairs[i] >= 0 {
				continue
			}
			for _, k := range keys(&after[i]) {
				if n, ok := index[k]; ok && !used[n] && !otherMAC(&before[n], &after[i]) {
					pairs[i], used[n] = n, true
					break
				}
			}
		}
	}
	return pairs
}

func burntMACs(d *cordon.Audited) []string {
	return slices.DeleteFunc(everyMAC(d), func(s string) bool { m, _ := cordon.ParseMAC(s); return m.Local() })
}

func everyMAC(d *cordon.Audited) []string {
	var out []string
	for _, i := range d.Interfaces {
		if i.MAC != (cordon.MAC{}) {
			out = append(out, i.MAC.String())
		}
	}
	return out
}

// addressKeys leaves out link-local addresses: every network has the same ones.
func addressKeys(d *cordon.Audited) []string {
	var out []string
	for _, i := range d.Interfaces {
		for _, a := range i.Addrs {
			if !a.IsLinkLocalUnicast() {
				out = append(out, a.String())
			}
		}
	}
	return out
}

func nameKey(d *cordon.Audited) []string {
	if len(d.Names) == 0 {
		return nil
	}
	return []string{strings.ToLower(strings.Join(d.Names, "\x00"))}
}

// otherMAC reports whether both have a MAC of the factory and share none: then an
// address went from one device to another.
func otherMAC(a, b *cordon.Audited) bool {
	x, y := burntMACs(a), burntMACs(b)
	return len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(m string) bool { return slices.Contains(y, m) })
}

func compareDevice(was, is *cordon.Audited) DeviceChange {
	d := DeviceChange{Device: is}
	field := func(name, from, to string) {
		if from != to {
			d.Fields = append(d.Fields, FieldChange{name, from, to})
		}
	}
	a, b := &was.Identity, &is.Identity
	field("class", a.Class.Value, b.Class.Value)
	field("badge", a.Brand.Value, b.Brand.Value)
	field("maker", a.Maker.Value, b.Maker.Value)
	field("model", a.Model.Value, b.Model.Value)
	field("firmware", a.Firmware.Value, b.Firmware.Value)
	field("reach", string(was.Reach), string(is.Reach))
	field("grade", was.Grade.Letter, is.Grade.Letter)
	from, to := listChange(was.Lists, is.Lists)
	field("lists", from, to)
	d.Found, d.NotSeen = newFindings(was.Findings, is.Findings), newFindings(is.Findings, was.Findings)
	if !was.Hidden && !is.Hidden {
		d.destinations(was, is)
	}
	return d
}

// listChange says which lists came and went, in short; the same text twice where none did.
func listChange(was, is []cordon.Listing) (from, to string) {
	a, b := listIDs(was), listIDs(is)
	from, to = Plural(len(a), "list"), Plural(len(b), "list")
	if slices.Equal(a, b) {
		return to, to
	}
	less := func(x, y []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(x), func(s string) bool { return slices.Contains(y, s) }), ", ")
	}
	if s := less(b, a); s != "" {
		to += ", now " + s
	}
	if s := less(a, b); s != "" {
		to += ", not " + s
	}
	return from, to
}

func listIDs(list []cordon.Listing) []string {
	var ids []string
	for i := range list {
		ids = append(ids, list[i].List)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// newFindings gives what is in b and not in a, by code and key.
func newFindings(a, b []cordon.Finding) []cordon.Finding {
	type id struct{ code, key string }
	had := map[id]bool{}
	for i := range a {
		had[id{a[i].Code, a[i].Key}] = true
	}
	var out []cordon.Finding
	for i := range b {
		if !had[id{b[i].Code, b[i].Key}] {
			out = append(out, b[i])
		}
	}
	return out
}

// destinations keeps far ends whose name, or address where there is no name, is new.
func (d *DeviceChange) destinations(was, is *cordon.Audited) {
	type end struct {
		name string
		addr netip.Addr
	}
	of := func(f *cordon.Destination) end {
		if f.Name != "" {
			return end{name: strings.ToLower(f.Name)}
		}
		return end{addr: f.Address}
	}
	ends, countries := map[end]bool{}, map[string]bool{}
	for i := range was.Destinations {
		ends[of(&was.Destinations[i])] = true
		countries[was.Destinations[i].Country] = true
	}
	for i := range is.Destinations {
		f := &is.Destinations[i]
		if !ends[of(f)] {
			ends[of(f)] = true
			d.Destinations = append(d.Destinations, *f)
		}
		if f.Country != "" && !countries[f.Country] {
			countries[f.Country] = true
			d.Countries = append(d.Countries, f.Country)
		}
	}
	slices.SortStableFunc(d.Destinations, func(a, b cordon.Destination) int { return cmp.Compare(b.Sent, a.Sent) })
	slices.Sort(d.Countries)
}
