package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cordon/internal/store"
)

type findingsInput struct {
	SitesFilter
	Device   string    `query:"device" maxLength:"200"`
	Code     string    `query:"code" maxLength:"100" doc:"Like cleartext-video."`
	Severity string    `query:"severity" enum:",info,low,medium,high,critical" doc:"At least that severe."`
	State    string    `query:"state" enum:",open,closed" doc:"Without it, both."`
	Owner    string    `query:"owner" maxLength:"200" doc:"Who puts it right."`
	Overdue  string    `query:"overdue" enum:",yes" doc:"Only open ones that should have been put right by now."`
	Since    time.Time `query:"since" doc:"Last seen since."`
	Sort     string    `query:"sort" enum:",severity,-severity,last,-last" doc:"Without it: worst first, then newest."`
	PageInput
}

type findingAssignInput struct {
	IDInput
	Body struct {
		Owner string    `json:"owner" maxLength:"200" doc:"Who puts it right; empty: nobody any more."`
		Due   time.Time `json:"due,omitzero" doc:"Until when; missing: no date."`
	}
}

func (s *Server) findings() {
	question(s, "/v1/findings", "finding.list", "findings", "What is, or was, wrong", func(ctx context.Context, in *findingsInput) (*listOutput[store.FindingRow], error) {
		p, err := s.Store.Findings(ctx, store.FindingsQuery{
			Sites: in.Sites, Device: in.Device, Code: in.Code, Severities: atLeast(in.Severity), State: in.State,
			Owner: in.Owner, Overdue: in.Overdue == "yes", Now: s.Now(), Since: in.Since, Sort: in.Sort, Page: in.page(),
		})
		return pageOf(ctx, p.Rows, p.Next), err
	})
	question(s, "/v1/findings/{id}", "finding.get", "findings", "One finding, with who puts it right and until when", func(ctx context.Context, in *IDInput) (*one[store.FindingRow], error) {
		return oneOf(s.Store.Finding(ctx, in.ID))
	})
	op := operation(http.MethodPost, "/v1/findings/{id}/assign", "finding.assign", "findings", "Say who puts it right, and until when")
	op.Description = "A finding is closed by evidence alone: the device was asked again and answered otherwise. It keeps its owner and date when it is seen again."
	change(s, op, func(ctx context.Context, in *findingAssignInput, d *done) (*one[store.FindingRow], error) {
		f, err := s.Store.AssignFinding(ctx, in.ID, in.Body.Owner, in.Body.Due)
		if err != nil {
			return nil, err
		}
		d.about, d.detail = "finding "+strconv.FormatInt(in.ID, 10), f.Code+" on "+f.Device+" to "+in.Body.Owner
		if !f.Due.IsZero() {
			d.detail += " until " + f.Due.Format(time.DateOnly)
		}
		return &one[store.FindingRow]{f}, nil
	})
}
