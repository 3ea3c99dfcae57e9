package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cordon/internal/store"
)

// questions asks the three, and holds every answer against the truth.
func (b *bench) questions(ctx context.Context) error {
	began := time.Now()
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if err := s.Close(); err != nil {
		return err
	}
	b.say(took <= barOpen, "opening", ms(took), "at most "+ms(barOpen))
	for _, step := range []func(context.Context) error{b.lists, b.years, b.tops} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lists asks for devices by many filters and orders, the first page and the last.
func (b *bench) lists(ctx context.Context) error {
	asked := []store.DevicesQuery{
		{}, {Sort: "-last"}, {Sort: "maker", Classes: []string{"camera"}}, {Text: "cam-000"}, {Text: "no such thing"}, {Sort: "-grade", Lists: []string{"us-fcc-covered-list"}},
		{Sites: []string{"south"}, Sort: "-sent"}, {Makers: []string{"maker-4"}, Grades: []string{"F", ""}, Sort: "model"}, {Departments: []string{"department 7"}, Sort: "first"}, {Text: "11.0.", Sort: "class"},
	}
	return b.timed(ctx, "device list", len(asked), func(s *store.Store, i int) error {
		first, err := s.Devices(ctx, asked[i])
		if err != nil || first.Total == 0 {
			return err
		}
		want := 0
		if i == 0 && first.Total != b.devices {
			return fmt.Errorf("%d devices, want %d", first.Total, b.devices)
		}
		for n := range b.devices {
			if i == 6 && n%3 == 1 {
				want++
			}
		}
		if i == 6 && first.Total != want {
			return fmt.Errorf("%d devices at a site, want %d", first.Total, want)
		}
		return nil
	})
}

// years asks for the year of some devices, all rows, by the day.
func (b *bench) years(ctx context.Context) error {
	ids := make([]string, 0, len(b.sample))
	for id := range b.sample {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	answers := make([]map[string][2]int64, len(ids))
	if err := b.timed(ctx, "one device's year, first page", len(ids), func(s *store.Store, i int) error {
		_, err := s.Contacts(ctx, store.ContactsQuery{Device: ids[i], Page: store.Page{Limit: 100}})
		return err
	}); err != nil {
		return err
	}
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return err
	}
	defer s.Close()
	for i, id := range ids {
		if answers[i], err = b.year(ctx, s, id); err != nil {
			return err
		}
		want := b.sample[id]
		for k, n := range want {
			if answers[i][k] != n {
				return fmt.Errorf("%s on %s: %v, want %v", id, k, answers[i][k], n)
			}
		}
		if len(answers[i]) != len(want) {
			return fmt.Errorf("%s: %d rows, want %d", id, len(answers[i]), len(want))
		}
	}
	fmt.Printf("      every row of %d devices' years is as it should be\n", len(ids))
	return nil
}

// year reads all pages of a device's year.
func (b *bench) year(ctx context.Context, s *store.Store, id string) (map[string][2]int64, error) {
	got := map[string][2]int64{}
	q := store.ContactsQuery{Device: id, Page: store.Page{Limit: 1000}}
	for {
		p, err := s.Contacts(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, c := range p.Rows {
			got[fmt.Sprint(int(c.Start.Sub(b.start).Hours()/24), " ", c.Far)] = [2]int64{int64(c.Sent), int64(c.Received)}
		}
		if q.Page.After = p.Next; p.Next == "" {
			return got, nil
		}
	}
}

// tops asks for the far ends with most bytes.
func (b *bench) tops(ctx context.Context) error {
	lately := b.start.Add((days - 30) * 24 * time.Hour)
	for _, q := range []struct {
		what  string
		q     store.TopQuery
		truth []uint64
	}{
		{"top far ends, all time", store.TopQuery{}, b.total},
		{"top far ends in one country, all time", store.TopQuery{Country: "CN"}, b.total},
		{"top far ends, last 30 days", store.TopQuery{From: lately}, b.month},
		{"top far ends in one country, last 30 days", store.TopQuery{From: lately, Country: "SG"}, b.month},
	} {
		if err := b.timed(ctx, q.what, 5, func(s *store.Store, _ int) error {
			got, err := s.TopFarEnds(ctx, q.q)
			if err != nil {
				return err
			}
			return holds(got.Rows, q.truth, q.q.Country)
		}); err != nil {
			return err
		}
	}
	return b.timed(ctx, "by country, all time", 5, func(s *store.Store, _ int) error {
		got, err := s.TopCountries(ctx, store.TopQuery{})
		if err != nil {
			return err
		}
		want := map[string]uint64{}
		for end, n := range b.total {
			want[country(end)] += n
		}
		for _, c := range got.Rows {
			if want[c.Country] != c.Sent+c.Received {
				return fmt.Errorf("%q: %d bytes, want %d", c.Country, c.Sent+c.Received, want[c.Country])
			}
		}
		return nil
	})
}

// holds compares the first far ends with the truth.
func holds(rows []store.TopEnd, truth []uint64, of string) error {
	var all []int
	for end, n := range truth {
		if n > 0 && (of == "" || country(end) == of) {
			all = append(all, end)
		}
	}
	slices.SortFunc(all, func(a, b int) int { return cmp.Compare(truth[b], truth[a]) })
	if len(rows) != min(20, len(all)) {
		return fmt.Errorf("%d far ends, want %d", len(rows), min(20, len(all)))
	}
	for i, r := range rows {
		if r.Sent+r.Received != truth[all[i]] {
			return fmt.Errorf("place %d: %v with %d bytes, want %v with %d", i+1, r.Far, r.Sent+r.Received, address(all[i]), truth[all[i]])
		}
	}
	return nil
}

// check has the store look itself over.
func (b *bench) check(ctx context.Context) error {
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return err
	}
	defer s.Close()
	began := time.Now()
	wrong, err := s.Check(ctx)
	if err != nil {
		return err
	}
	b.say(len(wrong) == 0, "check of the whole store", fmt.Sprint(len(wrong), " faults"), fmt.Sprintf("none; %.0f s", time.Since(began).Seconds()))
	for _, w := range wrong {
		fmt.Println("     ", w)
	}
	return nil
}
