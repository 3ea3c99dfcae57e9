package api

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"cordon"
	"cordon/internal/store"
)

type censusInput struct {
	By string `query:"by" enum:"department,site,maker,list" default:"site"`
}

// CensusLine is one department, site, maker or list with its devices. A device on several lists counts in each.
type CensusLine struct {
	Name       string `json:"name" doc:"Empty: not known, or on no list"`
	Devices    int    `json:"devices" doc:"That were seen"`
	Watching   int    `json:"watching" doc:"Of them, those that see or hear people"`
	Declared   int    `json:"declared" doc:"Lines of the owner's inventory"`
	Verified   int    `json:"verified" doc:"Of these, those whose device was seen"`
	NotFound   int    `json:"not_found" doc:"Of these, those whose device was not seen"`
	Undeclared int    `json:"undeclared" doc:"Devices seen of which the inventory says nothing; people's own apart"`
	NoMaker    int    `json:"no_maker" doc:"Devices seen that did not say enough to name their maker"`
	Listed     int    `json:"listed" doc:"Devices whose maker a list names"`
}

func (s *Server) census() {
	question(s, "/v1/census", "census.get", "census", "Who has what: declared, verified, not found", func(ctx context.Context, in *censusInput) (*listOf[CensusLine], error) {
		c := newCensus(in.By)
		if err := s.eachRow(ctx, c.device); err != nil {
			return nil, err
		}
		if err := s.eachClaim(ctx, c.claim); err != nil {
			return nil, err
		}
		return allOf(c.sorted(), nil)
	})
}

// census counts devices and claims by one of their properties.
type census struct {
	by    string
	lines map[string]*CensusLine
	seen  map[string]*censused // by every name that a claim may use
	all   []*censused
}

// censused is a device that was counted.
type censused struct {
	lines    []string // it counts in
	personal bool
	declared bool // a line of the inventory is about it
}

func newCensus(by string) *census {
	return &census{by: by, lines: map[string]*CensusLine{}, seen: map[string]*censused{}}
}

func (c *census) line(name string) *CensusLine {
	l := c.lines[name]
	if l == nil {
		l = &CensusLine{Name: name}
		c.lines[name] = l
	}
	return l
}

// device counts a device that was seen.
func (c *census) device(d *store.DeviceRow) {
	names := []string{c.name(d.Site, d.Department, d.Maker)}
	if c.by == "list" {
		names = d.Lists
		if len(names) == 0 {
			names = []string{""}
		}
	}
	for _, n := range names {
		l := c.line(n)
		l.Devices++
		add(&l.Watching, cordon.Watches(d.Class))
		add(&l.NoMaker, d.Maker == "")
		add(&l.Listed, len(d.Lists) > 0)
	}
	one := &censused{lines: names, personal: cordon.Personal(d.Class)}
	c.all = append(c.all, one)
	for _, key := range namesOf(d.Addrs, d.MACs, d.Serial) {
		c.seen[key] = one
	}
}

func add(n *int, yes bool) {
	if yes {
		*n++
	}
}

func (c *census) name(site, department, maker string) string {
	switch c.by {
	case "department":
		return department
	case "maker":
		return maker
	}
	return site
}

// claim counts a line of the inventory: where its device is, else where the line says.
func (c *census) claim(k *cordon.Claim) {
	var addrs []netip.Addr
	var macs []cordon.MAC
	if k.Address.IsValid() {
		addrs = append(addrs, k.Address)
	}
	if k.MAC != (cordon.MAC{}) {
		macs = append(macs, k.MAC)
	}
	for _, key := range namesOf(addrs, macs, k.Serial) {
		if d := c.seen[key]; d != nil {
			d.declared = true
			for _, n := range d.lines {
				c.line(n).Declared++
				c.line(n).Verified++
			}
			return
		}
	}
	n := ""
	if c.by != "list" {
		n = c.name(k.Site, k.Department, cmp.Or(k.Maker, k.Brand))
	}
	c.line(n).Declared++
	c.line(n).NotFound++
}

func namesOf(addrs []netip.Addr, macs []cordon.MAC, serial string) []string {
	var out []string
	for _, m := range macs {
		out = append(out, m.String())
	}
	if serial != "" {
		out = append(out, "serial "+serial)
	}
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

// sorted gives the lines, most devices first. It is called once, in the end.
func (c *census) sorted() []CensusLine {
	for _, d := range c.all {
		for _, n := range d.lines {
			add(&c.lines[n].Undeclared, !d.declared && !d.personal)
		}
	}
	var out []CensusLine
	for _, name := range slices.Sorted(maps.Keys(c.lines)) {
		out = append(out, *c.lines[name])
	}
	slices.SortStableFunc(out, func(a, b CensusLine) int { return cmp.Compare(b.Devices+b.NotFound, a.Devices+a.NotFound) })
	return out
}

// eachRow passes on every device's line.
func (s *Server) eachRow(ctx context.Context, f func(*store.DeviceRow)) error {
	for after := ""; ; {
		p, err := s.Store.Devices(ctx, store.DevicesQuery{Page: store.Page{After: after, Limit: exportPage}})
		if err != nil {
			return err
		}
		for i := range p.Rows {
			f(&p.Rows[i])
		}
		if after = p.Next; after == "" {
			return nil
		}
	}
}

// eachClaim passes on every line of the inventory.
func (s *Server) eachClaim(ctx context.Context, f func(*cordon.Claim)) error {
	for after := ""; ; {
		p, err := s.Store.Claims(ctx, "", store.Page{After: after, Limit: exportPage})
		if err != nil {
			return err
		}
		for i := range p.Rows {
			f(&p.Rows[i].Claim)
		}
		if after = p.Next; after == "" {
			return nil
		}
	}
}

// eachDevice passes on every device, whole, until f fails.
func (s *Server) eachDevice(ctx context.Context, f func(*cordon.Audited) error) error {
	return s.Store.EachDevice(ctx, func(k store.Known) error { return f(&k.Audited) })
}
