package report

import (
	"html/template"
	"io"

	"cordon"
)

var page = template.Must(template.New("page").Parse(`<!doctype html><title>Cordon audit</title><table>
{{range .Devices}}<tr><td>{{.Grade.Letter}}<td>{{.ID}}<td>{{.Identity.Class.Value}}<td>{{.Identity.Maker.Value}}{{end}}</table>
`))

// HTML writes an audit as one page that needs nothing else.
func HTML(w io.Writer, a *cordon.Audit) error { return page.Execute(w, a) }
