// Command store measures package store on a generated store with a known truth: how many upserts
// a CPU second carries, how many bytes a row takes, and how long three questions take with cold
// caches. Every answer is compared with the truth. BENCH_ROWS is how many rollup rows are
// generated (2,000,000 unless given; 60,000,000 are 32,000 devices over 400 days), BENCH_DIR
// where (a directory; else the usual one for temporary files), BENCH_LOAD how many of the 400 days
// come in by bulk load instead of one by one. BENCH_KEEP is a file that the store is kept in, and taken from where it is there already: then only
// questions are measured. A missed bar is a line with FAIL and exit status 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/store:", err)
		os.Exit(1)
	}
}

// errMissed is for a bar that was not reached.
var errMissed = errors.New("a bar was not reached")

func run(ctx context.Context) error {
	rows := 2_000_000
	if text := os.Getenv("BENCH_ROWS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 10_000 {
			return fmt.Errorf("BENCH_ROWS=%s: a number from 10,000 on is needed", text)
		}
		rows = n
	}
	dir, err := os.MkdirTemp(os.Getenv("BENCH_DIR"), "cordon-bench-store-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	loaded := 0
	if text := os.Getenv("BENCH_LOAD"); text != "" {
		if loaded, err = strconv.Atoi(text); err != nil || loaded < 0 || loaded > days-15 {
			return fmt.Errorf("BENCH_LOAD=%s: a number of days up to %d is needed", text, days-15)
		}
	}
	b := newBench(filepath.Join(dir, "cordon.db"), rows)
	b.loaded = loaded
	if b.kept = os.Getenv("BENCH_KEEP"); b.kept != "" {
		_, err := os.Stat(b.kept)
		b.there = err == nil
	}
	for _, step := range []func(context.Context) error{b.upserts, b.generate, b.size, b.questions, b.check} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if b.missed {
		return errMissed
	}
	return nil
}
