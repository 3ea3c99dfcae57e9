package store

import (
	"slices"
	"testing"
	"time"
)

// daysOf are the days of a span.
func daysOf(span int64) (from, to int64) {
	for _, b := range blocks {
		if span >= b.spans {
			return (span - b.spans) * b.size, (span - b.spans + 1) * b.size
		}
	}
	return monthStart(span - spanMonths), monthStart(span - spanMonths + 1)
}

// TestBlocks shows that blocks cover the days that are asked for, each once, and that they are few.
func TestBlocks(t *testing.T) {
	counts := map[int64][]int{}
	for from := int64(20_000); from < 20_064; from++ {
		for n := int64(1); n <= 70; n++ {
			spans := blocksOf(from, from+n, false)
			at := from
			for _, s := range spans {
				first, next := daysOf(s)
				if first != at {
					t.Fatalf("%d days from %d: %v: day %d is met twice or not at all", n, from, spans, at)
				}
				at = next
			}
			if at != from+n {
				t.Fatalf("%d days from %d: %v end at %d", n, from, spans, at)
			}
			counts[n] = append(counts[n], len(spans))
		}
	}
	for n, most := range map[int64]int{7: 4, 30: 12} {
		slices.Sort(counts[n])
		if got := counts[n][len(counts[n])-1]; got > most {
			t.Errorf("%d days are %d blocks, want at most %d", n, got, most)
		}
	}
}

// TestWindowIsBounded shows that whatever a clock left behind, a question reads some thousand lists at most.
func TestWindowIsBounded(t *testing.T) {
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, k := range []kept{{}, {newest: dayOf(far)}, {oldest: dayOf(far), newest: dayOf(far)}, {newest: dayOf(far), singles: dayOf(now)}} {
		for _, q := range [][2]time.Time{{now, {}}, {{}, now}, {now, far}, {time.Unix(0, 0), far}, {far, now}, {now.AddDate(0, 0, -400), now}} {
			if n := len(windowOf(q[0], q[1], k).spans); n > maxDays/16+16 {
				t.Errorf("from %v to %v of %+v: %d spans", q[0], q[1], k, n)
			}
		}
	}
}
