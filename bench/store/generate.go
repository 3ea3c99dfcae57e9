package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"cordon"
	"cordon/internal/store"
)

// perBatch is how many contacts are appended at a time.
const perBatch = 20_000

// generate fills the store the way a running Cordon does: contacts by the hour, and Retain at
// the end of each week. A device meets each far end in one hour of a day, and in the last
// fortnight in two: those rows are there by the hour. With BENCH_LOAD=n the first n days come in
// through a Loader, which is quicker, and leaves fuller pages than years of appending do.
func (b *bench) generate(ctx context.Context) error {
	if b.there {
		b.where = b.kept
		return b.truth(ctx)
	}
	if b.kept != "" {
		b.where = b.kept
	}
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := b.putDevices(ctx, s); err != nil {
		return err
	}
	began, spent, appending, retaining, appended := time.Now(), cpu(), time.Duration(0), time.Duration(0), 0
	if err := b.load(ctx, s); err != nil {
		return err
	}
	for d := b.loaded; d < days; d++ {
		at := b.start.Add(time.Duration(d) * 24 * time.Hour)
		batch := b.day(d)
		was := cpu()
		for len(batch) > 0 {
			n := min(perBatch, len(batch))
			if err := s.Append(ctx, store.Batch{At: at.Add(23 * time.Hour), Contacts: batch[:n]}); err != nil {
				return err
			}
			batch, appended = batch[n:], appended+n
		}
		appending += cpu() - was
		if d%7 == 6 || d == days-1 {
			was := cpu()
			if _, err := s.Retain(ctx, at.Add(23*time.Hour)); err != nil {
				return err
			}
			retaining += cpu() - was
			if os.Getenv("BENCH_VERBOSE") != "" {
				fmt.Fprintf(os.Stderr, "day %d: %d rows, %v\n", d+1, b.made, time.Since(began).Round(time.Second))
			}
		}
	}
	fmt.Printf("      %d devices, %d days, %d rows by the day made of %d by the hour, %d far ends: %.0f s of CPU, %.0f s in all\n",
		b.devices, days, b.made, appended, b.ends, (cpu() - spent).Seconds(), time.Since(began).Seconds())
	fmt.Printf("      while generating (most rows new): %.0f upserts per CPU second, without the CPU time of Retain: %.1f s a day\n",
		float64(appended)/appending.Seconds(), retaining.Seconds()/float64(days-b.loaded))
	return nil
}

// truth makes what a store that is there already was filled with, for the answers alone.
func (b *bench) truth(ctx context.Context) error {
	for device := range b.devices {
		for d := range b.loaded {
			b.meet(device, d, 1, func(cordon.Contact, int) {})
		}
	}
	for d := b.loaded; d < days; d++ {
		b.day(d)
	}
	return ctx.Err()
}

// load brings in the days before the last ones, device by device.
func (b *bench) load(ctx context.Context, s *store.Store) error {
	if b.loaded == 0 {
		return nil
	}
	l := s.Loader(b.start.Add((days - 32) * 24 * time.Hour))
	var some []cordon.Contact
	for device := range b.devices {
		for d := range b.loaded {
			b.meet(device, d, 1, func(c cordon.Contact, _ int) { some = append(some, c) })
		}
		if len(some) >= 2*perBatch || device == b.devices-1 {
			if err := l.Add(ctx, some); err != nil {
				return err
			}
			some = some[:0]
			if os.Getenv("BENCH_VERBOSE") != "" {
				fmt.Fprintf(os.Stderr, "device %d: %d rows\n", device+1, b.made)
			}
		}
	}
	return l.Done(ctx)
}

// day makes the contacts of a day, in the order of their hours, and keeps the truth.
func (b *bench) day(d int) []cordon.Contact {
	byHour := make([][]cordon.Contact, 24)
	times := 1
	if d >= days-13 {
		times = 2
	}
	for device := range b.devices {
		b.meet(device, d, times, func(c cordon.Contact, hour int) { byHour[hour] = append(byHour[hour], c) })
	}
	var all []cordon.Contact
	for _, some := range byHour {
		all = append(all, some...)
	}
	return all
}

// meet makes what a device exchanges on a day, with each far end so many times.
func (b *bench) meet(device, d, times int, take func(c cordon.Contact, hour int)) {
	perDevice := float64(b.rows) / float64(b.devices) / days
	n := int(perDevice)
	if b.rnd.Float64() < perDevice-float64(n) {
		n++
	}
	met := make([]int, 0, 16)
	for len(met) < n {
		end := int(b.zipf.Uint64())
		if slices.Contains(met, end) {
			continue
		}
		met = append(met, end)
		b.made++
		for i := range times {
			hour := b.rnd.IntN(11) + 12*i
			c := b.contact(device, end, b.start.Add(time.Duration(d*24+hour)*time.Hour))
			b.keep(c, d, end)
			take(c, hour)
		}
	}
}

// keep adds a contact to the truth.
func (b *bench) keep(c cordon.Contact, d, end int) {
	for _, w := range b.windows {
		if d >= w.from && d < w.to {
			w.bytes[end] += c.Sent + c.Received
		}
	}
	if rows := b.sample[c.Device]; rows != nil {
		k := fmt.Sprint(d, " ", c.Far)
		was := rows[k]
		rows[k] = [2]int64{was[0] + int64(c.Sent), was[1] + int64(c.Received)}
	}
}

// putDevices puts the devices, so that lists have something to show.
func (b *bench) putDevices(ctx context.Context, s *store.Store) error {
	for first := 0; first < b.devices; first += 1000 {
		var some []store.Known
		for n := first; n < min(first+1000, b.devices); n++ {
			some = append(some, b.device(n))
		}
		if err := s.PutDevices(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) device(n int) store.Known {
	mac, _ := cordon.ParseMAC(deviceID(n)) // it is one
	k := store.Known{Knowledge: "bench", Judged: b.start}
	k.ID, k.Site = deviceID(n), []string{"north", "south", "west"}[n%3]
	k.Department = fmt.Sprint("department ", n%40)
	k.Interfaces = []cordon.Interface{{MAC: mac, Addrs: []netip.Addr{address(n)}}}
	k.Names = []string{fmt.Sprintf("cam-%05d", n)}
	k.Identity.Class = cordon.Belief{Value: []string{cordon.ClassCamera, cordon.ClassRecorder, cordon.ClassUnknown}[n%7%3], Confidence: 0.9, Reasons: []cordon.Reason{{Weight: 0.9, Text: "it answers as one"}}}
	k.Identity.Maker = cordon.Belief{Value: fmt.Sprint("Maker ", n*n%53), Key: fmt.Sprint("maker-", n*n%53)}
	k.Identity.Model = cordon.Belief{Value: fmt.Sprint("M-", n%900)}
	k.Grade = cordon.Grade{Letter: []string{"A", "B", "C", "D", "F", ""}[n*7%6], Score: n % 101}
	k.First, k.Last = b.start.Add(time.Duration(n)*time.Minute), b.start.Add(time.Duration(n*31%days)*24*time.Hour)
	k.Sent = uint64(n) * 7919 % 1_000_003
	if n%5 == 0 {
		k.Lists = []cordon.Listing{{List: "us-fcc-covered-list"}}
	}
	return k
}
