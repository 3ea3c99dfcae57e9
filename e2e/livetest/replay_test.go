package livetest

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/find"
	"cordon/internal/inventory"
	"cordon/internal/packet"
	"cordon/internal/sensor"
	"cordon/knowledge"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// captureDir is the project's capture collection, which is no part of the repository.
func captureDir(t *testing.T) string {
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the project's capture collection is not here; set CORDON_SHARED to its place")
	}
	return dir
}

// captureNames are the files of the collection's MANIFEST.csv.
func captureNames(t *testing.T, dir string) []string {
	b, err := os.ReadFile(filepath.Join(dir, "MANIFEST.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range rows[1:] {
		names = append(names, row[0])
	}
	return names
}

// key hashes secrets alike on both ways.
var key = []byte("a key for tests")

// audit judges a capture as cordon audit does.
func audit(t *testing.T, know *knowledge.Base, path string) *cordon.Audit {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l := newLedger(know)
	always := find.AlwaysPorts()
	listener := sensor.NewListener("", key, l)
	table := packet.NewTable(packet.Config{Always: func(p uint16) bool { return slices.Contains(always, p) }}, listener)
	c := sensor.Feed(context.Background(), f, path, table, nil)
	table.Flush()
	return judge(l, know, c)
}

func newLedger(know *knowledge.Base) *inventory.Ledger {
	l := inventory.NewLedger(inventory.Limits{})
	l.JudgeOnce(know)
	return l
}

// judge judges a ledger as at the capture's end: lists have days from which they hold. That
// frames were cut short says how far silence may be trusted.
func judge(l *inventory.Ledger, know *knowledge.Base, c cordon.Capture) *cordon.Audit {
	return l.Judge(know, []cordon.Capture{c}, inventory.Options{AllDevices: true, Now: c.Last})
}

// frames are those of a capture, as they can cross a veth pair.
func frames(t *testing.T, path string) [][]byte {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := packet.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for {
		f, err := r.Next()
		if err != nil {
			return all
		}
		all = append(all, ethernet(f))
	}
}

// ethernet makes an Ethernet frame of a frame of another link. The MAC addresses that it does
// not have are zero, which stands for none.
func ethernet(f packet.Frame) []byte {
	head := make([]byte, 12, 14)
	b := f.Data
	switch f.Link {
	case packet.LinkEthernet:
		return slices.Clone(f.Data)
	case packet.LinkCooked: // https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
		copy(head[6:], b[6:12])
		return slices.Concat(head, b[14:])
	case packet.LinkCooked2:
		copy(head[6:], b[12:18])
		return slices.Concat(head, b[:2], b[20:])
	case packet.LinkNull, packet.LinkLoop:
		b = b[4:]
	}
	if len(b) > 0 && b[0]>>4 == 6 {
		return slices.Concat(append(head, 0x86, 0xdd), b)
	}
	return slices.Concat(append(head, 0x08, 0x00), b)
}

// inFlight is how many bytes may be on their way: a quarter of the ring's 32 MiB.
const inFlight = 8 << 20

// replay sends a capture through the sensor.
func replay(t *testing.T, p *Pair, sink sensor.Sink, all [][]byte) {
	h := Hear(t, sensor.LiveConfig{Interface: p.In, Sensor: "", Key: key}, sink)
	h.Up(t)
	waiting := 0
	for i, b := range all {
		if waiting += len(b); waiting > inFlight {
			h.Until(t, "the ring's emptying", func(s cordon.SensorState) bool { return s.Packets >= uint64(i) })
			waiting = 0
		}
		p.Send(t, b)
	}
	h.Until(t, "the last frame", func(s cordon.SensorState) bool { return s.Packets >= uint64(len(all)) })
	h.Stop(t)
	if s := h.State(); s.Packets != uint64(len(all)) || s.Dropped != 0 {
		t.Errorf("sent %d frames: %+v", len(all), s)
	}
}

// TestReplay sends the capture collection through the live way, and holds what is judged of it
// to the audit of the same files.
func TestReplay(t *testing.T) {
	Need(t)
	dir := captureDir(t)
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p := NewPair(t, "in0")
	for _, name := range captureNames(t, dir) {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			path := filepath.Join(dir, name)
			want := audit(t, know, path)
			l := newLedger(know)
			replay(t, p, l, frames(t, path))
			compare(t, name, want, judge(l, know, want.Captures[0]))
		})
	}
}

// inParts is a ledger that is told of some flows in parts.
type inParts struct {
	*inventory.Ledger
	begun, parts int
}

// Flow implements sensor.Sink.
func (l *inParts) Flow(f *packet.Flow, app, name, from string) {
	if f.More {
		l.begun++
	}
	if f.Again && f.Packets != [2]uint32{} {
		l.parts++
	}
	l.Ledger.Flow(f, app, name, from)
}

// TestReplayInParts stops in the middle of captures until what went before was told, and judges
// the sum of the parts.
func TestReplayInParts(t *testing.T) {
	Need(t)
	dir := captureDir(t)
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p := NewPair(t, "part0")
	for _, name := range []string{
		"benign/ndpi/teams.pcap", "attack/slips_ssh_bruteforce.pcap", "iot/ndpi/alexa-app.pcapng",
		"iot/ndpi/coap_mqtt.pcap", "camera/e99-drone/app_to_laptop.pcapng",
	} {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			path := filepath.Join(dir, name)
			want := audit(t, know, path)
			l := &inParts{Ledger: newLedger(know)}
			replayHalves(t, p, l, frames(t, path))
			if l.parts == 0 {
				t.Error("no flow was told in parts: the test shows nothing")
			}
			compare(t, name, want, judge(l.Ledger, know, want.Captures[0]))
		})
	}
}

func replayHalves(t *testing.T, p *Pair, l *inParts, all [][]byte) {
	h := Hear(t, sensor.LiveConfig{Interface: p.In, Key: key}, l)
	h.Up(t)
	half := len(all) / 2
	p.Send(t, all[:half]...)
	h.UntilTold(t, "parts of the first half", func() bool { return l.begun > 0 })
	p.Send(t, all[half:]...)
	h.Until(t, "the last frame", func(s cordon.SensorState) bool { return s.Packets == uint64(len(all)) })
	h.Stop(t)
}
