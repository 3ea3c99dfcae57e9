package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"cordon"
	"cordon/internal/store"
)

// DevicesFilter narrows a list of devices: of several values of one parameter one has to hold.
type DevicesFilter struct {
	IDs         []string  `query:"id,explode" maxItems:"100" doc:"Ids of devices: only those."`
	Sites       []string  `query:"site,explode"`
	Departments []string  `query:"department,explode"`
	Rooms       []string  `query:"room,explode"`
	Classes     []string  `query:"class,explode" doc:"camera, recorder, doorbell, ...; empty: not known."`
	Makers      []string  `query:"maker,explode" doc:"Name or key of who built it; empty: not known."`
	Brands      []string  `query:"brand,explode"`
	Grades      []string  `query:"grade,explode" enum:",A,B,C,D,E,F" doc:"Empty: not graded."`
	Lists       []string  `query:"list,explode" doc:"Id of a list that names its maker."`
	Reaches     []string  `query:"reach,explode" enum:",closed,own network,cloud"`
	Text        string    `query:"q" maxLength:"200" doc:"Anywhere in id, names, addresses, MACs, maker, brand, model, firmware, serial, room; without regard to case."`
	New         time.Time `query:"new_since" doc:"First seen since."`
	Since       time.Time `query:"seen_since" doc:"Last seen since."`
	Before      time.Time `query:"seen_before" doc:"Last seen before."`
	Hidden      string    `query:"personal" enum:",yes,no" doc:"People's own devices: only them, or without them."`
	Watches     bool      `query:"watches" doc:"Only those that see or hear people."`
	Severity    string    `query:"severity" enum:",info,low,medium,high,critical" doc:"With an open finding at least that severe."`
	Sort        string    `query:"sort" enum:",worst,id,site,department,class,maker,brand,model,grade,findings,first,last,sent,received,-worst,-id,-site,-department,-class,-maker,-brand,-model,-grade,-findings,-first,-last,-sent,-received" doc:"- turns it round; worst: what sees or hears people first, then the worst grade. Without it: by id."`
}

func (f *DevicesFilter) query(p store.Page) store.DevicesQuery {
	return store.DevicesQuery{
		IDs: f.IDs, Sites: f.Sites, Departments: f.Departments, Rooms: f.Rooms, Classes: f.Classes, Makers: f.Makers, Brands: f.Brands,
		Grades: f.Grades, Lists: f.Lists, Reaches: f.Reaches, Text: f.Text, FirstSince: f.New, LastSince: f.Since, Before: f.Before,
		Hidden: yesNo(f.Hidden), Watches: f.Watches, Severity: f.Severity, Sort: f.Sort, Page: p,
	}
}

type devicesInput struct {
	PageInput
	DevicesFilter
}

// DeviceInput names a device in a path.
type DeviceInput struct {
	ID string `path:"id" maxLength:"200" doc:"The device's id, as lists give it."`
}

type devicePart struct {
	DeviceInput
	PageInput
}

func (s *Server) devices() {
	question(s, "/v1/devices", "device.list", "devices", "Which devices there are", func(ctx context.Context, in *devicesInput) (*listOutput[store.DeviceRow], error) {
		p, err := s.Store.Devices(ctx, in.query(in.page()))
		return pageOf(ctx, p.Rows, p.Next).totalled(p.Total), err
	})
	s.deviceTable()
	question(s, "/v1/devices/{id}", "device.get", "devices", "All that is known of one device, with every reason", func(ctx context.Context, in *DeviceInput) (*one[store.Known], error) {
		d, err := s.Store.Device(ctx, in.ID)
		if who := personOf(ctx); !who.may("device.contacts") {
			d.Destinations = nil
		}
		return oneOf(d, err)
	})
	question(s, "/v1/devices/{id}/changes", "device.changes", "devices", "How what is believed of it changed, newest first", func(ctx context.Context, in *devicePart) (*listOutput[cordon.Change], error) {
		p, err := s.Store.Changes(ctx, in.ID, in.page())
		return pageOf(ctx, p.Rows, p.Next), err
	})
	question(s, "/v1/devices/{id}/findings", "device.findings", "devices", "What is, or was, wrong with it, worst first", func(ctx context.Context, in *devicePart) (*listOutput[store.FindingRow], error) {
		p, err := s.Store.Findings(ctx, store.FindingsQuery{Device: in.ID, Page: in.page()})
		return pageOf(ctx, p.Rows, p.Next), err
	})
	s.deviceFacts()
	s.deviceNotes()
	s.deviceContacts()
	s.exportDevices()
}

// known gives a device, so that a question about a part of what is not there is 404 and no empty list.
func (s *Server) knownDevice(ctx context.Context, id string) (store.Known, error) {
	return s.Store.Device(ctx, id)
}

// maxFacts is how many facts of one device are given: the newest.
const maxFacts = 5000

type factsOutput struct {
	Body struct {
		Items []cordon.Observation `json:"items" nullable:"false"`
		Cut   bool                 `json:"cut,omitempty" doc:"There are more than these."`
	}
}

func (s *Server) deviceFacts() {
	op := operation(http.MethodGet, "/v1/devices/{id}/facts", "device.facts", "devices", "What was heard of it, word by word, newest first")
	op.Description = "Facts are what the device or others said on the network; secrets are left out or hashed where they were heard."
	answer(s, op, func(ctx context.Context, in *DeviceInput) (*factsOutput, error) {
		d, err := s.knownDevice(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list, err := s.factsOf(ctx, &d)
		if err != nil {
			return nil, err
		}
		if d.Hidden {
			list = slices.DeleteFunc(list, func(o cordon.Observation) bool { return cordon.TellsWhere(o.Kind) })
		}
		slices.SortStableFunc(list, func(a, b cordon.Observation) int { return b.Last.Compare(a.Last) })
		var out factsOutput
		out.Body.Cut = len(list) > maxFacts
		out.Body.Items = append([]cordon.Observation{}, list[:min(len(list), maxFacts)]...)
		return &out, nil
	})
}

// factsOf picks a device's facts: those about its interfaces and addresses, and of its kin.
func (s *Server) factsOf(ctx context.Context, d *store.Known) ([]cordon.Observation, error) {
	if s.Seen != nil {
		return s.Seen(d.ID), nil
	}
	var list []cordon.Observation
	err := s.Store.FactsOf(ctx, &d.Device, func(f store.Fact) error {
		if f.Site == d.Site || f.Site == "" || d.Site == "" {
			list = append(list, observation(f))
		}
		return nil
	})
	return list, err
}

// observation is a fact of the store in the words of everybody.
func observation(f store.Fact) cordon.Observation {
	about := f.Other
	switch {
	case about.Value != "":
	case f.Addr.IsValid():
		about = cordon.Key{Kind: cordon.KeyAddress, Value: f.Addr.String()}
	default:
		about = cordon.Key{Kind: cordon.KeyMAC, Value: f.MAC.String()}
	}
	return cordon.Observation{At: time.Unix(0, f.First).UTC(), Last: time.Unix(0, f.Last).UTC(), Count: f.Count, Site: f.Site, About: about, Kind: f.Kind, Value: f.Value, By: f.By}
}
