package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"cordon"
	"cordon/internal/store"

	"golang.org/x/sys/unix"
)

// The bars, from the issue of this step.
const (
	barUpserts  = 100_000 // per CPU second
	barBytes    = 30      // a row
	barQuestion = 20 * time.Millisecond
	barOpen     = 2 * time.Second
)

// upserts measures what a running Cordon of full size does most: in every second some devices
// have news of far ends that they have met this hour. It has a store of its own, so that its
// figure does not depend on BENCH_ROWS.
func (b *bench) upserts(ctx context.Context) error {
	s, err := store.Open(ctx, b.where+".upserts")
	if err != nil {
		return err
	}
	defer s.Close()
	var pairs []cordon.Contact
	for device := range fullDevices {
		for range 1 + b.rnd.IntN(2) {
			pairs = append(pairs, b.contact(device, int(b.zipf.Uint64()), b.start))
		}
	}
	if err := s.Append(ctx, store.Batch{At: b.start, Contacts: pairs}); err != nil {
		return err
	}
	const batches = 60
	some := make([]cordon.Contact, 0, perBatch)
	spent, n := time.Duration(0), 0
	for i := range batches {
		some = some[:0]
		for _, p := range b.rnd.Perm(len(pairs))[:perBatch/2] {
			some = append(some, pairs[p])
		}
		was := cpu()
		if err := s.Append(ctx, store.Batch{At: b.start.Add(time.Duration(i) * time.Second), Contacts: some}); err != nil {
			return err
		}
		spent += cpu() - was
		n += len(some)
	}
	rate := float64(n) / spent.Seconds()
	b.say(rate >= barUpserts, "upserts per CPU second", fmt.Sprintf("%.0f", rate), fmt.Sprintf("at least %d; %d batches of %d, %d devices", barUpserts, batches, len(some), fullDevices))
	return nil
}

// size measures the file after everything has been moved to where it stays but for the last day,
// which has not ended.
func (b *bench) size(ctx context.Context) error {
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return err
	}
	if _, err := s.Retain(ctx, b.start.Add((days*24-1)*time.Hour)); err != nil {
		return err
	}
	st, err := s.Stats(ctx)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	info, err := os.Stat(b.where)
	if err != nil {
		return err
	}
	perRow := float64(info.Size()-st.Free) / float64(b.made)
	b.say(perRow <= barBytes, "bytes a row, the whole file", fmt.Sprintf("%.1f", perRow), fmt.Sprintf("at most %d; file of %d MB, %d MB of it free", barBytes, info.Size()>>20, st.Free>>20))
	return nil
}

// cold opens the store and then empties the system's cache of its files. What opening leaves to
// the garbage collector is cleared away first: a running Cordon was opened long ago.
func (b *bench) cold(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, b.where)
	if err != nil {
		return nil, err
	}
	runtime.GC()
	for _, name := range []string{b.where, b.where + "-wal"} {
		if err := forget(name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// forget takes a file out of the system's cache: what has been written goes to the disk first.
func forget(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// timed asks a question several times, each with cold caches, and holds the slowest against the
// bar. Times are of the wall clock: a busy machine shows in them.
func (b *bench) timed(ctx context.Context, what string, times int, ask func(*store.Store, int) error) error {
	var all []time.Duration
	for i := range times {
		s, err := b.cold(ctx)
		if err != nil {
			return err
		}
		began := time.Now()
		err = ask(s, i)
		all = append(all, time.Since(began))
		if err := s.Close(); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	slices.Sort(all)
	median, worst := all[len(all)/2], all[len(all)-1]
	b.say(median <= barQuestion, what, ms(median), fmt.Sprintf("median; at most %s; slowest of %d: %s", ms(barQuestion), times, ms(worst)))
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
