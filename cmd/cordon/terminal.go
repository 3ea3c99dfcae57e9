package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/term"

	"cordon/internal/report"
)

// plainWidth is the width for what is not a terminal: wide enough that little is cut, still readable.
const plainWidth = 140

// tableOptions fits a table to where it goes: colour only on a terminal and without NO_COLOR.
func tableOptions(e *env, toFile bool) report.TableOptions {
	width, isTerm := terminal(e.stdout)
	if toFile || !isTerm {
		width, isTerm = plainWidth, false
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n >= 40 {
		width = n
	}
	return report.TableOptions{Width: width, Color: isTerm && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// listWidth is the width for long lists: that of the terminal, else the usual 80.
func listWidth(e *env) int {
	if _, isTerm := terminal(e.stdout); !isTerm && os.Getenv("COLUMNS") == "" {
		return 80
	}
	return tableOptions(e, false).Width
}

// namesFile reports whether an --output is a file: without a name, or as -, it is standard output.
func namesFile(output string) bool { return output != "" && output != "-" }

// terminal gives the width of w, and whether it is a terminal at all.
func terminal(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 40 {
		width = 80
	}
	return width, true
}

// typed reports whether somebody types what r gives.
func typed(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progressFrom is the file size from which reading shows a bar: less is over before one can look.
const progressFrom = 64 << 20

// progress gives the callback that draws a bar for a long file on a terminal, nil otherwise.
func (c *auditCmd) progress(e *env, name string, size int64) func(int64) {
	_, isTerm := terminal(e.stderr)
	if c.Quiet || !isTerm || size < progressFrom {
		return nil
	}
	var drawn time.Time
	return func(offset int64) {
		if time.Since(drawn) < 100*time.Millisecond {
			return
		}
		drawn = time.Now()
		fmt.Fprintf(e.stderr, "\r\x1b[K%s %s", bar(offset, size), report.Clean(filepath.Base(name)))
		if offset >= size {
			fmt.Fprint(e.stderr, "\r\x1b[K")
		}
	}
}

// bar draws 24 cells. A packed file reads more bytes than it has: it shows megabytes instead.
func bar(at, of int64) string {
	if at > of {
		return fmt.Sprintf("%d MB read", at/1e6)
	}
	const cells = 24
	n := int(at * cells / of)
	out := make([]rune, cells)
	for i := range out {
		out[i] = '░'
		if i < n {
			out[i] = '█'
		}
	}
	return fmt.Sprintf("%s %3d %%", string(out), at*100/of)
}
