package store

import "time"

// A span is a time whose sums stand in tops and countries: all that is kept, a month, or a block
// of days. Blocks of a size begin at the multiples of it, so that any row of days is a few blocks.
const (
	spanAll      = 0
	spanMonths   = 1_000_000 // + 12 * year + month - 1
	spanDays     = 2_000_000 // + days since 1970
	spanFours    = 3_000_000 // + days since 1970 / 4
	spanSixteens = 4_000_000 // + days since 1970 / 16
)

// everySite stands in tops and countries for all sites together: their sum. No site has that number.
const everySite = 0

// block is a size of blocks, in days, with where its spans begin.
type block struct{ size, spans int64 }

// blocks are the sizes, the largest first.
var blocks = [...]block{{16, spanSixteens}, {4, spanFours}, {1, spanDays}}

// of is the span of the block that holds a day.
func (b block) of(d int64) int64 { return b.spans + d/b.size }

func spanOfMonth(d int64) int64 { return spanMonths + monthOf(d) }

// spansOf are all spans that hold a day.
func spansOf(d int64) [2 + len(blocks)]int64 {
	return [...]int64{spanAll, spanOfMonth(d), blocks[0].of(d), blocks[1].of(d), blocks[2].of(d)}
}

// monthOf numbers months by the day: 12 * year + month - 1.
func monthOf(d int64) int64 {
	t := dayStart(d)
	return int64(t.Year())*12 + int64(t.Month()) - 1
}

// monthStart is the first day of a month.
func monthStart(m int64) int64 {
	return dayOf(time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC))
}

// window is the days that a question is about, and the spans that cover those in tops.
type window struct {
	all      bool
	from, to int64 // days; to excluded
	spans    []int64
}

// kept is what stands in tops and in today's sums, in days.
type kept struct {
	oldest, newest int64 // of which anything is kept
	singles        int64 // since this day tops has blocks of days
}

// windowOf rounds the times of a question outwards: to days since tops has those, to months before.
func windowOf(from, to time.Time, k kept) window {
	if from.IsZero() && to.IsZero() {
		return window{all: true, to: 1 << 40, spans: []int64{spanAll}}
	}
	w := window{from: k.oldest, to: k.newest + 1}
	if !from.IsZero() {
		w.from = max(dayOf(from), k.oldest)
	}
	if !to.IsZero() {
		w.to = min(dayOf(to.Add(day-1)), w.to)
	}
	w.to = min(w.to, w.from+maxDays) // a clock that was wrong leaves sums in another century
	if w.from >= k.singles {
		w.spans = blocksOf(w.from, w.to, w.to > k.newest)
		return w
	}
	first, last := monthOf(w.from), monthOf(max(w.to-1, w.from))
	for m := first; m <= last; m++ {
		w.spans = append(w.spans, spanMonths+m)
	}
	w.from, w.to = monthStart(first), monthStart(last+1)
	return w
}

// blocksOf covers days with the largest blocks that fit. Open is for days behind which nothing
// is kept: the last block may reach beyond them.
func blocksOf(from, to int64, open bool) (spans []int64) {
	for d := from; d < to; {
		for _, b := range blocks {
			if d%b.size == 0 && (open || d+b.size <= to) {
				spans = append(spans, b.of(d))
				d += b.size
				break
			}
		}
	}
	return spans
}
