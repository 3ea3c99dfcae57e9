package sensor

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"cordon/internal/packet"
)

// logKinds are the logs that can be told by their content, strictest first. order is in which
// order files of several kinds are best read: who names far ends first.
var logKinds = []struct {
	name   string // as Detect gives it, and SourceConfig.Kind takes it
	order  int
	detect func(head []byte) bool
}{
	{"zeek", 1, looksZeek},
	{"eve", 1, func(h []byte) bool { return lineHas(h, `"event_type"`, `"timestamp"`) }},
	{"leases", 0, looksLeases},
	{"firewall", 2, looksFirewall},
}

// DetectSize is how much of a file Detect wants to see, where there is so much.
const DetectSize = 16 << 10

// Detect tells what log begins with these bytes (unpacked): zeek, eve, leases or firewall, the
// kinds of source; empty: none that can be told by its content.
func Detect(head []byte) string {
	for _, k := range logKinds {
		if k.detect(head) {
			return k.name
		}
	}
	return ""
}

// LogOrder says in which order files are best read, lowest first: what names far ends before
// the conversations with them.
func LogOrder(head []byte) int {
	for _, k := range logKinds {
		if k.detect(head) {
			if k.name == "zeek" && (bytes.Contains(head, []byte("#path\tconn")) || bytes.Contains(head, []byte(`"conn_state"`))) {
				return 2
			}
			return k.order
		}
	}
	return 2
}

// lineHas reports whether one of the first lines has all the words.
func lineHas(head []byte, words ...string) bool {
	n := 0
	for line := range bytes.Lines(head) {
		if n++; n > 64 {
			break
		}
		all := true
		for _, w := range words {
			all = all && bytes.Contains(line, []byte(w))
		}
		if all {
			return true
		}
	}
	return false
}

func looksZeek(h []byte) bool {
	return bytes.HasPrefix(h, []byte("#separator ")) && bytes.Contains(h, []byte("#fields")) || lineHas(h, `"ts"`, `"id.orig_h"`) || lineHas(h, `"ts"`, `"software_type"`) || lineHas(h, `"ts"`, `"msg_types"`)
}

func looksLeases(h []byte) bool {
	if bytes.HasPrefix(h, []byte("address,hwaddr,")) || bytes.HasPrefix(h, []byte("address,duid,")) {
		return true
	}
	for line := range bytes.Lines(h) {
		s := string(bytes.TrimSpace(line))
		words := strings.Fields(s)
		switch {
		case s == "" || s[0] == '#':
		case strings.HasPrefix(s, "lease ") && strings.HasSuffix(s, "{") || strings.HasPrefix(s, "server-duid ") || strings.HasPrefix(s, "authoring-byte-order"):
			return true
		case len(words) == 5 && addrOf(words[2]).IsValid():
			_, ok := epochOf(words[0], nil)
			return ok && macOf(words[1]) != [6]byte{}
		default:
			return false
		}
	}
	return false
}

func looksFirewall(h []byte) bool {
	n := 0
	for line := range bytes.Lines(h) {
		if firewallForm(line) != nil {
			return true
		}
		if n++; n > 256 {
			break
		}
	}
	return false
}

// Logs reads finished logs of one site, several after one another: names learned in one hold for
// the next. It is not safe for concurrent use.
type Logs struct {
	config SourceConfig
	zone   *time.Location
	tell   *teller
	state  *sourceState
	zeeks  calledNames
	kinds  map[string]lineReader
	seen   span
	then   time.Time
}

// LogRead is what was read of one log.
type LogRead struct {
	Kind    string // as Detect gives it
	Lines   uint64
	Records uint64 // flows and facts passed on
	Refused uint64 // lines that could not be read
	First   time.Time
	Last    time.Time // of what was passed on; zero: nothing was
}

// span is a sink that notes from when to when it was told of something.
type span struct {
	Sink
	first, last int64
}

// NewLogs makes a reader that feeds env.Sink. Of c it uses Kind (empty: each file's is told by its
// content), Name (of the facts' origin; empty: each file's name), Zone, the firewall's words
// and CSV.
func NewLogs(c SourceConfig, env Env) (*Logs, error) {
	l := &Logs{config: c, kinds: map[string]lineReader{}}
	var err error
	if l.zone, err = zoneOf(c); err != nil {
		return nil, err
	}
	if c.Kind == "csv" {
		if _, err := csvChecked(c); err != nil {
			return nil, err
		}
	}
	l.seen.Sink = env.Sink
	env.Sink = &l.seen
	l.state = newSourceState("log", c.Name)
	l.tell = newTeller(env, c.Name, l.state)
	return l, nil
}

// Written says when the next file was last written: syslog's times have no year, which is then
// the one that makes them the latest before that. Without it they are the latest before now.
func (l *Logs) Written(at time.Time) { l.then = at }

// Read reads one log to its end, or until ctx is done. file is its name, for the facts' origin and for
// errors. It may be packed with gzip, as rotated logs are. The error says what was wrong with the file
// as a whole; lines that could not be read are counted.
func (l *Logs) Read(ctx context.Context, r io.Reader, file string) (LogRead, error) {
	br := bufio.NewReaderSize(&interruptible{ctx, r}, DetectSize)
	if magic, _ := br.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b { // RFC 1952 section 2.3.1
		z, err := gzip.NewReader(br)
		if err != nil {
			return LogRead{}, fmt.Errorf("unpack %s: %w", file, err)
		}
		br = bufio.NewReaderSize(z, DetectSize)
	}
	head, err := br.Peek(DetectSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return LogRead{}, fmt.Errorf("read %s: %w", file, err)
	}
	kind := l.config.Kind
	if kind == "" {
		kind = Detect(head)
	}
	reader := l.reader(kind, file)
	if reader == nil {
		return LogRead{}, fmt.Errorf("read %s: it is not a log of a known kind; logs of another kind can be mapped as csv", file)
	}
	before := l.state.State()
	l.seen.first, l.seen.last = 0, 0
	if l.config.Name == "" {
		l.tell.origin.Sensor = file
	}
	err = readLines(br, reader, l.state, 0)
	after := l.state.State()
	got := LogRead{Kind: kind, Lines: after.Packets - before.Packets, Records: after.Records - before.Records, Refused: after.Refused - before.Refused}
	if l.seen.last != 0 {
		got.First, got.Last = time.Unix(0, l.seen.first).UTC(), time.Unix(0, l.seen.last).UTC()
	}
	if err != nil {
		return got, fmt.Errorf("read %s: %w", file, err)
	}
	return got, nil
}

// reader makes what understands the kind; nil: there is none.
func (l *Logs) reader(kind, file string) lineReader {
	switch kind {
	case "zeek":
		return &zeek{tell: l.tell, uids: &l.zeeks, named: strings.SplitN(filepath.Base(file), ".", 2)[0]}
	case "eve":
		if l.kinds[kind] == nil {
			l.kinds[kind] = newEve(l.tell)
		}
		return l.kinds[kind]
	case "leases":
		return newLeases(l.tell, l.config.Format)
	case "firewall":
		f := newFirewall(l.tell, l.config, l.zone)
		if then := l.then; !then.IsZero() {
			f.now = func() time.Time { return then }
		}
		return f
	case "csv":
		if l.config.CSV != nil {
			return newCSVLog(l.tell, l.config.CSV, l.zone)
		}
	}
	return nil
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(b)
}

// Observe implements Sink.
func (s *span) Observe(f *Fact) {
	s.note(f.At, f.At)
	s.Sink.Observe(f)
}

// Flow implements Sink.
func (s *span) Flow(f *packet.Flow, app, name, nameFrom string) {
	s.note(f.First, f.Last)
	s.Sink.Flow(f, app, name, nameFrom)
}

func (s *span) note(first, last int64) {
	if s.last == 0 || first < s.first {
		s.first = first
	}
	s.last = max(s.last, last)
}
