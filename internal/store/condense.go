package store

import (
	"context"
	"time"
)

// Condense puts frames in the place of those of the history from one time to another (to
// excluded), in one transaction: told from the time from. The frames are only read.
func (s *Store) Condense(ctx context.Context, from, to time.Time, frames [][]byte) error {
	return s.write(ctx, "condense", func(x *tx) error {
		if _, err := x.exec("DELETE FROM frames WHERE at >= ? AND at < ?", nano(from), nano(to)); err != nil {
			return err
		}
		return x.putFrames(from, frames)
	})
}
