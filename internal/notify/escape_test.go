package notify

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"cordon/internal/report"
)

// header5424 is the strict header of RFC 5424, section 6.
var header5424 = regexp.MustCompile(`^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) `)

// parse5424 reads a message strictly: everything that is not as the RFC says is an error.
func parse5424(s string) (params map[string]string, text string, err error) {
	h := header5424.FindStringSubmatch(s)
	if h == nil {
		return nil, "", fmt.Errorf("header of %q", s)
	}
	if pri, _ := strconv.Atoi(h[1]); pri > 191 {
		return nil, "", fmt.Errorf("priority %d", pri)
	}
	s = s[len(h[0]):]
	params = map[string]string{}
	if rest, none := strings.CutPrefix(s, "- "); none {
		return params, rest, nil
	}
	s, ok := strings.CutPrefix(s, "["+dataID)
	if !ok {
		return nil, "", fmt.Errorf("structured data in %q", s)
	}
	for !strings.HasPrefix(s, "] ") {
		m := regexp.MustCompile(`^ ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"`).FindStringSubmatch(s)
		if m == nil || !utf8.ValidString(m[2]) {
			return nil, "", fmt.Errorf("parameter in %q", s)
		}
		params[m[1]] = regexp.MustCompile(`\\(["\\\]])`).ReplaceAllString(m[2], "$1")
		s = s[len(m[0]):]
	}
	return params, s[2:], nil
}

// parseCEF reads a line of CEF strictly: seven pipes that are not escaped, then pairs whose keys
// are words of ASCII.
func parseCEF(s string) (head []string, values map[string]string, err error) {
	s, ok := strings.CutPrefix(strings.TrimPrefix(s, "\ufeff"), "CEF:0|")
	if !ok {
		return nil, nil, fmt.Errorf("no CEF in %q", s)
	}
	field := regexp.MustCompile(`^((?:[^|\\\n]|\\[|\\])*)\|`)
	for range 6 {
		m := field.FindStringSubmatch(s)
		if m == nil {
			return nil, nil, fmt.Errorf("header in %q", s)
		}
		head = append(head, regexp.MustCompile(`\\([|\\])`).ReplaceAllString(m[1], "$1"))
		s = s[len(m[0]):]
	}
	values = map[string]string{}
	pair := regexp.MustCompile(`^([A-Za-z0-9]+)=((?:[^=\\\n]|\\[=\\nr])*?)( [A-Za-z0-9]+=|$)`)
	for s != "" {
		m := pair.FindStringSubmatch(s)
		if m == nil {
			return nil, nil, fmt.Errorf("value in %q", s)
		}
		values[m[1]] = regexp.MustCompile(`\\([=\\])`).ReplaceAllString(m[2], "$1")
		s = strings.TrimPrefix(s[len(m[1])+1+len(m[2]):], " ")
	}
	return head, values, nil
}

// FuzzSyslog holds that whatever a device calls itself, the line is one, and says what it should.
func FuzzSyslog(f *testing.F) {
	for _, s := range []string{"plain", `a"b]c\d`, `\`, "]\"", "x=y|z", "line\nbreak\r\x00\x1b[31m", "\u202e\u4e2d\u56fd", "\xff\xfe", "a b=c", strings.Repeat("\u4e2d]", 5000), ""} {
		f.Add(s, s)
	}
	o := &opening{Settings: &Settings{}, host: "box.example", version: "1"}
	f.Fuzz(func(t *testing.T, title, name string) {
		m := alarmMessage("calls-home", title)
		e := &m.Entries[0]
		e.Alarm.Key, e.Device.Model, e.Alarm.Site, e.Device.Name = name, name, name, name
		line := (&syslogSink{o, syslogText}).line(m, e, syslogTCP)
		params, text, err := parse5424(line)
		if err != nil || len(line) > syslogTCP || strings.ContainsAny(line, "\n\r\x00\x1b") || !utf8.ValidString(line) {
			t.Fatalf("%v: %q", err, line)
		}
		if want := cut(report.Clean(name), maxParam); params["key"] != want || params["id"] != m.ID || params["site"] != want {
			t.Errorf("key %q, want %q", params["key"], want)
		}
		if full := (&syslogSink{o, syslogText}).line(m, e, 1<<20); len(full) <= syslogTCP && strings.TrimPrefix(text, "\ufeff") != e.line() {
			t.Errorf("text %q, want %q", text, e.line())
		}
		_, cef := cefText(o, m, e)
		head, values, err := parseCEF(cef)
		if err != nil {
			t.Fatalf("%v: %q", err, cef)
		}
		if head[4] != cut(report.Clean(title), 500) {
			t.Errorf("name %q, want %q", head[4], cut(report.Clean(title), 500))
		}
		if want := cut(report.Clean(name), 1000); strings.TrimSpace(values["cs1"]) != strings.TrimSpace(want) {
			t.Errorf("site %q, want %q", values["cs1"], want)
		}
	})
}
