package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what the decoder keeps (RFC 8878, section 3.1.1.1.2).
const maxWindow = 8 << 20

// packFiles compresses every file below dir, one after the other by name.
func packFiles(dir fs.FS) (body []byte, files []File, err error) {
	names, err := namesIn(dir)
	if err != nil {
		return nil, nil, err
	}
	var all bytes.Buffer
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, nil, err
		}
		if len(text) > maxFile || all.Len()+len(text) > maxTotal {
			return nil, nil, fmt.Errorf("%s: too much: a file has at most %d bytes, all together %d", name, maxFile, maxTotal)
		}
		all.Write(text)
		files = append(files, File{Name: name, Size: int64(len(text)), SHA256: digest(text)})
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(maxWindow))
	if err != nil {
		return nil, nil, err
	}
	return enc.EncodeAll(all.Bytes(), nil), files, nil
}

// namesIn lists the files below dir, sorted.
func namesIn(dir fs.FS) (names []string, err error) {
	err = fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if len(names) >= maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		names = append(names, name)
		return checkName(name)
	})
	slices.Sort(names)
	return names, err
}

// unpack gives the files of a body, and refuses every one that is not what the manifest says.
func unpack(body []byte, files []File) (tree, error) {
	r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer r.Close()
	t := tree{}
	for _, f := range files {
		text := make([]byte, f.Size)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", f.Name, err)
		}
		if digest(text) != f.SHA256 {
			return nil, fmt.Errorf("unpack %s: its digest is not that of the manifest", f.Name)
		}
		t[f.Name] = text
	}
	if n, _ := io.CopyN(io.Discard, r, 1); n > 0 {
		return nil, errors.New("unpack: more than the manifest lists")
	}
	return t, nil
}
