package main

import (
	"cmp"
	"context"
	"errors"
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
		{Sort: "worst"}, {Sort: "-grade", Watches: true}, {Sort: "-findings", Severity: "high"},
	}
	if err := b.timed(ctx, "device list, first page", len(asked), func(s *store.Store, i int) error {
		_, err := s.Devices(ctx, asked[i])
		return err
	}); err != nil {
		return err
	}
	last, err := b.lastPages(ctx, asked)
	if err != nil {
		return err
	}
	return b.timed(ctx, "device list, last page", len(last), func(s *store.Store, i int) error {
		p, err := s.Devices(ctx, last[i])
		if err == nil && p.Next != "" {
			return errors.New("there is a page behind the last")
		}
		return err
	})
}

// lastPages turns the pages of lists to their ends, holds what they show against the truth, and gives the
// questions for the last pages.
func (b *bench) lastPages(ctx context.Context, asked []store.DevicesQuery) ([]store.DevicesQuery, error) {
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	want := map[int]int{0: b.devices, 1: b.devices, 4: 0, 5: (b.devices + 4) / 5, 6: (b.devices + 1) / 3, 8: (b.devices + 32) / 40}
	var out []store.DevicesQuery
	for i, q := range asked {
		shown, total := 0, 0
		for {
			p, err := s.Devices(ctx, q)
			if err != nil {
				return nil, err
			}
			shown, total = shown+len(p.Rows), p.Total
			if p.Next == "" {
				break
			}
			q.Page.After = p.Next
		}
		if n, ok := want[i]; shown != total || ok && n != total {
			return nil, fmt.Errorf("list %d shows %d devices, says %d, want %d", i, shown, total, n)
		}
		out = append(out, q)
	}
	return out, nil
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
	for _, w := range b.windows {
		q := store.TopQuery{}
		if w.from > 0 {
			q.From = b.start.Add(time.Duration(w.from) * 24 * time.Hour)
		}
		if w.to < days {
			q.To = b.start.Add(time.Duration(w.to) * 24 * time.Hour)
		}
		for _, in := range []string{"", "SG"} {
			q.Country = in
			what := "top far ends, " + w.what
			if in != "" {
				what = "top far ends of one country, " + w.what
			}
			if err := b.timed(ctx, what, 5, func(s *store.Store, _ int) error {
				got, err := s.TopFarEnds(ctx, q)
				if err != nil {
					return err
				}
				return holds(got.Rows, w.bytes, in)
			}); err != nil {
				return err
			}
		}
	}
	for _, w := range b.windows[:2] {
		if err := b.countries(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// countries asks for the sums by country.
func (b *bench) countries(ctx context.Context, w *window) error {
	q := store.TopQuery{}
	if w.from > 0 {
		q.From = b.start.Add(time.Duration(w.from) * 24 * time.Hour)
	}
	return b.timed(ctx, "by country, "+w.what, 5, func(s *store.Store, _ int) error {
		got, err := s.TopCountries(ctx, q)
		if err != nil {
			return err
		}
		want := map[string]uint64{}
		for end, n := range w.bytes {
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
