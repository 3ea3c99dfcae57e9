package watch

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"cordon"
)

// finding starts a finding of the alarm about the device.
func (in *In) finding(a *Alarm, s cordon.Severity) cordon.Finding {
	return cordon.Finding{Code: a.Code, Device: in.Device.ID, Severity: s, Fix: a.Fix, First: in.Device.First, Last: in.Device.Last}
}

// perFlow makes one finding of the flows for which judge gives a severity: the worst
// title, every flow as evidence.
func (in *In) perFlow(a *Alarm, judge func(*cordon.Flow) (cordon.Severity, string)) []cordon.Finding {
	var f cordon.Finding
	n := 0
	for i := range in.Flows {
		fl := &in.Flows[i]
		s, title := judge(fl)
		if s == "" {
			continue
		}
		if n++; n == 1 {
			f = in.finding(a, s)
			f.Title, f.Detail = title, a.Doc+"."
			f.First, f.Last = fl.First, fl.Last
		}
		if s.Rank() > f.Severity.Rank() {
			f.Severity, f.Title = s, title
		}
		widen(&f, fl.First, fl.Last)
		f.Evidence = append(f.Evidence, describe(fl))
	}
	return one(f, n)
}

// one finishes a finding made of n far ends; none of them makes none.
func one(f cordon.Finding, n int) []cordon.Finding {
	if n == 0 {
		return nil
	}
	if n > 1 {
		f.Title += fmt.Sprintf(" (and %s more)", number(n-1))
	}
	f.Evidence = most(f.Evidence, 10)
	return []cordon.Finding{f}
}

// widen makes a finding's time include more evidence.
func widen(f *cordon.Finding, first, last time.Time) {
	if first.Before(f.First) {
		f.First = first
	}
	if last.After(f.Last) {
		f.Last = last
	}
}

// farName is what to call a flow's far end.
func farName(f *cordon.Flow) string {
	if f.Name != "" {
		return f.Name
	}
	return f.Far.String()
}

// describe writes a flow as a line of evidence.
func describe(f *cordon.Flow) string {
	far := f.Far.String()
	if f.Name != "" {
		far = f.Name + " (" + far + ")"
	}
	what := f.Transport
	if f.Port != 0 {
		what += fmt.Sprintf("/%d", f.Port)
	}
	if f.App != "" {
		what += " " + f.App
	}
	s := fmt.Sprintf("%s, %s, %s from %s", far, what, count(f.Count, "conversation"), clock(f.First))
	if p := place(f); p != "" {
		s += ", " + p
	}
	if f.State == cordon.StateAttempt || f.State == cordon.StateRefused {
		return s + ", " + map[cordon.FlowState]string{cordon.StateAttempt: "never answered", cordon.StateRefused: "refused"}[f.State]
	}
	return s + fmt.Sprintf(", %s sent, %s received", bytes(f.Sent), bytes(f.Received))
}

// place says where a far end is registered and who runs it, in words that claim no more.
func place(f *cordon.Flow) string {
	p := f.Place
	s := ""
	if p.Country != "" {
		s = "registered in " + p.Country
	}
	if p.Network != "" {
		if s != "" {
			s += ", "
		}
		s += "network of " + p.Network
	}
	return s
}

// number writes a count with its digits in groups: 1,234,567.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// bytes writes a size with three digits at most.
func bytes(n uint64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

func bitrate(bytesPerSecond float64) string {
	bits := bytesPerSecond * 8
	if bits < 1e6 {
		return fmt.Sprintf("%.0f kbit/s", bits/1e3)
	}
	return fmt.Sprintf("%.1f Mbit/s", bits/1e6)
}

// period writes a time in two units at most: "2.2 seconds", "1 min 30 s", "4 h 32 min", "3 days".
func period(seconds float64) string {
	if tenths := math.Round(seconds * 10); tenths < 600 {
		return strconv.FormatFloat(tenths/10, 'f', -1, 64) + " seconds"
	}
	switch n := int(math.Round(seconds)); {
	case n < 3600:
		return units(n/60, "min", n%60, "s")
	case n < 48*3600:
		return units(n/3600, "h", n%3600/60, "min")
	default:
		return fmt.Sprintf("%d days", n/(24*3600))
	}
}

// units writes a number of large units and what remains in small ones, if anything.
func units(large int, of string, small int, rest string) string {
	s := fmt.Sprintf("%d %s", large, of)
	if small > 0 {
		s += fmt.Sprintf(" %d %s", small, rest)
	}
	return s
}

// most keeps the first n lines and says how many were left out.
func most(lines []string, n int) []string {
	if len(lines) <= n {
		return lines
	}
	return append(lines[:n:n], fmt.Sprintf("and %s more", number(len(lines)-n)))
}

// clock writes a time for a line of evidence.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
