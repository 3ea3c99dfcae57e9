package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
)

// addresses gives every address of a device, in its order.
func addresses(d *cordon.Audited) []string {
	var out []string
	for _, i := range d.Interfaces {
		for _, a := range i.Addrs {
			out = append(out, string(appendAddr(nil, a)))
		}
	}
	return out
}

// macs gives every MAC of a device, as CSV and page list them.
func macs(d *cordon.Audited) string {
	var out []string
	for _, i := range d.Interfaces {
		if m := i.MAC.String(); m != "" {
			out = append(out, m)
		}
	}
	return strings.Join(out, listSeparator)
}

// unknown stands wherever nothing is known.
const unknown = "unknown"

func known(s string) string { return cmp.Or(s, unknown) }

// sure says a confidence in a word, the same one for whatever is shown as the same percentage.
func sure(c float64) string {
	c += 0.005
	switch {
	case c >= 0.95:
		return "very likely"
	case c >= 0.8:
		return "likely"
	case c >= 0.5:
		return "probable"
	}
	return "possible"
}

// percent never says 100 %: a passive look proves nothing for ever.
func percent(c float64) string {
	return strconv.Itoa(min(99, max(0, int(c*100+0.5)))) + " %"
}

// belief says a value and how sure it is: "Hikvision, likely 92 %".
func belief(b *cordon.Belief) string {
	if b.Value == "" {
		return unknown
	}
	return b.Value + ", " + sure(b.Confidence) + " " + percent(b.Confidence)
}

// place sums up what went to one country, as the address is registered.
type place struct {
	country  string // ISO code, or "unknown"
	name     string // the name with the most bytes there, or the address
	sent     uint64
	received uint64
	ends     int
	answered bool // somebody there spoke back, or the capture began midway
}

// places gives the countries of far ends, most bytes sent first.
func places(list []cordon.Destination) []place {
	var out []place
	at := map[string]int{}
	best := map[string]uint64{}
	for i := range list {
		d := &list[i]
		c := known(d.Country)
		n, ok := at[c]
		if !ok {
			n = len(out)
			at[c] = n
			out = append(out, place{country: c})
		}
		p := &out[n]
		p.sent += d.Sent
		p.received += d.Received
		p.ends++
		p.answered = p.answered || d.State == cordon.StateAnswered || d.State == cordon.StateMidway
		if total := d.Sent + d.Received; total > best[c] || p.name == "" || betterName(d, p.name) && total >= best[c] {
			best[c], p.name = total, farName(d)
		}
	}
	slices.SortFunc(out, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.sent, a.sent), cmp.Compare(b.received, a.received), cmp.Compare(a.country, b.country))
	})
	return out
}

func betterName(d *cordon.Destination, than string) bool { return d.Name != "" && d.Name < than }

// farName is the name of a far end, or its address.
func farName(d *cordon.Destination) string {
	if d.Name != "" {
		return d.Name
	}
	return string(appendAddr(nil, d.Address))
}

// size says bytes with three figures at most.
func size(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10) + " B"
	}
	v := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB", "PB", "EB"} {
		if v /= 1000; v < 999.5 || unit == "EB" {
			if v < 9.95 {
				return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
			}
			return strconv.FormatFloat(v, 'f', 0, 64) + " " + unit
		}
	}
	return ""
}

// Thousands groups digits: 1,234,567.
func Thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural counts: "1 device", "3 devices".
func Plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ay") {
		one = one[:len(one)-1] + "ie"
	}
	if strings.HasSuffix(one, "ss") {
		one += "e"
	}
	return Thousands(uint64(n)) + " " + one + "s"
}

// counts is Plural for what is counted without a sign.
func counts(n uint64, one string) string { return Plural(int(min(n, math.MaxInt)), one) }

// Span says how long, in the largest unit that still tells.
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// stamp says when, for people; empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func sortedKeys[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}
