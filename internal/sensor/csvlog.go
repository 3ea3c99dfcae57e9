package sensor

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cordon/internal/packet"
)

// csvSource: any log of connections with columns, by a mapping of them.
var csvSource = &sourceKind{
	Name:    "csv",
	Options: []string{"path", "from", "zone", "csv"},
	New: func(c SourceConfig, env Env) (Source, error) {
		zone, err := csvChecked(c)
		if err != nil {
			return nil, err
		}
		return newLogSource(c, env, func(t *teller) lineReader { return newCSVLog(t, c.CSV, zone) })
	},
}

// CSVMapping says what the columns of a log mean. Every name is that of a column, as the
// first line of the file or Columns has it; empty: there is none. Time, Source and
// Destination are needed.
type CSVMapping struct {
	Separator string   `toml:"separator,omitempty"` // one character; empty: a comma
	Columns   []string `toml:"columns,omitempty"`   // where the file has no line of names

	Time       string `toml:"time"`
	Date       string `toml:"date,omitempty"`        // where time is only of the day
	TimeFormat string `toml:"time_format,omitempty"` // "unix", "unix_ms", "unix_us", "iso" or a layout of Go ("02.01.2006 15:04:05"); empty: unix or iso
	End        string `toml:"end,omitempty"`
	Duration   string `toml:"duration,omitempty"` // seconds

	Source          string `toml:"source"` // who opened
	SourcePort      string `toml:"source_port,omitempty"`
	SourceMAC       string `toml:"source_mac,omitempty"`
	Destination     string `toml:"destination"`
	DestinationPort string `toml:"destination_port,omitempty"`
	DestinationMAC  string `toml:"destination_mac,omitempty"`
	Protocol        string `toml:"protocol,omitempty"` // name or number; no column: tcp

	Action  string   `toml:"action,omitempty"`
	Blocked []string `toml:"blocked,omitempty"` // values of action, beside the usual ones, whatever their case
	Refused []string `toml:"refused,omitempty"`
	Passed  []string `toml:"passed,omitempty"`

	Sent            string `toml:"bytes_sent,omitempty"`
	Received        string `toml:"bytes_received,omitempty"`
	PacketsSent     string `toml:"packets_sent,omitempty"`
	PacketsReceived string `toml:"packets_received,omitempty"`

	Name string `toml:"name,omitempty"` // host name of the destination
}

// csvChecked says what a mapping lacks.
func csvChecked(c SourceConfig) (*time.Location, error) {
	m := c.CSV
	switch {
	case m == nil:
		return nil, fmt.Errorf("source csv: say what its columns mean, in [source.csv]; docs/sources.md has an example")
	case m.Time == "" || m.Source == "" || m.Destination == "":
		return nil, fmt.Errorf("source csv: time, source and destination must name columns")
	case len(m.Separator) > 1 && m.Separator != `\t`:
		return nil, fmt.Errorf("source csv: separator = %q: one character, or \\t", m.Separator)
	case strings.ContainsAny(m.Separator, "\"\r\n"):
		return nil, fmt.Errorf("source csv: separator = %q cannot be", m.Separator)
	}
	return zoneOf(c)
}

// csvLog reads a log of connections with columns.
type csvLog struct {
	tell  *teller
	m     *CSVMapping
	zone  *time.Location
	comma rune
	index map[string]int
	said  *firewall // knows the usual words
	named bool      // the line of names was read, or is not there
	cells []string
}

func newCSVLog(t *teller, m *CSVMapping, zone *time.Location) *csvLog {
	l := &csvLog{tell: t, m: m, zone: zone, comma: ','}
	switch m.Separator {
	case "":
	case `\t`:
		l.comma = '\t'
	default:
		l.comma = rune(m.Separator[0])
	}
	l.said = newFirewall(t, SourceConfig{Block: m.Blocked, Refuse: m.Refused, Pass: m.Passed}, zone)
	return l
}

func (l *csvLog) begin() {
	l.index, l.named = map[string]int{}, len(l.m.Columns) > 0
	l.columns(l.m.Columns)
}

func (l *csvLog) columns(names []string) {
	for i, n := range names {
		l.index[strings.TrimPrefix(strings.TrimSpace(n), "\ufeff")] = i
	}
}

// head takes the line of names.
func (l *csvLog) head(line []byte) bool {
	if l.named || !l.split(line) {
		return false
	}
	l.named = true
	l.columns(l.cells)
	return true
}

func (l *csvLog) split(line []byte) bool {
	r := csv.NewReader(strings.NewReader(string(line)))
	r.Comma, r.LazyQuotes, r.TrimLeadingSpace = l.comma, true, true
	cells, err := r.Read()
	l.cells = cells
	return err == nil
}

func (l *csvLog) get(column string) string {
	if i, ok := l.index[column]; ok && column != "" && i < len(l.cells) {
		return strings.TrimSpace(l.cells[i])
	}
	return ""
}

func (l *csvLog) line(line []byte, _ int64) error {
	m := l.m
	if !l.split(line) {
		return errLine
	}
	var c loggedTalk
	var ok bool
	if c.first, ok = l.time(strings.TrimSpace(l.get(m.Date) + " " + l.get(m.Time))); !ok {
		return errLine
	}
	c.last = c.first + secondsOf(l.get(m.Duration))
	if end, ok := l.time(strings.TrimSpace(l.get(m.End))); ok {
		c.last = end
	}
	c.proto = packet.ProtoTCP
	if m.Protocol != "" {
		if c.proto, ok = protoOf(l.get(m.Protocol)); !ok {
			return errLine
		}
	}
	c.addr[0], c.addr[1] = addrOf(l.get(m.Source)), addrOf(l.get(m.Destination))
	if !c.addr[0].IsValid() || !c.addr[1].IsValid() {
		return errLine
	}
	c.port[0], c.port[1] = portOf(l.get(m.SourcePort)), portOf(l.get(m.DestinationPort))
	c.mac[0], c.mac[1] = macOf(l.get(m.SourceMAC)), macOf(l.get(m.DestinationMAC))
	c.bytes[0], c.bytes[1] = countOf(l.get(m.Sent)), countOf(l.get(m.Received))
	c.payload = c.bytes
	c.packets[0], c.packets[1] = countOf(l.get(m.PacketsSent)), countOf(l.get(m.PacketsReceived))
	l.settle(&c)
	l.tell.flow(c.flow(), "", csvName(l.get(m.Name)))
	return nil
}

// settle gives the state, and the packets that there must have been.
func (l *csvLog) settle(c *loggedTalk) {
	for s := range c.packets {
		if c.packets[s] == 0 && c.bytes[s] > 0 {
			c.packets[s] = 1 + c.bytes[s]/1500
		}
	}
	c.packets[0] = max(c.packets[0], 1)
	switch said := l.said.said(l.get(l.m.Action)); {
	case c.packets[1] > 0:
		c.state = packet.StateAnswered
	case said == blocked:
		c.state = packet.StateAttempt
	case said == refusedIt:
		c.state = packet.StateRefused
	}
}

func csvName(s string) Name {
	if s = farName("", s); s == "" {
		return Name{}
	}
	return Name{s, "host"}
}

// time reads a time in the mapping's format.
func (l *csvLog) time(s string) (int64, bool) {
	per := map[string]int64{"unix_ms": 1e6, "unix_us": 1e3}[l.m.TimeFormat]
	switch f := l.m.TimeFormat; {
	case s == "":
		return 0, false
	case f == "" || f == "unix" || f == "iso":
		return epochOf(s, l.zone)
	case per > 0:
		n, err := strconv.ParseInt(s, 10, 64)
		return n * per, err == nil && n >= 0 && n < (1<<62)/per
	}
	t, err := time.ParseInLocation(l.m.TimeFormat, s, l.zone)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return 0, false
	}
	return t.UnixNano(), true
}
