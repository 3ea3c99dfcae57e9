package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// Traffic is who exchanged how much with whom outside, for a picture.
type Traffic struct {
	From      time.Time        `json:"from,omitzero" doc:"Missing: from the beginning of what is kept"`
	To        time.Time        `json:"to,omitzero"`
	By        string           `json:"by" enum:"country,operator,network,name"`
	Left      string           `json:"left" enum:"device,class,site" doc:"What nodes are; not what was asked for where that is not known of so many"`
	Exact     bool             `json:"exact" doc:"Up to 200 devices are added up one by one. Of more (false) the sums are of all devices of the sites but people's own, whatever they are; single devices are the busiest of those with most bytes outside; how many devices are behind an end was not counted"`
	Devices   int              `json:"devices" doc:"How many were asked for"`
	Total     TrafficSum       `json:"total"`
	Ends      []TrafficEnd     `json:"ends" nullable:"false" doc:"Far ends outside, most bytes first; the last may be the rest"`
	Nodes     []TrafficNode    `json:"nodes" nullable:"false" doc:"Devices, most bytes first; the last may be the rest"`
	Links     []TrafficLink    `json:"links" nullable:"false" doc:"What flowed between nodes and ends"`
	Countries []TrafficCountry `json:"countries" nullable:"false" doc:"All countries of registration, most bytes first, for the map"`
	Days      []TrafficDay     `json:"days" nullable:"false" doc:"All days that are kept, for the brush; days without traffic are left out"`
}

// TrafficSum is what was exchanged. Directions are the devices' view.
type TrafficSum struct {
	Sent       uint64 `json:"bytes_sent"`
	Received   uint64 `json:"bytes_received"`
	Flows      int    `json:"flows"`
	Unanswered int    `json:"unanswered"`
}

// TrafficEnd is a group of far ends.
type TrafficEnd struct {
	TrafficSum
	Key     string `json:"key" doc:"Country, number and name of a network, name, or the address of what has no name; empty: not known, or the rest"`
	Label   string `json:"label" doc:"The key for people; countries are told by their key"`
	Country string `json:"country,omitempty" doc:"Where all of it is registered, where that is one country and known"`
	Devices int    `json:"devices,omitempty" doc:"That exchanged something with it, where they were counted"`
	Rest    bool   `json:"rest,omitempty" doc:"It is all that is not shown"`
	Others  int    `json:"others,omitempty" doc:"Of the rest: how many groups, where they were counted"`
}

// TrafficNode is a device, or a group of them.
type TrafficNode struct {
	TrafficSum
	Key     string `json:"key" doc:"Id of a device, class, or site; empty: not known, or the rest"`
	Label   string `json:"label" doc:"The key for people"`
	Grade   string `json:"grade,omitempty" doc:"Of a device"`
	Devices int    `json:"devices,omitempty"`
	Rest    bool   `json:"rest,omitempty"`
	Others  int    `json:"others,omitempty"`
}

// TrafficLink is a flow between a node and an end.
type TrafficLink struct {
	From     int    `json:"from" doc:"Place in nodes"`
	To       int    `json:"to" doc:"Place in ends"`
	Sent     uint64 `json:"bytes_sent"`
	Received uint64 `json:"bytes_received"`
}

// TrafficCountry is what was exchanged with one country of registration.
type TrafficCountry struct {
	TrafficSum
	Country string `json:"country" doc:"ISO 3166 alpha-2; empty: not known"`
	Devices int    `json:"devices,omitempty" doc:"Where they were counted"`
}

// TrafficDay is what was exchanged on one day, in UTC.
type TrafficDay struct {
	TrafficSum
	Day string `json:"day" format:"date"`
}

type trafficInput struct {
	SitesFilter
	Device     string    `query:"device" maxLength:"200" doc:"This device alone; a person's own is answered as if it exchanged nothing."`
	Watches    bool      `query:"watches" doc:"Only devices that see or hear people."`
	By         string    `query:"by" enum:"country,operator,network,name" default:"country" doc:"What far ends are grouped by; operator: the country of who runs the network."`
	Left       string    `query:"left" enum:"device,class,site" default:"device" doc:"What devices are grouped by."`
	From       time.Time `query:"from" doc:"Rounded outwards to days in UTC, for more than 200 devices to months before the last 31 days."`
	To         time.Time `query:"to"`
	Surprising bool      `query:"surprising" doc:"Only far ends that an alarm, or an open finding of medium severity or more, is about."`
	Limit      int       `query:"limit" minimum:"1" maximum:"50" default:"12" doc:"Groups on either side; the rest is one more."`
}

func (s *Server) traffic() {
	question(s, "/v1/traffic", "traffic.get", "flows", "Who exchanged how much with whom outside: far ends, flows and days", func(ctx context.Context, in *trafficInput) (*one[Traffic], error) {
		return oneOf(s.trafficOf(ctx, in))
	})
}

func (s *Server) trafficOf(ctx context.Context, in *trafficInput) (Traffic, error) {
	q := store.TrafficQuery{Sites: in.Sites, Device: in.Device, Watches: in.Watches, By: in.By, Left: in.Left, From: in.From, To: in.To, Limit: in.Limit}
	if in.Surprising {
		var err error
		if q.Only, err = s.surprising(ctx, in); err != nil {
			return Traffic{}, err
		}
	}
	t, err := s.Store.Traffic(ctx, q)
	if err != nil {
		return Traffic{}, err
	}
	out := Traffic{From: t.From, To: t.To, By: in.By, Left: t.Left, Exact: t.Exact, Devices: t.Devices, Total: TrafficSum(t.Total),
		Ends: []TrafficEnd{}, Links: []TrafficLink{}, Countries: []TrafficCountry{}, Days: []TrafficDay{}}
	for _, e := range t.Ends {
		out.Ends = append(out.Ends, TrafficEnd{TrafficSum(e.TrafficSum), e.Key, endLabel(in.By, e.Key), e.Country, e.Devices, e.Others != 0, max(e.Others, 0)})
	}
	for _, l := range t.Links {
		out.Links = append(out.Links, TrafficLink(l))
	}
	for _, c := range t.Countries {
		out.Countries = append(out.Countries, TrafficCountry{TrafficSum(c.TrafficSum), c.Key, c.Devices})
	}
	for _, d := range t.Days {
		out.Days = append(out.Days, TrafficDay{TrafficSum(d.TrafficSum), d.Day.Format(time.DateOnly)})
	}
	out.Nodes, err = s.trafficNodes(ctx, &t)
	return out, err
}

// endLabel is the key of far ends for people: of a network, its name, or else its number.
func endLabel(by, key string) string {
	if by != "network" {
		return key
	}
	number, name, _ := strings.Cut(key, " ")
	switch {
	case name != "":
		return name
	case number == "0" || number == "":
		return ""
	}
	return "AS" + number
}

// trafficNodes names the devices.
func (s *Server) trafficNodes(ctx context.Context, t *store.Traffic) ([]TrafficNode, error) {
	known := map[string]*store.DeviceRow{}
	if t.Left == "device" && len(t.Nodes) > 0 {
		q := store.DevicesQuery{Page: store.Page{Limit: len(t.Nodes)}}
		for _, n := range t.Nodes {
			q.IDs = append(q.IDs, n.Key)
		}
		p, err := s.Store.Devices(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range p.Rows {
			known[p.Rows[i].ID] = &p.Rows[i]
		}
	}
	out := []TrafficNode{}
	for _, n := range t.Nodes {
		node := TrafficNode{TrafficSum: TrafficSum(n.TrafficSum), Key: n.Key, Label: n.Key, Devices: n.Devices, Rest: n.Others != 0, Others: max(n.Others, 0)}
		if d := known[n.Key]; d != nil && !node.Rest {
			node.Label, node.Grade = whatItIs(d), d.Grade
		}
		out = append(out, node)
	}
	return out, nil
}

// maxSurprises bounds the alarms, and the findings, whose far ends are looked at: the newest.
const maxSurprises = 1000

// surprising gives, by device, the far ends that an alarm or a finding is about.
func (s *Server) surprising(ctx context.Context, in *trafficInput) (map[string][]string, error) {
	out := map[string][]string{}
	page := store.Page{Limit: maxSurprises}
	alarms, err := s.Store.Alarms(ctx, store.AlarmsQuery{Sites: in.Sites, Device: in.Device, Since: in.From, Sort: "-changed", Page: page})
	if err != nil {
		return nil, err
	}
	findings, err := s.Store.Findings(ctx, store.FindingsQuery{Sites: in.Sites, Device: in.Device, State: "open", Severities: atLeast(string(cordon.Medium)), Since: in.From, Sort: "-last", Page: page})
	if err != nil {
		return nil, err
	}
	for i := range alarms.Rows {
		addFarEnds(out, &alarms.Rows[i].Finding)
	}
	for i := range findings.Rows {
		addFarEnds(out, &findings.Rows[i].Finding)
	}
	return out, nil
}

// addFarEnds adds the names and addresses in the evidence of a finding about far ends: each line
// begins with them, as in "p2p.example (203.0.113.7), tcp/443 tls, ...".
func addFarEnds(into map[string][]string, f *cordon.Finding) {
	if f.Device == "" || !namesFarEnd(f.Code) {
		return
	}
	for _, line := range f.Evidence {
		first, _, _ := strings.Cut(line, ", ")
		for _, word := range strings.Fields(first) {
			word = strings.Trim(word, "()")
			if strings.ContainsAny(word, ".:") && !slices.Contains(into[f.Device], word) {
				into[f.Device] = append(into[f.Device], word)
			}
		}
	}
}

// namesFarEnd reports whether findings of a code, made at once or as things happen, name far ends.
func namesFarEnd(code string) bool {
	return watch.NamesFarEnd(code) || slices.ContainsFunc(watch.Lives(), func(l *watch.Live) bool { return l.Code == code && l.FarEnds })
}
