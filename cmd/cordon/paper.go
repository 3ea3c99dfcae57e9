package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/landlock-lsm/go-landlock/landlock"

	"cordon/internal/api"
)

// Bounds of making a PDF.
const (
	paperTime = 90 * time.Second // for one page, however long
	maxPage   = 64 << 20         // bytes of a page
	maxPDF    = 256 << 20        // bytes of a PDF
)

// paperCmd makes a PDF of the page on its standard input, and ends: the process of its own that
// docs/design/page.md speaks of. The answer is a line, "ok" or what is wrong, and the PDF behind it.
type paperCmd struct{}

func (c *paperCmd) Run(e *env) error {
	ctx, cancel := context.WithTimeout(e.ctx, paperTime)
	defer cancel()
	pdf, err := makePDF(ctx, e.stdin)
	switch {
	case errors.Is(err, api.ErrNoPrinter):
		fmt.Fprintf(e.stdout, "no %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		return nil
	case err != nil:
		fmt.Fprintf(e.stdout, "failed %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		return nil
	}
	fmt.Fprintln(e.stdout, "ok")
	_, err = e.stdout.Write(pdf)
	return err
}

// readPDF reads what paperCmd answers.
func readPDF(r io.Reader) ([]byte, error) {
	all, err := io.ReadAll(io.LimitReader(r, maxPDF+1))
	if err != nil {
		return nil, err
	}
	line, pdf, _ := bytes.Cut(all, []byte("\n"))
	how, what, _ := strings.Cut(string(line), " ")
	switch {
	case how == "ok" && len(all) <= maxPDF:
		return pdf, nil
	case how == "no":
		return nil, fmt.Errorf("%w: %s", api.ErrNoPrinter, strings.TrimPrefix(what, api.ErrNoPrinter.Error()+": "))
	case how == "failed":
		return nil, errors.New("PDF: " + what)
	}
	return nil, errors.New("PDF: the process that makes it gave no answer: it ended, or took too long")
}

// browsers are the names of what can make a PDF, the likeliest first.
var browsers = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// browser finds one.
func browser() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: Chromium is not installed (apt install chromium); or take the HTML and print it from a browser", api.ErrNoPrinter)
}

// makePDF shuts itself in and has a browser print the page.
func makePDF(ctx context.Context, page io.Reader) ([]byte, error) {
	path, err := browser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cordon-paper-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := layOut(dir, page); err != nil {
		return nil, err
	}
	if err := shutPaperIn(dir); err != nil {
		return nil, err
	}
	var said string
	for _, sandboxed := range []bool{true, false} { // its own sandbox needs user namespaces, which not every machine gives
		p := printing(ctx, path, dir, sandboxed)
		said, err = runApart(p)
		if pdf, e := printed(dir); e == nil {
			return pdf, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("it took Chromium longer than %s", paperTime)
		}
	}
	return nil, fmt.Errorf("%w: Chromium did not run (%v%s): take the HTML and print it from a browser", api.ErrNoPrinter, err, said)
}

// layOut writes the page where the browser finds it, and gives the directory to the user nobody where we may.
func layOut(dir string, page io.Reader) error {
	f, err := os.OpenFile(filepath.Join(dir, "page.html"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(page, maxPage+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if n > maxPage {
		return fmt.Errorf("a page of more than %d bytes", maxPage)
	}
	if os.Geteuid() == 0 {
		return os.Chown(dir, nobodyID, nobodyID)
	}
	return nil
}

// shutPaperIn shuts this process and what it starts in, for good: of the file system it keeps what programs
// are made of, and its directory; of the network nothing (landlock(7)).
func shutPaperIn(dir string) error {
	rules := []landlock.Rule{landlock.RWDirs(dir), landlock.RODirs("/usr", "/etc", "/lib", "/lib64", "/bin", "/sbin", "/opt", "/sys", "/dev", "/var/cache/fontconfig", "/var/lib/flatpak", filepath.Dir(self())).IgnoreIfMissing(),
		landlock.RWFiles("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/tty").IgnoreIfMissing(), landlock.RWDirs("/dev/shm", "/proc").IgnoreIfMissing()} // proc: a user namespace is given its ids by writing there
	if err := landlock.V6.BestEffort().Restrict(rules...); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}

// printing is the browser's command line.
func printing(ctx context.Context, path, dir string, sandboxed bool) *exec.Cmd {
	args := []string{"--headless", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--disable-sync", "--disable-breakpad", "--no-first-run",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + filepath.Join(dir, "profile"), "--no-pdf-header-footer", "--print-to-pdf=" + filepath.Join(dir, "page.pdf")}
	if !sandboxed {
		args = append(args, "--no-sandbox")
	}
	p := exec.CommandContext(ctx, path, append(args, "file://"+filepath.Join(dir, "page.html"))...)
	p.Dir = dir
	p.Env = []string{"HOME=" + dir, "TMPDIR=" + dir, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "XDG_CONFIG_HOME=" + dir, "XDG_CACHE_HOME=" + dir}
	return p
}

// nobodyID is the user without rights of every Linux (Filesystem Hierarchy Standard names it; 65534 by the kernel's overflowuid).
const nobodyID = 65534

// runApart runs a command as nobody where we are root, with a network of its own that has nothing in it, and ends all
// that it started. Where the machine gives no namespaces it runs without: Landlock and the browser's own flags stay.
func runApart(p *exec.Cmd) (said string, err error) {
	apart := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC}
	if os.Geteuid() == 0 {
		apart.Credential = &syscall.Credential{Uid: nobodyID, Gid: nobodyID}
	} else {
		apart.Cloneflags |= syscall.CLONE_NEWUSER
		apart.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		apart.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	var b bytes.Buffer
	start := func(a *syscall.SysProcAttr) *exec.Cmd {
		c := *p
		c.SysProcAttr, c.Stdout, c.Stderr, c.WaitDelay = a, &b, &b, 5*time.Second
		c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
		return &c
	}
	c := start(apart)
	if err = c.Start(); err != nil && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL)) {
		c = start(&syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: apart.Credential})
		err = c.Start()
	}
	if err != nil {
		return "", err
	}
	err = c.Wait()
	syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // what it left behind
	return lastLine(b.String()), err
}

// lastLine is what a program said last, for the error.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return ": " + last[:min(len(last), 200)]
	}
	return ""
}

// printed reads the PDF that the browser wrote: a file of its own, whole and of a sane size.
func printed(dir string) ([]byte, error) {
	f, err := os.OpenFile(filepath.Join(dir, "page.pdf"), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() || st.Size() > maxPDF {
		return nil, errors.Join(err, errors.New("the PDF is no file, or too large"))
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPDF))
	if err == nil && (!bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimRight(b, "\r\n"), []byte("%%EOF"))) {
		err = errors.New("the PDF is not whole")
	}
	return b, err
}
