package sensor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordon/internal/find"
	"cordon/internal/packet"
	"cordon/specimens"
)

// heap keeps what is carved and what is heard.
type heap struct {
	files []Carved
	facts []string
	flows []string
}

func (h *heap) Keep(c Carved) {
	c.Data = bytes.Clone(c.Data)
	h.files = append(h.files, c)
}

func (h *heap) Observe(f *Fact) {
	h.facts = append(h.facts, fmt.Sprint(f.At, f.Addr, f.MAC, f.Other, f.Kind, f.Value))
}

func (h *heap) Flow(f *packet.Flow, app, name, from string) {
	h.flows = append(h.flows, fmt.Sprint(f.End, app, name, from, f.Packets, f.Bytes))
}

// conversation is one HTTP connection, given to a carver a piece at a time.
type conversation struct {
	c    *Carver
	flow packet.Flow
}

func talkTo(h *heap) *conversation {
	k := &conversation{c: NewCarver(NewListener("", []byte("k"), h), h)}
	k.flow = packet.Flow{Proto: packet.ProtoTCP, First: 1, End: [2]packet.End{
		{Addr: netip.MustParseAddr("192.168.8.21"), Port: 40000}, {Addr: netip.MustParseAddr("198.51.100.7"), Port: 80}}}
	return k
}

func (k *conversation) hear(data, reply string, final bool) bool {
	m := packet.Message{At: 2, Proto: packet.ProtoTCP, From: k.flow.End[0], To: k.flow.End[1], Data: []byte(data), Reply: []byte(reply), Final: final, Flow: &k.flow}
	app, more := k.c.Hear(&m)
	if app != 0 {
		k.flow.App = app
	}
	return more
}

// hearAll gives the answer in pieces, as segments bring it, then the end.
func (k *conversation) hearAll(data, reply string, piece int) {
	for n := 0; n < len(reply); n += piece {
		if !k.hear(data, reply[:n], false) {
			return
		}
	}
	k.hear(data, reply, true)
}

const asksFirmware = "GET /fw/update.bin?token=hunter2 HTTP/1.1\r\nHost: update.example\r\n\r\n"

func TestCarveHTTP(t *testing.T) {
	image := "\x27\x05\x19\x56" + strings.Repeat("firmware ", 9000) // beyond what the Listener hears
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n", n) }
	page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(5) + "hello"
	for _, c := range []struct {
		name, data, reply string
		want              []string // what is carved, "" for nothing
		whole             bool
		url               string
	}{
		{"by name", asksFirmware, "HTTP/1.1 200 OK\r\n" + length(len(image)) + image, []string{image}, true, "http://update.example/fw/update.bin?…"},
		{"by type", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" + length(4) + "abcd", []string{"abcd"}, true, "http://a/x"},
		{"by its first bytes", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + length(len(image)) + image, []string{image}, true, "http://a/x"},
		{"after a page, on the same connection", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /a.img HTTP/1.1\r\nHost: a\r\n\r\n", page + "HTTP/1.1 200 OK\r\n" + length(3) + "img", []string{"img"}, true, "http://a/a.img"},
		{"two of them", "GET /a.img HTTP/1.1\r\nHost: a\r\n\r\nGET /b.img HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n" + length(1) + "1HTTP/1.1 200 OK\r\n" + length(1) + "2", []string{"1", "2"}, true, ""},
		{"chunked", asksFirmware, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\n\r\n", []string{"abcdefg"}, true, ""},
		{"chunked and cut", asksFirmware, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n9\r\nefg", []string{"abcdefg"}, false, ""},
		{"cut", asksFirmware, "HTTP/1.1 200 OK\r\n" + length(100) + "part", []string{"part"}, false, ""},
		{"until the end of the connection", asksFirmware, "HTTP/1.0 200 OK\r\n\r\nall of it", []string{"all of it"}, false, ""},
		{"a range", asksFirmware, "HTTP/1.1 206 Partial Content\r\n" + length(4) + "part", []string{"part"}, false, ""},
		{"a continuation first", asksFirmware, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + length(1) + "x", []string{"x"}, true, ""},
		{"a page", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", page, nil, false, ""},
		{"a packed page", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + length(8) + "\x1F\x8B\x08.....", nil, false, ""},
		{"not found", asksFirmware, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n" + length(9) + "not found", nil, false, ""},
		{"only asked after", strings.Replace(asksFirmware, "GET", "HEAD", 1), "HTTP/1.1 200 OK\r\n" + length(100), nil, false, ""},
		{"pictures without end", "GET /v HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n" + strings.Repeat("jpeg", 9000), nil, false, ""},
		{"a chunk without sense", asksFirmware, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabcd", nil, false, ""},
		{"a length without sense", asksFirmware, "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nabcd", []string{"abcd"}, false, ""},
		{"asked in the absolute form", "GET http://u.example/a.bin HTTP/1.1\r\nHost: p\r\n\r\n", "HTTP/1.1 200 OK\r\n" + length(1) + "x", []string{"x"}, true, "http://u.example/a.bin"},
	} {
		for _, piece := range []int{7, 1460, 1 << 20} {
			if piece == 7 && len(c.reply) > 4096 {
				continue
			}
			t.Run(fmt.Sprint(c.name, "/", piece), func(t *testing.T) {
				h := &heap{}
				talkTo(h).hearAll(c.data, c.reply, piece)
				if len(h.files) != len(c.want) {
					t.Fatalf("carved %d files, want %d", len(h.files), len(c.want))
				}
				for i, f := range h.files {
					sum := sha256.Sum256([]byte(c.want[i]))
					if string(f.Data) != c.want[i] || f.Whole != c.whole || c.url != "" && f.URL != c.url || f.SHA256 != hex.EncodeToString(sum[:]) {
						t.Errorf("file %d: %d bytes, whole %v, %s", i, len(f.Data), f.Whole, f.URL)
					}
					if f.Client.String() != "192.168.8.21" || f.Server.String() != "198.51.100.7:80" {
						t.Errorf("from %s to %s", f.Server, f.Client)
					}
				}
				if text := strings.Join(h.facts, "\n"); len(c.want) > 0 && (!strings.Contains(text, "carved.sha256") || strings.Contains(text, "hunter2")) {
					t.Errorf("facts:\n%s", text)
				}
			})
		}
	}
}

// TestCarverForgets holds that nothing is kept of connections that are over.
func TestCarverForgets(t *testing.T) {
	h := &heap{}
	k := talkTo(h)
	k.hearAll(asksFirmware, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 1<<20)
	k.hear("SSH-2.0-x\r\n", "", true)
	if len(k.c.talks) != 0 {
		t.Errorf("%d connections remembered", len(k.c.talks))
	}
}

// run plays a capture through a table, with a carver or without.
func run(t testing.TB, capture []byte, carve bool) *heap {
	t.Helper()
	h := &heap{}
	always := find.AlwaysPorts()
	cfg := packet.Config{Always: func(p uint16) bool { return slices.Contains(always, p) }}
	l := NewListener("", []byte("k"), h)
	table := packet.NewTable(cfg, l)
	if carve {
		c := NewCarver(l, h)
		table = packet.NewTable(c.CarveConfig(cfg), c)
	}
	Feed(context.Background(), bytes.NewReader(capture), "x", table, nil)
	table.Flush()
	return h
}

// sameHeard holds the carver to its promise: the Listener hears the same.
func sameHeard(t *testing.T, capture []byte) *heap {
	t.Helper()
	without, with := run(t, capture, false), run(t, capture, true)
	facts := slices.DeleteFunc(slices.Clone(with.facts), func(s string) bool { return strings.Contains(s, "carved.sha256") })
	slices.Sort(facts)
	slices.Sort(without.facts)
	slices.Sort(with.flows)
	slices.Sort(without.flows)
	if d := cmp.Diff(without.facts, facts); d != "" {
		t.Errorf("facts differ: %s", d)
	}
	if d := cmp.Diff(without.flows, with.flows); d != "" {
		t.Errorf("flows differ: %s", d)
	}
	return with
}

func TestCarveSpecimens(t *testing.T) {
	all, err := specimens.All()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := specimens.Write(&b, all, time.Unix(1_772_000_000, 0), 1); err != nil {
		t.Fatal(err)
	}
	h := sameHeard(t, b.Bytes())
	i := slices.IndexFunc(h.files, func(f Carved) bool { return strings.HasPrefix(f.URL, "tftp://") })
	if i < 0 {
		t.Fatal("the specimens' TFTP update was not carved")
	}
	if f := h.files[i]; !f.Whole || len(f.Data) != 60_000 {
		t.Errorf("%s: %d bytes, whole %v", f.URL, len(f.Data), f.Whole)
	}
}

// TestCarveCaptures reads captures of the project's collection: one with TFTP requests
// that nobody answers; one with a Windows update over HTTP, of which the capture holds the
// first 14,048 bytes (tshark: the answer is not reassembled); and a plug that fetches its
// whole firmware (the digest is that of tshark --export-objects http).
func TestCarveCaptures(t *testing.T) {
	dir := os.Getenv("CORDON_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	for _, c := range []struct {
		file, begins string // how the digest begins, "" for no file
		size         int
		whole        bool
	}{
		{"benign/ndpi/windowsupdate_over_http.pcap", "f015d88ceb501b43", 14048, false},
		{"iot/iotsentinel-D-LinkSwitch/Setup-A-2-STA.pcap", "f6436433027862d0", 253504, true},
		{"camera/iotsentinel-EdnetCam1/*", "", 0, false},
	} {
		names, _ := filepath.Glob(filepath.Join(dir, "captures", c.file))
		if len(names) == 0 {
			t.Skip("the capture collection is not here (CORDON_SHARED names its place)")
		}
		b, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		h := sameHeard(t, b)
		if c.begins == "" {
			if len(h.files) > 0 {
				t.Errorf("%s: carved %d files", c.file, len(h.files))
			}
			continue
		}
		if len(h.files) != 1 {
			t.Fatalf("%s: carved %d files", c.file, len(h.files))
		}
		if f := h.files[0]; f.Whole != c.whole || len(f.Data) != c.size || !strings.HasPrefix(f.SHA256, c.begins) {
			t.Errorf("%s: %d bytes, whole %v, %s", c.file, len(f.Data), f.Whole, f.SHA256)
		}
	}
}

func FuzzCarveHTTP(f *testing.F) {
	f.Add(asksFirmware, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcdHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n", 9)
	f.Add("HTTP/1.0 200 OK\r\n\r\n\x7fELF", "GET /a HTTP/1.1\r\n\r\n", 3)
	f.Fuzz(func(t *testing.T, data, reply string, piece int) {
		h := &heap{}
		k := talkTo(h)
		k.hearAll(data, reply, max(1+len(reply)/64, piece%4096))
		for _, c := range h.files {
			if len(c.Data) == 0 || len(c.Data) > len(data)+len(reply) {
				t.Fatalf("carved %d bytes of %d", len(c.Data), len(data)+len(reply))
			}
		}
		if len(k.c.talks) > 1 {
			t.Fatal("remembers too much")
		}
	})
}

func FuzzCarveTFTP(f *testing.F) {
	f.Add([]byte("\x00\x01fw.bin\x00octet\x00"), []byte("\x00\x06blksize\x008\x00"), []byte("\x00\x03\x00\x01abcd"))
	f.Fuzz(func(t *testing.T, ask, agree, block []byte) {
		h := &heap{}
		c := NewCarver(NewListener("", []byte("k"), h), h)
		client, server := packet.End{Addr: netip.MustParseAddr("10.0.0.2"), Port: 2000}, packet.End{Addr: netip.MustParseAddr("10.0.0.9"), Port: portTFTP}
		f := packet.Flow{Proto: packet.ProtoUDP, End: [2]packet.End{client, server}, Packets: [2]uint32{1, 0}}
		c.Hear(&packet.Message{Proto: packet.ProtoUDP, From: client, To: server, Data: ask, Flow: &f})
		server.Port = 3000
		g := packet.Flow{Proto: packet.ProtoUDP, End: [2]packet.End{server, client}}
		for _, b := range [][]byte{agree, block, block} {
			g.Packets[0]++
			g.Payload[0] += uint64(len(b))
			c.Hear(&packet.Message{Proto: packet.ProtoUDP, From: server, To: client, Data: b, Flow: &g})
		}
		c.Ended(&g)
		for _, x := range h.files {
			if len(x.Data) > 2*len(block)+len(agree) {
				t.Fatalf("carved %d bytes", len(x.Data))
			}
		}
	})
}
