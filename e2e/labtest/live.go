package labtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cordon/e2e/lab"
)

// Live is a `cordon run` where the operator of a lab sits, asked through its API.
type Live struct {
	t       *testing.T
	lab     lab.Status
	dir     string
	process *exec.Cmd
	ended   chan struct{} // closed when the process did
	said    spoken
	client  *http.Client
}

// spoken is the file in which stands what its processes say: a pipe would be open for as long as
// any of them is, and who waits for the first would wait for all.
type spoken string

// String is what was said so far.
func (s spoken) String() string {
	b, err := os.ReadFile(string(s))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// RunIn starts a Cordon on the mirror port of a lab (--mirror), with the lab's networks as the
// site "lab" and more lines of configuration. It ends with the test.
func RunIn(t *testing.T, st lab.Status, more ...string) *Live {
	t.Helper()
	l := Prepare(t, st, more...)
	t.Cleanup(l.Stop)
	l.Start()
	return l
}

// Prepare is RunIn without the start.
func Prepare(t *testing.T, st lab.Status, more ...string) *Live {
	t.Helper()
	dir, err := os.MkdirTemp("", "cordon-live-") // short: names of sockets are
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l := &Live{t: t, lab: st, dir: dir, said: spoken(filepath.Join(dir, "said"))}
	nets, _ := json.Marshal(st.Networks)
	config := strings.Join(append([]string{
		"data = " + quoted(dir, "data"), "socket = " + quoted(dir, "cordon.sock"), "interfaces = [\"" + lab.MirrorPort + "\"]", `page.listen = "off"`}, more...), "\n") +
		"\n[[site]]\nname = \"lab\"\nnetworks = " + string(nets) + "\n"
	if err := os.WriteFile(filepath.Join(dir, "cordon.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(dir, "cordon.sock"))
	}}}
	return l
}

// Config is the file of its configuration, Data its data directory, Socket where it answers.
func (l *Live) Config() string { return filepath.Join(l.dir, "cordon.toml") }
func (l *Live) Data() string   { return filepath.Join(l.dir, "data") }
func (l *Live) Socket() string { return filepath.Join(l.dir, "cordon.sock") }

func quoted(dir, name string) string { return fmt.Sprintf("%q", filepath.Join(dir, name)) }

// Start starts it, again after Stop or Kill, and waits until it is ready. Where it ends before
// that it is started again, as systemd would.
func (l *Live) Start() {
	l.t.Helper()
	l.spawn()
	spawned := time.Now()
	l.until("cordon run to be ready", 30*time.Second, 20*time.Millisecond, func() bool {
		select {
		case <-l.ended:
			if time.Since(spawned) > againEvery {
				spawned = time.Now()
				l.spawn()
			}
		default:
		}
		return l.Ready()
	})
}

// againEvery is the least time from start to start (systemd's RestartSec).
const againEvery = 300 * time.Millisecond

func (l *Live) spawn() {
	l.t.Helper()
	p := exec.Command(Program(), "run", "--config", l.Config())
	p.Env = append(os.Environ(), "RUNTIME_DIRECTORY="+l.dir)
	said, err := os.OpenFile(string(l.said), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	defer said.Close()
	p.Stdout, p.Stderr = said, said
	if err := l.lab.Start(p); err != nil {
		l.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Wait()
	}()
	l.process, l.ended = p, ended
}

// Ready reports whether it says that it is.
func (l *Live) Ready() bool {
	r, err := l.client.Get("http://localhost/readyz")
	if err != nil {
		return false
	}
	r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// Stop ends it as a person would.
func (l *Live) Stop() { l.end(syscall.SIGTERM) }

func (l *Live) end(s syscall.Signal) {
	if l.process == nil {
		return
	}
	l.process.Process.Signal(s)
	<-l.ended
	l.process = nil
}

// lookEvery is how often Until looks.
const lookEvery = 200 * time.Millisecond

// Until waits for something to become so, and fails the test when it does not.
func (l *Live) Until(what string, within time.Duration, so func() bool) {
	l.t.Helper()
	l.until(what, within, lookEvery, so)
}

func (l *Live) until(what string, within, every time.Duration, so func() bool) {
	l.t.Helper()
	look, over := time.NewTicker(every), time.After(within)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-over:
			l.t.Fatalf("waited %v for %s; it said:\n%s", within, what, l.said)
		}
	}
}

// Get asks the API and decodes the answer.
func (l *Live) Get(path string, into any) {
	l.t.Helper()
	r, err := l.client.Get("http://localhost" + path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		l.t.Fatalf("GET %s: %s: %v: %s", path, r.Status, err, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		l.t.Fatalf("GET %s: %v: %s", path, err, b)
	}
}

// Listed asks the API for all pages of a list.
func Listed[T any](l *Live, path string) []T {
	l.t.Helper()
	var all []T
	for after := ""; ; {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		l.Get(path+after, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		after = sep + "cursor=" + page.Next
	}
}

// page is what the API answers, as it is.
func (l *Live) page(path string) string {
	l.t.Helper()
	r, err := l.client.Get("http://localhost" + path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		l.t.Fatalf("GET %s: %s: %v: %s", path, r.Status, err, b)
	}
	return string(b)
}

func decode(r io.Reader, into any) error { return json.NewDecoder(r).Decode(into) }
