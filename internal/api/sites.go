package api

import (
	"context"
	"net/http"
	"net/netip"
	"slices"

	"cordon"
	"cordon/internal/store"
)

// SiteName names a site in a path.
type SiteName struct {
	Name string `path:"name" minLength:"1" maxLength:"100" pattern:"^[^\\x00-\\x1f\\x7f]+$"`
}

// siteInput has its networks as texts: what is wrong with one is said in our words.
type siteInput struct {
	SiteName
	Body struct {
		Org         string   `json:"org,omitempty" maxLength:"200"`
		Department  string   `json:"department,omitempty" maxLength:"200"`
		Networks    []string `json:"networks" maxItems:"1000" nullable:"false" doc:"What is inside, and may be scanned: 192.168.8.0/24."`
		Own         []string `json:"own,omitempty" maxItems:"1000" doc:"Public prefixes among them that you say are yours."`
		Sensitivity string   `json:"sensitivity,omitempty" maxLength:"200"`
		Rooms       []string `json:"rooms,omitempty" maxItems:"1000" doc:"Classes of room there."`
	}
}

func (s *Server) sites() {
	question(s, "/v1/sites", "site.list", "sites", "Places with cameras", func(ctx context.Context, in *SitesFilter) (*listOf[cordon.Site], error) {
		all, err := s.Store.Sites(ctx)
		return allOf(slices.DeleteFunc(all, func(at cordon.Site) bool { return !among(in.Sites, at.Name) }), err)
	})
	question(s, "/v1/sites/{name}", "site.get", "sites", "One place", func(ctx context.Context, in *SiteName) (*one[cordon.Site], error) {
		return oneOf(s.site(ctx, in.Name))
	})
	put := operation(http.MethodPut, "/v1/sites/{name}", "site.put", "sites", "Say what a site is, in place of what was said")
	put.Description = "What counts as inside changes from the next judgement on; scans keep to the networks."
	change(s, put, func(ctx context.Context, in *siteInput, d *done) (*one[cordon.Site], error) {
		b := &in.Body
		site := cordon.Site{Name: in.Name, Org: b.Org, Department: b.Department, Sensitivity: b.Sensitivity, Rooms: b.Rooms}
		var err error
		if site.Networks, err = prefixes("body.networks", b.Networks); err != nil {
			return nil, err
		}
		if site.Own, err = prefixes("body.own", b.Own); err != nil {
			return nil, err
		}
		d.about = "site " + in.Name
		return oneOf(site, s.Store.PutSite(ctx, site))
	})
	drop := operation(http.MethodDelete, "/v1/sites/{name}", "site.drop", "sites", "Forget what was said of a site; what was heard there stays")
	change(s, drop, func(ctx context.Context, in *SiteName, d *done) (*struct{}, error) {
		d.about = "site " + in.Name
		return nil, s.Store.DropSite(ctx, in.Name)
	})
}

// site gives the site of a name, store.ErrNotFound without one.
func (s *Server) site(ctx context.Context, name string) (cordon.Site, error) {
	all, err := s.Store.Sites(ctx)
	if err != nil {
		return cordon.Site{}, err
	}
	for _, one := range all {
		if one.Name == name {
			return one, nil
		}
	}
	return cordon.Site{}, store.ErrNotFound
}

// prefixes reads networks, none of which may have bits beyond its length: they are mistakes.
func prefixes(where string, list []string) ([]netip.Prefix, error) {
	out := []netip.Prefix{}
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil || p.Masked() != p || p.Bits() == 0 {
			return nil, invalid(where, "want a network like 192.168.8.0/24, not "+text)
		}
		out = append(out, p)
	}
	return out, nil
}
