package sensor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// heardLines is a lineReader that keeps what it is given. Lines that begin with # describe the file.
type heardLines struct {
	heads, lines []string
	files        int
}

func (h *heardLines) begin() { h.files++ }
func (h *heardLines) head(b []byte) bool {
	if b[0] == '#' {
		h.heads = append(h.heads, string(b))
		return true
	}
	return false
}
func (h *heardLines) line(b []byte, _ int64) error {
	h.lines = append(h.lines, string(b))
	return nil
}

// placesMap keeps places in memory.
type placesMap map[string]Place

func (p placesMap) Place(f string) (Place, bool)       { at, ok := p[f]; return at, ok }
func (p placesMap) SavePlace(f string, at Place) error { p[f] = at; return nil }

// tailRig is a log being written and followed.
type tailRig struct {
	t      *testing.T
	path   string
	places placesMap
	heard  *heardLines
	tail   *tail
	state  *sourceState
}

func newTailRig(t *testing.T, fromEnd bool) *tailRig {
	r := &tailRig{t: t, path: filepath.Join(t.TempDir(), "x.log"), places: placesMap{}}
	r.restart(fromEnd)
	return r
}

// restart is Cordon starting again.
func (r *tailRig) restart(fromEnd bool) {
	if r.tail != nil && r.tail.file != nil {
		r.tail.close()
	}
	r.heard, r.state = &heardLines{}, newSourceState("test", "test")
	r.tail = newTail(r.path, r.heard, r.state, Env{Places: r.places}, fromEnd)
}

func (r *tailRig) write(text string) {
	r.t.Helper()
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *tailRig) rename() {
	if err := os.Rename(r.path, r.path+".1"); err != nil {
		r.t.Fatal(err)
	}
}

func (r *tailRig) want(lines ...string) {
	r.t.Helper()
	if err := r.tail.poll(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	if !slices.Equal(r.heard.lines, lines) {
		r.t.Fatalf("%q, want %q", r.heard.lines, lines)
	}
}

func TestTail(t *testing.T) {
	r := newTailRig(t, false)
	if err := r.tail.poll(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a file that is not there: %v", err)
	}
	r.write("#h\na\nb")
	r.want("a")
	r.write("b\r\nc\n")
	r.want("a", "bb", "c")
	r.rename() // the writer goes on in the old file until it is told
	f, err := os.OpenFile(r.path+".1", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString("d\n")
	r.want("a", "bb", "c", "d")
	r.write("")
	f.WriteString("e")
	r.want("a", "bb", "c", "d")
	r.write("#h\nf\n")
	r.want("a", "bb", "c", "d", "e", "f")
	if r.heard.files != 2 {
		t.Errorf("%d files began", r.heard.files)
	}
}

// A file that is copied and cut begins anew, also when it has grown past the old place since.
func TestTailCut(t *testing.T) {
	r := newTailRig(t, false)
	r.write("first\nsecond\n")
	r.want("first", "second")
	if err := os.Truncate(r.path, 0); err != nil {
		t.Fatal(err)
	}
	r.write("x\n")
	r.want("first", "second", "x")
	if err := os.Truncate(r.path, 0); err != nil {
		t.Fatal(err)
	}
	r.write("another beginning\n")
	r.want("first", "second", "x", "another beginning")
}

// After a restart nothing is told twice and nothing is missed, whatever became of the file meanwhile.
func TestTailResumes(t *testing.T) {
	r := newTailRig(t, false)
	r.write("#h\na\npart")
	r.want("a")
	r.restart(false)
	r.write("ial\n")
	r.want("partial")
	if !slices.Equal(r.heard.heads, []string{"#h"}) {
		t.Errorf("what describes the file was not read again: %q", r.heard.heads)
	}
	r.restart(false)
	r.write("before rotation\n")
	r.rename()
	r.write("after\n")
	r.want("before rotation", "after")
	r.restart(false)
	os.Remove(r.path)
	r.write("a new file of another make\n")
	r.want("a new file of another make")
	other := newTailRig(t, true)
	other.write("old\n")
	other.want()
	other.write("new\n")
	other.want("new")
}

// A line without end takes no memory without end.
func TestTailLongLine(t *testing.T) {
	r := newTailRig(t, false)
	r.write(strings.Repeat("x", 3*maxLine))
	r.want()
	if n := cap(r.tail.lines.partial); n > 2*maxLine {
		t.Errorf("%d bytes are kept", n)
	}
	r.write("y\nz\n")
	r.want("z")
	if s := r.state.State(); s.Refused != 1 {
		t.Errorf("%+v", s)
	}
}

// A source looks at its log once a second, waits for one that is not there, and says so.
func TestLogSourceRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eve.json")
	synctest.Test(t, func(t *testing.T) {
		r := &flowRig{}
		s, err := OpenSource(SourceConfig{Kind: "eve", Path: path}, Env{Sink: r})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Second / 2)
		synctest.Wait()
		if st := s.State(); st.Up || !strings.Contains(st.Detail, "eve.json") {
			t.Errorf("without its log: %+v", st)
		}
		if err := os.WriteFile(path, []byte(eveLog), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if st := s.State(); !st.Up || st.Packets != 9 || st.Records == 0 || st.Last.IsZero() {
			t.Errorf("with its log: %+v", st)
		}
		cancel()
		if err := <-done; err != nil || len(r.flows) != 3 {
			t.Errorf("%d flows, %v", len(r.flows), err)
		}
	})
}

// A directory of Zeek's is read in an order in which names come before conversations.
func TestZeekDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"conn.log": zeekConn, "dns.log": zeekDNS, "ssl.log": zeekSSL} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &flowRig{}
	s, err := OpenSource(SourceConfig{Kind: "zeek", Path: dir}, Env{Sink: r})
	if err != nil {
		t.Fatal(err)
	}
	s.(*logSource).poll(t.Context())
	if got := r.seen(); len(got) != 5 || !strings.HasSuffix(got[0], "cloud.example.com sni") || !strings.HasSuffix(got[1], "p2p.example.com dns") || !s.State().Up {
		t.Errorf("%q, %+v", got, s.State())
	}
}

// A lease is told once, and again when it changes.
func TestLeaseFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dnsmasq.leases")
	r := &flowRig{}
	s, err := OpenSource(SourceConfig{Kind: "leases", Path: path}, Env{Sink: r})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		text  string
		facts int
	}{
		{"1767323045 02:00:00:00:00:20 192.168.1.20 IPCAM *\n", 2},
		{"1767326645 02:00:00:00:00:20 192.168.1.20 IPCAM *\n1767326645 02:00:00:00:00:21 192.168.1.21 * *\n", 3},
		{"1767326645 02:00:00:00:00:20 192.168.1.30 IPCAM *\n", 5},
	} {
		if err := os.WriteFile(path, []byte(want.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.(*leaseFile).poll(); len(r.facts) != want.facts {
			t.Errorf("step %d: %q", i, r.facts)
		}
	}
}

// Every kind refuses keys that it has not.
func TestSourceKinds(t *testing.T) {
	for _, k := range sourceKinds {
		if k.Name == "" || len(k.Options) == 0 || k.New == nil {
			t.Errorf("%+v", k)
		}
		for _, c := range []SourceConfig{{Kind: k.Name}, {Kind: k.Name, Path: "x", Listen: "127.0.0.1:0"}} {
			if _, err := OpenSource(c, Env{Sink: &flowRig{}}); err == nil || !strings.Contains(err.Error(), k.Name) {
				t.Errorf("%s takes %+v: %v", k.Name, c, err)
			}
		}
	}
	if _, err := OpenSource(SourceConfig{Kind: "netflo"}, Env{}); err == nil || !strings.Contains(err.Error(), "netflow") {
		t.Errorf("%v", err)
	}
}

// FuzzTail writes any bytes in pieces: what is heard is what the lines are.
func FuzzTail(f *testing.F) {
	f.Add([]byte("a\nbc\r\n\nd"), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		var got []string
		l := liner{take: func(b []byte) { got = append(got, string(b)) }, refuse: func() {}}
		for rest := b; len(rest) > 0; {
			n := min(int(piece)+1, len(rest))
			l.write(rest[:n])
			rest = rest[n:]
		}
		l.finish()
		var want []string
		for line := range strings.SplitSeq(string(b), "\n") {
			if line = strings.TrimSuffix(line, "\r"); line != "" {
				want = append(want, line)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}
