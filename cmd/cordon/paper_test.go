package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon/internal/api"
	"errors"
)

// ourselves is this program as a process of its own: the test binary called by the program's name (see TestMain).
func ourselves(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), name, args...)
	c.Args[0] = "cordon"
	return c
}

func paperOf(t *testing.T, page string, env ...string) ([]byte, error) {
	t.Helper()
	c := ourselves(t, "paper")
	c.Stdin, c.Env = strings.NewReader(page), append(os.Environ(), env...)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return readPDF(bytes.NewReader(out))
}

func TestPaper(t *testing.T) {
	if _, err := browser(); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("Chromium takes seconds")
	}
	pdf, err := paperOf(t, "<!doctype html><title>A paper</title><p>text</p>\n")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("A paper")) {
		t.Errorf("%.200q", pdf)
	}
}

// A page cannot bring in files of the machine, nor ask anybody: what it names is simply not there.
func TestPaperIsShutIn(t *testing.T) {
	if _, err := browser(); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("Chromium takes seconds")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asked := make(chan bool, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			asked <- true
		}
	}()
	secret := filepath.Join(t.TempDir(), "secret.html")
	if err := os.WriteFile(secret, []byte("<title>SECRET</title><p>SECRET</p>"), 0o644); err != nil {
		t.Fatal(err)
	}
	pdf, err := paperOf(t, `<!doctype html><title>A paper</title>beside it<img src="http://`+l.Addr().String()+`/x.png"><iframe src="file://`+secret+`"></iframe><iframe src="http://`+l.Addr().String()+`/y"></iframe>`)
	if err != nil {
		t.Fatal(err)
	}
	if reader, err := exec.LookPath("pdftotext"); err == nil {
		c := exec.Command(reader, "-", "-")
		c.Stdin = bytes.NewReader(pdf)
		if text, err := c.Output(); err != nil || bytes.Contains(text, []byte("SECRET")) || !bytes.Contains(text, []byte("beside it")) {
			t.Errorf("a file of the machine is in the PDF: %v %s", err, text)
		}
	}
	select {
	case <-asked:
		t.Error("the page asked somebody")
	default:
	}
}

func TestPaperWithoutChromium(t *testing.T) {
	_, err := paperOf(t, "x", "PATH="+t.TempDir())
	if !errors.Is(err, api.ErrNoPrinter) || !strings.Contains(err.Error(), "apt install chromium") {
		t.Error(err)
	}
}

func TestReadPDF(t *testing.T) {
	for text, want := range map[string]string{"": "no answer", "failed it broke\n": "it broke", "no no PDF can be made here: because\n": "no PDF can be made here: because", "okay\nx": "no answer"} {
		if _, err := readPDF(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The application is told when nobody makes PDFs.
func TestPrintWithoutKeeper(t *testing.T) {
	a := &application{places: places{Run: t.TempDir()}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := a.print(ctx, []byte("x")); !errors.Is(err, api.ErrNoPrinter) {
		t.Error(err)
	}
}
