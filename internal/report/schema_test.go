package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cordon"
)

// validator checks a value against the part of JSON Schema that ours uses: type, enum,
// required, properties, additionalProperties, items, minimum, maximum and $ref.
type validator struct {
	root map[string]any
	bad  []string
}

// words are the keywords that the validator knows or that say nothing about validity.
var words = []string{"$schema", "$defs", "$ref", "title", "description", "format", "type", "enum", "required", "properties", "additionalProperties", "items", "minimum", "maximum"}

func (v *validator) check(at string, schema map[string]any, x any) {
	for k := range schema {
		if !slices.Contains(words, k) {
			v.fail(at, "the schema's word %s is not checked", k)
		}
	}
	if ref, ok := schema["$ref"].(string); ok {
		def, ok := v.root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if !ok {
			v.fail(at, "no definition %s", ref)
			return
		}
		v.check(at, def, x)
	}
	if want, ok := schema["type"]; ok && !hasType(want, x) {
		v.fail(at, "%v is not %v", x, want)
		return
	}
	if all, ok := schema["enum"].([]any); ok && !slices.ContainsFunc(all, func(e any) bool { return reflect.DeepEqual(e, x) }) {
		v.fail(at, "%v is none of %v", x, all)
	}
	switch x := x.(type) {
	case map[string]any:
		v.object(at, schema, x)
	case []any:
		if items, ok := schema["items"].(map[string]any); ok {
			for i := range x {
				v.check(fmt.Sprintf("%s[%d]", at, i), items, x[i])
			}
		}
	case float64:
		if low, ok := schema["minimum"].(float64); ok && x < low {
			v.fail(at, "%v is less than %v", x, low)
		}
		if high, ok := schema["maximum"].(float64); ok && x > high {
			v.fail(at, "%v is more than %v", x, high)
		}
	}
}

func (v *validator) object(at string, schema, x map[string]any) {
	required, _ := schema["required"].([]any)
	for _, k := range required {
		if _, ok := x[k.(string)]; !ok {
			v.fail(at, "%v is missing", k)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, k := range slices.Sorted(maps.Keys(x)) {
		if p, ok := properties[k].(map[string]any); ok {
			v.check(at+"."+k, p, x[k])
			continue
		}
		switch more := schema["additionalProperties"].(type) {
		case bool:
			if !more {
				v.fail(at, "%s is not in the schema", k)
			}
		case map[string]any:
			v.check(at+"."+k, more, x[k])
		}
	}
}

func (v *validator) fail(at, format string, args ...any) {
	if len(v.bad) < 20 {
		v.bad = append(v.bad, at+": "+fmt.Sprintf(format, args...))
	}
}

func hasType(want, x any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(w any) bool { return hasType(w, x) })
	}
	switch v := x.(type) {
	case nil:
		return want == "null"
	case bool:
		return want == "boolean"
	case string:
		return want == "string"
	case float64:
		return want == "number" || want == "integer" && v == float64(int64(v))
	case []any:
		return want == "array"
	}
	return want == "object"
}

func validate(t *testing.T, doc []byte) []string {
	t.Helper()
	v := &validator{}
	if err := json.Unmarshal([]byte(Schema), &v.root); err != nil {
		t.Fatal(err)
	}
	var x any
	if err := json.Unmarshal(doc, &x); err != nil {
		t.Fatal(err)
	}
	v.check("audit", v.root, x)
	return v.bad
}

func TestJSONFitsSchema(t *testing.T) {
	full := fixture()
	d := &full.Devices[0]
	d.Site, d.Identity.Class.Possible, d.Findings[0].Key = "hall", "x", "cve"
	full.Findings[0].Key = "cve"
	for name, a := range map[string]*cordon.Audit{"office": full, "nothing": {}, "many": big(50)} {
		for _, bad := range validate(t, encoded(t, a)) {
			t.Errorf("%s: %s", name, bad)
		}
	}
}

// Every member that JSON can write must be in the schema and every required one written:
// the fixture above has them all, so a schema with one member less must refuse it.
func TestSchemaCanFail(t *testing.T) {
	doc := encoded(t, fixture())
	for _, c := range []struct{ from, to, want string }{
		{`"program":`, `"programme":`, "program is missing"},
		{`"letter":"F"`, `"letter":"G"`, "is none of"},
		{`"port":443`, `"port":443.5`, "is not integer"},
		{`"port":443`, `"port":70000`, "is more than"},
		{`"hidden":false`, `"hidden":0`, "is not boolean"},
		{`"name":"dev.hik`, `"nom":"dev.hik`, "nom is not in the schema"},
		{`"severity":"high"`, `"severity":"huge"`, "is none of"},
		{`"first":"2026`, `"first":20,"x":"`, "is not"},
		{`"unrecognised":17`, `"unrecognised":-1`, "is less than"},
	} {
		changed := bytes.Replace(doc, []byte(c.from), []byte(c.to), 1)
		if bytes.Equal(changed, doc) {
			t.Fatalf("%s is not there", c.from)
		}
		if bad := strings.Join(validate(t, changed), "\n"); !strings.Contains(bad, c.want) {
			t.Errorf("%s: got %q, want %q", c.to, bad, c.want)
		}
	}
}
