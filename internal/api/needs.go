package api

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
	"cordon/internal/guard"
	"cordon/internal/report"
	"cordon/internal/store"
)

// oldKnowledge is the age at which knowledge is worth a look: lists and weaknesses change within months.
const oldKnowledge = 180 * 24 * time.Hour

// needOrder is which sort of need comes first among those that are equally severe: without ears
// nothing else is known.
var needOrder = []string{"network", "sensor", "alarm", "overdue", "finding", "scan", "device", "knowledge"}

// needs is what needs somebody, most pressing first.
func (s *Server) needs(ctx context.Context, sites []string, o *store.Overview, now time.Time) ([]Need, error) {
	out := []Need{}
	sensors := s.ownSensors()
	setup, err := s.setupNeeds(ctx, sites, sensors)
	if err != nil {
		return nil, err
	}
	overdue, err := s.Store.CountOverdue(ctx, sites, now)
	if err != nil {
		return nil, err
	}
	if overdue > 0 {
		out = append(out, Need{Kind: "overdue", Severity: cordon.High, Count: overdue, Title: report.Plural(overdue, "finding") + " should be put right by now",
			Detail: "Somebody took them on until a date, which has passed.", Action: Action{"See them", href("/findings", "overdue", "yes")}})
	}
	var deaf []Need
	if sites == nil { // a way in belongs to no site
		deaf = deafNeeds(sensors)
	}
	out = append(append(out, setup...), deaf...)
	for i := range o.Alarms {
		if len(deaf) == 0 || !ofSensors[o.Alarms[i].Code] { // else it is told already
			out = append(out, alarmNeed(&o.Alarms[i]))
		}
	}
	for i := range o.Findings {
		if !slices.ContainsFunc(o.Alarms, func(a store.CodeTally) bool { return a.Code == o.Findings[i].Code }) {
			out = append(out, findingNeed(&o.Findings[i]))
		}
	}
	out = append(append(out, s.scanNeeds(sites)...), deviceNeeds(o)...)
	out = append(out, s.knowledgeNeeds(now)...)
	slices.SortStableFunc(out, func(a, b Need) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(slices.Index(needOrder, a.Kind), slices.Index(needOrder, b.Kind)))
	})
	return out, nil
}

// ofSensors are the codes of alarms that say that a way in is down.
var ofSensors = func() map[string]bool {
	codes := map[string]bool{}
	for _, a := range guard.OwnAlarms() {
		codes[a.Code] = strings.HasPrefix(a.Code, "sensor-down")
	}
	return codes
}()

// ownSensors are the ways in, without scans, which are there for as long as they scan.
func (s *Server) ownSensors() []cordon.SensorState {
	return slices.DeleteFunc(slices.Clone(s.sensorStates()), func(st cordon.SensorState) bool { return st.Kind == "scan" })
}

// setupNeeds is what was not set up yet.
func (s *Server) setupNeeds(ctx context.Context, sites []string, sensors []cordon.SensorState) (out []Need, err error) {
	all, err := s.Store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(all, func(one cordon.Site) bool {
		return len(one.Networks) > 0 && among(sites, one.Name)
	}) {
		out = append(out, Need{Kind: "network", Code: "no-network", Severity: cordon.High, Count: 1, Title: "Say which networks are yours",
			Detail: "Until then nothing can be scanned, and what is inside is a guess.", Action: Action{"Name your networks", "/settings/networks"}})
	}
	if len(sensors) == 0 && sites == nil {
		out = append(out, Need{Kind: "sensor", Code: "no-sensor", Severity: cordon.High, Count: 1, Title: "Nothing is listened to",
			Detail: "Choose an interface, or let your router send its flow records.", Action: Action{"Choose what to listen to", "/settings/networks"}})
	}
	return out, nil
}

// deafNeeds is one need for all ways in that are down.
func deafNeeds(sensors []cordon.SensorState) []Need {
	var down []string
	n := Need{Kind: "sensor", Code: "sensor-down", Severity: cordon.High, Action: Action{"See what is missing", "/settings/networks"}}
	for i := range sensors {
		st := &sensors[i]
		if st.Up {
			continue
		}
		down = append(down, st.Name)
		n.Detail = cmp.Or(n.Detail, st.Detail)
		if st.Since.After(n.At) {
			n.At = st.Since
		}
	}
	if n.Count = len(down); n.Count == 0 {
		return nil
	}
	n.Title = down[0] + " hears nothing"
	if n.Count > 1 {
		n.Title = strconv.Itoa(n.Count) + " of " + strconv.Itoa(len(sensors)) + " ways in hear nothing"
		n.Detail = strings.Join(down[:min(5, len(down))], ", ")
	}
	return []Need{n}
}

func alarmNeed(t *store.CodeTally) Need {
	n := Need{Kind: "alarm", Code: t.Code, Severity: t.Severity, Count: t.Count, Title: t.First.Title, At: t.First.At}
	if t.Count == 1 {
		n.Device = t.First.Device
		n.Action = Action{"Look at it", alarmHref(t.First.ID)}
		return n
	}
	n.Detail = "and " + report.Plural(t.Count-1, "more alarm") + " of this kind"
	n.Action = Action{"Look at them", href("/alarms", "code", t.Code)}
	return n
}

func findingNeed(t *store.CodeTally) Need {
	n := Need{Kind: "finding", Code: t.Code, Severity: t.Severity, Count: t.Count, Title: t.First.Title, At: t.First.At}
	if t.Devices == 1 {
		n.Device = t.First.Device
		n.Action = Action{"See what to do", deviceHref(t.First.Device)}
		return n
	}
	n.Detail = "and the like on " + report.Plural(t.Devices-1, "more device")
	n.Action = Action{"See what to do", href("/findings", "code", t.Code)}
	return n
}

// scanNeeds is about the newest scan of each site.
func (s *Server) scanNeeds(sites []string) (out []Need) {
	if s.Scans == nil {
		return nil
	}
	runs, seen := s.scanRuns(sites), map[string]bool{}
	failed, done := 0, false
	n := Need{Kind: "scan", Code: "scan-failed", Severity: cordon.Medium, Action: Action{"See why", "/settings/networks"}}
	for i := range runs {
		r := &runs[i]
		done = done || r.State == "done" || r.State == "running"
		if r.State == "waiting" || seen[r.Site] {
			continue
		}
		seen[r.Site] = true
		if r.State == "failed" {
			failed++
			n.Title, n.Detail, n.At = "The scan of "+r.Site+" failed", r.Problem, r.Ended
		}
	}
	if n.Count = failed; failed > 1 {
		n.Title = "The scans of " + strconv.Itoa(failed) + " sites failed"
	}
	if failed > 0 {
		out = append(out, n)
	}
	if !done && failed == 0 {
		out = append(out, Need{Kind: "scan", Code: "never-scanned", Severity: cordon.Low, Count: 1, Title: "Nothing was scanned yet",
			Detail: "Devices that say little are recognised when they are asked.", Action: Action{"Scan now, or choose when", "/settings/networks"}})
	}
	return out
}

func deviceNeeds(o *store.Overview) []Need {
	if o.New == 0 {
		return nil
	}
	return []Need{{Kind: "device", Code: "not-recognised", Severity: cordon.Low, Count: o.New, Title: report.Plural(o.New, "new device") + " not recognised",
		Detail: "Say what they are, or let a scan ask them.", Action: Action{"Look at them", href("/devices", "class", "", "sort", "-first")}}}
}

// knowledgeNeeds is about the age of what verdicts rest on. Its version is the date of its newest data.
func (s *Server) knowledgeNeeds(now time.Time) []Need {
	if s.Know == nil {
		return nil
	}
	v := s.Know().Version
	at, err := time.Parse(time.DateOnly, v[:min(len(v), len(time.DateOnly))])
	if err != nil || now.Sub(at) < oldKnowledge {
		return nil
	}
	return []Need{{Kind: "knowledge", Code: "old-knowledge", Severity: cordon.Low, Count: 1, Title: "What Cordon knows is from " + v,
		Detail: "Lists, weaknesses and makers change: fetch a newer pack.", At: at, Action: Action{"See how old it is", "/lists"}}}
}

// href is a path of the page with its parameters, in pairs.
func href(path string, query ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	return path + "?" + q.Encode()
}

// alarmHref is the page of one alarm.
func alarmHref(id int64) string { return "/alarms/" + strconv.FormatInt(id, 10) }

func deviceHref(id string) string { return "/devices/" + url.PathEscape(id) }

// whatItIs names a device in one line: brand and model, or class, and its address.
func whatItIs(d *store.DeviceRow) string {
	what := strings.Join(strings.Fields(strings.Join([]string{cmp.Or(d.Brand, d.Maker), d.Model}, " ")), " ")
	if len(d.Names) > 0 && d.Names[0] != "" {
		what = d.Names[0]
	}
	return cmp.Or(what, d.Class, "A device") + " · " + addressOf(d)
}
