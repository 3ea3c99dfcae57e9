package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestPcapVariants(t *testing.T) {
	for _, o := range []appender{binary.LittleEndian, binary.BigEndian} {
		for _, c := range []struct {
			magic uint32
			at    int64
			res   string
		}{
			{magicMicros, 1000*1e9 + 5000, "10^-6 s"},
			{magicNanos, 1000*1e9 + 5, "10^-9 s"},
			{magicModified, 1000*1e9 + 5000, "10^-6 s"},
		} {
			file := buildPcap(o, c.magic, 96, 1, someBytes(60), nil, someBytes(9000))
			frames, info, err := readAll(bytes.NewReader(file))
			if err != nil || len(frames) != 3 {
				t.Fatalf("%v %x: %d frames, %v", o, c.magic, len(frames), err)
			}
			f := frames[0]
			if f.At != c.at || f.Link != 1 || f.Wire != 70 || !bytes.Equal(f.Data, someBytes(60)) {
				t.Errorf("%v %x: %+v", o, c.magic, f)
			}
			if len(frames[2].Data) != 9000 {
				t.Errorf("%v %x: %d bytes", o, c.magic, len(frames[2].Data))
			}
			want := Info{Format: "pcap", Sections: 1, Snaplen: 96, Links: []LinkType{1},
				Packets: 3, Bytes: 9090, Captured: 9060, Cut: 3, First: c.at, Last: c.at + 2e9, Offset: int64(len(file)),
				Interfaces: []Interface{{Link: 1, Snaplen: 96, Resolution: c.res, Packets: 3}}}
			sameInfo(t, info, want)
		}
	}
}

// sameInfo compares by the printed form of each part.
func sameInfo(t *testing.T, got, want Info) {
	t.Helper()
	if !slices.Equal(got.Interfaces, want.Interfaces) || !slices.Equal(got.Links, want.Links) || !slices.Equal(got.Comments, want.Comments) {
		t.Errorf("interfaces %+v links %v comments %v\nwant %+v %v %v",
			got.Interfaces, got.Links, got.Comments, want.Interfaces, want.Links, want.Comments)
	}
	for _, in := range []*Info{&got, &want} {
		in.Interfaces, in.Links, in.Comments = nil, nil, nil
	}
	if !sameScalars(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func sameScalars(a, b Info) bool {
	return a.Format == b.Format && a.Compression == b.Compression && a.Sections == b.Sections &&
		a.MoreInterfaces == b.MoreInterfaces && a.Snaplen == b.Snaplen && a.Packets == b.Packets &&
		a.Bytes == b.Bytes && a.Captured == b.Captured && a.Cut == b.Cut && a.Untimed == b.Untimed &&
		a.Skipped == b.Skipped && a.Others == b.Others && a.Dropped == b.Dropped && a.First == b.First &&
		a.Last == b.Last && a.Offset == b.Offset && a.Application == b.Application && a.MoreComments == b.MoreComments
}

// TestPcapLinkBits: the bits above the link type tell of a frame check sequence.
func TestPcapLinkBits(t *testing.T) {
	frames, _, err := readAll(bytes.NewReader(buildPcap(binary.LittleEndian, magicMicros, 65535, 0x44000001, someBytes(4))))
	if err != nil || frames[0].Link != 1 {
		t.Errorf("%v %v", frames, err)
	}
}

// TestPcapJoined: files joined with cat are read one after another.
func TestPcapJoined(t *testing.T) {
	file := slices.Concat(
		buildPcap(binary.LittleEndian, magicMicros, 65535, 1, someBytes(60), someBytes(61)),
		buildPcap(binary.BigEndian, magicNanos, 96, 113, someBytes(62)),
		buildPcap(binary.LittleEndian, magicModified, 96, 101))
	frames, info, err := readAll(bytes.NewReader(file))
	if err != nil || len(frames) != 3 || frames[2].Link != 113 || !bytes.Equal(frames[2].Data, someBytes(62)) {
		t.Errorf("%v %v", frames, err)
	}
	want := []Interface{
		{Link: 1, Snaplen: 65535, Resolution: "10^-6 s", Packets: 2},
		{Link: 113, Snaplen: 96, Resolution: "10^-9 s", Packets: 1},
		{Link: 101, Snaplen: 96, Resolution: "10^-6 s"}}
	if info.Sections != 3 || !slices.Equal(info.Interfaces, want) {
		t.Errorf("%+v", info)
	}
	headers := bytes.Repeat(buildPcap(binary.LittleEndian, magicMicros, 65535, 1), 100000)
	if frames, info, err := readAll(bytes.NewReader(headers)); err != nil || len(frames) > 0 || len(info.Interfaces) != maxInterfaces {
		t.Errorf("nothing but headers: %d frames, %d interfaces, %v", len(frames), len(info.Interfaces), err)
	}
	if _, _, err := readAll(bytes.NewReader(file[:len(file)-3])); !errors.Is(err, ErrTruncated) {
		t.Errorf("cut in the last header: %v", err)
	}
}

// TestPcapTruncated cuts a file at every byte: only at the end of a record is it whole.
func TestPcapTruncated(t *testing.T) {
	whole := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, someBytes(20), someBytes(3))
	ends := map[int]int{24: 0, 24 + 36: 1, len(whole): 2} // length of a whole file: its packets
	last := int64(0)
	for n := range len(whole) + 1 {
		frames, _, err := readAll(bytes.NewReader(whole[:n]))
		var fe *FileError
		switch want, ok := ends[n]; {
		case n == 0:
			if !errors.Is(err, ErrEmpty) {
				t.Errorf("empty: %v", err)
			}
		case ok:
			if err != nil || len(frames) != want {
				t.Errorf("cut at %d: %d frames, %v", n, len(frames), err)
			}
			last = int64(n)
		case !errors.As(err, &fe) || !errors.Is(err, ErrTruncated) || fe.Offset != last:
			t.Errorf("cut at %d: %v, want truncated at %d", n, err, last)
		case n > 60 && len(frames) != 1:
			t.Errorf("cut at %d: %d frames came before", n, len(frames))
		}
	}
}

// TestGigantic: a length that cannot be stops the reading and is not allocated.
func TestGigantic(t *testing.T) {
	for _, c := range []struct {
		snap, length uint32
		want         error
	}{
		{65535, 0xffffffff, ErrCorrupt},
		{65535, usualRecord + 1, ErrCorrupt},
		{65535, usualRecord, ErrTruncated},
		{1 << 20, 1<<20 + 1, ErrCorrupt},
		{1 << 20, 1 << 20, ErrTruncated},
		{0xffffffff, maxRecord + 1, ErrCorrupt},
		{0xffffffff, maxRecord, ErrTruncated},
	} {
		file := buildPcap(binary.LittleEndian, magicMicros, c.snap, 1, someBytes(20), someBytes(20))
		binary.LittleEndian.PutUint32(file[24+36+8:], c.length)
		rd, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rd.Next(); err != nil {
			t.Fatal(err)
		}
		_, err = rd.Next()
		var fe *FileError
		if !errors.Is(err, c.want) || !errors.As(err, &fe) || fe.Offset != 60 {
			t.Errorf("%+v: %v", c, err)
		}
		if _, again := rd.Next(); again != err {
			t.Errorf("%+v: then %v", c, again)
		}
		if cap(rd.buf) != blockSize {
			t.Errorf("%+v: buffer of %d", c, cap(rd.buf))
		}
	}
}

// TestLargeRecord: a record beyond the buffer that really is there is delivered.
func TestLargeRecord(t *testing.T) {
	big := someBytes(3 << 20)
	file := buildPcap(binary.BigEndian, magicNanos, 8<<20, 1, someBytes(60), big, someBytes(61), big)
	for name, src := range readers(file) {
		frames, _, err := readAll(src)
		if err != nil || len(frames) != 4 || !bytes.Equal(frames[3].Data, big) || !bytes.Equal(frames[2].Data, someBytes(61)) {
			t.Errorf("%s: %d frames, %v", name, len(frames), err)
		}
	}
}

// readers gives the same bytes the ways that pipes and files do.
func readers(file []byte) map[string]io.Reader {
	return map[string]io.Reader{
		"at once":        bytes.NewReader(file),
		"data with EOF":  iotest.DataErrReader(bytes.NewReader(file)),
		"half of asked":  iotest.HalfReader(bytes.NewReader(file)),
		"byte by byte":   iotest.OneByteReader(bytes.NewReader(file)),
		"nothing, often": &stutter{src: bytes.NewReader(file)},
	}
}

// stutter returns nothing and no error every other time.
type stutter struct {
	src io.Reader
	odd bool
}

func (s *stutter) Read(p []byte) (int, error) {
	if s.odd = !s.odd; s.odd {
		return 0, nil
	}
	return s.src.Read(p)
}

// TestPipe: a frame is delivered as soon as its bytes are there.
func TestPipe(t *testing.T) {
	in, out := io.Pipe()
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, someBytes(60))
	go func() { out.Write(file) }() // and no Close: more may come
	rd, err := NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := rd.Next(); err != nil || len(f.Data) != 60 {
		t.Errorf("%v %v", f, err)
	}
	in.Close()
	out.Close()
}

// TestReadError: the source's own error is passed on, after what came before it.
func TestReadError(t *testing.T) {
	bad := errors.New("the disk is on fire")
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, someBytes(60))
	for _, n := range []int{0, 3, 30, len(file)} {
		frames, _, err := readAll(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(bad)))
		if !errors.Is(err, ErrRead) || !errors.Is(err, bad) || strings.Contains(err.Error(), "\n") {
			t.Errorf("after %d: %v", n, err)
		}
		if n == len(file) && len(frames) != 1 {
			t.Errorf("%d frames", len(frames))
		}
	}
	if _, err := NewReader(idle{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that never gives anything: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestNotCapture(t *testing.T) {
	tar := make([]byte, 512)
	copy(tar[257:], "ustar")
	for _, c := range []struct{ file, want string }{
		{"hello, world\n", "is text"},
		{"gr\xc3\xbc\xc3\x9fe", "is text"},
		{" {\"a\": 1}", "is JSON"},
		{"<!DOCTYPE html>", "is HTML"},
		{"\x7fELF\x02\x01\x01", "ELF"},
		{"\x89PNG\r\n\x1a\n....", "PNG"},
		{"PK\x03\x04....", "unzip FILE"},
		{"\xfd7zXZ\x00....", "xz -d FILE"},
		{"BZh91AY&SY", "bzip2 -d FILE"},
		{"snoop\x00\x00\x00\x00\x00\x00\x02", "editcap"},
		{"\x0c\xa5\x01\x00\x00\x00", "NetFlow"},
		{"\x00\x00\x00\x00\x00\x00", "zero bytes"},
		{"\x80\x81\x82\x83\x84", "not known"},
		{"\n\r\r\n then text", "is text"},
		{string(make([]byte, 600)), "zero bytes"},
		{string(tar), "tar -xf"},
	} {
		_, err := NewReader(strings.NewReader(c.file))
		if !errors.Is(err, ErrNotCapture) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.file[:min(20, len(c.file))], err, c.want)
		}
	}
}

// TestNextAllocates holds Next to its promise.
func TestNextAllocates(t *testing.T) {
	packets := slices.Repeat([][]byte{someBytes(60), someBytes(1400)}, 2000)
	for name, file := range map[string][]byte{
		"pcap":   buildPcap(binary.LittleEndian, magicMicros, 65535, 1, packets...),
		"pcapng": buildNg(binary.LittleEndian, packets...),
	} {
		rd, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		rd.Next()
		n := testing.AllocsPerRun(3000, func() {
			if _, err := rd.Next(); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per frame", name, n)
		}
	}
}

// FuzzReader: no panic, memory within the bound, frames inside the file, offsets that
// only grow, and errors of the one type.
func FuzzReader(f *testing.F) {
	small := [][]byte{someBytes(20), someBytes(60)}
	ng := buildNg(binary.BigEndian, small...)
	f.Add(buildPcap(binary.LittleEndian, magicMicros, 65535, 1, small...))
	f.Add(buildPcap(binary.BigEndian, magicNanos, 65535, 113, small...))
	f.Add(buildPcap(binary.LittleEndian, magicModified, 0, 1, small...))
	f.Add(ng)
	f.Add(allBlocks(binary.LittleEndian))
	f.Add(allBlocks(binary.BigEndian))
	for _, p := range []string{"gzip", "zstd", "lz4"} {
		f.Add(pack(f, p, ng))
	}
	for _, b := range realSeeds() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rd, err := NewReader(bytes.NewReader(file))
		for last := int64(0); err == nil; {
			var fr Frame
			if fr, err = rd.Next(); err == nil && fr.Wire < len(fr.Data) {
				t.Fatalf("%d on the wire, %d in the file", fr.Wire, len(fr.Data))
			}
			at := rd.Info().Offset
			if at < last || err == nil && at == last {
				t.Fatalf("offset %d after %d", at, last)
			}
			last = at
			if rd.tap == nil && (at > int64(len(file)) || cap(rd.buf) > max(blockSize, 4*len(file))) {
				t.Fatalf("offset %d, buffer %d of a file of %d", at, cap(rd.buf), len(file))
			}
			if cap(rd.buf) > maxRecord || at > 64<<20 {
				break // a bomb; the bound on the buffer is checked below
			}
		}
		var fe *FileError
		if err != nil && err != io.EOF && (!errors.As(err, &fe) || fe.Offset < 0 || strings.ContainsAny(err.Error(), "\n\r\x1b")) {
			t.Fatalf("%#v", err)
		}
		if rd == nil {
			return
		}
		if in := rd.Info(); cap(rd.buf) > maxRecord || len(in.Comments) > maxComments || len(in.Interfaces) > maxInterfaces {
			t.Fatalf("buffer %d, %d comments", cap(rd.buf), len(in.Comments))
		}
	})
}

// BenchmarkReader reads a synthetic camera capture from memory, or the file that
// CORDON_BENCH_CAPTURE names from the disk: one operation is the whole capture.
func BenchmarkReader(b *testing.B) {
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1,
		slices.Repeat([][]byte{someBytes(1400), someBytes(1400), someBytes(60)}, 10000)...)
	open := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(file)) }
	if name := os.Getenv("CORDON_BENCH_CAPTURE"); name != "" {
		open = func() io.ReadCloser {
			f, err := os.Open(name)
			if err != nil {
				b.Fatal(err)
			}
			return f
		}
	}
	packets, bytes := uint64(0), int64(0)
	for b.Loop() {
		src := open()
		rd, err := NewReader(src)
		for err == nil {
			_, err = rd.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		packets += rd.info.Packets
		bytes = rd.Info().Offset
		src.Close()
	}
	b.SetBytes(bytes)
	b.ReportMetric(float64(packets)/1e6/b.Elapsed().Seconds(), "Mpkt/s")
}
