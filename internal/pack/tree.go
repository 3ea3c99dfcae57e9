package pack

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// tree is files in memory, by name. It is a read-only fs.FS.
type tree map[string][]byte

// Open implements fs.FS.
func (t tree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if text, ok := t[name]; ok {
		return &openFile{node{path.Base(name), int64(len(text)), false}, bytes.NewReader(text)}, nil
	}
	entries := t.entries(name)
	if len(entries) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openDir{node{path.Base(name), 0, true}, entries}, nil
}

// ReadFile implements fs.ReadFileFS. The bytes are the caller's.
func (t tree) ReadFile(name string) ([]byte, error) {
	text, ok := t[name]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(text), nil
}

// entries lists what stands directly in a directory, by name.
func (t tree) entries(dir string) []fs.DirEntry {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	found := map[string]node{}
	for name, text := range t {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		first, _, below := strings.Cut(rest, "/")
		if below {
			found[first] = node{first, 0, true}
		} else {
			found[first] = node{first, int64(len(text)), false}
		}
	}
	var out []fs.DirEntry
	for _, n := range found {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out
}

// node is a name in a tree: an fs.FileInfo and an fs.DirEntry.
type node struct {
	name string
	size int64
	dir  bool
}

// Name implements fs.FileInfo, as do the methods below.
func (n node) Name() string { return n.name }

// Size is in bytes, 0 for a directory.
func (n node) Size() int64 { return n.size }

// IsDir reports whether it is a directory.
func (n node) IsDir() bool { return n.dir }

// ModTime is not kept.
func (n node) ModTime() time.Time { return time.Time{} }

// Sys has nothing.
func (n node) Sys() any { return nil }

// Info implements fs.DirEntry.
func (n node) Info() (fs.FileInfo, error) { return n, nil }

// Type implements fs.DirEntry.
func (n node) Type() fs.FileMode { return n.Mode().Type() }

// Mode says that it may be read alone.
func (n node) Mode() fs.FileMode {
	if n.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	node
	*bytes.Reader
}

// Size is that of the file, which both halves know.
func (f *openFile) Size() int64 { return f.node.size }

// Stat implements fs.File.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }

// Close implements fs.File.
func (f *openFile) Close() error { return nil }

type openDir struct {
	node
	left []fs.DirEntry
}

// Stat implements fs.File.
func (d *openDir) Stat() (fs.FileInfo, error) { return d.node, nil }

// Read implements fs.File.
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

// Close implements fs.File.
func (d *openDir) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.left) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.left) {
		n = len(d.left)
	}
	out := d.left[:n:n]
	d.left = d.left[n:]
	return out, nil
}
