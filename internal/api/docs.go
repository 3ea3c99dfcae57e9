package api

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsTemplate string

// docs are the description of the API, as OpenAPI document and as page.
type docs struct{ openAPI, page []byte }

// The parts of the reference, as its template reads them.
type (
	docsPage struct {
		CSS           template.CSS
		Version, Text string
		Tags          []docsTag
		Schemas       []docsSchema
	}
	docsTag struct {
		Name       string
		Operations []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary, Description, Roles string
		Params                                        []docsField
		Body                                          *docsField
		Answers                                       []docsField
	}
	docsSchema struct {
		Name   string
		Fields []docsField
	}
	docsField struct{ Name, In, Type, Ref, Text, Status string }
)

// newDocs renders both once: they do not change while the program runs.
func newDocs(o *huma.OpenAPI) docs {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic("api: the OpenAPI document cannot be written: " + err.Error()) // a mistake in this package; a test would have seen it
	}
	p := docsPage{CSS: template.CSS(pageCSS), Version: o.Info.Version, Text: o.Info.Description, Tags: docsTags(o), Schemas: docsSchemas(o)}
	var b bytes.Buffer
	if err := template.Must(template.New("docs").Parse(docsTemplate)).Execute(&b, p); err != nil {
		panic("api: the reference cannot be rendered: " + err.Error())
	}
	return docs{append(text, '\n'), b.Bytes()}
}

// OpenAPI gives the description of the API, indented JSON. The caller does not change it.
func (s *Server) OpenAPI() []byte { return s.docs.openAPI }

// docsTags gives the operations by tag, in the order of their first path.
func docsTags(o *huma.OpenAPI) []docsTag {
	at := map[string]int{}
	var tags []docsTag
	for _, path := range slices.Sorted(maps.Keys(o.Paths)) {
		item := o.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			i, known := at[op.Tags[0]]
			if !known {
				i = len(tags)
				at[op.Tags[0]] = i
				tags = append(tags, docsTag{Name: op.Tags[0]})
			}
			tags[i].Operations = append(tags[i].Operations, docsOf(op))
		}
	}
	return tags
}

func docsOf(op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description, Roles: rolesOf(op)}
	for _, p := range op.Parameters {
		f := typeOf(p.Schema)
		f.Name, f.In, f.Text = p.Name, p.In, p.Description
		if f.Text == "" && p.Schema != nil {
			f.Text = p.Schema.Description
		}
		d.Params = append(d.Params, f)
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			f := contentOf(kind, op.RequestBody.Content[kind])
			d.Body = &f
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		if !strings.HasPrefix(status, "2") {
			continue
		}
		f := docsField{Type: "no body", Status: status}
		for kind, media := range r.Content {
			f = contentOf(kind, media)
			f.Status = status
		}
		d.Answers = append(d.Answers, f)
	}
	return d
}

func contentOf(kind string, m *huma.MediaType) docsField {
	f := typeOf(m.Schema)
	if kind != "application/json" {
		f.Type = kind
	}
	return f
}

func docsSchemas(o *huma.OpenAPI) []docsSchema {
	all := o.Components.Schemas.Map()
	var out []docsSchema
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := docsSchema{Name: name}
		for _, field := range slices.Sorted(maps.Keys(all[name].Properties)) {
			f := typeOf(all[name].Properties[field])
			f.Name, f.Text = field, all[name].Properties[field].Description
			s.Fields = append(s.Fields, f)
		}
		out = append(out, s)
	}
	return out
}

// typeOf says what sort of value a schema describes, in a word or two.
func typeOf(s *huma.Schema) docsField {
	switch {
	case s == nil:
		return docsField{Type: "any"}
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return docsField{Type: name, Ref: name}
	case s.Items != nil:
		f := typeOf(s.Items)
		f.Type = "list of " + f.Type
		return f
	case len(s.Enum) > 0:
		var words []string
		for _, e := range s.Enum {
			if w, ok := e.(string); ok {
				words = append(words, cmp.Or(w, `""`))
			}
		}
		return docsField{Type: strings.Join(words, ", ")}
	case s.Format != "":
		return docsField{Type: s.Type + " (" + s.Format + ")"}
	}
	return docsField{Type: s.Type}
}

func (s *Server) pages() {
	s.mux.HandleFunc("GET /{$}", s.page("page.status", s.status))
	s.mux.HandleFunc("GET /docs", s.page("page.docs", func(w http.ResponseWriter, _ *http.Request) { html(w, s.docs.page) }))
	s.mux.HandleFunc("GET /openapi.json", s.page("page.docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(s.docs.openAPI)
	}))
	s.mux.HandleFunc("GET /metrics", s.page("page.metrics", s.metrics().ServeHTTP))
	s.mux.HandleFunc("GET /readyz", s.page("page.ready", s.readyz))
	s.mux.HandleFunc("GET /ca.crt", s.authority)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, "ok\n") })
}

// page holds what is no operation of the API to a row of the same table.
func (s *Server) page(id string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := personOf(r.Context())
		switch {
		case p.role == "":
			unknown(w, r)
		case !p.may(id):
			problem(w, http.StatusForbidden, p.refusal(rights[id]))
		default:
			h(w, r)
		}
	}
}

// rolesOf says in a few words who may use an operation.
func rolesOf(op *huma.Operation) string {
	r := rights[op.OperationID]
	switch {
	case r.open():
		return "everybody"
	case len(r.roles) == len(self):
		return "whoever is let in"
	}
	return strings.Join(r.words(), ", ")
}

// operations gives every operation, in no order.
func (s *Server) operations() (out []*huma.Operation) {
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	return out
}

// readyz says whether questions can be answered: 200, or 503 and why not.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			problem(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
	}
	plain(w, "ready\n")
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(text))
}
