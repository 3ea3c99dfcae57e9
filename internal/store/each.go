package store

import "context"

// eachPage is how many rows are read at once by those who want all.
const eachPage = 1000

// EachRow passes on the line of every device, in the order of their ids. What a line
// points to is shared: do not change it.
func (s *Store) EachRow(ctx context.Context, yield func(*DeviceRow)) error {
	return everyPage(yield, func(after string) ([]DeviceRow, string, error) {
		p, err := s.Devices(ctx, DevicesQuery{Page: Page{After: after, Limit: eachPage}})
		return p.Rows, p.Next, err
	})
}

// EachClaim passes on every line of the owner's inventory, in the order it was put.
func (s *Store) EachClaim(ctx context.Context, yield func(*ClaimRow)) error {
	return everyPage(yield, func(after string) ([]ClaimRow, string, error) {
		p, err := s.Claims(ctx, "", Page{After: after, Limit: eachPage})
		return p.Rows, p.Next, err
	})
}

// everyPage passes on every row of a list, page by page.
func everyPage[T any](yield func(*T), page func(after string) (rows []T, next string, err error)) error {
	for after := ""; ; {
		rows, next, err := page(after)
		if err != nil {
			return err
		}
		for i := range rows {
			yield(&rows[i])
		}
		if after = next; after == "" {
			return nil
		}
	}
}
