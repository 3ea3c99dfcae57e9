package sensor

import (
	"errors"
	"fmt"
	"io"

	"cordon"
	"cordon/internal/packet"
)

// Feed reads a capture from r into the table until it ends or is damaged, and says what
// was read. The error of a damaged capture is in Capture.Problem: everything before the
// damage has been fed. progress, when not nil, is called every few thousand packets with
// the bytes read so far (uncompressed).
func Feed(r io.Reader, name string, t *packet.Table, progress func(offset int64)) cordon.Capture {
	c := cordon.Capture{File: name}
	pr, err := packet.NewReader(r)
	if err != nil {
		c.Problem = err.Error()
		return c
	}
	for n := 0; ; n++ {
		var f packet.Frame
		f, err = pr.Next()
		if err != nil {
			break
		}
		t.Frame(f)
		if progress != nil && n&0x3fff == 0 {
			progress(pr.Info().Offset)
		}
	}
	if !errors.Is(err, io.EOF) {
		c.Problem = err.Error()
	}
	fill(&c, pr.Info())
	return c
}
