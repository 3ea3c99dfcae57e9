package api

import (
	"cmp"
	"context"
	"net/http"
	"path"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// operation describes one thing that can be asked or done. Who may do it stands in rights.
func operation(method, path, id, tag, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary, Security: security(id)}
}

// security tells of an operation's row of rights what the OpenAPI document can say: the roles
// (OpenAPI 3.1, "Security Requirement Object"), and none for what needs no log-in.
func security(id string) []map[string][]string {
	r := rights[id]
	if r.open() {
		return []map[string][]string{}
	}
	return []map[string][]string{{"token": r.words()}}
}

// question registers what is only asked.
func question[I, O any](s *Server, path, id, tag, summary string, h func(context.Context, *I) (*O, error)) {
	op := operation(http.MethodGet, path, id, tag, summary)
	answer(s, op, h)
}

// answer registers a question that needs more words. Errors of parts below become problems.
func answer[I, O any](s *Server, op huma.Operation, h func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		return out, s.fail(ctx, op.OperationID, err)
	})
}

// done is what the audit log is told of a write: the handler says what it was about.
type done struct {
	about, detail string
	by            string // who did it, where that was not known before: at the door
	unlogged      bool   // nothing was done after all
}

// change registers a write: one at a time, held to the If-Match that came with it, and told
// to the audit log.
func change[I, O any](s *Server, op huma.Operation, h func(context.Context, *I, *done) (*O, error)) {
	op.Parameters = append(op.Parameters, &huma.Param{Name: "If-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "The ETag under which what is changed was read; 412 when it has changed since."})
	op.Errors = append(op.Errors, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed)
	act(s, op, func(ctx context.Context, in *I, d *done) (*O, error) {
		s.writes.Lock()
		defer s.writes.Unlock()
		c := conditionOf(ctx)
		if err := s.unchanged(ctx, c.path, c.match); err != nil {
			return nil, err
		}
		return h(ctx, in, d)
	})
}

// act registers a write that may take long or has no resource of its own. It is told to the
// audit log when it was done; a log that cannot be written is an error, for then nobody can say who did it.
func act[I, O any](s *Server, op huma.Operation, h func(context.Context, *I, *done) (*O, error)) {
	op.Middlewares = append(op.Middlewares, conditional)
	op.BodyReadTimeout = readTime
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		var d done
		out, err := h(ctx, in, &d)
		if err != nil {
			return out, s.fail(ctx, op.OperationID, err)
		}
		if d.unlogged {
			return out, nil
		}
		last, cancel := after(ctx, 10*time.Second)
		defer cancel()
		who := cmp.Or(d.by, by(ctx))
		if err := s.note(last, who, op.OperationID, d.about, d.detail); err != nil {
			s.Log.ErrorContext(ctx, "api: audit log", "did", op.OperationID, "about", d.about, "by", who, "error", err)
			return nil, huma.Error500InternalServerError("it is done, but the audit log could not be written: see the log of cordon run")
		}
		return out, nil
	})
}

// condition is under which a write shall happen.
type condition struct{ path, match string }

type conditionKey struct{}

func conditionOf(ctx context.Context) condition {
	c, _ := ctx.Value(conditionKey{}).(condition)
	return c
}

// verbs end the path of an operation on a resource: the resource is what stands before.
var verbs = map[string]bool{"acknowledge": true, "snooze": true, "assign": true, "resolve": true, "comments": true, "revoke": true}

// conditional keeps If-Match and the path of the resource for the handler.
func conditional(ctx huma.Context, next func(huma.Context)) {
	u := ctx.URL()
	p := u.EscapedPath()
	if verbs[path.Base(p)] {
		p = path.Dir(p)
	}
	next(huma.WithValue(ctx, conditionKey{}, condition{p, ctx.Header("If-Match")}))
}
