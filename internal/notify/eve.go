package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"cordon"
	"cordon/internal/report"
)

// The form is that of Suricata's EVE log (event_type alert), so that what reads one reads the
// other; report.JSONL writes the same of audits.
var eveKind = &Kind{
	Name: "eve", Doc: "Lines of JSON in the shape of Suricata's EVE log, into a file or over TCP.",
	Fields: []string{"server", "transport", "ca", "file"}, Each: true, check: checkEVE,
	open: func(o *opening) (Sink, error) { return &eveSink{o}, nil },
}

// fileName is what a file may be called: no path, so that it can only be in its directory.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$`)

func checkEVE(s *Settings, _ secrets) error {
	if (s.File == "") == (s.Server == "") {
		return wrong("file", "want a file, or a server: one of both")
	}
	if s.File != "" {
		if !fileName.MatchString(s.File) || s.Transport != "" || s.CA != "" {
			return wrong("file", "want a name like cordon.jsonl: it is written in the directory export of the data directory")
		}
		return nil
	}
	if s.Transport == "udp" {
		return wrong("transport", "want tcp or tls")
	}
	_, err := hostPort("server", s.Server, "")
	return err
}

// eveMost is the size at which a file is put aside as NAME.1, in place of the one before.
const eveMost = 64 << 20

// eveSink writes lines.
type eveSink struct{ *opening }

// eveEvent is one line.
type eveEvent struct {
	Timestamp string   `json:"timestamp"`
	Type      string   `json:"event_type"`
	Source    string   `json:"src_ip,omitempty"`
	Alert     eveAlert `json:"alert"`
	Cordon    eveOwn   `json:"cordon"`
}

type eveAlert struct {
	Action    string `json:"action"`
	Signature string `json:"signature"`
	Category  string `json:"category"`
	Severity  int    `json:"severity"` // 1 is worst
}

// eveOwn is what EVE has no place for.
type eveOwn struct {
	ID       string `json:"id"`
	What     string `json:"what"`
	Alarm    int64  `json:"alarm,omitempty"`
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Site     string `json:"site,omitempty"`
	Key      string `json:"key,omitempty"`
	Device   *Who   `json:"device,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// Deliver implements Sink.
func (v *eveSink) Deliver(ctx context.Context, messages []*Message) (int, string, error) {
	var b []byte
	for _, m := range messages {
		lines, err := eveLines(m)
		if err != nil {
			return 0, "", &refusal{err}
		}
		b = append(b, lines...)
	}
	if v.File != "" {
		if err := v.write(b); err != nil {
			return 0, "", fmt.Errorf("file: %w", err)
		}
		return len(messages), "written to " + filepath.Join(v.dir, v.File), nil
	}
	server, err := hostPort("server", v.Server, "")
	if err != nil {
		return 0, "", err
	}
	said, err := stream(ctx, newWay(server, v.CA), v.Transport == "tls", b)
	if err != nil {
		return 0, "", err
	}
	return len(messages), said, nil
}

// write adds to the file. It is opened each time, so that others may take it away.
func (v *eveSink) write(b []byte) error {
	if err := os.MkdirAll(v.dir, 0o750); err != nil {
		return err
	}
	name := filepath.Join(v.dir, v.File)
	if st, err := os.Lstat(name); err == nil && st.Size() >= eveMost {
		if err := os.Rename(name, name+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// eveLines is a message as lines: one for each alarm, and one for what is about none.
func eveLines(m *Message) ([]byte, error) {
	entries := m.Entries
	if len(entries) == 0 {
		entries = []Entry{{What: m.Kind, Alarm: cordon.Alarm{Finding: cordon.Finding{Code: m.Kind, Title: m.Title, Severity: cordon.Info}, Changed: m.Made}}}
	}
	var out []byte
	for i := range entries {
		e := &entries[i]
		a := &e.Alarm
		line := eveEvent{
			Timestamp: a.Changed.UTC().Format("2006-01-02T15:04:05.000000-0700"), Type: "alert", Source: e.Device.Address,
			Alert:  eveAlert{Action: "allowed", Signature: a.Title, Category: a.Code, Severity: report.EVESeverity(a.Severity)},
			Cordon: eveOwn{ID: m.ID, What: e.What, Alarm: a.ID, Code: a.Code, Severity: string(a.Severity), Site: a.Site, Key: a.Key, Detail: a.Detail},
		}
		if e.Device.ID != "" {
			line.Cordon.Device = &e.Device
		}
		b, err := json.Marshal(line)
		if err != nil {
			return nil, err
		}
		out = append(append(out, b...), '\n')
	}
	return out, nil
}
