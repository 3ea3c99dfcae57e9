package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// ngBlock wraps a body into a block, padded to four bytes.
func ngBlock(o appender, kind uint32, body ...[]byte) []byte {
	all := slices.Concat(body...)
	for len(all)%4 != 0 {
		all = append(all, 0)
	}
	n := uint32(len(all) + minBlock)
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, n)
	b = append(b, all...)
	return o.AppendUint32(b, n)
}

// ngOption makes one option, padded to four bytes.
func ngOption(o appender, code uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func ngSHB(o appender, options ...[]byte) []byte {
	b := o.AppendUint32(nil, byteOrderMagic)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint64(b, math.MaxUint64)
	return ngBlock(o, blockSection, append([][]byte{b}, options...)...)
}

func ngIDB(o appender, link uint16, snap uint32, options ...[]byte) []byte {
	b := o.AppendUint16(nil, link)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, snap)
	return ngBlock(o, blockInterface, append([][]byte{b}, options...)...)
}

func ngEPB(o appender, iface uint32, ts uint64, data []byte, wire uint32, options ...[]byte) []byte {
	b := o.AppendUint32(nil, iface)
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, uint32(len(data)))
	b = o.AppendUint32(b, wire)
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return ngBlock(o, blockEnhanced, append([][]byte{b}, options...)...)
}

// buildNg is a plain pcapng file, with times as in buildPcap.
func buildNg(o appender, packets ...[]byte) []byte {
	b := append(ngSHB(o), ngIDB(o, 1, 65535)...)
	for i, p := range packets {
		b = append(b, ngEPB(o, 0, uint64(1000+i)*1e6+5, p, uint32(len(p)))...)
	}
	return b
}

// allBlocks has every kind of block, two interfaces and a second section in the other
// byte order.
func allBlocks(o appender) []byte {
	u64 := func(v uint64) []byte { return o.AppendUint64(nil, v) }
	other := appender(binary.BigEndian)
	if o == appender(binary.BigEndian) {
		other = binary.LittleEndian
	}
	simple := append(o.AppendUint32(nil, 100), someBytes(64)...)
	old := o.AppendUint16(nil, 0)
	old = o.AppendUint16(old, 3) // three lost before it
	old = o.AppendUint32(old, uint32(2003*uint64(1e6)>>32))
	old = o.AppendUint32(old, uint32(2003*uint64(1e6)&math.MaxUint32))
	old = o.AppendUint32(old, 6)
	old = o.AppendUint32(old, 6)
	old = append(old, someBytes(6)...)
	stats := append(o.AppendUint32(nil, 1), make([]byte, 8)...)
	return slices.Concat(
		ngSHB(o, ngOption(o, optApplication, []byte("maker of files")), ngOption(o, optComment, []byte("about all"))),
		ngIDB(o, 1, 64, ngOption(o, optName, []byte("eth0"))),
		ngIDB(o, 113, 0, ngOption(o, optName, []byte("any\x00")), ngOption(o, optResolution, []byte{9}),
			ngOption(o, optTimeOffset, u64(2000))),
		ngBlock(o, 4, someBytes(40)), // names
		ngEPB(o, 0, 2000*1e6, someBytes(61), 61, ngOption(o, optComment, []byte("look here"))),
		ngEPB(o, 1, 1e9+7, someBytes(62), 1500, ngOption(o, optPacketDropped, u64(2))),
		ngBlock(o, 0x0bad, someBytes(12)), // custom
		ngBlock(o, blockSimple, simple),
		ngBlock(o, blockPacket, old),
		ngBlock(o, blockStatistics, stats, ngOption(o, optReceived, u64(70)), ngOption(o, optDropped, u64(8)), ngOption(o, optSystemDropped, u64(1))),
		ngSHB(other), ngIDB(other, 101, 96),
		ngEPB(other, 0, 2004*1e6, nil, 0),
	)
}

func TestNgEverything(t *testing.T) {
	for _, o := range []appender{binary.LittleEndian, binary.BigEndian} {
		file := allBlocks(o)
		for name, src := range readers(file) {
			frames, info, err := readAll(src)
			if err != nil {
				t.Fatalf("%v %s: %v", o, name, err)
			}
			want := []Frame{
				{2000e9, 1, someBytes(61), 61},
				{2001e9 + 7, 113, someBytes(62), 1500},
				{2001e9 + 7, 1, someBytes(64), 100}, // no time of its own: the latest
				{2003e9, 1, someBytes(6), 6},
				{2004e9, 101, []byte{}, 0},
			}
			if got := fmt.Sprint(frames); got != fmt.Sprint(want) {
				t.Errorf("%v %s:\n got %v\nwant %v", o, name, got, fmt.Sprint(want))
			}
			sameInfo(t, info, Info{Format: "pcapng", Sections: 2, Application: "maker of files", Snaplen: 96,
				Links: []LinkType{1, 113, 101}, Packets: 5, Bytes: 61 + 1500 + 100 + 6, Captured: 61 + 62 + 64 + 6,
				Cut: 2, Untimed: 1, Others: 2, Dropped: 9, First: 2000e9, Last: 2004e9, Offset: int64(len(file)),
				Interfaces: []Interface{
					{Name: "eth0", Link: 1, Snaplen: 64, Resolution: "10^-6 s", Packets: 3},
					{Name: "any", Link: 113, Resolution: "10^-9 s", Received: 70, Dropped: 9, Packets: 1},
					{Link: 101, Snaplen: 96, Resolution: "10^-6 s", Packets: 1},
				},
				Comments: []Comment{{"section", 0, "about all"}, {"packet", 1, "look here"}}})
		}
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		resolution byte
		offset     int64
		ticks      uint64
		want       int64
	}{
		{6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{3, 0, 1_700_000_000_123, 1_700_000_000_123_000_000},
		{0, 0, 1_700_000_000, 1_700_000_000_000_000_000},
		{12, 0, 1_234_567_999, 1_234_567},
		{28, 0, math.MaxUint64, 1},
		{127, 0, math.MaxUint64, 0},
		{0x80 | 20, 0, 3<<20 | 1<<19, 3_500_000_000},
		{0x80 | 32, 0, 1_700_000_000<<32 | 1<<31, 1_700_000_000_500_000_000},
		{0x80, 0, 7, 7_000_000_000},
		{0x80 | 64, 0, 1 << 63, 500_000_000},
		{0xff, 0, math.MaxUint64, 0},
		{6, 1000, 5, 1_000_000_005_000},
		{6, -1, 5_000_000, 4_000_000_000},
		{6, 0, math.MaxUint64, math.MaxInt64},
		{0, 0, math.MaxUint64, math.MaxInt64},
		{0x80, 0, math.MaxUint64, math.MaxInt64},
		{6, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{6, math.MinInt64, 0, -maxSeconds * 1e9},
	} {
		k := newClock(c.resolution, c.offset)
		if got := k.nanos(c.ticks); got != c.want {
			t.Errorf("resolution %#x offset %d: %d is %d, want %d", c.resolution, c.offset, c.ticks, got, c.want)
		}
	}
}

// TestNgSkips: a block with a sound outside and a broken inside costs only itself.
func TestNgSkips(t *testing.T) {
	o := binary.LittleEndian
	good := ngEPB(o, 0, 5, someBytes(8), 8)
	long := ngEPB(o, 0, 5, someBytes(8), 8)
	o.PutUint32(long[20:], 4000)
	for name, bad := range map[string][]byte{
		"an interface that is not there": ngEPB(o, 7, 5, someBytes(8), 8),
		"a packet beyond its block":      long,
		"a block too short":              ngBlock(o, blockEnhanced, someBytes(16)),
		"an old block too short":         ngBlock(o, blockPacket, someBytes(16)),
		"a simple block too short":       ngBlock(o, blockSimple),
		"a simple block beyond itself":   ngBlock(o, blockSimple, []byte{200, 0, 0, 0}),
		"statistics of nobody":           ngBlock(o, blockStatistics, o.AppendUint32(nil, 9), make([]byte, 8)),
		"an interface too short":         ngBlock(o, blockInterface, []byte{1, 0, 0, 0}),
	} {
		file := slices.Concat(ngSHB(o), ngIDB(o, 1, 0), good, bad, good)
		frames, info, err := readAll(bytes.NewReader(file))
		if err != nil || len(frames) != 2 || info.Skipped != 1 {
			t.Errorf("%s: %d frames, %d skipped, %v", name, len(frames), info.Skipped, err)
		}
	}
	// An interface that is too short keeps its number, and so do those after it.
	file := slices.Concat(ngSHB(o), ngBlock(o, blockInterface, nil), ngIDB(o, 113, 0),
		ngEPB(o, 0, 5, someBytes(8), 8), ngEPB(o, 1, 5, someBytes(8), 8), ngBlock(o, blockSimple, someBytes(40)))
	frames, info, err := readAll(bytes.NewReader(file))
	if err != nil || len(frames) != 1 || frames[0].Link != 113 || info.Skipped != 3 {
		t.Errorf("%v, %d skipped, %v", frames, info.Skipped, err)
	}
}

// TestNgCorrupt: a broken outside ends the reading, with what came before kept.
func TestNgCorrupt(t *testing.T) {
	o := binary.LittleEndian
	start := slices.Concat(ngSHB(o), ngIDB(o, 1, 0), ngEPB(o, 0, 5, someBytes(8), 8))
	change := func(b []byte, at int, v uint32) []byte {
		o.PutUint32(b[at:], v)
		return b
	}
	epb := func() []byte { return ngEPB(o, 0, 5, someBytes(8), 8) }
	other := func() []byte { return ngBlock(o, 0x99, someBytes(8)) }
	for name, c := range map[string]struct {
		bad  []byte
		want error
	}{
		"length of 8":                {change(epb(), 4, 8), ErrCorrupt},
		"length not of four":         {change(epb(), 4, 41), ErrCorrupt},
		"gigantic length":            {change(epb(), 4, 0xfffffffc), ErrCorrupt},
		"second length":              {change(epb(), 36, 44), ErrCorrupt},
		"unknown, second length":     {change(other(), 16, 44), ErrCorrupt},
		"unknown, beyond the end":    {change(other(), 4, 0xfffffffc), ErrTruncated},
		"section without mark":       {change(ngSHB(o), 8, 1), ErrCorrupt},
		"section of version 2":       {change(ngSHB(o), 12, 2), ErrCorrupt},
		"section too short":          {ngBlock(o, blockSection, o.AppendUint32(nil, byteOrderMagic)), ErrCorrupt},
		"section of gigantic length": {change(ngSHB(o), 4, 0xfffffffc), ErrCorrupt},
	} {
		frames, _, err := readAll(bytes.NewReader(append(slices.Clone(start), c.bad...)))
		var fe *FileError
		if len(frames) != 1 || !errors.Is(err, c.want) || !errors.As(err, &fe) || fe.Offset != int64(len(start)) {
			t.Errorf("%s: %d frames, %v", name, len(frames), err)
		}
	}
}

// TestNgTruncated cuts at every byte: whole only between blocks.
func TestNgTruncated(t *testing.T) {
	file := allBlocks(binary.LittleEndian)
	whole := map[int]bool{}
	for at, o := 0, binary.ByteOrder(binary.LittleEndian); at < len(file); {
		if at > 0 && binary.LittleEndian.Uint32(file[at:]) == blockSection {
			o = binary.BigEndian
		}
		at += int(o.Uint32(file[at+4:]))
		whole[at] = true
	}
	for n := 1; n <= len(file); n++ {
		_, _, err := readAll(bytes.NewReader(file[:n]))
		if whole[n] != (err == nil) || err != nil && !errors.Is(err, ErrTruncated) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

// TestNgBounds: what a file can make Info hold is bounded.
func TestNgBounds(t *testing.T) {
	o := binary.LittleEndian
	file := ngSHB(o)
	for range maxSectionInterfaces + 10 {
		file = append(file, ngIDB(o, 1, 0)...)
	}
	long := strings.Repeat("é", 400)
	for range 100 {
		file = append(file, ngEPB(o, 0, 5, nil, 0, ngOption(o, optComment, []byte("x"+long)))...)
	}
	file = append(file, ngEPB(o, maxSectionInterfaces+3, 5, nil, 0)...)
	_, info, err := readAll(bytes.NewReader(file))
	if err != nil || len(info.Interfaces) != maxInterfaces || info.MoreInterfaces != maxSectionInterfaces+10-maxInterfaces {
		t.Errorf("%d interfaces, %d more, %v", len(info.Interfaces), info.MoreInterfaces, err)
	}
	if len(info.Comments) != maxComments || info.MoreComments != 100-maxComments || info.Skipped != 1 {
		t.Errorf("%d comments, %d more, %d skipped", len(info.Comments), info.MoreComments, info.Skipped)
	}
	if c := info.Comments[63]; c.Packet != 64 || c.Text != "x"+strings.Repeat("é", 255) {
		t.Errorf("comment %+v", c)
	}
}

// TestOptionsBroken: options that break off are as good as none.
func TestOptionsBroken(t *testing.T) {
	o := binary.LittleEndian
	for _, opts := range [][]byte{{1}, {1, 0, 200, 0, 'x'}, {0, 0, 0, 0, 1, 0, 1, 0, 'x'}, {1, 0, 1, 0}} {
		frames, info, err := readAll(bytes.NewReader(slices.Concat(ngSHB(o), ngIDB(o, 1, 0), ngEPB(o, 0, 5, someBytes(5), 5, opts))))
		if err != nil || len(frames) != 1 || len(info.Comments) > 0 {
			t.Errorf("%v: %v %v %v", opts, frames, info.Comments, err)
		}
	}
}
