package packet

import (
	"errors"
	"fmt"
)

// The kinds of trouble with a capture file, for errors.Is. Whatever the kind, the
// frames that Next returned before it stand, and so does Info.
var (
	ErrEmpty      = errors.New("empty file")                // no byte at all, packed or unpacked
	ErrNotCapture = errors.New("not a capture")             // starts like something else
	ErrTruncated  = errors.New("truncated capture")         // ends inside a record or inside the packed stream
	ErrCorrupt    = errors.New("corrupt capture")           // a length or a checksum that cannot be
	ErrRead       = errors.New("capture could not be read") // the io.Reader failed; its error is wrapped too
	ErrTooCostly  = errors.New("capture needs much memory") // zstd window beyond the limit
)

// FileError says what is wrong with a capture file, where, and what to do about it.
// It is the only error type that NewReader and Next return, besides io.EOF.
type FileError struct {
	Offset int64  // where the bad record starts, in bytes of the unpacked stream
	What   string // what happened, without the offset
	Fix    string // what the owner can do next; may be empty
	Err    error  // wraps one of the Err kinds, and the cause where there is one

	packed bool // Offset counts unpacked bytes of a packed file
}

// Error is one line: what happened, where, what to do. It does not know the file's
// name: the caller puts it in front.
func (e *FileError) Error() string {
	where := ""
	if e.packed {
		where = " of the unpacked data"
	}
	s := fmt.Sprintf("%s (byte %d%s)", e.What, e.Offset, where)
	if e.Fix != "" {
		s += ": " + e.Fix
	}
	return s
}

// Unwrap returns Err, so that errors.Is finds the kind and the cause.
func (e *FileError) Unwrap() error { return e.Err }
