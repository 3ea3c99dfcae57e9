package sensor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Place is how far a log was read: enough to go on there, and to see that it is another file.
type Place struct {
	Inode  uint64 `json:"inode"`
	Offset int64  `json:"offset"` // after the last whole line
	Head   uint64 `json:"head"`   // hash of the first HeadLen bytes
	Length int    `json:"length"` // at most 256
}

// Places keeps, for each file, how far it was read. Save is called about once a second
// while something is read; an error is shown in the source's state and reading goes on.
type Places interface {
	Place(file string) (Place, bool)
	SavePlace(file string, p Place) error
}

// lineReader understands the lines of one kind of log.
type lineReader interface {
	begin()                            // another file begins
	head(line []byte) bool             // takes a line that describes the file; false: it is none
	line(line []byte, now int64) error // takes a record; what is no record of interest is no error
}

var errLine = errors.New("not understood")

// The bounds of reading: EVE's longest lines are some hundred KiB (rules with payloads).
const (
	maxLine  = 1 << 20
	readSize = 64 << 10
	headSize = 256 // of a file, to know it again
)

// liner cuts what is read into lines. A line that is too long is left out and counted.
type liner struct {
	partial []byte
	long    bool // the rest of the current line is left out
	take    func(line []byte)
	refuse  func()
}

// write takes more bytes; lines are lent to take, without their end.
func (l *liner) write(b []byte) {
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		l.end(b[:i])
		b = b[i+1:]
	}
	if l.long || len(l.partial)+len(b) > maxLine {
		l.partial, l.long = l.partial[:0], true
		return
	}
	l.partial = append(l.partial, b...)
}

// end ends a line with its last bytes.
func (l *liner) end(b []byte) {
	if l.long || len(l.partial)+len(b) > maxLine {
		l.partial, l.long = l.partial[:0], false
		l.refuse()
		return
	}
	if len(l.partial) > 0 {
		b = append(l.partial, b...)
		l.partial = b[:0]
	}
	if b = bytes.TrimSuffix(b, []byte{'\r'}); len(b) > 0 {
		l.take(b)
	}
}

// finish passes on a last line without an end.
func (l *liner) finish() {
	if len(l.partial) > 0 || l.long {
		l.end(nil)
	}
}

func (l *liner) reset() { l.partial, l.long = l.partial[:0], false }

// tail follows one log through its rotations.
type tail struct {
	path   string
	reader lineReader
	state  *sourceState
	places Places
	end    bool // begin at the end of a file not read before

	file  *os.File
	pos   int64 // of what was read
	saved int64
	mark  []byte // the file's first bytes
	lines liner
	again bool // a file was open before: the next one is read from its start
	grace int  // polls since another, still empty, file took the name
}

func newTail(path string, r lineReader, s *sourceState, env Env, fromEnd bool) *tail {
	t := &tail{path: path, reader: r, state: s, places: env.Places, end: fromEnd, saved: -1}
	t.lines = liner{take: t.line, refuse: s.refused}
	return t
}

func (t *tail) line(b []byte) {
	t.state.came(1, len(b)+1)
	if t.reader.head(b) {
		return
	}
	if t.reader.line(b, time.Now().UnixNano()) != nil {
		t.state.refused()
	}
}

// poll reads what is new. The error says why there is nothing to read.
func (t *tail) poll(ctx context.Context) error {
	for ctx.Err() == nil {
		if t.file == nil {
			if err := t.open(); err != nil {
				return err
			}
		}
		t.unwound()
		if err := t.read(ctx); err != nil {
			t.close()
			return err
		}
		if !t.rotated() {
			break
		}
		t.lines.finish()
		t.close()
		t.again = true
	}
	return t.save()
}

func (t *tail) close() {
	t.file.Close()
	t.file = nil
}

// open opens the file and finds where to begin.
func (t *tail) open() error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	t.file, t.pos, t.mark, t.saved, t.grace = f, 0, nil, -1, 0
	t.lines.reset()
	t.reader.begin()
	if t.again {
		return nil
	}
	if t.places != nil {
		if p, ok := t.places.Place(t.path); ok {
			t.resume(p)
			return nil
		}
	}
	if fi, err := f.Stat(); err == nil && t.end {
		t.skipTo(fi.Size())
	}
	return nil
}

// resume goes on where an earlier run stopped: in this file, or first in what it has been
// renamed to since.
func (t *tail) resume(p Place) {
	if t.is(p) {
		t.skipTo(p.Offset)
		return
	}
	others, _ := filepath.Glob(escapeGlob(t.path) + `[.\-]*`) // the pattern is well formed
	for _, name := range others[:min(len(others), 64)] {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		now := t.file
		if t.file = f; t.is(p) {
			t.skipTo(p.Offset)
			now.Close() // rotated() sees that this is not the file of that name, and opens it again
			return
		}
		t.file = now
		f.Close()
	}
}

// escapeGlob makes a pattern that matches the path itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// is reports whether the open file is the one of a place, not shorter than it was.
func (t *tail) is(p Place) bool {
	fi, err := t.file.Stat()
	if err != nil || inode(fi) != p.Inode || fi.Size() < p.Offset || p.Length < 0 || p.Length > headSize {
		return false
	}
	b := make([]byte, p.Length)
	_, err = t.file.ReadAt(b, 0)
	return err == nil && hashOf(b) == p.Head
}

func inode(fi os.FileInfo) uint64 {
	if s, ok := fi.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

func hashOf(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// skipTo begins at an offset: the lines that describe the file are read all the same.
func (t *tail) skipTo(offset int64) {
	b := make([]byte, min(offset, readSize))
	n, _ := t.file.ReadAt(b, 0)
	for rest := b[:n]; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 || !t.reader.head(bytes.TrimSuffix(rest[:i], []byte{'\r'})) {
			break
		}
		rest = rest[i+1:]
	}
	t.pos = offset
}

// read passes on everything up to the end of the file.
func (t *tail) read(ctx context.Context) error {
	b := make([]byte, readSize)
	for ctx.Err() == nil {
		n, err := t.file.ReadAt(b, t.pos)
		t.pos += int64(n)
		t.lines.write(b[:n])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unwound begins again when the file was cut, as copytruncate does: it is shorter, or begins
// with something else.
func (t *tail) unwound() {
	now := make([]byte, headSize)
	n, _ := t.file.ReadAt(now, 0)
	fi, err := t.file.Stat()
	if err == nil && fi.Size() < t.pos || n < len(t.mark) || !bytes.Equal(now[:len(t.mark)], t.mark) {
		t.pos, t.saved = 0, -1
		t.lines.reset()
		t.reader.begin()
	}
	t.mark = now[:n]
}

// rotateGrace is for how many polls the old file is read while the new one is empty: who
// writes is told of the rotation after it.
const rotateGrace = 10

// rotated reports whether another file has taken the name, and nothing more comes from this one.
func (t *tail) rotated() bool {
	there, err := os.Stat(t.path)
	if err != nil {
		return false // renamed, and not yet created anew
	}
	here, err := t.file.Stat()
	if err != nil || os.SameFile(here, there) || here.Size() > t.pos {
		return false
	}
	t.grace++
	return there.Size() > 0 || t.grace > rotateGrace
}

// save remembers how far whole lines were passed on.
func (t *tail) save() error {
	offset := t.pos - int64(len(t.lines.partial))
	if t.places == nil || t.file == nil || offset == t.saved || t.lines.long {
		return nil
	}
	fi, err := t.file.Stat()
	if err != nil {
		return err
	}
	mark := t.mark[:min(int64(len(t.mark)), offset)]
	if err := t.places.SavePlace(t.path, Place{Inode: inode(fi), Offset: offset, Head: hashOf(mark), Length: len(mark)}); err != nil {
		return fmt.Errorf("remember place in %s: %w", t.path, err)
	}
	t.saved = offset
	return nil
}
