package sensor

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// zeekSource: Zeek's logs (conn, dns, ssl, quic, http, dhcp, software), as they grow; TSV or JSON.
var zeekSource = &sourceKind{
	Name:    "zeek",
	Options: []string{"path", "from"},
	New:     newZeekSource,
}

// zeekLogs are the logs that are read of a directory, in this order: what names far ends first,
// conversations last.
var zeekLogs = []string{"dns", "ssl", "quic", "http", "dhcp", "software", "conn"}

// newZeekSource follows one log, or those of the directory to which Zeek writes the current ones.
func newZeekSource(c SourceConfig, env Env) (Source, error) {
	if c.Path == "" {
		return nil, fmt.Errorf(`source zeek: say where the logs are, path = "/opt/zeek/logs/current"`)
	}
	end, err := fromEnd(c)
	if err != nil {
		return nil, err
	}
	name := c.Name
	if name == "" {
		name = "zeek " + c.Path
	}
	state := newSourceState("zeek", name)
	tell := newTeller(env, name, state)
	uids := &calledNames{}
	s := &logSource{sourceState: state, optional: true}
	files := []string{c.Path}
	if fi, err := os.Stat(c.Path); err != nil && filepath.Ext(c.Path) != ".log" || err == nil && fi.IsDir() {
		files = nil
		for _, l := range zeekLogs {
			files = append(files, filepath.Join(c.Path, l+".log"))
		}
	}
	for _, f := range files {
		r := &zeek{tell: tell, uids: uids, named: strings.TrimSuffix(filepath.Base(f), ".log")}
		s.tails = append(s.tails, newTail(f, r, state, env, end))
	}
	return s, nil
}

// zeek reads one of Zeek's logs. Format and fields: Zeek's documentation, "Zeek Log Formats and
// Inspection" and "Zeek Script Index, base/protocols/*/main.zeek", docs.zeek.org, version 7.
type zeek struct {
	tell  *teller
	uids  *calledNames
	named string // which log, where the lines do not say: of the file's name; empty: not known
	path  string // as the head says
	sep   []byte
	set   string
	empty string
	unset string
	index map[string]int
	cells [][]byte
	json  object
	at    int64
}

// maxColumns bounds a line of a TSV log. Zeek's widest has 30.
const maxColumns = 256

func (z *zeek) begin() {
	z.path, z.sep, z.set, z.empty, z.unset, z.index = "", []byte{'\t'}, ",", "(empty)", "-", nil
}

// head takes the lines that begin with #: #separator, #path, #fields and so on.
func (z *zeek) head(line []byte) bool {
	if line[0] != '#' {
		return false
	}
	if v, ok := bytes.CutPrefix(line, []byte("#separator ")); ok {
		if s := unescape(string(v)); s != "" {
			z.sep = []byte(s)
		}
		return true
	}
	words := strings.Split(string(line), string(z.sep))
	if len(words) < 2 || len(words) > maxColumns {
		return true
	}
	switch words[0] {
	case "#set_separator":
		z.set = unescape(words[1])
	case "#empty_field":
		z.empty = words[1]
	case "#unset_field":
		z.unset = words[1]
	case "#path":
		z.path = words[1]
	case "#fields":
		z.index = map[string]int{}
		for i, w := range words[1:] {
			z.index[w] = i
		}
	}
	return true
}

// unescape resolves \x09, as Zeek writes bytes that would confuse the reader.
func unescape(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// zeekLines are the logs that are understood.
var zeekLines = map[string]func(*zeek) error{
	"conn": (*zeek).conn, "dns": (*zeek).dns, "ssl": (*zeek).ssl, "quic": (*zeek).quic,
	"http": (*zeek).http, "dhcp": (*zeek).dhcp, "software": (*zeek).software,
}

// line takes a record; those of logs that are not understood are passed over.
func (z *zeek) line(line []byte, _ int64) error {
	path := z.path
	if line[0] == '{' {
		var ok bool
		if z.json, ok = jsonObject(line); !ok {
			return errLine
		}
		if path = z.json.str("_path"); path == "" {
			if path = z.named; zeekLines[path] == nil {
				path = zeekGuess(z.json)
			}
		}
	} else {
		z.json, z.cells = nil, bytes.SplitN(line, z.sep, maxColumns)
		if z.index == nil || len(z.cells) < len(z.index) {
			return errLine
		}
	}
	read := zeekLines[path]
	if read == nil {
		return nil
	}
	var ok bool
	if z.at, ok = epochOf(z.get("ts"), nil); !ok {
		return errLine
	}
	return read(z)
}

// zeekGuess tells which log a JSON line is of, by fields that no other has.
func zeekGuess(o object) string {
	for _, g := range []struct{ field, path string }{
		{"conn_state", "conn"}, {"rcode_name", "dns"}, {"qtype_name", "dns"}, {"cipher", "ssl"}, {"established", "ssl"},
		{"client_initial_dcid", "quic"}, {"status_code", "http"}, {"user_agent", "http"}, {"msg_types", "dhcp"}, {"software_type", "software"},
	} {
		if _, ok := o[g.field]; ok {
			return g.path
		}
	}
	return ""
}

// get gives a field's text; empty: not there or not set.
func (z *zeek) get(name string) string {
	if z.json != nil {
		return z.json.str(name)
	}
	i, ok := z.index[name]
	if !ok || i >= len(z.cells) {
		return ""
	}
	if v := string(z.cells[i]); v != z.unset && v != z.empty {
		return unescape(v)
	}
	return ""
}

// list gives the members of a set or vector.
func (z *zeek) list(name string) []string {
	if z.json != nil {
		return z.json.list(name)
	}
	i, ok := z.index[name]
	if !ok || i >= len(z.cells) {
		return nil
	}
	v := string(z.cells[i])
	if v == z.unset || v == z.empty || z.set == "" {
		return nil
	}
	parts := strings.Split(v, z.set)
	for i := range parts {
		parts[i] = unescape(parts[i])
	}
	return parts
}
