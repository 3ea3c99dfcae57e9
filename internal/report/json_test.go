package report

import (
	"bytes"
	"encoding/json"
	"io"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cordon"
)

func encoded(t testing.TB, a *cordon.Audit) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// same compares audits as JSON can tell them: text valid, nothing and empty alike.
var same = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	cmpopts.EquateEmpty(),
	cmpopts.EquateApprox(0, 0.00005),
}

// valid replaces what is not UTF-8 in every string below v, as JSON must.
func valid(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(string([]rune(v.String())))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				valid(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			valid(v.Index(i))
		}
	}
}

func TestJSONComesBack(t *testing.T) {
	for name, a := range map[string]*cordon.Audit{"office": fixture(), "nothing": {}, "many": big(2000)} {
		got, err := DecodeJSON(bytes.NewReader(encoded(t, a)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		valid(reflect.ValueOf(a).Elem())
		if d := cmp.Diff(a, got, same); d != "" {
			t.Errorf("%s (-meant +read):\n%s", name, d)
		}
	}
}

func TestJSONIsWhatTheIssueAsksFor(t *testing.T) {
	var top map[string]any
	if err := json.Unmarshal(encoded(t, fixture()), &top); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"captures", "devices", "findings"} {
		if _, ok := top[k].([]any); !ok {
			t.Errorf("%s is no list", k)
		}
	}
	if n := top["flows_by_application"].(map[string]any)["unrecognised"]; n != 17.0 {
		t.Errorf("unrecognised: %v", n)
	}
	d := top["devices"].([]any)[0].(map[string]any)
	if d["mac"] != "bc:ad:28:10:20:30" || len(d["addresses"].([]any)) != 2 || d["grade"].(map[string]any)["letter"] != "F" {
		t.Errorf("device: %v", d)
	}
	id := d["identity"].(map[string]any)
	for _, k := range []string{"class", "brand", "maker", "model", "firmware"} {
		b := id[k].(map[string]any)
		if b["value"] == "" || b["confidence"].(float64) <= 0 || len(b["reasons"].([]any)) == 0 {
			t.Errorf("%s: %v", k, b)
		}
	}
	to := d["destinations"].([]any)[0].(map[string]any)
	want := map[string]any{
		"name": "dev.hik-connect.com", "address": "203.0.113.7", "port": 443.0, "protocol": "tcp", "app": "tls", "country": "CN",
		"operator_country": "CN", "asn": 37963.0, "network": "Hangzhou Alibaba Advertising Co.,Ltd.", "cloud": "Hik-Connect", "state": "answered",
		"flows": 3.0, "bytes_sent": 48e6, "bytes_received": 120e3, "first": "2026-03-02T09:01:00.123456Z", "last": "2026-03-02T09:40:00.123456Z",
	}
	if d := cmp.Diff(want, to); d != "" {
		t.Errorf("destination:\n%s", d)
	}
	if f := d["findings"].([]any); len(f) != 3 || f[0] != "maker-listed" {
		t.Errorf("findings of a device: %v", f)
	}
}

// writes counts calls and the longest text of one.
type writes struct{ calls, longest, all int }

func (w *writes) Write(b []byte) (int, error) {
	w.calls++
	w.longest, w.all = max(w.longest, len(b)), w.all+len(b)
	return len(b), nil
}

func TestJSONDoesNotGather(t *testing.T) {
	var w writes
	if err := JSON(&w, big(5000)); err != nil {
		t.Fatal(err)
	}
	if w.longest > 2*flushAt || w.calls < w.all/(2*flushAt) {
		t.Errorf("%d bytes in %d calls, the longest %d", w.all, w.calls, w.longest)
	}
}

type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestEveryFormatTellsOfAFullDisk(t *testing.T) {
	a := big(3000)
	for name, write := range renderers() {
		if err := write(&broken{after: 10}, a); err == nil {
			t.Errorf("%s: no error from a writer that fails", name)
		}
	}
}

// renderers are all that write an audit.
func renderers() map[string]func(io.Writer, *cordon.Audit) error {
	m := map[string]func(io.Writer, *cordon.Audit) error{
		"json": JSON, "jsonl": JSONL, "csv": CSV, "html": HTML,
		"table": func(w io.Writer, a *cordon.Audit) error { return Table(w, a, TableOptions{Width: 80, Color: true}) },
		"explain": func(w io.Writer, a *cordon.Audit) error {
			if len(a.Devices) == 0 {
				return nil
			}
			return Explain(w, a, a.Devices[0].ID, TableOptions{Width: 80, Color: true})
		},
		"diff": func(w io.Writer, a *cordon.Audit) error {
			return WriteDiff(w, Diff(&cordon.Audit{}, a), TableOptions{Color: true})
		},
	}
	for f := range blocklistFormats {
		m["blocklist "+f] = func(w io.Writer, a *cordon.Audit) error { return Blocklist(w, a, f) }
	}
	return m
}

func TestSameBytes(t *testing.T) {
	for name, write := range renderers() {
		var one, two bytes.Buffer
		if err := write(&one, fixture()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		write(&two, fixture())
		if !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Errorf("%s: the same audit gave other bytes", name)
		}
	}
}

func TestNothingBreaksNothing(t *testing.T) {
	bare := &cordon.Audit{
		Devices:  []cordon.Audited{{}, {Device: cordon.Device{ID: "x", Interfaces: []cordon.Interface{{}}}}},
		Findings: []cordon.Finding{{}, {Device: "nobody", Severity: "odd"}},
		Captures: []cordon.Capture{{}}, Networks: []cordon.Network{{}},
	}
	bare.Devices[1].Destinations = []cordon.Destination{{}}
	bare.Devices[1].Identity.Class.Value = cordon.ClassCamera
	for name, write := range renderers() {
		for _, a := range []*cordon.Audit{{}, bare} {
			var b bytes.Buffer
			if err := write(&b, a); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	var v any
	if err := json.Unmarshal(encoded(t, bare), &v); err != nil {
		t.Error(err)
	}
}

func TestDecodeJSONSaysWhere(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "it is empty"},
		{`[]`, "does not begin with {"},
		{`not json`, "does not begin with {"},
		{`{"devices":[]`, "ends early"},
		{`{"findings":[]}`, "devices: missing"},
		{`{"devices":{}}`, "devices: expected a list"},
		{`{"devices":[{"id":"a"},{"id":"b","mac":"zz"}]}`, "devices[1].mac: not a MAC address: zz"},
		{`{"devices":[{"id":"a","addresses":["10.0.0.1","no"]}]}`, "devices[0].addresses[1]: not an address"},
		{`{"devices":[{"id":"a","interfaces":[{"mac":"q"}]}]}`, "devices[0].interfaces[0].mac"},
		{`{"devices":[{"mac":""}]}`, "devices[0].id: missing"},
		{`{"devices":[{"id":7}]}`, "devices[0].id: expected"},
		{`{"devices":[{"id":"a","first":"yesterday"}]}`, "devices[0]"},
		{`{"devices":[],"findings":[{"code":"x","severity":"huge"}]}`, "findings[0].severity: unknown severity huge"},
		{`{"devices":[],"findings":[{}]}`, "findings[0].code: missing"},
		{`{"devices":[],"networks":[{"prefix":"10/8"}]}`, "networks[0]"},
		{`{"format":99,"devices":[]}`, "format: 99"},
	} {
		_, err := DecodeJSON(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := DecodeJSON(strings.NewReader(`{"format":1,"tomorrow":{"a":[1]},"devices":null}`)); err != nil {
		t.Errorf("an unknown member: %v", err)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	small := fixture()
	small.Devices, small.Findings = small.Devices[4:6], small.Findings[:1] // small seeds: fuzzing minimises what it finds
	f.Add(encoded(f, small))
	f.Add([]byte(`{"devices":[{"id":"a","mac":"00:00:00:00:00:01","addresses":["fe80::1%eth0"]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := DecodeJSON(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := DecodeJSON(bytes.NewReader(encoded(t, a)))
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		if len(again.Devices) != len(a.Devices) || len(again.Findings) != len(a.Findings) {
			t.Fatal("devices or findings were lost")
		}
		if err := Table(io.Discard, a, TableOptions{}); err != nil {
			t.Fatal(err)
		}
		if c := Diff(a, again); len(c.New)+len(c.Gone) > 0 && distinct(a) {
			t.Fatal("an audit differs from itself")
		}
	})
}

// distinct reports whether no two devices could be taken for one another.
func distinct(a *cordon.Audit) bool {
	seen := map[string]bool{}
	for i := range a.Devices {
		keys := slices.Concat(everyMAC(&a.Devices[i]), addressKeys(&a.Devices[i]), nameKey(&a.Devices[i]))
		for _, k := range keys {
			if seen[k] {
				return false
			}
		}
		for _, k := range keys {
			seen[k] = true
		}
		if len(keys) == 0 {
			return false
		}
	}
	return true
}

func FuzzString(f *testing.F) {
	for _, s := range hostile {
		f.Add(s[:min(len(s), 60)])
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		if got != string([]rune(s)) {
			t.Fatalf("%q came back as %q", s, got)
		}
		if bytes.ContainsAny(b, "<>&\u2028\u2029\u202e\u009b\x00\n\x1b\x7f") {
			t.Fatalf("%q holds what a page or a log could trip over", b)
		}
	})
}

func TestTimes(t *testing.T) {
	var c clock
	for _, at := range []time.Time{
		t0, time.Unix(0, 0), time.Unix(0, 1), time.Unix(86399, 999999999), time.Unix(86400, 0), time.Unix(951782400, 500000000),
		time.Unix(253402300799, 0), time.Unix(-1, 5), time.Unix(4102444799, 120), t0.In(time.FixedZone("x", 3600)),
	} {
		if got, want := string(c.appendTime(nil, at)), at.UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
		if at.Unix() < 0 {
			continue
		}
		if got, want := string(c.appendEVE(nil, at)), at.UTC().Format("2006-01-02T15:04:05.000000-0700"); got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	a := big(100_000)
	var w writes
	for b.Loop() {
		w = writes{}
		if err := JSON(&w, a); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(w.all))
	b.ReportAllocs()
}
