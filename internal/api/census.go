package api

import (
	"context"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/store"
)

type censusInput struct {
	By string `query:"by" enum:"department,site,maker,list" default:"site"`
}

// CensusLine is one department, site, maker or list with its devices.
type CensusLine = inventory.CensusLine

func (s *Server) census() {
	question(s, "/v1/census", "census.get", "census", "Who has what: declared, verified, not found", func(ctx context.Context, in *censusInput) (*listOf[CensusLine], error) {
		c, err := inventory.NewCensus(in.By)
		if err != nil {
			return nil, err
		}
		sites, err := s.Store.Sites(ctx)
		if err != nil {
			return nil, err
		}
		for i := range sites {
			c.Site(&sites[i])
		}
		if err := s.eachRow(ctx, c.Device); err != nil {
			return nil, err
		}
		if err := s.eachClaim(ctx, c.Claim); err != nil {
			return nil, err
		}
		return allOf(c.Lines(), nil)
	})
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
