package api

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/store"
)

// Now is how things are at this moment.
type Now struct {
	At       time.Time      `json:"at"`
	Needs    []Need         `json:"needs" nullable:"false" doc:"What needs somebody, most pressing first; at most 7"`
	More     int            `json:"more" doc:"Needs beyond those"`
	Devices  int            `json:"devices"`
	Watching int            `json:"watching" doc:"Devices that see or hear people"`
	Personal int            `json:"personal" doc:"People's own devices, which are kept as totals"`
	Grades   []Tally        `json:"grades" nullable:"false" doc:"Of the devices that watch, by letter; empty: not graded yet"`
	Lists    []Tally        `json:"lists" nullable:"false" doc:"Of the devices that watch, by the list that names their maker, most first"`
	Home     Home           `json:"home"`
	Out      []OutHour      `json:"out" nullable:"false" doc:"The last 48 hours, oldest first; every hour is there"`
	Doing    []cordon.Doing `json:"doing" nullable:"false" doc:"What Cordon is busy with"`
	Ticker   []Tick         `json:"ticker" nullable:"false" doc:"What happened last, newest first; at most 20"`
}

// Need is one thing, or several of one sort, that needs somebody.
type Need struct {
	Kind     string          `json:"kind" enum:"network,sensor,alarm,finding,overdue,scan,device,knowledge" doc:"What it is about"`
	Code     string          `json:"code,omitempty" doc:"Of alarms and findings; which setting is missing"`
	Severity cordon.Severity `json:"severity" enum:"info,low,medium,high,critical"`
	Title    string          `json:"title"`
	Detail   string          `json:"detail,omitempty"`
	Count    int             `json:"count" doc:"How many of them there are"`
	Device   string          `json:"device,omitempty" doc:"The device, where it is about one alone"`
	At       time.Time       `json:"at,omitzero" doc:"When it was last so"`
	Action   Action          `json:"action"`
}

// Action is the one thing to do next.
type Action struct {
	Label string `json:"label"`
	Href  string `json:"href" doc:"Path of the page"`
}

// Tally is how many devices have something.
type Tally struct {
	Key   string `json:"key"`
	Count int    `json:"count"`
}

// Home is how devices that watch called the outside today.
type Home struct {
	Since      time.Time `json:"since" doc:"When today began, for who asks"`
	Devices    int       `json:"devices" doc:"How many of them did"`
	Tried      int       `json:"tried" doc:"Conversations begun"`
	Answered   int       `json:"answered" doc:"Of these, somebody answered"`
	Unanswered int       `json:"unanswered" doc:"Of these, nobody did, or something stood in between"`
	Sent       uint64    `json:"bytes_sent"`
	Received   uint64    `json:"bytes_received"`
}

// OutHour is what went out in one hour.
type OutHour struct {
	At       time.Time `json:"at"`
	Watching uint64    `json:"watching" doc:"Bytes sent outside by devices that watch"`
	All      uint64    `json:"all" doc:"Bytes sent outside by all devices but people's own"`
}

// Tick is one thing that happened.
type Tick struct {
	At       time.Time       `json:"at"`
	Kind     string          `json:"kind" enum:"alarm,device,scan"`
	ID       string          `json:"id" doc:"Of the alarm, the device; of a scan, its number"`
	Title    string          `json:"title"`
	Severity cordon.Severity `json:"severity,omitempty"`
	Device   string          `json:"device,omitempty"`
	Site     string          `json:"site,omitempty"`
	Href     string          `json:"href" doc:"Path of the page"`
}

type nowInput struct {
	SitesFilter
	Today time.Time `query:"today" doc:"When today began, for who asks: it is at most 48 hours ago. Without it: midnight UTC."`
}

// The bounds of an answer to now.
const (
	maxNeeds = 7
	maxTicks = 20
	outHours = 48
	newFor   = 7 * 24 * time.Hour // a device that was met since then is new
)

func (s *Server) now() {
	question(s, "/v1/now", "now.get", "now", "What needs somebody, and how things are", func(ctx context.Context, in *nowInput) (*one[Now], error) {
		return oneOf(s.nowAt(ctx, in, s.Now().UTC()))
	})
}

func (s *Server) nowAt(ctx context.Context, in *nowInput, now time.Time) (Now, error) {
	today := in.Today.UTC()
	if in.Today.IsZero() || now.Sub(today) > outHours*time.Hour || today.After(now) {
		today = now.Truncate(24 * time.Hour)
	}
	out := Now{At: now, Home: Home{Since: today}, Doing: []cordon.Doing{}}
	accepts, err := s.Store.Accepted(ctx, now)
	if err != nil {
		return out, err
	}
	o, err := s.Store.Overview(ctx, store.OverviewQuery{Sites: in.Sites, New: now.Add(-newFor), Today: today, Accepts: accepts})
	if err != nil {
		return out, err
	}
	out.Devices, out.Watching, out.Personal, out.Home.Devices = o.Devices, o.Watching, o.Personal, o.Home
	out.Grades, out.Lists = tallied(o.Grades), tallied(o.Lists)
	if err := s.fillPulse(ctx, &out, in.Sites, now); err != nil {
		return out, err
	}
	if out.Needs, err = s.needs(ctx, in.Sites, &o, now); err != nil {
		return out, err
	}
	out.More = max(0, len(out.Needs)-maxNeeds)
	out.Needs = out.Needs[:min(len(out.Needs), maxNeeds)]
	out.Doing = s.doing(in.Sites)
	out.Ticker, err = s.ticker(ctx, in.Sites)
	return out, err
}

func tallied(all []store.Tally) []Tally {
	out := make([]Tally, len(all))
	for i, t := range all {
		out[i] = Tally(t)
	}
	return out
}

// fillPulse fills what goes out: the hours of two days, and what of it is today's.
func (s *Server) fillPulse(ctx context.Context, out *Now, sites []string, now time.Time) error {
	first := now.Truncate(time.Hour).Add(-(outHours - 1) * time.Hour)
	out.Out = make([]OutHour, outHours)
	for i := range out.Out {
		out.Out[i].At = first.Add(time.Duration(i) * time.Hour)
	}
	hours, err := s.Store.Pulse(ctx, sites, first)
	if err != nil {
		return err
	}
	for _, h := range hours {
		i := int(h.At.Sub(first) / time.Hour)
		if i < 0 || i >= outHours {
			continue // the sensor's clock is ahead of ours
		}
		out.Out[i].All += h.Sent
		if !h.Watching {
			continue
		}
		out.Out[i].Watching += h.Sent
		if h.At.Add(time.Hour).After(out.Home.Since) {
			out.Home.add(&h)
		}
	}
	return nil
}

func (h *Home) add(n *store.HourSum) {
	h.Tried += n.Flows
	h.Unanswered += n.Unanswered
	h.Answered = max(0, h.Tried-h.Unanswered)
	h.Sent += n.Sent
	h.Received += n.Received
}

// doing is what Cordon is busy with at some sites.
func (s *Server) doing(sites []string) []cordon.Doing {
	if s.Doing == nil {
		return []cordon.Doing{}
	}
	return append([]cordon.Doing{}, slices.DeleteFunc(s.Doing(), func(d cordon.Doing) bool {
		return d.Site != "" && !among(sites, d.Site)
	})...)
}

// ticker is what happened last: alarms, devices and scans, newest first.
func (s *Server) ticker(ctx context.Context, sites []string) ([]Tick, error) {
	page := store.Page{Limit: maxTicks}
	alarms, err := s.Store.Alarms(ctx, store.AlarmsQuery{Sites: sites, Sort: "-raised", Page: page})
	if err != nil {
		return nil, err
	}
	devices, err := s.Store.Devices(ctx, store.DevicesQuery{Sites: sites, Sort: "-first", Page: page})
	if err != nil {
		return nil, err
	}
	out := []Tick{}
	for i := range alarms.Rows {
		a := &alarms.Rows[i]
		out = append(out, Tick{a.Raised, "alarm", strconv.FormatInt(a.ID, 10), a.Title, a.Severity, a.Device, a.Site, alarmHref(a.ID)})
	}
	for i := range devices.Rows {
		d := &devices.Rows[i]
		out = append(out, Tick{At: d.First, Kind: "device", ID: d.ID, Title: whatItIs(d), Device: d.ID, Site: d.Site, Href: deviceHref(d.ID)})
	}
	for _, r := range s.scanRuns(sites) {
		if t := scanTick(&r); !t.At.IsZero() {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b Tick) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out[:min(len(out), maxTicks)], nil
}

// scanTick is what a scan has come to; one that has not begun has no time.
func scanTick(r *ScanRun) Tick {
	t := Tick{At: r.Began, Kind: "scan", ID: strconv.FormatInt(r.ID, 10), Site: r.Site, Href: "/settings/networks"}
	switch r.State {
	case "running":
		t.Title = "A scan of " + r.Site + " began"
	case "done":
		t.At, t.Title = r.Ended, "A scan of "+r.Site+" ended: "+strconv.Itoa(r.Alive)+" answered"
	case "failed":
		t.At, t.Title, t.Severity = r.Ended, "A scan of "+r.Site+" failed", cordon.Medium
	default:
		t.At = time.Time{}
	}
	return t
}
