package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// TopCountries gives what all devices exchanged with far ends outside, by the country in which
// their addresses are registered. People's own devices are not in it.
func (s *Store) TopCountries(ctx context.Context, q TopQuery) (TopCountries, error) {
	out, err := s.topCountries(ctx, q)
	if err != nil {
		return TopCountries{}, fmt.Errorf("store: top countries: %w", s.say(err))
	}
	return out, nil
}

func (s *Store) topCountries(ctx context.Context, q TopQuery) (TopCountries, error) {
	w, sites, err := s.window(ctx, q)
	if err != nil {
		return TopCountries{}, err
	}
	sums := map[string]sum{}
	add := func(country string, n sum) { addTo(sums, country, n) }
	if err := s.inOneSum(ctx, func(ask asker) error {
		s.today.countries(w, sites, add)
		for _, site := range sites {
			for _, span := range w.spans {
				if err := ask(func(r *sql.Rows) error {
					var country string
					var n sum
					err := r.Scan(&country, &n.sent, &n.received, &n.flows, &n.unanswered)
					add(country, n)
					return err
				}, "SELECT country, sent, received, flows, unanswered FROM countries WHERE site = ? AND span = ?", site, span); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		return TopCountries{}, err
	}
	out := TopCountries{Rows: []CountrySum{}}
	out.From, out.To = w.times()
	for country, n := range sums {
		if q.Country == "" || q.Country == country {
			out.Rows = append(out.Rows, CountrySum{country, uint64(n.sent), uint64(n.received), int(n.flows), int(n.unanswered)})
		}
	}
	slices.SortFunc(out.Rows, func(a, b CountrySum) int {
		return cmp.Or(cmp.Compare(b.Sent+b.Received, a.Sent+a.Received), cmp.Compare(a.Country, b.Country))
	})
	return out, nil
}
