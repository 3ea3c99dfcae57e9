package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/thejerf/suture/v4"

	"cordon/internal/api"
)

// printSocket is where the application has PDFs made.
func (p places) printSocket() string { return filepath.Join(p.Run, "print.sock") }

// printer starts a process for each page that the application wants as a PDF, one after the other, and hands it
// the connection: the keeper itself reads not a byte of it.
type printer struct {
	socket string
	stderr io.Writer
}

// String names the part in messages.
func (s *printer) String() string { return "printer" }

// Serve implements suture.Service: it runs until ctx is done.
func (s *printer) Serve(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(s.socket), 0o755); err != nil {
		return err
	}
	if err := os.Remove(s.socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: s.socket, Net: "unix"})
	if err != nil {
		return err
	}
	defer l.Close()
	if err := os.Chmod(s.socket, 0o600); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		c, err := l.AcceptUnix()
		if ctx.Err() != nil {
			return suture.ErrDoNotRestart
		}
		if err != nil {
			return err
		}
		s.print(ctx, c)
	}
}

// print lends a connection to a process that makes one PDF.
func (s *printer) print(ctx context.Context, c *net.UnixConn) {
	defer c.Close()
	f, err := c.File()
	if err != nil {
		fmt.Fprintf(s.stderr, "cordon: printer: %v\n", err)
		return
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, paperTime+10*time.Second)
	defer cancel()
	p := paperProcess(ctx)
	p.Stdin, p.Stdout, p.Stderr = f, f, s.stderr
	if err := p.Run(); err != nil && ctx.Err() == nil {
		fmt.Fprintf(s.stderr, "cordon: printer: %v\n", err)
	}
}

// paperProcess is the command line of a process that makes one PDF.
func paperProcess(ctx context.Context) *exec.Cmd {
	p := exec.CommandContext(ctx, self(), "paper")
	p.Cancel = func() error { return p.Process.Signal(syscall.SIGTERM) }
	p.WaitDelay = stopsWithin
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	return p
}

// print has a PDF made of a page by the keeper's printer.
func (a *application) print(ctx context.Context, page []byte) ([]byte, error) {
	d := net.Dialer{Timeout: 3 * time.Second}
	conn, err := d.DialContext(ctx, "unix", a.places.printSocket())
	if err != nil {
		return nil, fmt.Errorf("%w: nobody answers who would make it; take the HTML and print it from a browser", api.ErrNoPrinter)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	conn.SetDeadline(time.Now().Add(paperTime + 20*time.Second))
	if _, err := conn.Write(page); err != nil {
		return nil, fmt.Errorf("PDF: %w", err)
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		return nil, fmt.Errorf("PDF: %w", err)
	}
	return readPDF(conn)
}

// printHere makes a PDF of a page in a process of this command.
func printHere(ctx context.Context, page []byte, stderr io.Writer) ([]byte, error) {
	var out bytes.Buffer
	p := paperProcess(ctx)
	p.Stdin, p.Stdout, p.Stderr = bytes.NewReader(page), &out, stderr
	if err := p.Run(); err != nil {
		return nil, fmt.Errorf("PDF: %w", err)
	}
	return readPDF(&out)
}
