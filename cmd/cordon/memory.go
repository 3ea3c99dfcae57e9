package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"cordon/internal/store"
)

// errNoStore says that no Cordon keeps anything here.
var errNoStore = errors.New("there is no store yet: cordon run makes it")

// openMemory opens the store of an installation, which must be there: asking makes none.
func openMemory(ctx context.Context, c *config) (*store.Store, error) {
	if !strings.Contains(c.Database, "://") {
		switch _, err := os.Stat(c.Database); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", c.Database, errNoStore)
		case err != nil:
			return nil, err
		}
	}
	return store.Open(ctx, c.Database)
}

// everyRow passes on the line of every device.
func everyRow(ctx context.Context, s *store.Store, f func(*store.DeviceRow)) error {
	for after := ""; ; {
		p, err := s.Devices(ctx, store.DevicesQuery{Page: store.Page{After: after, Limit: 1000}})
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

// everyClaim passes on every line of the owner's inventory.
func everyClaim(ctx context.Context, s *store.Store, f func(*store.ClaimRow)) error {
	for after := ""; ; {
		p, err := s.Claims(ctx, "", store.Page{After: after, Limit: 1000})
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
