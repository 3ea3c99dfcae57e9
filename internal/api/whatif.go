package api

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/assess"
	"cordon/internal/store"
	"cordon/knowledge"
)

// whatIf says which devices would fall under a list that is not there, or not so yet.
func (s *Server) whatIf(ctx context.Context, in *whatIfInput) (WhatIf, error) {
	k, err := s.knowing()
	if err != nil {
		return WhatIf{}, err
	}
	b := &in.Body
	from := s.Now().UTC()
	if b.From != "" {
		if from, err = time.Parse(time.DateOnly, b.From); err != nil {
			return WhatIf{}, invalid("body.from", "want a day like 2027-03-01, not "+b.From)
		}
	}
	var before *knowledge.List
	if b.List != "" {
		if before, err = listNamed(k, b.List); err != nil {
			return WhatIf{}, invalid("body.list", "there is no list "+b.List)
		}
	}
	l, err := imagined(k, b.Makers, b.Countries, from.Format(time.DateOnly))
	if err != nil {
		return WhatIf{}, err
	}
	out := WhatIf{Name: cmp.Or(b.Name, b.List, "a new list"), From: from.Format(time.DateOnly)}
	out.Reach, err = s.reachOf(ctx, k, l, before, from, in.Sites)
	return out, err
}

// imagined is a list of some makers, and of those controlled from some countries.
func imagined(k *knowledge.Base, makers, countries []string, date string) (*knowledge.List, error) {
	if len(makers)+len(countries) == 0 {
		return nil, invalid("body", "name a maker or a country")
	}
	l := &knowledge.List{ID: "what-if", Confidence: knowledge.High}
	for i, id := range makers {
		if _, ok := k.Maker(id); !ok {
			return nil, invalid("body.makers["+strconv.Itoa(i)+"]", "there is no maker "+id+" in the knowledge")
		}
		l.Entries = append(l.Entries, knowledge.ListEntry{Company: id, Date: date, Confidence: knowledge.High})
	}
	for i, cc := range countries {
		if !capitals.MatchString(cc) {
			return nil, invalid("body.countries["+strconv.Itoa(i)+"]", "want two capital letters like CN, not "+cc)
		}
		l.Entries = append(l.Entries, knowledge.ListEntry{Company: "*control:" + cc, Date: date, Confidence: knowledge.High})
	}
	return l, nil
}

var capitals = regexp.MustCompile(`^[A-Z]{2}$`)

// maxListed is how many devices under a list are told one by one.
const maxListed = 200

// reaching adds up which devices fall under a list.
type reaching struct {
	know    *knowledge.Base
	l       *knowledge.List
	before  *knowledge.List // what names some of them already; nil: nothing
	at      time.Time
	memo    map[built]fall
	out     ListReach
	sites   map[string]*ListGroup
	classes map[string]*ListGroup
	makers  map[string]*ListGroup
}

// fall is what a list says of devices of one maker.
type fall struct {
	verdict, through string
	already          bool
}

func (s *Server) reachOf(ctx context.Context, k *knowledge.Base, l, before *knowledge.List, at time.Time, sites []string) (ListReach, error) {
	r := reaching{know: k, l: l, before: before, at: at, memo: map[built]fall{}, out: ListReach{Devices: []ListedDevice{}},
		sites: map[string]*ListGroup{}, classes: map[string]*ListGroup{}, makers: map[string]*ListGroup{}}
	var possible []ListedDevice
	err := s.eachRow(ctx, sites, func(row *store.DeviceRow) {
		f := r.fall(builtBy(row))
		if f.verdict == "" {
			return
		}
		d := r.count(row, f)
		if f.verdict == assess.Possible {
			possible = append(possible, d)
		} else {
			r.out.Devices = append(r.out.Devices, d)
		}
	})
	r.out.Devices = append(r.out.Devices, possible...)
	r.out.Cut = len(r.out.Devices) > maxListed
	r.out.Devices = r.out.Devices[:min(len(r.out.Devices), maxListed)]
	r.out.Sites, r.out.Classes, r.out.Makers = groups(r.sites), groups(r.classes), groups(r.makers)
	return r.out, err
}

// fall looks up what the list says of a maker.
func (r *reaching) fall(b built) fall {
	f, ok := r.memo[b]
	if ok {
		return f
	}
	verdict, hit, _ := falls(r.know, r.l, b, r.at)
	f = fall{verdict: verdict, through: hit.Through}
	if r.before != nil {
		_, _, f.already = falls(r.know, r.before, b, r.at)
	}
	r.memo[b] = f
	return f
}

// count counts a device that falls under the list.
func (r *reaching) count(row *store.DeviceRow, f fall) ListedDevice {
	d := ListedDevice{ID: row.ID, Label: whatItIs(row), Site: row.Site, Class: row.Class, Maker: cmp.Or(row.MakerKey, row.Possible), Grade: row.Grade,
		Verdict: f.verdict, Through: f.through, Already: f.already}
	d.Name = d.Maker
	if m, ok := r.know.Maker(d.Maker); ok {
		d.Name = m.Name
	}
	firm := f.verdict == assess.Consistent
	r.out.Consistent += bit(firm)
	r.out.Possible += bit(!firm)
	r.out.Watching += bit(cordon.Watches(row.Class))
	r.out.Already += bit(f.already)
	for _, g := range []struct {
		all       map[string]*ListGroup
		key, name string
	}{{r.sites, row.Site, row.Site}, {r.classes, row.Class, row.Class}, {r.makers, d.Maker, d.Name}} {
		one := g.all[g.key]
		if one == nil {
			one = &ListGroup{Key: g.key, Name: g.name}
			g.all[g.key] = one
		}
		one.Consistent += bit(firm)
		one.Possible += bit(!firm)
	}
	return d
}

// groups gives groups, most devices first.
func groups(all map[string]*ListGroup) []ListGroup {
	out := make([]ListGroup, 0, len(all))
	for _, g := range all {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b ListGroup) int {
		return cmp.Or(cmp.Compare(b.Consistent, a.Consistent), cmp.Compare(b.Possible, a.Possible), cmp.Compare(a.Key, b.Key))
	})
	return out
}
