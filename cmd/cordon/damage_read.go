package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"cordon/internal/inventory"
	"cordon/internal/packet"
	"cordon/internal/sensor"
)

// damageLog is one log that was read.
type damageLog struct {
	File    string    `json:"file"`
	Kind    string    `json:"kind,omitempty"`
	Lines   uint64    `json:"lines"` // or packets
	Records uint64    `json:"records,omitempty"`
	Refused uint64    `json:"refused,omitempty"` // lines that could not be read
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Problem string    `json:"problem,omitempty"`
}

// reader reads logs of every kind into one sink.
type logReader struct {
	e      *env
	logs   *sensor.Logs // told by their content
	nfdump *sensor.Logs
	mapped *sensor.Logs // by --csv; nil: none
	table  *packet.Table
}

// nfdumpCSV is what nfdump -o csv writes (its manual, "csv"; one direction a line, bytes of the other
// direction only for flows that were exported with both).
var nfdumpCSV = sensor.CSVMapping{
	Time: "ts", End: "te", Source: "sa", SourcePort: "sp", Destination: "da", DestinationPort: "dp", Protocol: "pr",
	PacketsSent: "ipkt", Sent: "ibyt", PacketsReceived: "opkt", Received: "obyt",
}

const nfdumpHead = "ts,te,td,sa,da,sp,dp,pr,"

// read feeds every file, leases first and what names far ends before what it names.
func (c *damageCmd) read(e *env, d *inventory.Damage) ([]damageLog, error) {
	r, err := c.reader(e, d)
	if err != nil {
		return nil, err
	}
	order := map[string]int{}
	for _, name := range c.Logs {
		order[name] = orderOf(name)
	}
	files := slices.Clone(c.Logs)
	slices.SortStableFunc(files, func(a, b string) int { return order[a] - order[b] })
	var out []damageLog
	usable := false
	for _, name := range files {
		l := r.file(name)
		if l.Problem != "" {
			fmt.Fprintf(e.stderr, "cordon: %s: %s\n", shown(name), l.Problem)
		}
		usable = usable || l.Lines > 0
		out = append(out, l)
		if e.ctx.Err() != nil {
			return nil, errors.New("interrupted: what was read so far would look like less coverage than there is")
		}
	}
	sensor.Finish(r.table, nil)
	if !usable {
		return nil, errors.New("nothing could be read")
	}
	return out, nil
}

func (c *damageCmd) reader(e *env, d *inventory.Damage) (*logReader, error) {
	key, err := instanceKey()
	if err != nil {
		return nil, err
	}
	env := sensor.Env{Sink: d, Key: key, Names: sensor.NewNames()}
	r := &logReader{e: e, table: packet.NewTable(tableConfig(), sensor.NewListener("", key, d))}
	if r.logs, err = sensor.NewLogs(sensor.SourceConfig{Zone: c.Zone}, env); err != nil {
		return nil, err
	}
	if r.nfdump, err = sensor.NewLogs(sensor.SourceConfig{Kind: "csv", Zone: c.Zone, CSV: &nfdumpCSV}, env); err != nil {
		return nil, err
	}
	if c.CSV == "" {
		return r, nil
	}
	text, err := os.ReadFile(c.CSV)
	if err != nil {
		return nil, fmt.Errorf("--csv: %w", err)
	}
	var m sensor.CSVMapping
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&m); err != nil {
		return nil, fmt.Errorf("--csv %s: %w", c.CSV, err)
	}
	r.mapped, err = sensor.NewLogs(sensor.SourceConfig{Kind: "csv", Zone: c.Zone, CSV: &m}, env)
	return r, err
}

// orderOf is where a file stands in the order of reading; standard input is not looked at before its turn.
func orderOf(name string) int {
	if name == "-" {
		return sensor.LogOrder(nil)
	}
	f, err := os.Open(name)
	if err != nil {
		return sensor.LogOrder(nil) // said when its turn comes
	}
	defer f.Close()
	return sensor.LogOrder(headOf(bufio.NewReaderSize(f, sensor.DetectSize)))
}

// headOf is the beginning of a file, unpacked.
func headOf(b *bufio.Reader) []byte {
	packed, _ := b.Peek(sensor.DetectSize) // a shorter file has less
	r, err := unpacked(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	head := make([]byte, sensor.DetectSize)
	n, _ := io.ReadFull(r, head) // cut off where the packed beginning is
	return head[:n]
}

// file reads one file as what it is.
func (r *logReader) file(name string) damageLog {
	f, _, err := openInput(name, r.e.stdin)
	if err != nil {
		return damageLog{File: name, Problem: strings.TrimPrefix(err.Error(), name+": ")}
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, sensor.DetectSize)
	head := headOf(b)
	switch {
	case sensor.Detect(head) != "":
		return r.log(r.logs, b, name)
	case bytes.HasPrefix(head, []byte(nfdumpHead)):
		return r.log(r.nfdump, b, name)
	case r.mapped != nil && !isCapture(head):
		return r.log(r.mapped, b, name)
	}
	c := sensor.Feed(r.e.ctx, b, name, r.table, nil)
	l := damageLog{File: name, Kind: c.Format, Lines: c.Packets, First: c.First, Last: c.Last, Problem: c.Problem}
	if l.Lines == 0 && !isCapture(head) {
		l.Problem = "it is neither a capture nor a log of a known kind; of a CSV log say with --csv what its columns mean"
	}
	return l
}

func (r *logReader) log(logs *sensor.Logs, b io.Reader, name string) damageLog {
	got, err := logs.Read(r.e.ctx, b, name)
	l := damageLog{File: name, Kind: got.Kind, Lines: got.Lines, Records: got.Records, Refused: got.Refused, First: got.First, Last: got.Last}
	if err != nil {
		l.Problem = err.Error()
	}
	return l
}

// isCapture knows captures by their first bytes (draft-ietf-opsawg-pcap, section 4; draft-ietf-opsawg-pcapng, section 4.1).
func isCapture(head []byte) bool {
	for _, magic := range []string{"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x0a\x0d\x0d\x0a"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}
