package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
)

// Sizes of the reading buffer.
const (
	// blockSize is how much is asked of the io.Reader at a time. 64 KiB to 1 MiB
	// measure the same on a cached file; 256 KiB leaves room for what the frames'
	// reader needs in a second-level cache of 1 MiB.
	blockSize = 256 << 10
	// maxRecord bounds one record, and so the buffer: libpcap starts with the same
	// bound on a pcapng block (sf-pcapng.c, INITIAL_MAX_BLOCKSIZE).
	maxRecord = 16 << 20
	// usualRecord is accepted whatever snaplen a file declares, because writers are
	// careless with it: libpcap's own largest snapshot length (pcap-int.h,
	// MAXIMUM_SNAPLEN; Wireshark has the same WTAP_MAX_PACKET_SIZE_STANDARD).
	usualRecord = 256 << 10
	// maxEmptyReads is how often a Read may return nothing and no error: bufio's number.
	maxEmptyReads = 100
)

// order is a file's byte order: true for big-endian.
type order bool

func (o order) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if o {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (o order) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if o {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (o order) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if o {
		v = bits.ReverseBytes64(v)
	}
	return v
}

// Reader reads the frames of one capture file: pcap or pcapng, in either byte order,
// plain or packed with gzip, zstd or lz4. It only ever reads forwards, so a pipe will
// do. It holds one buffer of 256 KiB, which grows to at most 16 MiB if a record that
// large really comes. It is not safe for concurrent use.
type Reader struct {
	src      io.Reader // unpacked
	tap      *tap      // below the unpacker; nil for a plain file
	buf      []byte    // buf[pos:end] is read and not yet delivered
	pos, end int
	base     int64 // offset of buf[0] in the unpacked stream
	srcErr   error // sticky, from src
	err      error // sticky, from Next

	next  func(*Reader) (Frame, error)
	order order
	pcap  pcapFile
	ng    ngSection
	info  Info
}

// NewReader finds out what r holds and reads its header. It reads ahead, so r is the
// Reader's from then on; it is not closed. The error, if any, is a *FileError.
func NewReader(r io.Reader) (*Reader, error) {
	rd := &Reader{src: r, buf: make([]byte, blockSize)}
	if err := rd.open(); err != nil {
		return nil, err
	}
	return rd, nil
}

// open unpacks if need be, and dispatches on the magic number.
func (r *Reader) open() error {
	head, err := r.peek(sniffLen)
	if err != nil {
		return err
	}
	if name := packing(head); name != "" {
		if err := r.unpack(name); err != nil {
			return err
		}
		if head, err = r.peek(sniffLen); err != nil {
			return err
		}
	}
	switch {
	case isPcapng(head):
		return r.openPcapng()
	case isPcap(head):
		return r.openPcap()
	}
	return r.notCapture(head)
}

// peek returns what the stream starts with: at least 4 bytes if it has them (enough
// for every magic number that is dispatched on), more where they came along.
func (r *Reader) peek(n int) ([]byte, error) {
	if err := r.need(4); err != nil && r.end == r.pos {
		if err == io.EOF {
			return nil, r.empty()
		}
		return nil, r.cutShort(err, "the file")
	}
	return r.buf[r.pos:min(r.end, r.pos+n)], nil
}

func (r *Reader) empty() error {
	e := r.fail(ErrEmpty, "the file is empty", "record the capture again, or check that the copy finished")
	if r.tap != nil {
		e.What = "the " + r.info.Compression + " file holds nothing"
	}
	return e
}

// Next returns the next frame. Its Data is valid until the next call. After the last
// one the error is io.EOF; otherwise it is a *FileError, and stays so. Reading
// allocates nothing per frame.
func (r *Reader) Next() (Frame, error) {
	if r.err != nil {
		return Frame{}, r.err
	}
	return r.next(r)
}

// stop makes err the answer to this and every later Next.
func (r *Reader) stop(err error) (Frame, error) {
	r.err = err
	return Frame{}, err
}

// count keeps the totals for a frame that is about to be delivered.
func (r *Reader) count(f *Frame) {
	in := &r.info
	if in.Packets == 0 {
		in.First, in.Last = f.At, f.At
	}
	in.Packets++
	in.Bytes += uint64(f.Wire)
	in.Captured += uint64(len(f.Data))
	if len(f.Data) < f.Wire {
		in.Cut++
	}
	in.First = min(in.First, f.At)
	in.Last = max(in.Last, f.At)
}

// need makes at least n bytes stand at buf[pos:end]. Its error is io.EOF if there is
// not one byte more, io.ErrUnexpectedEOF if there are some but too few, else the
// source's error.
func (r *Reader) need(n int) error {
	for r.end-r.pos < n {
		if r.srcErr != nil {
			if r.srcErr == io.EOF && r.end > r.pos {
				return io.ErrUnexpectedEOF
			}
			return r.srcErr
		}
		r.fill(n)
	}
	return nil
}

// fill reads once more, after moving what is left to the start of the buffer. The
// buffer doubles only when it is full of one record's real bytes, so a length that a
// header merely claims costs nothing.
func (r *Reader) fill(n int) {
	if r.pos > 0 {
		r.base += int64(r.pos)
		r.end = copy(r.buf, r.buf[r.pos:r.end])
		r.pos = 0
	}
	if r.end == len(r.buf) {
		big := make([]byte, min(2*len(r.buf), max(n, len(r.buf)+1)))
		copy(big, r.buf)
		r.buf = big
	}
	for range maxEmptyReads {
		got, err := r.src.Read(r.buf[r.end:])
		r.end += got
		if err != nil {
			r.srcErr = r.sourceError(err)
			return
		}
		if got > 0 {
			return
		}
	}
	r.srcErr = io.ErrNoProgress
}

// discard passes over n bytes without holding them. Errors are those of need.
func (r *Reader) discard(n int64) error {
	for n > 0 {
		if r.end == r.pos {
			if err := r.need(1); err != nil {
				return err
			}
		}
		step := int(min(n, int64(r.end-r.pos)))
		r.pos += step
		n -= int64(step)
	}
	return nil
}

// fail makes an error about the record at pos.
func (r *Reader) fail(kind error, what, fix string) *FileError {
	return &FileError{Offset: r.base + int64(r.pos), What: what, Fix: fix, Err: kind, packed: r.tap != nil}
}

// cutShort makes the error for an answer of need or discard inside a record. what is
// the thing that could not be read whole.
func (r *Reader) cutShort(err error, what string) *FileError {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return r.fail(ErrTruncated, "the file ends inside "+what,
			"everything before it was read; copy or record the file again if it should be longer")
	}
	var fe *FileError
	if errors.As(err, &fe) { // made by sourceError, without a place
		e := *fe
		e.Offset, e.packed = r.base+int64(r.pos), r.tap != nil
		return &e
	}
	why := err
	var pe *fs.PathError
	if errors.As(err, &pe) { // the caller names the file already
		why = pe.Err
	}
	return r.fail(fmt.Errorf("%w: %w", ErrRead, err), "it cannot be read: "+why.Error(),
		"check that it is a file, may be read, and that its disk is well")
}

// clampAt turns seconds and nanoseconds into a Frame.At, within its range (the years
// 1678 to 2262).
func clampAt(hi, lo uint64) int64 {
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(lo)
}
