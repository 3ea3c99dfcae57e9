package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"cordon"
	"cordon/knowledge"
)

// Limits of a case file. The signed JSON has all that is in these bounds, the page less.
const (
	caseArguments = 40 // of one device, on either side
	caseFacts     = 12 // behind one argument, newest first
)

// CaseIn is what is known of one device of a case.
type CaseIn struct {
	Know   knowledge.Looker
	Device *cordon.Audited      // with its findings
	Facts  []cordon.Observation // about it, in any order
	// Verdict judges a belief about a maker from which hints and untrusted reasons were taken out: whether
	// two kinds of evidence name it, one rated high; settle: what would be enough.
	Verdict func(cordon.Belief) (enough bool, settle string)
	Hint    func(channel string) bool   // evidence of the channel only supports
	Country func(written string) string // ISO 3166 alpha-2 of a country as papers write it; empty: not understood
}

// NewCaseDevice puts together what speaks for and against the maker of one device, and holds it
// against the papers. What rests on memory or one weak source is counted and left out.
func NewCaseDevice(in *CaseIn) CaseDevice {
	a := in.Device
	d := CaseDevice{
		ID: a.ID, Site: a.Site, Class: a.Identity.Class.Value, First: a.First, Last: a.Last, Claim: a.Claim,
		MACs: []string{}, Addresses: addresses(a), Names: append([]string{}, a.Names...), Lines: []CaseLine{}, For: []CaseArgument{}, Against: []CaseArgument{},
	}
	if d.Addresses == nil {
		d.Addresses = []string{}
	}
	for _, i := range a.Interfaces {
		if m := i.MAC.String(); m != "" {
			d.MACs = append(d.MACs, m)
		}
	}
	maker, left := trusted(&a.Identity.Maker)
	d.LeftOut = left
	d.found(in, &maker)
	d.arguments(in, &maker)
	d.lines(in)
	d.conclude()
	return d
}

// trusted is a belief without the reasons that rest on memory or one weak source, and how many those are.
func trusted(b *cordon.Belief) (cordon.Belief, int) {
	out := *b
	out.Reasons = slices.DeleteFunc(slices.Clone(b.Reasons), func(r cordon.Reason) bool {
		return r.Trust == string(knowledge.Low) || r.Weight == 0 || strings.Contains(r.Source, "(memory")
	})
	return out, len(b.Reasons) - len(out.Reasons)
}

// hint reports whether a reason only supports: of its channel, or because it is the name of a cloud on which
// others' devices are built too.
func (in *CaseIn) hint(r *cordon.Reason) bool {
	if in.Hint(r.Channel) {
		return true
	}
	c, ok := in.Know.Cloud(r.Value)
	return ok && c.Platform && r.Rule == ""
}

// found fills in whom the evidence names; the company only where that is known well.
func (d *CaseDevice) found(in *CaseIn, maker *cordon.Belief) {
	id := &in.Device.Identity
	f := CaseFound{Badge: id.Brand.Value, Model: id.Model.Value, Firmware: id.Firmware.Value, Kinds: []string{}}
	for _, r := range maker.Reasons {
		if r.Weight > 0 && !in.hint(&r) && !slices.Contains(f.Kinds, r.Channel) {
			f.Kinds = append(f.Kinds, r.Channel)
		}
	}
	proofs := *maker
	proofs.Reasons = slices.DeleteFunc(slices.Clone(maker.Reasons), func(r cordon.Reason) bool { return in.hint(&r) })
	f.Enough, f.Settle = in.Verdict(proofs)
	if f.Enough {
		f.Maker = maker.Value
		if m, ok := in.Know.Maker(maker.Key); ok && m.Confidence != knowledge.Low {
			f.Legal, f.Country, f.Source = m.Legal, m.Country, m.Source
		}
	}
	d.Found = f
}

// arguments fills in what speaks for and against, each with the facts behind it.
func (d *CaseDevice) arguments(in *CaseIn, maker *cordon.Belief) {
	for i := range maker.Reasons {
		r := &maker.Reasons[i]
		a := newArgument(in, r)
		switch {
		case r.Weight > 0 && len(d.For) < caseArguments:
			d.For = append(d.For, a)
		case r.Weight < 0 && len(d.Against) < caseArguments:
			d.Against = append(d.Against, a)
		}
	}
	if b := &in.Device.Identity.Brand; b.Value != "" && !strings.EqualFold(b.Value, maker.Value) && maker.Value != "" {
		brand, _ := trusted(b)
		for i := range brand.Reasons {
			if brand.Reasons[i].Weight > 0 && len(d.Against) < caseArguments {
				a := newArgument(in, &brand.Reasons[i])
				a.Text = "it presents itself as " + b.Value + ": " + a.Text
				a.Hint = true
				d.Against = append(d.Against, a)
			}
		}
	}
}

func newArgument(in *CaseIn, r *cordon.Reason) CaseArgument {
	a := CaseArgument{Text: r.Text, Kind: r.Channel, Hint: in.hint(r), Trust: r.Trust, Value: r.Value, Rule: r.Rule, Source: r.Source, Facts: []CaseFact{}}
	behind := slices.DeleteFunc(slices.Clone(in.Facts), func(o cordon.Observation) bool { return !bearsOut(in.Know, &o, r) })
	slices.SortStableFunc(behind, func(x, y cordon.Observation) int {
		return cmp.Or(y.Last.Compare(x.Last), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Value, y.Value), cmp.Compare(x.About.Value, y.About.Value))
	})
	for i := range behind[:min(len(behind), caseFacts)] {
		a.Facts = append(a.Facts, newCaseFact(&behind[i]))
	}
	a.More = len(behind) - len(a.Facts)
	return a
}

// bearsOut reports whether a reason rests on a fact: its rule matches it, or it is what the reason quotes.
func bearsOut(k knowledge.Looker, o *cordon.Observation, r *cordon.Reason) bool {
	if r.Rule != "" {
		return k.Heeds(o.Kind) && slices.ContainsFunc(k.Match(o.Kind, o.Value), func(h knowledge.Hit) bool { return h.Rule.ID == r.Rule })
	}
	if r.Value == "" {
		return false
	}
	value := o.Value
	if kind, quoted, ok := strings.Cut(r.Value, ": "); ok && kind == string(o.Kind) {
		if cut, long := strings.CutSuffix(quoted, "…"); long {
			return strings.HasPrefix(value, cut)
		}
		return value == quoted
	}
	return cordon.TellsWhere(o.Kind) && strings.EqualFold(strings.TrimSuffix(value, "."), strings.TrimSuffix(r.Value, "."))
}

func newCaseFact(o *cordon.Observation) CaseFact {
	return CaseFact{Kind: string(o.Kind), About: o.About, Value: o.Value, First: o.At, Last: o.Last, Count: o.Count, Asked: o.By.Asked, Way: o.By.Sensor, SHA256: factDigest(o)}
}

// factDigest is the SHA-256, in hexadecimal, of a fact's kind, the sort and the name of whom it is about, and
// its value, with a line end after each: what does not change when it is heard again.
func factDigest(o *cordon.Observation) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%s\n", o.Kind, o.About.Kind, o.About.Value, o.Value))
	return hex.EncodeToString(sum[:])
}
