package lab

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"
)

// forms keeps the templates of a device once parsed.
type forms struct{ known sync.Map }

// moment are the values that only a conversation gives; rehearse uses these stand-ins.
var moment = map[string]string{
	"ip": "192.0.2.10", "heard": "", "path": "/", "heardhex": "",
	"left": "4", "lock": "unlock", "unlock": "0", "session": "1",
}

// render fills in a template. A name that has no value is an error.
func (d *Device) render(text string, values map[string]string, more template.FuncMap) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	var t *template.Template
	if known, ok := d.forms.known.Load(text); ok && more == nil {
		t = known.(*template.Template)
	} else {
		var err error
		if t, err = template.New("").Option("missingkey=error").Funcs(d.functions()).Funcs(more).Parse(text); err != nil {
			return "", err
		}
		if more == nil {
			d.forms.known.Store(text, t)
		}
	}
	var b strings.Builder
	err := t.Execute(&b, values)
	return b.String(), err
}

// say fills in a template at run time: the device's values, where it is, and those of the
// conversation. Build has proved that every template renders.
func (l *life) say(text string, more map[string]string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	values := maps.Clone(moment)
	maps.Copy(values, l.values)
	values["ip"] = l.shown()
	maps.Copy(values, more)
	s, err := l.render(text, values, nil)
	if err != nil {
		return "lab: " + err.Error() // rehearsed in Build: cannot be but by a value
	}
	return s
}

// functions are the functions of all templates.
func (d *Device) functions() template.FuncMap {
	return template.FuncMap{
		"mac":   func(sep string) string { return strings.ReplaceAll(d.mac.String(), ":", sep) },
		"MAC":   func(sep string) string { return strings.ToUpper(strings.ReplaceAll(d.mac.String(), ":", sep)) },
		"upper": strings.ToUpper, "lower": strings.ToLower, "replace": strings.ReplaceAll,
		"between": between, "sub": sub,
		"tohex":  func(s string) string { return hex.EncodeToString([]byte(s)) },
		"hexip":  hexIP,
		"xmip":   func(s string) string { return "0x" + strings.ToUpper(backwards(hexIP(s))) },
		"u16le":  func(n int) string { return backwards(fmt.Sprintf("%04x", n)) },
		"u32le":  func(n int) string { return backwards(fmt.Sprintf("%08x", n)) },
		"u32be":  func(n int) string { return fmt.Sprintf("%08x", n) },
		"number": strconv.Atoi,
		"now":    func(layout string) string { return time.Now().Format(layout) },
		"uuid":   d.uuid,
		"limit":  func() int { return d.guard.limit },
		"locked": func() int { return int(d.guard.window.Seconds()) },
	}
}

// hexIP writes an IPv4 address as eight hex digits; anything else as zeros.
func hexIP(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return "00000000"
	}
	b := a.As4()
	return hex.EncodeToString(b[:])
}

// backwards turns the bytes of hex text round.
func backwards(s string) string {
	b, _ := hex.DecodeString(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return hex.EncodeToString(b)
}

// between gives what stands between two texts, at most 200 bytes of it and without what
// would break out of XML or JSON; empty where it is not there.
func between(s, from, to string) string {
	_, rest, ok := strings.Cut(s, from)
	found, _, end := strings.Cut(rest, to)
	if !ok || !end || len(found) > 200 || strings.ContainsAny(found, "<>\"\\\r\n") {
		return ""
	}
	return found
}

// sub gives n bytes of s from i on, fewer where there are not so many.
func sub(s string, i, n int) string {
	i = min(i, len(s))
	return s[i:min(i+n, len(s))]
}

// uuid gives the device's UUID of a purpose: random digits and, as most makers do, its MAC.
func (d *Device) uuid(purpose string) string {
	dice := d.dice("uuid " + purpose)
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%s", dice.Uint32(), dice.IntN(1<<16), 0x1000|dice.IntN(1<<12), 0x8000|dice.IntN(1<<14), strings.ReplaceAll(d.mac.String(), ":", ""))
}

// drawing are the functions of values, which the seed answers.
func drawing(dice *rand.Rand) template.FuncMap {
	some := func(of string) func(n int) string {
		return func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = of[dice.IntN(len(of))]
			}
			return string(b)
		}
	}
	return template.FuncMap{
		"digits": some("0123456789"), "hex": some("0123456789abcdef"), "HEX": some("0123456789ABCDEF"),
		"letters": some("ABCDEFGHJKLMNPQRSTUVWXYZ"), "alnum": some("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"), "low": some("abcdefghijklmnopqrstuvwxyz0123456789"),
		"num":  func(from, to int) int { return from + dice.IntN(to-from+1) },
		"pick": func(of ...string) string { return of[dice.IntN(len(of))] },
		"date": func(layout string, from, to int) string {
			day := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, dice.IntN(365*(to-from)+1))
			return day.Format(layout)
		},
	}
}

// rehearse renders every text of the model once, so that no template fails later.
func (d *Device) rehearse() error {
	values := maps.Clone(moment)
	maps.Copy(values, d.values)
	var bad []error
	texts(reflect.ValueOf(*d.model), "", func(where, text string) {
		if strings.HasPrefix(where, ".Values") || strings.HasPrefix(where, ".Variants") {
			return
		}
		if _, err := d.render(text, values, nil); err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", strings.TrimPrefix(where, "."), err))
		}
	})
	return errors.Join(bad...)
}

// texts calls f with every string in v and where it is.
func texts(v reflect.Value, where string, f func(where, text string)) {
	switch v.Kind() {
	case reflect.String:
		f(where, v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), where, f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), where+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), fmt.Sprintf("%s[%d]", where, i), f)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			texts(v.MapIndex(k), where+"."+k.String(), f)
		}
	}
}
