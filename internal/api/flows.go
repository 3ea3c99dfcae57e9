package api

import (
	"context"
	"time"

	"cordon"
	"cordon/internal/store"
)

// ContactsFilter says which part of what a device exchanged is meant.
type ContactsFilter struct {
	From    time.Time `query:"from" doc:"From this time on; days and hours begin in UTC."`
	To      time.Time `query:"to" doc:"Before this time."`
	Grain   string    `query:"grain" enum:"day,hour" default:"day" doc:"By the hour is known of the last 14 days."`
	Outside bool      `query:"outside" doc:"Only far ends outside the owner's networks."`
}

func (f *ContactsFilter) query(device string, p store.Page) store.ContactsQuery {
	q := store.ContactsQuery{Device: device, From: f.From, To: f.To, Outside: f.Outside, Grain: 24 * time.Hour, Page: p}
	if f.Grain == "hour" {
		q.Grain = time.Hour
	}
	return q
}

type flowsInput struct {
	Device string `query:"device" required:"true" minLength:"1" maxLength:"200" doc:"Id of the device."`
	ContactsFilter
	PageInput
}

type deviceFlows struct {
	DeviceInput
	ContactsFilter
	PageInput
}

func (s *Server) flows() {
	question(s, "/v1/flows", "flow.list", "flows", "What one device exchanged with whom, newest first", func(ctx context.Context, in *flowsInput) (*listOutput[cordon.Contact], error) {
		return s.contacts(ctx, in.query(in.Device, in.page()))
	})
	s.destinations()
}

func (s *Server) deviceContacts() {
	question(s, "/v1/devices/{id}/contacts", "device.contacts", "devices", "What it exchanged with whom, newest first", func(ctx context.Context, in *deviceFlows) (*listOutput[cordon.Contact], error) {
		return s.contacts(ctx, in.query(in.ID, in.page()))
	})
}

func (s *Server) contacts(ctx context.Context, q store.ContactsQuery) (*listOutput[cordon.Contact], error) {
	if _, err := s.knownDevice(ctx, q.Device); err != nil {
		return nil, err
	}
	p, err := s.Store.Contacts(ctx, q)
	if err != nil {
		return nil, err
	}
	return pageOf(ctx, p.Rows, p.Next).totalled(p.Total), nil
}

type topInput struct {
	SitesFilter
	Country string    `query:"country" pattern:"^[A-Z]{2}$|^$" doc:"Where the address is registered, ISO 3166 alpha-2."`
	From    time.Time `query:"from" doc:"Rounded to days in the last 31 days, to months before."`
	To      time.Time `query:"to"`
	Limit   int       `query:"limit" minimum:"1" maximum:"200" default:"20"`
}

func (in *topInput) query() store.TopQuery {
	return store.TopQuery{Sites: in.Sites, Country: in.Country, From: in.From, To: in.To, Limit: in.Limit}
}

func (s *Server) destinations() {
	question(s, "/v1/destinations", "destination.top", "flows", "The far ends outside with most bytes, over all devices", func(ctx context.Context, in *topInput) (*one[store.TopEnds], error) {
		t, err := s.Store.TopFarEnds(ctx, in.query())
		if t.Rows == nil {
			t.Rows = []store.TopEnd{}
		}
		return oneOf(t, err)
	})
	question(s, "/v1/destinations/countries", "destination.countries", "flows", "The same by country of registration", func(ctx context.Context, in *topInput) (*one[store.TopCountries], error) {
		t, err := s.Store.TopCountries(ctx, in.query())
		if t.Rows == nil {
			t.Rows = []store.CountrySum{}
		}
		return oneOf(t, err)
	})
}
