package main

import (
	"fmt"
	"net/netip"
	"slices"
)

// bar is one target and what was reached. A hard one does not depend on how busy the machine is.
type bar struct {
	what, want, got string
	met, hard       bool
}

// What a scan may take. Wall times are judged by the median of the turns, all else by the worst.
var limits = map[string]struct{ perAddress, seconds float64 }{
	"flat":   {2.6, 3},
	"routed": {4.5, 5},
}

// What the usual pace promises (reach.Polite): 1,000 frames a second, and 50 connections to a /24, in any tenth of a second.
const (
	politeSeconds = 25
	politeFrames  = 100
	politeConns   = 5
)

// judgeFinding holds a part's results to the bars.
func judgeFinding(part string, n netip.Prefix, all []result) []bar {
	limit := limits[part]
	var bars []bar
	for _, name := range []string{fast, polite} {
		r, ok := of(all, name)
		if !ok {
			continue
		}
		what := part + ", " + name
		bars = append(bars, judgeFound(what, r)...)
		frames := r.frames()
		per := float64(frames[len(frames)-1]) / float64(addresses(n))
		bars = append(bars, bar{what + ": frames an address", fmt.Sprintf("at most %.1f", limit.perAddress), fmt.Sprintf("%.2f", per), per <= limit.perAddress, true})
		seconds := limit.seconds
		if r.tool.pace {
			seconds = politeSeconds
			bars = append(bars, judgePace(what, r.runs)...)
		}
		bars = append(bars, within(what, seconds, median(r.walls()).Seconds()))
	}
	return bars
}

func judgeFound(what string, r result) []bar {
	missed, wrong, failed := 0, 0, 0
	for i, s := range r.scores {
		missed, wrong = max(missed, len(s.missed)), max(wrong, len(s.wrong))
		if r.runs[i].exit != 0 {
			failed++
		}
	}
	return []bar{
		{what + ": hosts and open ports missed, or invented", "0, 0", fmt.Sprintf("%d, %d", missed, wrong), missed == 0 && wrong == 0, true},
		{what + ": runs that failed", "0", fmt.Sprint(failed), failed == 0, true},
	}
}

// judgePace says whether the usual pace was kept; a capture that missed frames proves nothing.
func judgePace(what string, runs []cost) []bar {
	worst := func(of func(watched) int) int {
		return of(slices.MaxFunc(runs, func(a, b cost) int { return of(a.seen) - of(b.seen) }).seen)
	}
	frames, conns, missed := worst(func(w watched) int { return w.In100ms }), worst(func(w watched) int { return w.Conns100ms }), worst(watched.unseen)
	return []bar{
		{what + ": frames in the busiest 100 ms", fmt.Sprintf("at most %d", politeFrames), caveat(frames, missed), frames <= politeFrames && missed == 0, true},
		{what + ": connections to a /24 in its busiest 100 ms", fmt.Sprintf("at most %d", politeConns), caveat(conns, missed), conns <= politeConns && missed == 0, true},
	}
}

func caveat(n, missed int) string {
	if missed > 0 {
		return fmt.Sprintf("%d, but the capture missed %d frames", n, missed)
	}
	return fmt.Sprint(n)
}

func within(what string, limit, got float64) bar {
	return bar{what + ": seconds", fmt.Sprintf("at most %g", limit), fmt.Sprintf("%.2f", got), got <= limit, false}
}
