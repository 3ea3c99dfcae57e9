package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cordon/internal/report"
	"cordon/internal/store"
)

// where is how the site of what a request is about is found. It is asked only for those who are
// held to some sites: a request about another is answered as if there were nothing.
type where struct {
	name string // for people
	find func(s *Server, r *asked) error
	free bool // everybody may see it, whatever his sites
}

// asked is one request of somebody who is held to sites, as the operation will see it.
type asked struct {
	humaContext
	sites []string
	query url.Values // what it asks instead of what was sent; nil: what was sent
	body  []byte     // what was read of it; nil: nothing
}

// humaContext has another name than its method Context.
type humaContext = huma.Context

// The ways in which a site is found.
var (
	anywhere      = where{name: "whatever the site", find: func(*Server, *asked) error { return nil }, free: true}
	byFilter      = where{name: "the filter site", find: narrowed}
	byDevice      = where{name: "the device's site", find: func(s *Server, r *asked) error { return s.deviceHere(r, r.Param("id")) }}
	byDeviceAsked = where{name: "the device's site", find: func(s *Server, r *asked) error { return s.deviceHere(r, r.Query("device")) }}
	byDeviceSent  = where{name: "the device's site", find: func(s *Server, r *asked) error {
		var b struct {
			Device string `json:"device"`
		}
		return errors.Join(r.sent(&b), s.deviceHere(r, b.Device))
	}}
	byAlarm      = where{name: "the alarm's site", find: func(s *Server, r *asked) error { return s.alarmHere(r, r.Param("id")) }}
	byFinding    = where{name: "the finding's site", find: func(s *Server, r *asked) error { return s.findingHere(r, r.Param("id")) }}
	byRisk       = where{name: "the site of the risk's device", find: func(s *Server, r *asked) error { return s.riskHere(r, r.Param("id")) }}
	byReport     = where{name: "the report's site", find: func(s *Server, r *asked) error { return s.reportHere(r, r.Param("id")) }}
	byReportSent = where{name: "the site, or the devices' sites", find: (*Server).wishHere}
	bySite       = where{name: "the site itself", find: func(_ *Server, r *asked) error { return r.here(r.Param("name")) }}
	bySiteAsked  = where{name: "the site that is named", find: func(_ *Server, r *asked) error { return r.here(r.Query("site")) }}
	bySiteSent   = where{name: "the site that is named", find: func(_ *Server, r *asked) error {
		var b struct {
			Site string `json:"site"`
		}
		return errors.Join(r.sent(&b), r.here(b.Site))
	}}
)

// here lets pass what is at one of the sites. What is at none is not.
func (r *asked) here(site string) error {
	if site == "" || !slices.Contains(r.sites, site) {
		return store.ErrNotFound
	}
	return nil
}

// among reports whether a site is one of some; nil: of all.
func among(sites []string, site string) bool { return sites == nil || slices.Contains(sites, site) }

// nowhere is the name of a site that there cannot be (see SiteName): a filter for it gives nothing.
const nowhere = "\x1f"

// narrowed has a list filtered by the sites: those of them that are asked for, or all of them.
func narrowed(_ *Server, r *asked) error {
	u := r.humaContext.URL()
	q := u.Query()
	sites := r.sites
	if want := q["site"]; len(want) > 0 {
		sites = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return r.here(s) != nil })
	}
	if len(sites) == 0 {
		sites = []string{nowhere}
	}
	q["site"] = sites
	r.query = q
	return nil
}

// deviceHere lets pass what is about a device at one of the sites.
func (s *Server) deviceHere(r *asked, id string) error {
	if id == "" {
		return store.ErrNotFound
	}
	p, err := s.Store.Devices(r.Context(), store.DevicesQuery{IDs: []string{id}, Page: store.Page{Limit: 1}})
	if err != nil {
		return err
	}
	if len(p.Rows) == 0 {
		return store.ErrNotFound
	}
	return r.here(p.Rows[0].Site)
}

// alarmHere lets pass what is about an alarm at one of the sites.
func (s *Server) alarmHere(r *asked, number string) error {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	a, err := s.Store.Alarm(r.Context(), id)
	if err != nil {
		return err
	}
	return r.here(a.Site)
}

// findingHere lets pass what is about a finding at one of the sites.
func (s *Server) findingHere(r *asked, number string) error {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	f, err := s.Store.Finding(r.Context(), id)
	if err != nil {
		return err
	}
	return r.here(f.Site)
}

// riskHere lets pass what is about an accepted risk of a device at one of the sites.
func (s *Server) riskHere(r *asked, number string) error {
	all, err := s.Store.Accepted(r.Context(), time.Time{})
	if err != nil {
		return err
	}
	for i := range all {
		if strconv.FormatInt(all[i].ID, 10) == number {
			return s.deviceHere(r, all[i].Device)
		}
	}
	return store.ErrNotFound
}

// reportHere lets pass what is about a report of one of the sites. One of several sites is of none.
func (s *Server) reportHere(r *asked, number string) error {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	kept, err := s.Store.Report(r.Context(), id)
	if err != nil {
		return err
	}
	return r.here(kept.Site)
}

// wishHere lets a report be made of one of the sites, or a case file of devices there. What was
// delivered belongs to no site.
func (s *Server) wishHere(r *asked) error {
	var w reportWish
	if err := r.sent(&w); err != nil {
		return err
	}
	if w.Kind != report.CaseKind {
		return r.here(w.Site)
	}
	if w.Delivery != 0 || len(w.Devices) == 0 {
		return store.ErrNotFound
	}
	for _, id := range w.Devices {
		if err := s.deviceHere(r, id); err != nil {
			return err
		}
	}
	return nil
}

// sent reads the body as the operation will read it, and keeps it for the operation.
func (r *asked) sent(into any) error {
	var err error
	if r.body, err = io.ReadAll(io.LimitReader(r.humaContext.BodyReader(), maxSent)); err != nil {
		return store.ErrNotFound
	}
	if json.Unmarshal(r.body, into) != nil {
		return store.ErrNotFound // what is no JSON is about nothing
	}
	return nil
}

// maxSent bounds the bodies that name what they are about.
const maxSent = 1 << 20

// Query gives a parameter of what is asked.
func (r *asked) Query(name string) string {
	if r.query == nil {
		return r.humaContext.Query(name)
	}
	return r.query.Get(name)
}

// URL is the request's, with what is asked.
func (r *asked) URL() url.URL {
	u := r.humaContext.URL()
	if r.query != nil {
		u.RawQuery = r.query.Encode()
	}
	return u
}

// BodyReader gives the body, what was read of it too.
func (r *asked) BodyReader() io.Reader {
	if r.body == nil {
		return r.humaContext.BodyReader()
	}
	return bytes.NewReader(r.body)
}

// Unwrap gives what stands below: see humago.Unwrap.
func (r *asked) Unwrap() huma.Context { return r.humaContext }

var _ huma.Context = (*asked)(nil)
