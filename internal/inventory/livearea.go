package inventory

import (
	"cmp"
	"slices"

	"cordon"
	"cordon/knowledge"
)

// area is one site: its ledger, and which of its devices are to be judged.
type area struct {
	site    string
	ledger  *Ledger
	judge   *judge // how devices were told apart last; nil: not yet
	know    *knowledge.Base
	round   int64   // when devices were told apart last
	now     hostSet // hosts of devices to be judged at once
	later   hostSet // and of those of which there is only more of the same: every other second
	waiting map[uint32]int
}

// newArea begins to note what changes in a ledger, all of which is new.
func newArea(site string, ledger *Ledger) *area {
	p := &area{site: site, ledger: ledger, waiting: map[uint32]int{}}
	if ledger.news == nil {
		ledger.news = &news{}
	}
	p.all()
	return p
}

// area finds or makes the area of a site.
func (l *Live) area(site string) *area {
	p := l.areas[site]
	if p == nil {
		p = newArea(site, NewLedger(l.c.Limits.Ledger))
		l.areas[site] = p
	}
	return p
}

// sites are the places in an order that is always the same.
func (l *Live) sites() []*area {
	out := make([]*area, 0, len(l.areas))
	for _, p := range l.areas {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *area) int { return cmp.Compare(a.site, b.site) })
	return out
}

// all has every device judged.
func (p *area) all() {
	for h := range p.ledger.hosts.len() {
		p.now.add(uint32(h))
	}
}

// regroupEvery is after how many seconds devices are told apart anew though nothing says so:
// the owner's choices may have changed, or who opens most conversations.
const regroupEvery = 60

// group tells the devices of a place apart, if that may have changed.
func (l *Live) group(p *area) {
	know := l.c.Know()
	n := p.ledger.news
	if p.judge != nil && (n.grouped && p.know == know && l.round%regroupEvery != 0 || !p.mayRegroup(l.round)) {
		if p.judge.options.Now.Before(moment(p.ledger.last)) {
			p.judge.options.Now = moment(p.ledger.last)
		}
		return
	}
	if p.know != know {
		p.all()
	}
	o := l.c.Options(p.site)
	o.ids, o.site = l.ids, p.site
	before := p.judge
	p.round = l.round
	j := &p.ledger.Begin(know, nil, o).judge
	p.judge, p.know = j, know
	if n.shared || before != nil && regrouped(before, j) {
		p.all()
	}
	n.grouped, n.shared = true, false
}

// manyHosts is from how many hosts on devices are told apart only every other second, or, of
// twice as many, every third and so on up to a fourth: it takes a look at every host.
const manyHosts = 1 << 15

// mayRegroup reports whether it is time to tell devices apart again.
func (p *area) mayRegroup(round int64) bool {
	return round-p.round >= min(4, int64(1+p.ledger.hosts.len()/manyHosts))
}

// regrouped reports whether a host that was there before is another device's now, or of another
// id: then those who talk to it have another peer.
func regrouped(before, after *judge) bool {
	if !slices.Equal(netsOf(before), netsOf(after)) {
		return true
	}
	for h, was := range before.owner {
		is := after.owner[h]
		if was < 0 && is < 0 {
			continue
		}
		if was < 0 || is < 0 || before.units[was].id != after.units[is].id {
			return true
		}
	}
	return false
}

func netsOf(j *judge) []string {
	out := make([]string, len(j.nets))
	for i := range j.nets {
		out[i] = j.nets[i].Prefix.String()
	}
	return out
}

// due collects the devices to be judged in this second: of what is new all, of what is only
// more every other second, and of the others a sixtieth, so that each is judged once a minute.
// At most so many: the rest stays for the next second, those who watch people never.
func (l *Live) due(p *area, most int) []int32 {
	n := p.ledger.news
	p.later.move(n.more)
	p.now.move(n.fresh)
	if l.round%2 == 0 {
		p.now.move(p.later)
	}
	for h := int(l.round % regroupEvery); h < len(p.judge.owner); h += regroupEvery {
		if u := p.judge.owner[h]; u >= 0 && l.known[p.judge.units[u].id] != nil {
			p.now.add(uint32(h))
		}
	}
	full := len(l.known) >= l.c.Limits.Devices
	var list []int32
	seen := make(map[int32]bool)
	p.now.each(func(h uint32) {
		if int(h) >= len(p.judge.owner) {
			return // it is not said yet whose it is
		}
		u := p.judge.owner[h]
		switch {
		case u < 0:
			p.now.remove(h) // a far end, or nobody
		case full && l.known[p.judge.units[u].id] == nil:
			p.now.remove(h)
			l.turnedAway++
		case !seen[u] && !l.waits(p, u):
			seen[u] = true
			list = append(list, u)
		}
	})
	slices.SortFunc(list, func(a, b int32) int { return cmp.Or(cmp.Compare(l.rank(p, a), l.rank(p, b)), cmp.Compare(a, b)) })
	list = list[:min(len(list), max(most, 0))]
	for _, u := range list {
		for _, h := range p.judge.units[u].hosts {
			p.now.remove(h)
			p.later.remove(h)
		}
	}
	return list
}

// rank is who is judged first: those who see or hear people, then who is known, then the new ones.
func (l *Live) rank(p *area, u int32) int {
	switch k := l.known[p.judge.units[u].id]; {
	case k == nil:
		return 2
	case cordon.Watches(k.class()):
		return 0
	}
	return 1
}

// settling is for how many seconds an address may be without an interface before it counts as
// one behind a router. Facts are told at once, flows, which name the interface, some seconds
// later (packet.Table.Progress); and others may speak of an address long before it does itself.
const (
	settling      = 60
	settlingAsked = 6 // where it answered us
)

// waits reports whether it is too early to say who a new address is.
func (l *Live) waits(p *area, u int32) bool {
	unit := &p.judge.units[u]
	h := unit.hosts[0]
	if unit.mac != (cordon.MAC{}) || l.known[unit.id] != nil || p.ledger.news.bare.has(h) {
		delete(p.waiting, h)
		return false
	}
	p.waiting[h]++
	most := settling
	if p.ledger.answered(h) {
		most = settlingAsked
	}
	return p.waiting[h] < most
}

// answered reports whether a host answered a question of ours.
func (l *Ledger) answered(h uint32) bool {
	for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
		if l.facts.at(i).origin&1 != 0 {
			return true
		}
	}
	return false
}
