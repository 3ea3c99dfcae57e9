package sensor

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cordon"
	"cordon/internal/packet"
)

// toldFact and toldFlow are what a Sink was told, in order.
type toldFact struct {
	Fact
	Origin cordon.Origin
}

type toldFlow struct {
	packet.Flow
	App, Name, From string
}

// keeper is a Sink that keeps everything.
type keeper struct{ told []any }

func (k *keeper) Observe(f *Fact) {
	t := toldFact{Fact: *f}
	if f.Origin != nil {
		t.Origin = *f.Origin
	}
	t.Fact.Origin = nil
	k.told = append(k.told, t)
}

func (k *keeper) Flow(f *packet.Flow, app, name, from string) {
	t := toldFlow{*f, app, name, from}
	t.Flow.App, t.Flow.Note = 0, 0
	k.told = append(k.told, t)
}

var sameTold = cmp.Options{cmpopts.EquateComparable(netip.Addr{})}

// both tells two sinks.
type both [2]Sink

func (b both) Observe(f *Fact) { b[0].Observe(f); b[1].Observe(f) }
func (b both) Flow(f *packet.Flow, app, name, from string) {
	b[0].Flow(f, app, name, from)
	b[1].Flow(f, app, name, from)
}

// frames collects what a FeedWriter emits.
type frames [][]byte

func (f *frames) emit(b []byte) error { *f = append(*f, b); return nil }

// stream is all frames one after the other.
func (f frames) stream() []byte { return bytes.Join(f, nil) }

// readStream reads a stream of frames into a sink.
func readStream(stream []byte, s Sink) error {
	r := bytes.NewReader(stream)
	for {
		frame, err := NextFrame(r, nil)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := ReadFrame(frame, s); err != nil {
			return err
		}
	}
}

func someAddr(t *rapid.T) netip.Addr {
	return rapid.SampledFrom([]netip.Addr{
		{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("255.255.255.255"), netip.IPv6Unspecified(),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:1.2.3.4"), netip.MustParseAddr("0.0.0.0"),
	}).Draw(t, "address")
}

func someMAC(t *rapid.T) cordon.MAC {
	return rapid.SampledFrom([]cordon.MAC{{}, {1, 2, 3, 4, 5, 6}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}).Draw(t, "mac")
}

func someText(t *rapid.T) string { return rapid.StringN(0, 5, 20).Draw(t, "text") }

func someFlow(t *rapid.T) *packet.Flow {
	f := &packet.Flow{
		Proto: packet.Proto(rapid.Byte().Draw(t, "proto")), State: packet.State(rapid.IntRange(0, 3).Draw(t, "state")),
		Before: packet.State(rapid.IntRange(0, 3).Draw(t, "before")), Again: rapid.Bool().Draw(t, "again"), More: rapid.Bool().Draw(t, "more"),
		First: rapid.Int64().Draw(t, "first"), Last: rapid.Int64().Draw(t, "last"), Seconds: rapid.Uint32().Draw(t, "seconds"),
		Bursts: rapid.SampledFrom([]uint32{0, 1, 2, 1 << 31}).Draw(t, "bursts"),
	}
	for i := range f.End {
		f.End[i] = packet.End{MAC: someMAC(t), Addr: someAddr(t), Port: rapid.Uint16().Draw(t, "port")}
		f.Packets[i], f.Big[i] = rapid.Uint32().Draw(t, "packets"), rapid.Uint32().Draw(t, "big")
		f.Bytes[i], f.Payload[i] = rapid.Uint64().Draw(t, "bytes"), rapid.Uint64().Draw(t, "payload")
	}
	if f.Bursts > 1 {
		f.GapSum, f.GapSquares = rapid.Float64Range(0, 1e300).Draw(t, "gaps"), rapid.Float64Range(0, 1e300).Draw(t, "squares")
	}
	return f
}

// TestFeedRoundTrip writes any facts and flows, cut anywhere, and reads the same.
func TestFeedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got, want keeper
		var out frames
		w := NewFeedWriter(out.emit)
		sink := both{&want, w}
		for range rapid.IntRange(0, 30).Draw(t, "records") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				if err := w.Cut(); err != nil {
					t.Fatal(err)
				}
			case 1, 2:
				sink.Flow(someFlow(t), someText(t), someText(t), someText(t))
			default:
				sink.Observe(&Fact{
					At: rapid.Int64().Draw(t, "at"), Addr: someAddr(t), MAC: someMAC(t),
					Other: cordon.Key{Kind: cordon.KeyKind(someText(t)), Value: someText(t)},
					Kind:  cordon.Kind(someText(t)), Value: someText(t),
					Origin: &cordon.Origin{Sensor: someText(t), Asked: rapid.Bool().Draw(t, "asked")},
				})
			}
		}
		if err := w.Cut(); err != nil {
			t.Fatal(err)
		}
		if err := readStream(out.stream(), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.told, got.told, sameTold...); d != "" {
			t.Errorf("told (-), read (+):\n%s", d)
		}
	})
}

// captureFeed feeds a capture of the collection to a sink, in parts.
func captureFeed(t testing.TB, name string, sink Sink, end func()) {
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(dir, "captures", name))
	if err != nil {
		t.Skip("the project's capture collection is not here; set CORDON_SHARED to its place")
	}
	defer file.Close()
	r, err := packet.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	table := packet.NewTable(packet.Config{Idle: 2 * time.Minute}, NewListener("eth1", nil, sink))
	second := int64(0)
	for {
		f, err := r.Next()
		if err != nil {
			break
		}
		if f.At >= second {
			table.Progress(f.At)
			end()
			second = f.At + 1e9
		}
		table.Frame(f)
	}
	table.Flush()
	end()
}

// TestFeedOfCaptures sends what real captures say through frames, and measures their size.
func TestFeedOfCaptures(t *testing.T) {
	for _, name := range []string{
		"camera/reolink_e1_login.pcapng", "attack/ndpi/tcp_scan.pcapng",
		"benign/ndpi/teams.pcap", "iot/iotsentinel-HueBridge/Setup-A-2-STA.pcap", "attack/slips_cc_beacon_1.pcap", // in docs/format/feed.md
	} {
		t.Run(name, func(t *testing.T) {
			var got, want keeper
			var out frames
			w := NewFeedWriter(out.emit)
			captureFeed(t, name, both{&want, w}, func() { _ = w.Cut() })
			stream := out.stream()
			if err := readStream(stream, &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want.told, got.told, sameTold...); d != "" {
				t.Errorf("told (-), read (+):\n%s", d)
			}
			n := slices.Collect(func(yield func(int) bool) {
				for _, f := range want.told {
					if _, ok := f.(toldFlow); ok && !yield(1) {
						return
					}
				}
			})
			t.Logf("%d records, %d of them parts of flows, in %d frames: %d bytes, %.1f a record",
				len(want.told), len(n), len(out), len(stream), float64(len(stream))/float64(len(want.told)))
		})
	}
}

// TestFeedEndsFramesBySize cuts a frame by itself, and each stands alone.
func TestFeedEndsFramesBySize(t *testing.T) {
	var out frames
	w := NewFeedWriter(out.emit)
	for i := range 20000 {
		w.Flow(&packet.Flow{End: [2]packet.End{{Addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}, {}}, First: int64(i) * 1e9, Last: int64(i) * 1e9}, "", "", "")
	}
	if len(out) < 4 {
		t.Fatalf("%d frames of 20,000 flows", len(out))
	}
	_ = w.Cut()
	slices.Reverse(out)
	var got keeper
	if err := readStream(out.stream(), &got); err != nil || len(got.told) != 20000 || w.Records() != 20000 {
		t.Errorf("read %d records, %v", len(got.told), err)
	}
}

// TestFeedRefuses damages a frame in every way that a head can tell.
func TestFeedRefuses(t *testing.T) {
	var out frames
	w := NewFeedWriter(out.emit)
	w.Observe(&Fact{At: 1, Addr: netip.MustParseAddr("10.0.0.1"), Kind: "http.server", Value: "App-webs/"})
	_ = w.Cut()
	good := out[0]
	for name, spoil := range map[string]func(b []byte) []byte{
		"cut":            func(b []byte) []byte { return b[:len(b)-1] },
		"longer":         func(b []byte) []byte { return append(b, 0) },
		"another length": func(b []byte) []byte { b[3]++; return b },
		"another byte":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"another crc":    func(b []byte) []byte { b[5] ^= 1; return b },
		"version 2":      func(b []byte) []byte { b[8] = 2; return b },
		"a state":        func([]byte) []byte { return StateFrame(&cordon.SensorState{}) },
		"a type unknown": func(b []byte) []byte { return makeFrame(77, b[frameHead:]) },
		"no number":      func([]byte) []byte { return makeFrame(frameRecords, []byte{recordAgain, 0, 0}) },
		"no text":        func([]byte) []byte { return makeFrame(frameRecords, []byte{recordFact, 0, 0, 1, 0, 0}) },
		"half a flow":    func([]byte) []byte { return makeFrame(frameRecords, []byte{recordFlow, 6}) },
		"nobody":         func([]byte) []byte { return makeFrame(frameRecords, []byte{recordDefine | defineHost}) },
		"no zstd":        func([]byte) []byte { return makeFrame(framePacked, []byte("abc")) },
		"empty":          func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var got keeper
			if err := ReadFrame(spoil(slices.Clone(good)), &got); !errors.Is(err, ErrFrame) || len(got.told) != 0 {
				t.Errorf("told %v, error %v", got.told, err)
			}
		})
	}
}

// TestNextFrame tells a stream that ended from one that was cut, and takes no absurd length.
func TestNextFrame(t *testing.T) {
	state := cordon.SensorState{Name: "eth1", Kind: "live", Up: true, Packets: 7}
	b := StateFrame(&state)
	frame, err := NextFrame(bytes.NewReader(b), make([]byte, 0, 1000))
	if err != nil || !IsState(frame) {
		t.Fatal(err)
	}
	if got, err := ReadState(frame); err != nil || got != state {
		t.Errorf("state %+v, %v", got, err)
	}
	step := ScanStep{Site: "hq", Doing: "asking", Done: 254, Of: 254, Alive: 12, Asked: 7}
	b = StepFrame(&step)
	if got, err := ReadStep(b); err != nil || !IsStep(b) || *got != step {
		t.Errorf("step %+v, %v", got, err)
	}
	if _, err := ReadScan(b); !errors.Is(err, ErrFrame) {
		t.Errorf("a step as the end of a scan: %v", err)
	}
	if _, err := NextFrame(bytes.NewReader(b[:len(b)-1]), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if _, err := NextFrame(bytes.NewReader([]byte{255, 255, 255, 255, 0}), nil); !errors.Is(err, ErrFrame) {
		t.Errorf("absurd: %v", err)
	}
}

// FuzzReadFrame reads hostile records, past the checksum: what is read must be writable and
// read again the same.
func FuzzReadFrame(f *testing.F) {
	var out frames
	w := NewFeedWriter(out.emit)
	w.Observe(&Fact{At: 1, Addr: netip.MustParseAddr("10.0.0.1"), Kind: "http.server", Value: "App-webs/", Origin: &cordon.Origin{Asked: true}})
	w.Observe(&Fact{At: 9, MAC: cordon.MAC{2}, Other: cordon.Key{Kind: "serial", Value: "1"}, Kind: "x", Value: "y"})
	w.Flow(&packet.Flow{Bursts: 2, GapSum: 1, GapSquares: 1, Again: true, More: true}, "rtsp", "a.example", "dns")
	body := slices.Clone(w.body)
	_ = w.Cut()
	f.Add(body)
	f.Add(body[:len(body)/2])
	f.Fuzz(func(t *testing.T, body []byte) {
		var first, second keeper
		var again frames
		w := NewFeedWriter(again.emit)
		if len(body) > 1<<16 {
			return
		}
		err := ReadFrame(makeFrame(frameRecords, body), both{&first, w})
		if err != nil && !errors.Is(err, ErrFrame) {
			t.Fatal(err)
		}
		_ = w.Cut()
		if err := readStream(again.stream(), &second); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first.told, second.told, sameTold...); d != "" {
			t.Errorf("read (-), written and read again (+):\n%s", d)
		}
		_ = ReadFrame(body, &second)
	})
}
