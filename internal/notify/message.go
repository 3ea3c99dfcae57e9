package notify

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cordon"
	"cordon/internal/report"
)

// Message is what is sent: about one alarm or many. As JSON it is what webhooks get
// (docs/notifications.md), so its names are a promise.
type Message struct {
	ID      string         `json:"id"`   // 32 hexadecimal digits; the same each time it is tried
	Kind    string         `json:"kind"` // alarm, many, digest, test, missed
	Made    time.Time      `json:"made"`
	From    string         `json:"from"`              // the machine that Cordon runs on
	Title   string         `json:"title"`             // in one line, for people
	Text    string         `json:"text"`              // in several
	Count   int            `json:"count"`             // of what became of alarms
	Codes   map[string]int `json:"codes,omitempty"`   // by code of alarm
	Entries []Entry        `json:"alarms,omitempty"`  // oldest first, maxEntries at most
	To      string         `json:"to,omitempty"`      // the address of the person that it is for
	Missed  int            `json:"missed,omitempty"`  // how many had no room in the queue
	Version string         `json:"version,omitempty"` // of the program
}

// Entry is what became of one alarm.
type Entry struct {
	What   string       `json:"what"` // raised, worse or resolved
	Alarm  cordon.Alarm `json:"alarm"`
	Device Who          `json:"device,omitzero"` // the zero Who where it is about none, or nothing is known
}

// Who is a device, for people. Texts came from the network.
type Who struct {
	ID      string `json:"id"`
	Site    string `json:"site,omitempty"`
	Address string `json:"address,omitempty"`
	MAC     string `json:"mac,omitempty"`
	Name    string `json:"name,omitempty"`
	Class   string `json:"class,omitempty"`
	Brand   string `json:"brand,omitempty"`
	Maker   string `json:"maker,omitempty"`
	Model   string `json:"model,omitempty"`
	Grade   string `json:"grade,omitempty"`
}

// Bounds of a message.
const (
	maxEntries = 100
	maxTold    = 20 // alarms that the text names
	maxText    = 16 << 10
)

// newID is an id that nobody else has.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand, since Go 1.24)
	return hex.EncodeToString(b[:])
}

// whoIs makes a Who of a device.
func whoIs(d *cordon.Audited) Who {
	w := Who{ID: d.ID, Site: d.Site, Class: d.Identity.Class.Value, Brand: d.Identity.Brand.Value, Maker: d.Identity.Maker.Value,
		Model: d.Identity.Model.Value, Grade: d.Grade.Letter}
	if a := d.Address(); a.IsValid() {
		w.Address = a.String()
	}
	for _, i := range d.Interfaces {
		if w.MAC == "" && i.MAC != (cordon.MAC{}) {
			w.MAC = i.MAC.String()
		}
	}
	if len(d.Names) > 0 {
		w.Name = d.Names[0]
	}
	return w
}

// String is a device in a few words: what it is, and where.
func (w Who) String() string {
	what := strings.TrimSpace(cmp.Or(w.Brand, w.Maker) + " " + w.Model)
	if what == "" {
		what = w.Class
	} else if w.Class != "" {
		what = w.Class + " " + what
	}
	return strings.TrimSpace(cmp.Or(what, w.Name, "device") + " " + cmp.Or(w.Address, w.MAC, w.ID))
}

// add takes one more entry.
func (m *Message) add(e Entry) {
	m.Count++
	if m.Codes == nil {
		m.Codes = map[string]int{}
	}
	if m.Codes[e.Alarm.Code] > 0 || len(m.Codes) < maxEntries {
		m.Codes[e.Alarm.Code]++
	}
	if len(m.Entries) < maxEntries {
		m.Entries = append(m.Entries, e)
	}
	if m.Kind == "alarm" && m.Count > 1 {
		m.Kind = "many"
	}
}

// worst is the highest severity in it.
func (m *Message) worst() cordon.Severity {
	out := cordon.Info
	for i := range m.Entries {
		if s := m.Entries[i].Alarm.Severity; s.Rank() > out.Rank() {
			out = s
		}
	}
	return out
}

// word is what a line begins with: how bad it is, or that it is over.
func (e *Entry) word() string {
	switch e.What {
	case cordon.AlarmIsOver:
		return "Resolved"
	case cordon.AlarmIsWorse:
		return "Now " + string(e.Alarm.Severity)
	}
	return strings.ToUpper(string(e.Alarm.Severity)[:min(1, len(e.Alarm.Severity))]) + string(e.Alarm.Severity)[min(1, len(e.Alarm.Severity)):]
}

// line is an entry in one line.
func (e *Entry) line() string {
	out := e.word() + ": " + e.Alarm.Title
	if e.Device.ID != "" {
		out += " (" + e.Device.String() + ")"
	}
	return report.Clean(out)
}

// write writes title and text.
func (m *Message) write() {
	switch {
	case m.Kind == "missed":
		m.Title = fmt.Sprintf("%s could not be told", report.Plural(m.Missed, "alarm"))
		m.Text = "The queue of this channel was full while its server did not answer. cordon alarms, or the page, has them all.\n"
		return
	case len(m.Entries) == 0:
		return
	case m.Count == 1:
		m.Title = m.Entries[0].line()
		m.Text = m.Entries[0].text()
	default:
		m.Title = fmt.Sprintf("%d alarms: %s", m.Count, m.byCode())
		m.Text = m.list()
	}
	if m.Kind == "digest" {
		m.Title = "Cordon, " + report.Plural(m.Count, "alarm") + ": " + m.byCode()
	}
	m.Text = cut(m.Text, maxText)
}

// byCode counts the alarms by code, most first: "calls-home 12, new-device 2".
func (m *Message) byCode() string {
	codes := slices.SortedFunc(maps.Keys(m.Codes), func(a, b string) int { return cmp.Or(m.Codes[b]-m.Codes[a], strings.Compare(a, b)) })
	var out []string
	for _, c := range codes[:min(len(codes), 4)] {
		out = append(out, fmt.Sprintf("%s %d", report.Clean(c), m.Codes[c]))
	}
	if more := len(codes) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more kinds", more))
	}
	return strings.Join(out, ", ")
}

// list is the text about many.
func (m *Message) list() string {
	var b strings.Builder
	for i := range m.Entries[:min(len(m.Entries), maxTold)] {
		e := &m.Entries[i]
		fmt.Fprintf(&b, "%s  %s\n", e.Alarm.Changed.Local().Format("2006-01-02 15:04:05 MST"), e.line())
	}
	if more := m.Count - min(len(m.Entries), maxTold); more > 0 {
		fmt.Fprintf(&b, "and %d more: cordon alarms, or the page, has them all.\n", more)
	}
	return b.String()
}

// text is the text about one.
func (e *Entry) text() string {
	var b strings.Builder
	a := &e.Alarm
	put := func(head, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s%s\n", head, report.Clean(text))
		}
	}
	put("", a.Detail)
	if e.What == cordon.AlarmIsOver {
		put("Why it is over: ", a.Why)
	} else {
		put("What to do: ", a.Fix)
	}
	b.WriteString("\n")
	if e.Device.ID != "" {
		put("Device: ", e.Device.String())
	}
	put("Site: ", a.Site)
	put("Since: ", a.First.Local().Format("2006-01-02 15:04:05 MST"))
	for _, line := range a.Evidence[:min(len(a.Evidence), 5)] {
		put("Evidence: ", line)
	}
	put("", fmt.Sprintf("Alarm %d, %s", a.ID, a.Code))
	return b.String()
}

// cut shortens a text to so many bytes, at a letter.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "..."
}
