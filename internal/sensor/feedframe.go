package sensor

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"cordon"
)

// The head of a frame, docs/format/feed.md: length of what follows (4, big-endian), CRC-32C
// of what follows it (4), version, type.
const (
	frameLength  = 4
	frameHead    = 10
	frameVersion = 1
)

// The types of frame.
const (
	frameRecords = 1 // facts and parts of flows
	framePacked  = 2 // the same, as one zstd frame (RFC 8878)
	frameState   = 3 // a cordon.SensorState as JSON
	frameScan    = 4 // a ScanDone as JSON; its records came before it
	frameStep    = 5 // a ScanStep as JSON
)

const (
	feedFrame = 64 << 10 // a frame ends when its records have so many bytes
	maxFrame  = 1 << 20  // bytes of a frame that are read, and of its records unpacked
)

// ErrFrame says that bytes are no frame of a feed, or a damaged one.
var ErrFrame = errors.New("no whole frame of a sensor feed")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// makeFrame puts a head before a body.
func makeFrame(kind byte, body []byte) []byte {
	f := make([]byte, frameHead, frameHead+len(body))
	f[8], f[9] = frameVersion, kind
	f = append(f, body...)
	binary.BigEndian.PutUint32(f, uint32(len(f)-frameLength))
	binary.BigEndian.PutUint32(f[4:], crc32.Checksum(f[8:], castagnoli))
	return f
}

// openFrame checks a frame and gives its type and body, which is part of frame.
func openFrame(frame []byte) (kind byte, body []byte, err error) {
	switch {
	case len(frame) < frameHead || len(frame) > maxFrame || int(binary.BigEndian.Uint32(frame)) != len(frame)-frameLength:
		return 0, nil, fmt.Errorf("%w: its length is wrong", ErrFrame)
	case frame[8] != frameVersion:
		return 0, nil, fmt.Errorf("%w: version %d, this program reads version %d", ErrFrame, frame[8], frameVersion)
	case binary.BigEndian.Uint32(frame[4:]) != crc32.Checksum(frame[8:], castagnoli):
		return 0, nil, fmt.Errorf("%w: its checksum is wrong", ErrFrame)
	}
	return frame[9], frame[frameHead:], nil
}

// NextFrame reads one frame, its head included, from a stream of them. It uses buf where
// that is large enough; the result is valid until buf is used again. At the end of the
// stream it returns io.EOF, within a frame io.ErrUnexpectedEOF. Content is checked by
// whoever opens the frame.
func NextFrame(r io.Reader, buf []byte) ([]byte, error) {
	var head [frameLength]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(head[:])) + frameLength
	if n < frameHead || n > maxFrame {
		return nil, fmt.Errorf("%w: a length of %d", ErrFrame, n)
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	copy(buf, head[:])
	if _, err := io.ReadFull(r, buf[frameLength:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return buf, nil
}

// StateFrame makes a frame that says how a sensor is doing.
func StateFrame(s *cordon.SensorState) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a year beyond 9999: the clock is absurd, the counts are not
		c := *s
		c.Since, c.Last = c.Since.UTC().AddDate(-c.Since.Year(), 0, 0), c.Last.UTC().AddDate(-c.Last.Year(), 0, 0)
		b, _ = json.Marshal(&c)
	}
	return makeFrame(frameState, b)
}

// IsState reports whether a frame says how a sensor is doing, and holds no records.
func IsState(frame []byte) bool { return len(frame) >= frameHead && frame[9] == frameState }

// ReadState reads what StateFrame made.
func ReadState(frame []byte) (s cordon.SensorState, err error) {
	kind, body, err := openFrame(frame)
	switch {
	case err != nil:
		return s, err
	case kind != frameState:
		return s, fmt.Errorf("%w: type %d is no state", ErrFrame, kind)
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return cordon.SensorState{}, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	return s, nil
}

// packers compress and decompress records; both are safe for concurrent use.
var packers = sync.OnceValues(func() (*zstd.Encoder, *zstd.Decoder) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(feedFrame*2), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true))
	if err != nil {
		panic(err) // the options are constants
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxFrame))
	if err != nil {
		panic(err)
	}
	return enc, dec
})

// packRecords makes a frame of records, packed where that saves a tenth.
func packRecords(body []byte) []byte {
	enc, _ := packers()
	if packed := enc.EncodeAll(body, nil); len(packed) < len(body)-len(body)/10 {
		return makeFrame(framePacked, packed)
	}
	return makeFrame(frameRecords, body)
}

// unpackRecords gives the records of a frame.
func unpackRecords(frame []byte) ([]byte, error) {
	kind, body, err := openFrame(frame)
	if err != nil {
		return nil, err
	}
	switch kind {
	case frameRecords:
		return body, nil
	case framePacked:
		_, dec := packers()
		b, err := dec.DecodeAll(body, nil)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFrame, err)
		}
		return b, nil
	}
	return nil, fmt.Errorf("%w: type %d holds no records", ErrFrame, kind)
}
