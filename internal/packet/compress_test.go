package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// pack packs data in one member or frame.
func pack(t testing.TB, how string, data []byte) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zstd":
		z, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case "lz4":
		z := lz4.NewWriter(&out)
		if err := z.Apply(lz4.BlockSizeOption(lz4.Block64Kb)); err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var packings = []string{"gzip", "zstd", "lz4"}

func TestPacked(t *testing.T) {
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, slices.Repeat([][]byte{someBytes(60), someBytes(1400)}, 400)...)
	for _, how := range packings {
		members := slices.Concat(pack(t, how, file[:10]), pack(t, how, nil), pack(t, how, file[10:300000]), pack(t, how, file[300000:]))
		for _, packed := range [][]byte{pack(t, how, file), members} {
			for name, src := range readers(packed) {
				frames, info, err := readAll(src)
				if err != nil || len(frames) != 800 || info.Compression != how || info.Offset != int64(len(file)) {
					t.Errorf("%s %s: %d frames, %+v, %v", how, name, len(frames), info, err)
				}
			}
		}
	}
}

// TestPackedTruncated cuts packed files at every byte: never a clean end, and never a
// frame that is not right.
func TestPackedTruncated(t *testing.T) {
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, someBytes(60), someBytes(100), someBytes(3))
	for _, how := range packings {
		packed := pack(t, how, file)
		for n := 4; n < len(packed); n++ {
			frames, _, err := readAll(bytes.NewReader(packed[:n]))
			if !errors.Is(err, ErrTruncated) {
				t.Errorf("%s cut at %d of %d: %d frames, %v", how, n, len(packed), len(frames), err)
			}
			for i, f := range frames {
				if !bytes.Equal(f.Data, someBytes([]int{60, 100, 3}[i])) {
					t.Errorf("%s cut at %d: frame %d is wrong", how, n, i)
				}
			}
		}
	}
}

// TestPackedKeepsWhatCame: what could be unpacked before the cut is delivered.
func TestPackedKeepsWhatCame(t *testing.T) {
	noise := make([]byte, 1400)
	x := uint32(1)
	var packets [][]byte
	for range 1000 {
		for i := range noise { // xorshift: does not pack
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			noise[i] = byte(x)
		}
		packets = append(packets, bytes.Clone(noise))
	}
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, packets...)
	for _, how := range packings {
		packed := pack(t, how, file)
		frames, info, err := readAll(bytes.NewReader(packed[:len(packed)/2]))
		var fe *FileError
		if !errors.Is(err, ErrTruncated) || !errors.As(err, &fe) || len(frames) < 380 {
			t.Errorf("%s: %d frames, %v", how, len(frames), err)
			continue
		}
		if fe.Offset != info.Offset || fe.Offset != int64(24+len(frames)*1416) || !strings.Contains(err.Error(), "unpacked") {
			t.Errorf("%s: %v, after %d frames", how, err, len(frames))
		}
	}
}

// TestPackedDamaged: a flipped byte is noticed.
func TestPackedDamaged(t *testing.T) {
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, slices.Repeat([][]byte{someBytes(1400)}, 50)...)
	for _, how := range packings {
		packed := pack(t, how, file)
		packed[len(packed)-3] ^= 0x55 // in the checksum
		if _, _, err := readAll(bytes.NewReader(packed)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", how, err)
		}
	}
}

func TestPackedOdd(t *testing.T) {
	file := buildPcap(binary.LittleEndian, magicMicros, 65535, 1, someBytes(60))
	for _, how := range packings {
		for _, c := range []struct {
			inside []byte
			want   error
			text   string
		}{
			{nil, ErrEmpty, "holds nothing"},
			{[]byte("hello"), ErrNotCapture, "is text"},
			{pack(t, "gzip", file), ErrNotCapture, "unpack it once"},
			{pack(t, "zstd", file), ErrNotCapture, "unpack it once"},
			{pack(t, "lz4", file), ErrNotCapture, "unpack it once"},
		} {
			_, err := NewReader(bytes.NewReader(pack(t, how, c.inside)))
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s of %q: %v", how, c.inside[:min(4, len(c.inside))], err)
			}
		}
	}
}

// TestZstdWindow: a frame that asks for more than 64 MiB is refused before it gets it.
// The header is RFC 8878, 3.1.1.1: no flags, then a window descriptor of 2^27.
func TestZstdWindow(t *testing.T) {
	_, err := NewReader(strings.NewReader("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00"))
	if !errors.Is(err, ErrTooCostly) || !strings.Contains(err.Error(), "--long=31") {
		t.Error(err)
	}
}
