package main

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// naive gives what holds at an address: of the spans around it the one that begins
// last, of those the shortest, of those the last.
func naive(in []span, at uint64) uint32 {
	best := -1
	for i, s := range in {
		if at < s.from || at > s.to {
			continue
		}
		if best < 0 || s.from > in[best].from || s.from == in[best].from && s.to <= in[best].to {
			best = i
		}
	}
	if best < 0 {
		return 0
	}
	return in[best].value
}

func anySpans(t *rapid.T, name string) []span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
		from := rapid.Uint64Range(0, 60).Draw(t, "from")
		return span{from, from + rapid.Uint64Range(0, 20).Draw(t, "more"), rapid.Uint32Range(1, 4).Draw(t, "value")}
	}), 0, 12).Draw(t, name)
}

func TestTidyKeepsTheInnermost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anySpans(t, "spans")
		out := tidy(append([]span(nil), in...))
		for i, s := range out {
			if s.from > s.to || i > 0 && s.from <= out[i-1].to {
				t.Fatalf("%v: not sorted", out)
			}
		}
		for at := range uint64(90) {
			if got, want := naive(out, at), naive(in, at); got != want {
				t.Fatalf("at %d: %d, want %d (%v from %v)", at, got, want, out, in)
			}
		}
	})
}

func TestFoldOverlays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c, no := tidy(anySpans(t, "a")), tidy(anySpans(t, "b")), tidy(anySpans(t, "c")), tidy(anySpans(t, "no"))
		out := fold(a, b, c, no)
		for i, at := 0, uint64(0); at < 90; at++ {
			for i+1 < len(out) && out[i+1].from <= at {
				i++
			}
			want := place{uint16(naive(a, at)), uint16(naive(b, at)), naive(c, at)}
			if naive(no, at) != 0 {
				want = place{}
			}
			if out[i].place != want {
				t.Fatalf("at %d: %+v, want %+v", at, out[i].place, want)
			}
		}
	})
}

func TestReadRows(t *testing.T) {
	var got spans
	text := "1.0.0.0,1.0.0.255,AU\n2001:200::,2001:200:1b9:ffff:ffff:ffff:ffff:ffff,JP\n" +
		"2001:418:1439::2a0,2001:418:1439::2a0,CA\n" + // inside a /64: dropped
		"2001:506:9::4,2001:506:9:1::5,BR\n" // from the next /64 on
	if err := readRows(strings.NewReader(text), &got, country); err != nil {
		t.Fatal(err)
	}
	want := spans{
		v4: []span{{0x01000000, 0x010000ff, 'A'<<8 | 'U'}},
		v6: []span{{0x20010200_00000000, 0x20010200_01b9ffff, 'J'<<8 | 'P'}, {0x20010506_00090001, 0x20010506_00090001, 'B'<<8 | 'R'}},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(spans{}, span{})); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"1.0.0.0,1.0.0.1\n", "x,1.0.0.1,AU\n", "1.0.0.0,x,AU\n", "1.0.0.0,1.0.0.1,Australia\n"} {
		if err := readRows(strings.NewReader(bad), &got, country); err == nil {
			t.Errorf("%q: taken", bad)
		}
	}
}

func TestPackSteps(t *testing.T) {
	nowhere, here, there := place{}, place{asn: 1}, place{asn: 2}
	index := map[place]uint32{nowhere: 0, here: 1, there: 2}
	heads, rows := packSteps([]step{{0, nowhere}, {0x10000, here}, {0x18000, there}, {0x20001, nowhere}}, 0, 4, 16, 2, index)
	if d := cmp.Diff([]byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 6}, heads); d != "" {
		t.Error("heads", d)
	}
	want := []byte{0, 0, 0, 0, 0 /**/, 0, 0, 0, 0, 1 /**/, 0x80, 0, 0, 0, 2 /**/, 0, 0, 0, 0, 2 /**/, 0, 1, 0, 0, 0 /**/, 0, 0, 0, 0, 0}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error("rows", d)
	}
}

func TestPackOUI(t *testing.T) {
	out, err := packOUI(map[int][]block{6: {{"BCAD28", "B"}, {"00408C", "A"}}, 7: {{"C85CE27", "B"}}}, "2026-08-26")
	if err != nil {
		t.Fatal(err)
	}
	want := append([]byte("CdnO\x00\x00\x00\x012026-08-26      "), 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5)
	want = append(want, "\x00\x40\x8c\x00\x00\x01\xbc\xad\x28\x00\x00\x03\xc8\x5c\xe2\x70\x00\x00\x03\x00\x01A\x01B"...)
	if !bytes.Equal(out, want) {
		t.Errorf("%q\nwant %q", out, want)
	}
	if _, err := packOUI(map[int][]block{6: {{"xyzxyz", "A"}}}, ""); err == nil {
		t.Error("letters taken for a prefix")
	}
}

func TestTextKeepsRunesWhole(t *testing.T) {
	x := newText()
	at := x.add(strings.Repeat("é", 200))
	if n := int(x.bytes[at]); n != 254 || x.add(strings.Repeat("é", 200)) == 0 {
		t.Errorf("%d bytes", n)
	}
}

func TestLast(t *testing.T) {
	for prefix, want := range map[string]string{"10.0.0.0/8": "10.255.255.255", "2001:db8::/33": "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"} {
		if got := last(netip.MustParsePrefix(prefix)); got != netip.MustParseAddr(want) {
			t.Errorf("%s ends at %v", prefix, got)
		}
	}
	if n := binary.BigEndian.Uint16([]byte("AU")); uint32(n) != func() uint32 { v, _ := letters("AU"); return v }() {
		t.Error("letters are not packed as they are read")
	}
}
