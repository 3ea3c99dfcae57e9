package watch

import (
	"fmt"
	"sort"

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
		if n == 0 {
			f = in.finding(a, s)
			f.Title, f.Detail = title, a.Doc+"."
			f.First, f.Last = fl.First, fl.Last
		}
		if fl.First.Before(f.First) {
			f.First = fl.First
		}
		if fl.Last.After(f.Last) {
			f.Last = fl.Last
		}
		f.Evidence = append(f.Evidence, describe(fl))
		n++
	}
	if n == 0 {
		return nil
	}
	if n > 1 {
		f.Title += fmt.Sprintf(" (and %d more)", n-1)
	}
	f.Evidence = most(f.Evidence, 10)
	return []cordon.Finding{f}
}

// thing reports whether the device is one whose calls outside are worth a finding:
// anything but a person's own device, a router or a server. What is not known counts as a thing.
func (in *In) thing() bool {
	switch class := in.Device.Identity.Class.Value; class {
	case cordon.ClassRouter, cordon.ClassServer, cordon.ClassUnknown:
		return false
	default:
		return !cordon.Personal(class)
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
	s := fmt.Sprintf("%s, %s, %s", far, what, count(f.Count, "conversation"))
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

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
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

// most keeps the first n lines and says how many were left out.
func most(lines []string, n int) []string {
	if len(lines) <= n {
		return lines
	}
	return append(lines[:n:n], fmt.Sprintf("and %d more", len(lines)-n))
}

func sortMost(lines *[]string) {
	sort.Strings(*lines)
	*lines = most(*lines, 8)
}
