package api

import (
	"context"
	"time"

	"cordon/internal/store"
)

type findingsInput struct {
	Device   string    `query:"device" maxLength:"200"`
	Code     string    `query:"code" maxLength:"100" doc:"Like cleartext-video."`
	Site     string    `query:"site" maxLength:"200"`
	Severity string    `query:"severity" enum:",info,low,medium,high,critical" doc:"At least that severe."`
	State    string    `query:"state" enum:",open,closed" doc:"Without it, both."`
	Since    time.Time `query:"since" doc:"Last seen since."`
	Sort     string    `query:"sort" enum:",severity,-severity,last,-last" doc:"Without it: worst first, then newest."`
	PageInput
}

func (s *Server) findings() {
	question(s, "/v1/findings", "finding.list", "findings", "What is, or was, wrong", func(ctx context.Context, in *findingsInput) (*listOutput[store.FindingRow], error) {
		p, err := s.Store.Findings(ctx, store.FindingsQuery{
			Device: in.Device, Code: in.Code, Site: in.Site, Severities: atLeast(in.Severity), State: in.State, Since: in.Since, Sort: in.Sort, Page: in.page(),
		})
		return pageOf(ctx, p.Rows, p.Next), err
	})
}
