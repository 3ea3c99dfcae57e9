package packet

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

const (
	// packedBlock is how much is asked of the io.Reader at a time for a packed file.
	packedBlock = 128 << 10
	// maxWindow bounds the memory that a zstd file can ask for. Level 19 needs 8 MiB,
	// --ultra -22 128 MiB (zstd manual, --long).
	maxWindow = 64 << 20
)

// Magic numbers of packings: RFC 1952 section 2.3.1, RFC 8878 sections 3.1.1 and
// 3.1.2, LZ4 Frame Format 1.6.
const (
	magicZstd      = 0xfd2fb528
	magicSkippable = 0x184d2a50 // to 0x184d2a5f; pzstd starts its files with one
	magicLz4       = 0x184d2204
)

// packing names the packing that a file starts with, "" for none.
func packing(head []byte) string {
	if len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b {
		return "gzip"
	}
	if len(head) < 4 {
		return ""
	}
	switch magic := order(false).u32(head); {
	case magic == magicZstd, magic&^0xf == magicSkippable:
		return "zstd"
	case magic == magicLz4:
		return "lz4"
	}
	return ""
}

// tap stands below an unpacker and remembers how the packed file ended, because
// unpackers do not always pass it on.
type tap struct {
	src io.Reader
	err error
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.src.Read(p)
	if err != nil {
		t.err = err
	}
	return n, err
}

// unpack puts an unpacker between the Reader and its source. It works in the calling
// goroutine and holds no resource but memory.
func (r *Reader) unpack(name string) error {
	seen := bytes.Clone(r.buf[r.pos:r.end])
	r.tap = &tap{src: r.src, err: r.srcErr}
	rest := io.Reader(r.tap)
	if r.srcErr != nil {
		rest = failed{r.srcErr}
	}
	packed := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(seen), rest), packedBlock)
	r.info.Compression = name
	r.pos, r.end, r.base, r.srcErr = 0, 0, 0, nil
	var err error
	switch name {
	case "gzip":
		r.src, err = gzip.NewReader(packed)
	case "zstd":
		r.src, err = zstd.NewReader(packed, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	case "lz4":
		r.src = newLz4(packed)
	}
	if err != nil {
		return r.cutShort(r.sourceError(err), "the header of the "+name+" data")
	}
	return nil
}

// failed is a reader that has nothing but its error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// sourceError tells apart the ends of a stream: io.EOF where it is whole, the
// source's own error, or a *FileError (whose place the caller fills in) for a packed
// file that ends early or is damaged.
func (r *Reader) sourceError(err error) error {
	if r.tap == nil || err == io.EOF {
		return err
	}
	if r.tap.err != nil && r.tap.err != io.EOF {
		return r.tap.err
	}
	name := r.info.Compression
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &FileError{What: "the " + name + " data ends early", Err: ErrTruncated,
			Fix: "everything before it was read; copy or pack the file again"}
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return &FileError{What: "the zstd data needs a window of more than 64 MiB", Err: ErrTooCostly,
			Fix: "unpack it first with: zstd -d --long=31 FILE"}
	}
	return &FileError{What: "the " + name + " data is damaged: " + err.Error(), Err: ErrCorrupt,
		Fix: "everything before it was read; copy or pack the file again"}
}

// lz4Frames reads lz4 frames one after another, as the lz4 tool does, and tells a
// frame that ends from a file that ends.
type lz4Frames struct {
	packed *bufio.Reader
	frame  *lz4.Reader
	atEOF  bool // the frame reader met the end of the file
	whole  bool // the frame reader has met the end of its frame
}

func newLz4(packed *bufio.Reader) io.Reader {
	z := &lz4Frames{packed: packed}
	z.frame = lz4.NewReader(lz4Source{z})
	return z
}

// lz4Source is what the frame reader reads. A whole frame ends with a mark, so its
// reader never meets the end of the file (LZ4 Frame Format, "EndMark").
type lz4Source struct{ z *lz4Frames }

func (s lz4Source) Read(p []byte) (int, error) {
	n, err := s.z.packed.Read(p)
	if err == io.EOF {
		s.z.atEOF = true
	}
	return n, err
}

func (z *lz4Frames) Read(p []byte) (int, error) {
	for {
		if z.whole {
			if _, err := z.packed.Peek(1); err != nil {
				return 0, err
			}
			z.whole = false
			z.frame.Reset(lz4Source{z})
		}
		n, err := z.frame.Read(p)
		if err != nil && z.atEOF {
			return n, io.ErrUnexpectedEOF
		}
		if err != io.EOF {
			return n, err
		}
		z.whole = true
		if n > 0 {
			return n, nil
		}
	}
}
