package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"cordon"
	"cordon/internal/guard"
	"cordon/internal/notify"
	"cordon/internal/store"
)

// PageInput is how every list is asked for in parts. (What requests share is exported, for
// huma passes over embedded structs that are not.)
type PageInput struct {
	Cursor string `query:"cursor" maxLength:"4096" doc:"Where the page before ended: its next. Only for the same question."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Rows at most."`
}

func (p PageInput) page() store.Page { return store.Page{After: p.Cursor, Limit: p.Limit} }

// listed is one page of a list.
type listed[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; missing on the last."`
	Total *int   `json:"total,omitempty" doc:"Rows in all pages, where that is known."`
}

// listOutput is the answer to a question for a list; its Link leads to the next page (RFC 8288).
type listOutput[T any] struct {
	Link string `header:"Link"`
	Body listed[T]
}

// pageOf makes the answer. The items are never null.
func pageOf[T any](ctx context.Context, items []T, next string) *listOutput[T] {
	if items == nil {
		items = []T{}
	}
	return &listOutput[T]{Link: nextLink(ctx, next), Body: listed[T]{Items: items, Next: next}}
}

// totalled says how many rows there are in all pages.
func (o *listOutput[T]) totalled(n int) *listOutput[T] {
	o.Body.Total = &n
	return o
}

type urlKey struct{}

// nextLink is the same question with the cursor of its next page; empty without one.
func nextLink(ctx context.Context, next string) string {
	u, ok := ctx.Value(urlKey{}).(url.URL)
	if !ok || next == "" {
		return ""
	}
	q := u.Query()
	q.Set("cursor", next)
	return "<" + u.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
}

// one is the answer to a question for one thing.
type one[T any] struct{ Body T }

func oneOf[T any](v T, err error) (*one[T], error) {
	if err != nil {
		return nil, err
	}
	return &one[T]{v}, nil
}

// IDInput names one thing by its number.
type IDInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// storeProblem is what the client is told of an error of the store; 0 for one that says nothing to him.
func storeProblem(err error) (status int, text string) {
	for _, known := range []struct {
		is     error
		status int
	}{
		{store.ErrNotFound, http.StatusNotFound}, {store.ErrInvalid, http.StatusUnprocessableEntity}, {store.ErrStands, http.StatusConflict},
		{guard.ErrDecision, http.StatusConflict}, {store.ErrCursor, http.StatusBadRequest}, {notify.ErrInvalid, http.StatusUnprocessableEntity}, {notify.ErrNotFound, http.StatusNotFound}, {store.ErrFull, http.StatusInsufficientStorage}, {store.ErrAway, http.StatusServiceUnavailable},
	} {
		if errors.Is(err, known.is) {
			if known.is == store.ErrInvalid || known.is == notify.ErrInvalid || known.is == guard.ErrDecision {
				return known.status, err.Error() // it says which value, which the client sent himself
			}
			return known.status, known.is.Error()
		}
	}
	return 0, ""
}

// atLeast are the severities from one on, worst first; nil for none named.
func atLeast(severity string) []string {
	from := cordon.Severity(severity).Rank()
	if from < 0 {
		return nil
	}
	var out []string
	for _, s := range []cordon.Severity{cordon.Critical, cordon.High, cordon.Medium, cordon.Low, cordon.Info} {
		if s.Rank() >= from {
			out = append(out, string(s))
		}
	}
	return out
}

// eventType documents what /v1/events sends.
var eventType = reflect.TypeFor[cordon.Event]()

// invalid is an answer about one value of the request.
func invalid(where, text string) error {
	return huma.Error422UnprocessableEntity(text, &huma.ErrorDetail{Message: text, Location: where})
}

// yesNo reads a filter that holds, holds not, or does not matter.
func yesNo(text string) *bool {
	if !slices.Contains([]string{"yes", "no"}, text) {
		return nil
	}
	yes := text == "yes"
	return &yes
}
