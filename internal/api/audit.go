package api

import (
	"context"
	"net/http"

	"cordon"
	"cordon/internal/store"
)

type auditInput struct {
	By    string `query:"by" maxLength:"200" doc:"Who did it, as the log names him."`
	Did   string `query:"did" maxLength:"200" doc:"Like alarm.resolve."`
	About string `query:"about" maxLength:"200"`
	PageInput
}

func (s *Server) audit() {
	op := operation(http.MethodGet, "/v1/audit", "audit.list", "audit", "Who did what, newest first")
	answer(s, op, func(ctx context.Context, in *auditInput) (*listOutput[cordon.Entry], error) {
		p, err := s.Store.Entries(ctx, store.EntriesQuery{By: in.By, Did: in.Did, About: in.About, Page: in.page()})
		return pageOf(ctx, p.Rows, p.Next), err
	})
}

// note adds an entry to the audit log. Who cannot be noted down has not done it: the caller refuses.
func (s *Server) note(ctx context.Context, by, did, about, detail string) error {
	_, err := s.Store.AddEntry(ctx, cordon.Entry{At: s.Now().UTC(), By: by, Did: did, About: about, Detail: detail})
	return err
}
