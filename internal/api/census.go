package api

import (
	"context"

	"cordon"
	"cordon/internal/inventory"
	"cordon/internal/store"
)

type censusInput struct {
	SitesFilter
	By string `query:"by" enum:"department,site,maker,list" default:"site"`
}

// CensusLine is one department, site, maker or list with its devices.
type CensusLine = inventory.CensusLine

func (s *Server) census() {
	question(s, "/v1/census", "census.get", "census", "Who has what: declared, verified, not found", func(ctx context.Context, in *censusInput) (*listOf[CensusLine], error) {
		return allOf(inventory.TakeCensus(ctx, s.Store, in.By, in.Sites))
	})
}

// eachDevice passes on every device, whole, until f fails.
func (s *Server) eachDevice(ctx context.Context, f func(*cordon.Audited) error) error {
	return s.Store.EachDevice(ctx, func(k store.Known) error { return f(&k.Audited) })
}
