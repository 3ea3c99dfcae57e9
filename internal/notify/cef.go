package notify

import (
	"strconv"
	"strings"

	"cordon"
	"cordon/internal/report"
)

// The form is ArcSight's "Common Event Format", version 0 (revision 25): its header in pipes, then
// key=value pairs. It goes as the text of a syslog message.
var cefKind = &Kind{
	Name: "cef", Doc: "A SIEM that reads CEF: the same as syslog, with CEF in it.",
	Fields: []string{"server", "transport", "ca"}, Needs: []string{"server"}, Each: true, check: checkSyslog,
	open: func(o *opening) (Sink, error) { return &syslogSink{o, cefText}, nil },
}

// cefText is an entry as CEF.
func cefText(o *opening, m *Message, e *Entry) (data, text string) {
	version := o.version
	if version == "" {
		version = "-"
	}
	if e == nil {
		return "-", "CEF:0|Cordon|Cordon|" + cefHead(version) + "|" + cefHead(m.Kind) + "|" + cefHead(m.Title) + "|0|externalId=" + cefValue(m.ID)
	}
	a := &e.Alarm
	var b strings.Builder
	b.WriteString("CEF:0|Cordon|Cordon|" + cefHead(version) + "|" + cefHead(a.Code) + "|" + cefHead(a.Title) + "|" + strconv.Itoa(cefSeverity(e)) + "|")
	first := true
	put := func(name, value string) {
		if value == "" {
			return
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(name + "=" + cefValue(value))
	}
	put("externalId", m.ID)
	put("act", e.What)
	put("cat", a.Code)
	put("rt", strconv.FormatInt(a.Changed.UnixMilli(), 10))
	put("start", strconv.FormatInt(a.First.UnixMilli(), 10))
	put("cnt", strconv.Itoa(a.Count))
	put(addressKey(e.Device.Address), e.Device.Address)
	put("smac", e.Device.MAC)
	put("shost", e.Device.Name)
	put("deviceExternalId", a.Device)
	put("cs1Label", "site")
	put("cs1", a.Site)
	put("cs2Label", "maker")
	put("cs2", e.Device.Maker)
	put("cs3Label", "model")
	put("cs3", e.Device.Model)
	put("cs4Label", "class")
	put("cs4", e.Device.Class)
	put("cn1Label", "alarm")
	put("cn1", strconv.FormatInt(a.ID, 10))
	put("msg", cut(report.Clean(a.Detail), 900))
	return "-", b.String()
}

// addressKey is the key of an address: src is for IPv4, c6a2 for IPv6 sources.
func addressKey(address string) string {
	if strings.Contains(address, ":") {
		return "c6a2"
	}
	return "src"
}

// cefSeverity is 0 to 10: low 0-3, medium 4-6, high 7-8, very high 9-10.
func cefSeverity(e *Entry) int {
	if e.What == cordon.AlarmIsOver {
		return 1
	}
	return []int{0, 1, 3, 5, 8, 10}[e.Alarm.Severity.Rank()+1]
}

// cefHead escapes a field of the header: backslash and pipe; it has no line ends.
func cefHead(s string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(cut(report.Clean(s), 500))
}

// cefValue escapes a value: backslash and equals sign; line ends cannot be in it, for they are
// written as spaces before.
func cefValue(s string) string {
	return strings.NewReplacer(`\`, `\\`, `=`, `\=`).Replace(cut(report.Clean(s), 1000))
}
