package store

import "time"

// A span is a time whose sums stand in tops and countries: all that is kept, a month or a day.
const (
	spanAll    = 0
	spanMonths = 1_000_000 // + 12 * year + month - 1
	spanDays   = 2_000_000 // + days since 1970
)

func spanOfDay(d int64) int64   { return spanDays + d }
func spanOfMonth(d int64) int64 { return spanMonths + monthOf(d) }

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

// windowOf rounds the times of a question outwards: to days since daysFrom, to months before.
func windowOf(from, to time.Time, daysFrom, newest int64) window {
	if from.IsZero() && to.IsZero() {
		return window{all: true, to: 1 << 40, spans: []int64{spanAll}}
	}
	w := window{from: dayOf(from), to: newest + 1}
	if from.IsZero() {
		w.from = max(newest-keepDays, 0)
	}
	if !to.IsZero() {
		w.to = min(dayOf(to.Add(day-1)), w.to)
	}
	if w.from >= daysFrom {
		for d := w.from; d < w.to; d++ {
			w.spans = append(w.spans, spanOfDay(d))
		}
		return w
	}
	w.from = max(w.from, newest-2*keepDays) // nothing older is kept
	first, last := monthOf(w.from), monthOf(max(w.to-1, w.from))
	for m := first; m <= last; m++ {
		w.spans = append(w.spans, spanMonths+m)
	}
	w.from, w.to = monthStart(first), monthStart(last+1)
	return w
}
