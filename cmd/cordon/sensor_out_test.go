package main

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"testing"
)

// A frame in whose middle the application is gone reaches the next one whole, behind what every
// connection begins with. The one before it, which was taken, is not sent again.
func TestRedialed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	taking := func() net.Listener {
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	read := func(l net.Listener, n int) (net.Conn, []byte) {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(c, b); err != nil {
			t.Error(err)
		}
		return c, b
	}
	first := taking()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	r := &redialed{ctx: t.Context(), path: path, hello: func() [][]byte { return [][]byte{[]byte("hello,")} }, conn: c}
	defer r.Close()
	long := bytes.Repeat([]byte("long"), 1<<20) // more than a socket holds
	wrote := make(chan error, 1)
	go func() {
		_, err := r.Write([]byte("taken,"))
		if err == nil {
			_, err = r.Write(long)
		}
		wrote <- err
	}()
	gone, got := read(first, len("taken,long"))
	if string(got) != "taken,long" {
		t.Errorf("the first application got %q", got)
	}
	first.Close()
	second := taking()
	defer second.Close()
	gone.Close() // in the middle of the long frame
	all := "hello," + string(long)
	next, got := read(second, len(all))
	if string(got) != all {
		t.Errorf("the second application got %d bytes, beginning with %.20q", len(got), got)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	r.Close()
	if n, err := next.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d bytes more, %v", n, err)
	}
	next.Close()
}
