package notify

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cordon"
	"cordon/internal/report"
)

var syslogKind = &Kind{
	Name: "syslog", Doc: "A log server: syslog (RFC 5424) over TCP, TLS or UDP.",
	Fields: []string{"server", "transport", "ca"}, Needs: []string{"server"}, Each: true, check: checkSyslog,
	open: func(o *opening) (Sink, error) { return &syslogSink{o, syslogText}, nil },
}

func checkSyslog(s *Settings, _ secrets) error {
	_, err := hostPort("server", s.Server, syslogPort(s.Transport))
	return err
}

// syslogPort is the usual port: RFC 5425, section 4.1 for TLS; RFC 5426, section 3.3 for UDP.
func syslogPort(transport string) string {
	if transport == "tls" {
		return "6514"
	}
	return "514"
}

// Bounds of a syslog message in bytes: what every receiver of UDP should take (RFC 5424, section
// 6.1), and what receivers take over TCP as they are delivered (rsyslog: 8 KiB).
const (
	syslogUDP = 2048
	syslogTCP = 8000
)

// syslogSink sends lines of log. text makes structured data and text of a message's entry; the
// entry is nil for what is about no alarm.
type syslogSink struct {
	*opening
	text func(o *opening, m *Message, e *Entry) (data, text string)
}

// Deliver implements Sink: all messages on one connection.
func (l *syslogSink) Deliver(ctx context.Context, messages []*Message) (done int, said string, err error) {
	server, err := hostPort("server", l.Server, syslogPort(l.Transport))
	if err != nil {
		return 0, "", err
	}
	w := newWay(server, l.CA)
	if l.Transport == "udp" {
		return l.datagrams(ctx, w, messages)
	}
	var b []byte
	for _, m := range messages {
		for _, line := range l.lines(m, syslogTCP) {
			b = strconv.AppendInt(b, int64(len(line)), 10) // octet counting: RFC 6587, section 3.4.1; RFC 5425, section 4.3
			b = append(append(b, ' '), line...)
		}
	}
	if said, err = stream(ctx, w, l.Transport == "tls", b); err != nil {
		return 0, "", err
	}
	return len(messages), said, nil
}

// stream sends bytes on a connection of their own. Nothing in these protocols says that something
// arrived; so we say that we are done and wait until the other side, which reads in order, closes too.
func stream(ctx context.Context, w way, secure bool, b []byte) (said string, err error) {
	var c interface {
		net.Conn
		CloseWrite() error
	}
	if secure {
		if c, err = w.dialTLS(ctx); err != nil {
			return "", err
		}
	} else {
		plain, err := w.dial(ctx, "tcp", w.server)
		if err != nil {
			return "", err
		}
		c = plain.(*net.TCPConn)
	}
	defer c.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(end); err != nil {
			return "", err
		}
	}
	if _, err := c.Write(b); err != nil {
		return "", err
	}
	if err := c.CloseWrite(); err != nil {
		return "", err
	}
	if err := c.SetReadDeadline(time.Now().Add(closedWithin)); err != nil {
		return "", err
	}
	switch _, err := io.Copy(io.Discard, c); {
	case err == nil:
		return "sent, and the server has read to the end", nil
	case os.IsTimeout(err):
		return "sent; the server keeps the connection, so whether it read it is not known", nil
	default:
		return "", err
	}
}

// closedWithin is how long the other side is given to close.
const closedWithin = 3 * time.Second

// refusedWithin is how long we wait to hear that nobody listens on a UDP port.
const refusedWithin = 200 * time.Millisecond

// datagrams sends by UDP: whether it arrives nobody says, only, sometimes, that nobody listens.
func (l *syslogSink) datagrams(ctx context.Context, w way, messages []*Message) (done int, said string, err error) {
	c, err := w.dial(ctx, "udp", w.server)
	if err != nil {
		return 0, "", err
	}
	defer c.Close()
	for i, m := range messages {
		for _, line := range l.lines(m, syslogUDP) {
			if _, err := c.Write([]byte(line)); err != nil {
				return i, "", err
			}
		}
	}
	if err := c.SetReadDeadline(time.Now().Add(refusedWithin)); err != nil {
		return 0, "", err
	}
	if _, err := c.Read(make([]byte, 1)); err != nil && !os.IsTimeout(err) {
		return 0, "", err
	}
	return len(messages), "sent; by UDP nobody says whether it arrived", nil
}

// lines are a message as lines of log, one for each alarm.
func (l *syslogSink) lines(m *Message, most int) []string {
	var out []string
	for i := range m.Entries {
		out = append(out, l.line(m, &m.Entries[i], most))
	}
	if len(out) == 0 {
		out = append(out, l.line(m, nil, most))
	}
	return out
}

// line is one line: RFC 5424, section 6.
func (l *syslogSink) line(m *Message, e *Entry, most int) string {
	when, id, level := m.Made, m.Kind, 6
	if e != nil {
		when, id, level = e.Alarm.Changed, e.Alarm.Code, syslogLevel(e)
	}
	data, text := l.text(l.opening, m, e)
	const facility = 16 // local0
	head := fmt.Sprintf("<%d>1 %s %s cordon %d %s %s ", facility*8+level, when.UTC().Format("2006-01-02T15:04:05.000000Z"),
		headWord(l.host, 255), os.Getpid(), headWord(id, 32), data)
	if !ascii(text) {
		text = "\ufeff" + text // section 6.4: UTF-8 is marked
	}
	if room := most - len(head); len(text) > room {
		text = strings.ToValidUTF8(text[:max(0, room)], "")
	}
	return head + text
}

// syslogLevel is the severity of RFC 5424, table 2.
func syslogLevel(e *Entry) int {
	if e.What == cordon.AlarmIsOver {
		return 5
	}
	switch e.Alarm.Severity {
	case cordon.Critical:
		return 2
	case cordon.High:
		return 3
	case cordon.Medium:
		return 4
	case cordon.Low:
		return 5
	}
	return 6
}

// headWord makes a text into a word of the header: printable ASCII without spaces, "-" for none.
func headWord(s string, most int) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && b.Len() < most {
			b.WriteRune(r)
		}
	}
	return cmp.Or(b.String(), "-")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// dataID names our structured data. 32473 is the enterprise number for documentation (RFC 5612):
// this project has none of its own.
const dataID = "cordon@32473"

// syslogText is an entry as structured data and a text.
func syslogText(_ *opening, m *Message, e *Entry) (data, text string) {
	var b strings.Builder
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, ` %s="%s"`, name, paramValue(value))
		}
	}
	put("id", m.ID)
	if e == nil {
		return "[" + dataID + b.String() + "]", report.Clean(m.Title)
	}
	a := &e.Alarm
	put("what", e.What)
	put("alarm", strconv.FormatInt(a.ID, 10))
	put("code", a.Code)
	put("severity", string(a.Severity))
	put("site", a.Site)
	put("device", a.Device)
	put("key", a.Key)
	put("address", e.Device.Address)
	put("mac", e.Device.MAC)
	put("class", e.Device.Class)
	put("maker", e.Device.Maker)
	put("model", e.Device.Model)
	return "[" + dataID + b.String() + "]", e.line()
}

// maxParam bounds a value, so that data alone never fills a message.
const maxParam = 120

// paramValue escapes a value of structured data (RFC 5424, section 6.3.3). Control characters,
// which are allowed there and break log files, are written out.
func paramValue(s string) string {
	s = cut(report.Clean(s), maxParam)
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(s)
}
