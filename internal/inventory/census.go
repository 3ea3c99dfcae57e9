package inventory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"cordon"
	"cordon/internal/store"
)

// censusBy are the properties by which a census counts.
var censusBy = []string{"department", "site", "maker", "list"}

// CensusLine is one department, site, maker or list with its devices. A device on several
// lists counts in each.
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
	NoData     bool   `json:"no_data" doc:"A site of which nothing was heard: not seen is not absent"`
}

// census counts who has what: what was declared, what was seen, what did not answer. Sites
// come first, then devices, then claims.
type census struct {
	by          string
	lines       map[string]*CensusLine
	departments map[string]string    // of sites
	seen        map[string]*censused // by every name that a claim may use
	all         []*censused
}

// censused is a device that was counted.
type censused struct {
	lines    []string // in which it counts
	personal bool
	declared bool // a line of the inventory is about it
}

// TakeCensus counts what a store holds by department, site, maker or list: most devices first. Of
// some sites it counts what is there, and the lines of the inventory that name them (nil: all).
func TakeCensus(ctx context.Context, s *store.Store, by string, at []string) ([]CensusLine, error) {
	c, err := newCensus(by)
	if err != nil {
		return nil, err
	}
	sites, err := s.Sites(ctx)
	if err != nil {
		return nil, err
	}
	wanted := func(site string) bool { return at == nil || slices.Contains(at, site) }
	for i := range sites {
		if wanted(sites[i].Name) {
			c.Site(&sites[i])
		}
	}
	if err := s.EachRow(ctx, func(d *store.DeviceRow) {
		if wanted(d.Site) {
			c.Device(d)
		}
	}); err != nil {
		return nil, err
	}
	if err := s.EachClaim(ctx, func(r *store.ClaimRow) {
		if wanted(r.Site) {
			c.Claim(&r.Claim)
		}
	}); err != nil {
		return nil, err
	}
	return c.Lines(), nil
}

// newCensus counts by one of censusBy.
func newCensus(by string) (*census, error) {
	if !slices.Contains(censusBy, by) {
		return nil, fmt.Errorf("census by %q: want one of %v", by, censusBy)
	}
	return &census{by: by, lines: map[string]*CensusLine{}, departments: map[string]string{}, seen: map[string]*censused{}}, nil
}

// Site makes a site known. Of one of which no device follows, nothing was heard.
func (c *census) Site(s *cordon.Site) {
	c.departments[s.Name] = s.Department
	switch c.by {
	case "site":
		c.line(s.Name).NoData = true
	case "department":
		c.line(s.Department).NoData = true
	}
}

// Device counts a device that was seen.
func (c *census) Device(d *store.DeviceRow) {
	names := []string{c.nameOf(d.Site, d.Department, d.Maker)}
	if c.by == "list" {
		if names = d.Lists; len(names) == 0 {
			names = []string{""}
		}
	}
	for _, n := range names {
		l := c.line(n)
		l.NoData = false
		l.Devices++
		plus(&l.Watching, cordon.Watches(d.Class))
		plus(&l.NoMaker, d.Maker == "")
		plus(&l.Listed, len(d.Lists) > 0)
	}
	one := &censused{lines: names, personal: cordon.Personal(d.Class)}
	c.all = append(c.all, one)
	for _, key := range censusKeys(d.MACs, d.Serial, d.Addrs) {
		c.seen[key], c.seen[d.Site+"\x00"+key] = one, one
	}
}

// Claim counts a line of the owner's inventory: where its device is, else where the line says.
func (c *census) Claim(k *cordon.Claim) {
	d := c.found(k)
	verified := d != nil
	var names []string
	switch {
	case verified:
		names, d.declared = d.lines, true
	case c.by == "list":
		names = []string{""}
	default:
		names = []string{c.nameOf(k.Site, k.Department, cmp.Or(k.Maker, k.Brand))}
	}
	for _, n := range names {
		l := c.line(n)
		l.Declared++
		plus(&l.Verified, verified)
		plus(&l.NotFound, !verified)
	}
}

// found gives a claim's device, or nil. Addresses of one site say nothing of
// another's, as long as the claim names a site that is known.
func (c *census) found(k *cordon.Claim) *censused {
	var macs []cordon.MAC
	var addrs []netip.Addr
	if k.MAC != (cordon.MAC{}) {
		macs = append(macs, k.MAC)
	}
	if k.Address.IsValid() {
		addrs = append(addrs, k.Address)
	}
	_, known := c.departments[k.Site]
	for i, key := range censusKeys(macs, k.Serial, addrs) {
		isAddr := len(addrs) > 0 && i == len(macs)+min(1, len(k.Serial))
		if isAddr && known && k.Site != "" {
			key = k.Site + "\x00" + key
		}
		if d := c.seen[key]; d != nil {
			return d
		}
	}
	return nil
}

// censusKeys are the names by which a device is found again: MAC addresses, serial number, addresses.
func censusKeys(macs []cordon.MAC, serial string, addrs []netip.Addr) []string {
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

func (c *census) nameOf(site, department, maker string) string {
	switch c.by {
	case "department":
		return cmp.Or(department, c.departments[site])
	case "maker":
		return maker
	}
	return site
}

func (c *census) line(name string) *CensusLine {
	if c.lines[name] == nil {
		c.lines[name] = &CensusLine{Name: name}
	}
	return c.lines[name]
}

func plus(n *int, yes bool) {
	if yes {
		*n++
	}
}

// Lines gives what was counted, most devices first. It is called once, in the end.
func (c *census) Lines() []CensusLine {
	for _, d := range c.all {
		for _, n := range d.lines {
			plus(&c.lines[n].Undeclared, !d.declared && !d.personal)
		}
	}
	out := make([]CensusLine, 0, len(c.lines))
	for _, name := range slices.Sorted(maps.Keys(c.lines)) {
		out = append(out, *c.lines[name])
	}
	slices.SortStableFunc(out, func(a, b CensusLine) int { return cmp.Compare(b.Devices+b.NotFound, a.Devices+a.NotFound) })
	return out
}
