package main

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

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
	claimed   []cordon.Claim          // as they were read last
}

// newOwner reads the choices.
func newOwner(conf *config, mem *store.Store, key []byte) (*owner, error) {
	o := &owner{conf: conf, store: mem, hide: sensor.NewSecrets(key).Hide, nets: map[string][]netip.Prefix{}, elsewhere: map[string][]netip.Addr{}}
	for _, s := range conf.Sites {
		site, err := s.site()
		if err != nil {
			return nil, err
		}
		o.nets[s.Name] = site.Networks
	}
	return o, nil
}

// claimsWithin is how long judging waits for a database to tell the claims.
const claimsWithin = 2 * time.Second

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

// claims is the owner's inventory. While it cannot be read it is what it was: a store that is
// away takes nobody's claim back.
func (o *owner) claims() []cordon.Claim {
	all, err := o.readClaims()
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		o.claimed = all
	}
	return o.claimed
}

// readClaims reads all of the claims. With an error some may be missing.
func (o *owner) readClaims() (out []cordon.Claim, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), claimsWithin)
	defer cancel()
	err = o.store.EachClaim(ctx, func(r *store.ClaimRow) { out = append(out, r.Claim) })
	return out, err
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
