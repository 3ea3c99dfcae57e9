package inventory

import (
	"cmp"
	"net/netip"
	"slices"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/identify"
	"cordon/knowledge"
)

// Judgement is a ledger about to be judged, device by device: who only writes what was
// concluded need not hold it all at once. The ledger must not change meanwhile.
type Judgement struct {
	judge judge
	head  *cordon.Audit
}

// Begin decides what is inside and which addresses are one device. The captures are
// passed through, and say how far what was not seen may be trusted.
func (l *Ledger) Begin(know *knowledge.Base, captures []cordon.Capture, o Options) *Judgement {
	nets := append(l.networks(o.Nets), answered(o.Answered)...)
	units, owner := l.units(nets)
	units, also := l.same(units, owner, &o)
	if o.ids != nil {
		o.ids.assign(o.site, l, units, also)
	}
	j := judge{ledger: l, know: know, options: o, nets: nets, units: units, also: also, owner: owner, namer: identify.New(know), listed: map[listKey]*assess.Listed{}}
	j.cut = slices.ContainsFunc(captures, func(c cordon.Capture) bool { return c.Cut > 0 })
	if j.options.Now.IsZero() {
		j.options.Now = moment(l.last)
	}
	j.common = j.shared()
	var unfound []cordon.Claim
	j.claims, unfound = j.claimed()
	return &Judgement{judge: j, head: &cordon.Audit{
		Claims: len(o.Claims), Unfound: unfound,
		Knowledge: know.Version, Captures: captures, Networks: nets, ListsChosen: o.Lists,
		Applications: l.flows, Dropped: l.dropped,
	}}
}

// Head is the audit without its devices and findings. It belongs to the judgement.
func (g *Judgement) Head() *cordon.Audit { return g.head }

// Each judges one device after the other, in the order of their first addresses (those
// without any first), then of their ids, a recorder before the cameras behind it, until yield says false. A device is valid only
// during the call, with everything it points to.
func (g *Judgement) Each(yield func(*cordon.Audited) bool) {
	j := &g.judge
	j.lends = true
	var d cordon.Audited // one place for all: they are large
	for _, i := range j.byAddress() {
		j.unit(&d, &j.units[i])
		cameras := j.behind(&d, j.told)
		if !yield(&d) {
			return
		}
		for i := range cameras {
			if !yield(&cameras[i]) {
				return
			}
		}
	}
}

// All judges everything. Devices that watch come first, then the worst grades; findings
// come worst first. The audit is the caller's own.
func (g *Judgement) All() *cordon.Audit {
	j := &g.judge
	j.lends = false
	a := *g.head
	a.Devices = make([]cordon.Audited, 0, len(j.units))
	n := 0
	for i := range j.units {
		var d cordon.Audited
		j.unit(&d, &j.units[i])
		a.Devices = append(append(a.Devices, d), j.behind(&d, j.told)...)
	}
	for i := range a.Devices {
		n += len(a.Devices[i].Findings)
	}
	sortDevices(a.Devices)
	a.Findings = make([]cordon.Finding, 0, n)
	for i := range a.Devices {
		a.Findings = append(a.Findings, a.Devices[i].Findings...)
	}
	sortFindings(a.Findings)
	return &a
}

// Judge judges everything in the ledger, see Judgement.All.
func (l *Ledger) Judge(know *knowledge.Base, captures []cordon.Capture, o Options) *cordon.Audit {
	return l.Begin(know, captures, o).All()
}

// sortFindings puts the worst first and leaves the rest as it is.
func sortFindings(fs []cordon.Finding) {
	if len(fs) > 1 {
		slices.SortStableFunc(fs, func(x, y cordon.Finding) int { return y.Severity.Rank() - x.Severity.Rank() })
	}
}

// byAddress gives the order in which Each goes through the units.
func (j *judge) byAddress() []int32 {
	order := make([]int32, len(j.units))
	first := make([]netip.Addr, len(j.units))
	for i := range j.units {
		order[i] = int32(i)
		for _, h := range j.units[i].hosts {
			if a := j.ledger.hosts.at(h).addr; !first[i].IsValid() || a.IsValid() && a.Less(first[i]) {
				first[i] = a
			}
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		if c := first[a].Compare(first[b]); c != 0 {
			return c
		}
		return cmp.Compare(j.units[a].id, j.units[b].id)
	})
	return order
}
