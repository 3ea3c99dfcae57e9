package assess

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"cordon"
)

// points is what a finding costs of 100, by severity; a second finding of the same code costs nothing more.
var points = map[cordon.Severity]int{cordon.Critical: 60, cordon.High: 30, cordon.Medium: 15, cordon.Low: 5}

// letters are the lowest scores of the grades.
var letters = []struct {
	score  int
	letter string
}{{90, "A"}, {75, "B"}, {60, "C"}, {45, "D"}, {25, "E"}}

// What must have been seen before a device without findings may be called good: half
// an hour, a few dozen packets each way, and their contents.
const (
	enoughTime    = 30 * time.Minute
	enoughPackets = 40
)

// Grade grades a device by its findings, and shows the arithmetic. What was not seen
// is not clean: a good grade (A or B) needs enough to have been overheard or, of a device
// that was asked, a whole interview; a bad one does not. A good grade says in Why what it
// does not cover: what asking alone cannot show, and what needs the maker, where that is not known.
func Grade(in In, findings []cordon.Finding) cordon.Grade {
	g := cordon.Grade{Score: 100}
	for i := range findings {
		f := &findings[i]
		p := points[f.Severity]
		if p == 0 || slices.ContainsFunc(g.Steps, func(s cordon.GradeStep) bool { return s.Code == f.Code }) {
			continue
		}
		g.Score -= p
		g.Steps = append(g.Steps, cordon.GradeStep{Points: p, Code: f.Code, Text: f.Title})
	}
	g.Score = max(0, g.Score)
	g.Letter = "F"
	for _, l := range letters {
		if g.Score >= l.score {
			g.Letter = l.letter
			break
		}
	}
	if g.Letter == "A" || g.Letter == "B" {
		g.Letter, g.Why = good(in, g.Letter)
	}
	if g.Letter == "A" || g.Letter == "B" {
		g.Why = join(g.Why, nameless(in))
	}
	return g
}

// nameless says what a good letter does not cover of a device that watches and whose maker is not known:
// no finding may only mean that there was nothing to hold against it. Empty where the maker is known.
func nameless(in In) string {
	if in.Device.Identity.Maker.Value != "" || !cordon.Watches(in.class()) {
		return ""
	}
	return "who built it is not known, so no list of makers and no published vulnerability could be held against it"
}

// join puts two remarks into one line; either may be empty.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// good decides whether enough is known for a good letter, and says why not, or what is not covered.
func good(in In, letter string) (allowed, why string) {
	unheard := missing(in)
	if unheard == "" {
		return letter, ""
	}
	if !in.interviewed() {
		if len(in.Flows) == 0 && in.asked() {
			return "", "not enough answered: it only answered what everybody was asked; name its own address or network in a scan"
		}
		return "", "not enough seen: " + unheard
	}
	if unasked := in.unasked(); unasked != "" {
		return "", "not enough answered: " + unasked
	}
	return letter, "by what it answered: a scan does not show where it sends; capture half an hour of it for that"
}

// interviewed reports whether a scan went to this device at all.
func (in *In) interviewed() bool { return in.has("scan.ports") || in.has("scan.interview") }

// asked reports whether anything is known of this device because somebody asked.
func (in *In) asked() bool {
	return slices.ContainsFunc(in.Seen, func(o cordon.Observation) bool { return o.By.Asked })
}

// enoughPorts is how many TCP ports must have been tried before a device that was asked may
// be called good: web, video and the makers' own are among the first dozen of a scan's list
// (knowledge.ScanPorts).
const enoughPorts = 12

// unasked says what an interview lacks before the device may be called good, empty when nothing.
func (in *In) unasked() string {
	ports, ended, answers := 0, "", 0
	if last := in.latest("scan.interview"); last != nil {
		ended = last.Value
	}
	for i := range in.Seen {
		o := &in.Seen[i]
		switch {
		case o.Kind == "scan.ports":
			n, _ := strconv.Atoi(o.Value) // none where it is no number
			ports = max(ports, n)
		case o.By.Asked && o.Kind != "tcp.open" && o.Kind != "scan.interview":
			answers++
		}
	}
	switch {
	case ports < enoughPorts:
		return fmt.Sprintf("only %s tried; a scan of %d ports or more would be enough", was(ports, "port"), enoughPorts)
	case ended != "complete":
		return "the interview did not come to its end (" + orNone(ended) + "); scan it again"
	case answers == 0:
		return "it answered none of the questions; capture where it talks to others, or ask it with an account of yours"
	case in.class() == "":
		return "what it is could not be told; an account of yours on it, or a capture that includes its start, would help"
	}
	return ""
}

// was is count with its verb.
func was(n int, noun string) string {
	if n == 1 {
		return count(n, noun) + " was"
	}
	return count(n, noun) + " were"
}

// missing says what would have to be seen before the device may be called good, empty when nothing.
func missing(in In) string {
	var sent, received uint64
	for i := range in.Flows {
		sent += in.Flows[i].PacketsSent
		received += in.Flows[i].PacketsReceived
	}
	span := in.Device.Last.Sub(in.Device.First)
	switch {
	case sent+received == 0:
		return "it had no conversation; capture where it talks to others, for half an hour or more"
	case in.Cut:
		return "the capture cut packets short; capture whole packets (tcpdump -s 0)"
	case sent == 0 || received == 0 && talked(in.Flows):
		return "one direction only; mirror both directions of its port"
	case span < enoughTime:
		return round(span) + " of it; half an hour with a restart of the device would be enough"
	case sent+received < enoughPackets:
		return fmt.Sprintf("%s of it; a longer capture, with a restart of the device, would be enough", count(int(sent+received), "packet"))
	case in.Device.Identity.Class.Value == "":
		return "what it is could not be told; a capture that includes its start would help"
	}
	return ""
}

// talked reports whether there was anybody to answer: announcements to a group expect nothing.
func talked(flows []cordon.Flow) bool {
	for i := range flows {
		if !flows[i].Group {
			return true
		}
	}
	return false
}

// round writes a time in its largest unit.
func round(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return count(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return count(int(d.Minutes()), "minute")
	}
	return count(int(d.Hours()), "hour")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s + " " + noun + "s"
}
