package main

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/sensor"
	"cordon/internal/store"
)

// owner is what the owner chose, from the configuration and from the store, as judging asks
// for it. It is safe for concurrent use.
type owner struct {
	conf  *config
	hide  func(string) string
	store *store.Store
	nets  map[string][]netip.Prefix // by site

	mu        sync.Mutex
	elsewhere map[string][]netip.Addr // by site, see ScanDone
}

// newOwner reads the choices.
func newOwner(_ context.Context, a *application) (*owner, error) {
	o := &owner{conf: a.conf, store: a.store, hide: sensor.NewSecrets(a.key).Hide, nets: map[string][]netip.Prefix{}, elsewhere: map[string][]netip.Addr{}}
	for _, s := range a.conf.Sites {
		site, err := s.site()
		if err != nil {
			return nil, err
		}
		o.nets[s.Name] = site.Networks
	}
	return o, nil
}

// claimsAtOnce is how many claims are read in one go.
const claimsAtOnce = 1000

// options are how a site's devices are judged.
func (o *owner) options(site string) inventory.Options {
	o.mu.Lock()
	answered := slices.Clone(o.elsewhere[site])
	o.mu.Unlock()
	return inventory.Options{
		Nets: o.nets[site], Answered: answered, Lists: o.conf.Lists, AllDevices: o.conf.AllDevices, Accounts: o.conf.Accounts,
		Claims: o.claims(), Hide: o.hide,
	}
}

// claims is the owner's inventory. What cannot be read now is read the next time.
func (o *owner) claims() []cordon.Claim {
	var out []cordon.Claim
	page := store.Page{Limit: claimsAtOnce}
	for {
		got, err := o.store.Claims(context.Background(), "", page)
		if err != nil {
			return out
		}
		for _, r := range got.Rows {
			out = append(out, r.Claim)
		}
		if got.Next == "" {
			return out
		}
		page.After = got.Next
	}
}

// answered notes who answered a scan from outside its networks on our own link.
func (o *owner) answered(d *sensor.ScanDone) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range d.Elsewhere {
		if !slices.Contains(o.elsewhere[d.Site], a) {
			o.elsewhere[d.Site] = append(o.elsewhere[d.Site], a)
		}
	}
}
