package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cordon"
	"cordon/internal/store"
)

type risksInput struct {
	SitesFilter
	Ended bool `query:"ended" doc:"Also those that have ended."`
}

type acceptInput struct {
	Body struct {
		Device string    `json:"device,omitempty" maxLength:"200" doc:"Empty: every device."`
		Code   string    `json:"code" minLength:"1" maxLength:"100" doc:"Of the findings, like cleartext-video."`
		Key    string    `json:"key,omitempty" maxLength:"400" doc:"Of one finding; empty: every one of the code."`
		Reason string    `json:"reason" minLength:"1" maxLength:"4000"`
		Until  time.Time `json:"until" doc:"Nothing is accepted for ever: in the future, at most three years away."`
	}
}

func (s *Server) risks() {
	question(s, "/v1/risks", "risk.list", "risks", "Risks that the owner lives with", func(ctx context.Context, in *risksInput) (*listOf[cordon.AcceptedRisk], error) {
		when := s.Now()
		if in.Ended {
			when = time.Time{}
		}
		all, err := s.Store.Accepted(ctx, when)
		if err == nil && in.Sites != nil {
			all, err = s.risksAt(ctx, all, in.Sites)
		}
		return allOf(all, err)
	})
	accept := operation(http.MethodPost, "/v1/risks", "risk.accept", "risks", "Live with a finding until a date: it raises no alarm and is marked as accepted")
	accept.DefaultStatus = http.StatusCreated
	change(s, accept, func(ctx context.Context, in *acceptInput, d *done) (*one[cordon.AcceptedRisk], error) {
		b, now := &in.Body, s.Now()
		if !b.Until.After(now) || b.Until.After(now.AddDate(3, 0, 1)) {
			return nil, invalid("body.until", "want a time in the future, at most three years away")
		}
		if s.Guard == nil {
			return nil, missing("a guard")
		}
		r, err := s.Guard.Accept(ctx, cordon.AcceptedRisk{Device: b.Device, Code: b.Code, Key: b.Key, Reason: b.Reason, By: by(ctx), At: now.UTC(), Until: b.Until.UTC()})
		d.about, d.detail = "risk "+strconv.FormatInt(r.ID, 10), b.Code+" on "+cmp.Or(b.Device, "every device")+" until "+r.Until.Format(time.RFC3339)
		return oneOf(r, err)
	})
	end := operation(http.MethodDelete, "/v1/risks/{id}", "risk.end", "risks", "Live with it no longer")
	change(s, end, func(ctx context.Context, in *IDInput, d *done) (*struct{}, error) {
		if s.Guard == nil {
			return nil, missing("a guard")
		}
		d.about = "risk " + strconv.FormatInt(in.ID, 10)
		return nil, s.Guard.EndAccepted(ctx, in.ID)
	})
}

// risksAt keeps the risks of devices at some sites. One of every device is at none.
func (s *Server) risksAt(ctx context.Context, all []cordon.AcceptedRisk, sites []string) ([]cordon.AcceptedRisk, error) {
	at := map[string]bool{}
	err := s.eachRow(ctx, sites, func(d *store.DeviceRow) { at[d.ID] = true })
	return slices.DeleteFunc(all, func(r cordon.AcceptedRisk) bool { return !at[r.Device] }), err
}
