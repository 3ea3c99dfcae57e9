package inventory

import (
	"cmp"
	"slices"
	"strings"

	"cordon"
)

// further is another interface of a device, with its hosts, and why it is the same device.
type further struct {
	mac   cordon.MAC
	hosts []uint32
	why   string
}

// same joins units that are one device: two interfaces that gave the same serial number. A
// number that more than two gave is none, and who passes on other people's packets is nobody
// else. It gives the further interfaces by unit; nil, at no cost, where nobody told a number.
func (l *Ledger) same(units []unit, owner []int32, o *Options) (joined []unit, also map[int32][]further) {
	pairs := l.sameSerial(units)
	if o.ids != nil {
		pairs = append(o.ids.pairs(o.site, units), pairs...)
	}
	if len(pairs) == 0 {
		return units, nil
	}
	into := map[int32]int32{}
	also = map[int32][]further{}
	for _, p := range pairs {
		if _, gone := into[p.a]; gone {
			continue
		}
		if _, gone := into[p.b]; gone || also[p.b] != nil {
			continue
		}
		into[p.b] = p.a
		also[p.a] = append(also[p.a], further{units[p.b].mac, units[p.b].hosts, p.why})
		units[p.a].hosts = append(slices.Clone(units[p.a].hosts), units[p.b].hosts...)
	}
	return compact(units, owner, into, also)
}

// compact takes out the units that joined others.
func compact(units []unit, owner []int32, into map[int32]int32, also map[int32][]further) ([]unit, map[int32][]further) {
	at := make([]int32, len(units))
	moved := make(map[int32][]further, len(also))
	n := int32(0)
	for i := range units {
		if _, gone := into[int32(i)]; gone {
			continue
		}
		at[i] = n
		if list := also[int32(i)]; list != nil {
			moved[n] = list
		}
		units[n] = units[i]
		n++
	}
	for gone, to := range into {
		at[gone] = at[to]
	}
	for h, u := range owner {
		if u >= 0 {
			owner[h] = at[u]
		}
	}
	return units[:n], moved
}

// pair is two units that are one device.
type pair struct {
	a, b int32 // a was seen first
	why  string
}

// sameSerial finds the pairs, in an order that is always the same.
func (l *Ledger) sameSerial(units []unit) []pair {
	kinds := l.serialKinds()
	if len(kinds) == 0 {
		return nil
	}
	by := map[uint64][]int32{} // by kind and number: who told it
	told := map[int32][]uint64{}
	for i := range units {
		if units[i].mac == (cordon.MAC{}) {
			continue
		}
		l.eachSerial(&units[i], kinds, func(k uint64) {
			if !slices.Contains(by[k], int32(i)) {
				by[k] = append(by[k], int32(i))
				told[int32(i)] = append(told[int32(i)], k)
			}
		})
	}
	var out []pair
	for k, who := range by {
		if len(who) != 2 || differ(told[who[0]], told[who[1]]) || l.routes(&units[who[0]]) || l.routes(&units[who[1]]) {
			continue
		}
		p := pair{who[0], who[1], "both gave the same serial number (" + l.kinds.text[k>>32] + ")"}
		if l.before(&units[p.b], &units[p.a]) {
			p.a, p.b = p.b, p.a
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y pair) int {
		return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), cmp.Compare(x.why, y.why))
	})
	return slices.CompactFunc(out, func(x, y pair) bool { return x.a == y.a && x.b == y.b })
}

// differ reports whether two told different numbers of one kind.
func differ(a, b []uint64) bool {
	for _, x := range a {
		for _, y := range b {
			if x>>32 == y>>32 && x != y {
				return true
			}
		}
	}
	return false
}

// serialKinds are the kinds of serial numbers that anybody told.
func (l *Ledger) serialKinds() map[uint16]bool {
	var out map[uint16]bool
	for n, kind := range l.kinds.text {
		if strings.HasSuffix(kind, ".serial") {
			if out == nil {
				out = map[uint16]bool{}
			}
			out[uint16(n)] = true
		}
	}
	return out
}

// eachSerial gives the numbers that a unit told, as keys of facts.
func (l *Ledger) eachSerial(u *unit, kinds map[uint16]bool, yield func(key uint64)) {
	for _, h := range u.hosts {
		for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
			if f := l.facts.at(i); kinds[f.kind] && strings.Contains(l.values.text[f.value], hashMark) {
				yield(f.key())
			}
		}
	}
}

// routes reports whether a unit passes on other people's packets.
func (l *Ledger) routes(u *unit) bool {
	h := l.byMAC[u.mac]
	kind, known := l.kinds.find("ether.routes")
	for i := l.hosts.at(h).facts; known && h != 0 && i != 0; i = l.facts.at(i).next {
		if l.facts.at(i).kind == uint16(kind) {
			return true
		}
	}
	return false
}

// before reports whether one unit was seen before another.
func (l *Ledger) before(a, b *unit) bool {
	first := func(u *unit) int64 {
		f := l.hosts.at(u.hosts[0]).first
		for _, h := range u.hosts {
			f = min(f, l.hosts.at(h).first)
		}
		return f
	}
	return cmp.Or(cmp.Compare(first(a), first(b)), slices.Compare(a.mac[:], b.mac[:])) < 0
}
