package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/knowledge"
)

// nasty is a text as a device, a paper or a supplier might give it.
const nasty = "=<script>alert(1)</script>\x1b[31m\u202e\"'&--><bdi>"

// documents gives one document of each kind with something in every member; text stands in every text.
func documents(t *testing.T, text string) map[string]*Document {
	t.Helper()
	out := map[string]*Document{}
	for _, kind := range []string{SiteKind, ListKind, CaseKind} {
		d := &Document{}
		fillAll(reflect.ValueOf(d).Elem(), text)
		d.Format, d.Kind = documentFormat, kind
		if kind != SiteKind {
			d.Site = nil
		}
		if kind != ListKind {
			d.List = nil
		}
		if kind != CaseKind {
			d.Case = nil
		}
		out[kind] = d
	}
	return out
}

// fillAll puts something into every member of a value.
func fillAll(v reflect.Value, text string) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)
		return
	case *netip.Addr:
		*x = netip.MustParseAddr("192.0.2.7")
		return
	case *cordon.MAC:
		*x = cordon.MAC{2, 0, 0x5e, 0x10, 0, 1}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint16, reflect.Uint64:
		v.SetUint(4096)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillAll(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillAll(v.Field(i), text)
		}
	default:
		panic("a document has a " + v.Kind().String())
	}
}

// foreign finds whatever a page could load or send by itself.
var foreign = regexp.MustCompile(`(?i)(src|action|background|poster|data|srcset|on\w+)\s*=|url\(|@import|<(script|img|iframe|object|embed|link|form|base|svg)|href=`)

func TestPapersStandAlone(t *testing.T) {
	for kind, d := range documents(t, nasty) {
		var b, again bytes.Buffer
		if err := d.HTML(&b); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		body := page[strings.Index(page, "<body>"):]
		if found := foreign.FindString(body); found != "" {
			t.Errorf("%s: %s", kind, found)
		}
		if strings.ContainsAny(page, "\x1b\u202e") || strings.Contains(page, nasty) || strings.Count(body, "<bdi") != strings.Count(body, "</bdi>") {
			t.Errorf("%s shows a hostile text as it is", kind)
		}
		if !strings.HasSuffix(page, "</html>\n") || strings.Contains(page, "<no value>") || strings.Contains(page, "ZgotmplZ") {
			t.Errorf("%s: the page is not whole", kind)
		}
		if d.HTML(&again); !bytes.Equal(again.Bytes(), b.Bytes()) {
			t.Errorf("%s: rendered again it is another page", kind)
		}
	}
}

func TestDocumentComesBack(t *testing.T) {
	for kind, d := range documents(t, nasty) {
		b, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(b, []byte("\n}\n")) || bytes.ContainsAny(b, "\x1b\u202e<>") {
			t.Errorf("%s: %q", kind, b[:200])
		}
		back, err := DecodeDocument(b)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := back.Encode()
		if !bytes.Equal(again, b) {
			t.Errorf("%s comes back otherwise", kind)
		}
	}
	for _, bad := range []string{"", "{}", `{"format":1,"kind":"case"}`, `{"format":2,"kind":"site","site":{}}`, "[]"} {
		if _, err := DecodeDocument([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a document", bad)
		}
	}
}

// The schema is made of the types (-update): a member that is added is seen in its difference.
func TestDocumentFitsSchema(t *testing.T) {
	want := documentSchema()
	if *update {
		if err := os.WriteFile("document.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got, err := os.ReadFile("document.schema.json"); err != nil || !bytes.Equal(got, want) {
		t.Error("document.schema.json is not current: go test ./internal/report -run Schema -update, and read the difference")
	}
	for kind, d := range documents(t, "x") {
		for _, bad := range validateDocument(t, d) {
			t.Errorf("%s: %s", kind, bad)
		}
	}
	d := NewDocument(ListKind, "x")
	d.List = NewListReport("", nil)
	if bad := validateDocument(t, d); len(bad) > 0 {
		t.Error(bad)
	}
	d.Kind = "poem"
	if bad := validateDocument(t, d); len(bad) == 0 {
		t.Error("any kind fits")
	}
}

func validateDocument(t *testing.T, d *Document) []string {
	t.Helper()
	b, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	v := &validator{}
	var x any
	if err := json.Unmarshal(documentSchema(), &v.root); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	v.check("document", v.root, x)
	return v.bad
}

// documentSchema writes the schema of Document.
func documentSchema() []byte {
	defs := map[string]any{}
	root := schemaOf(reflect.TypeFor[Document](), defs)
	delete(defs, "Document")
	out := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Cordon report",
		"description": "A site report, list report or case file, as docs/format/report.md says; a signed one has one member more, signature. Texts may be hostile: escape them before showing. Times are RFC 3339 in UTC.", "$defs": defs}
	for k, v := range root {
		out[k] = v
	}
	props := out["properties"].(map[string]any)
	props["format"] = map[string]any{"type": "integer", "enum": []int{documentFormat}}
	props["kind"] = map[string]any{"type": "string", "enum": []string{SiteKind, ListKind, CaseKind}}
	props["signature"] = map[string]any{"type": "object", "additionalProperties": false, "required": []string{"form", "key", "ed25519"},
		"properties": map[string]any{"form": text, "key": text, "ed25519": text}}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}

var text = map[string]any{"type": "string"}

// schemaOf gives an object's schema, and in defs those of the objects in it.
func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	props, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		props[name] = memberSchema(f.Type, defs)
		if options == "" {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "additionalProperties": false, "properties": props, "required": required}
}

func memberSchema(t reflect.Type, defs map[string]any) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return text
	}
	switch t.Kind() {
	case reflect.Pointer:
		return memberSchema(t.Elem(), defs)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": memberSchema(t.Elem(), defs)}
	case reflect.Struct:
		if defs[t.Name()] == nil {
			defs[t.Name()] = true // it may hold itself
			defs[t.Name()] = schemaOf(t, defs)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	}
	return text
}

func embedded(t *testing.T) *knowledge.Base {
	t.Helper()
	k, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return k
}
