package api

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cordon/internal/people"
	"cordon/internal/store"
)

// Over TCP nobody gets anything without a token but whether the process lives, and to the door.
func TestTokenIsNeeded(t *testing.T) {
	w := newWorld(t, nil)
	w.want(200, w.overTCP("GET", "/healthz", ""))
	for path, item := range w.s.api.OpenAPI().Paths {
		if strings.HasPrefix(path+"/", "/v1/door/") {
			continue // for everybody: TestDoor
		}
		path = strings.NewReplacer("{id}", "1", "{name}", "a", "{from}", "a").Replace(path)
		for method, there := range map[string]bool{"GET": item.Get != nil, "POST": item.Post != nil, "PUT": item.Put != nil, "DELETE": item.Delete != nil} {
			if there {
				w.want(401, w.overTCP(method, path, ""))
			}
		}
	}
	for _, path := range []string{"/", "/docs", "/openapi.json", "/metrics", "/readyz", "/nothing", "/healthz/", "//healthz"} {
		a := w.want(401, w.overTCP("GET", path, ""))
		if !strings.Contains(strings.Join(a.head.Values("WWW-Authenticate"), " "), "Bearer") {
			t.Errorf("%s: %v", path, a.head)
		}
	}
	for _, auth := range []string{"Bearer ", "Bearer cordon_", "Bearer " + strings.Repeat("a", 9000), "Basic Og==", "cordon_x", "Bearer cordon_" + strings.Repeat("A", 43)} {
		w.want(401, w.overTCP("GET", "/v1/devices", "", "Authorization", auth))
	}
}

// TestOldScopes: what tokens of earlier versions were good for, they are.
func TestOldScopes(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(1)
	tokens := map[string]string{}
	for _, scope := range []string{"read", "write", "admin"} {
		tokens[scope] = "Bearer " + w.oldToken(scope)
	}
	for _, c := range []struct {
		method, path, body string
		read, write, admin int
	}{
		{"GET", "/v1/devices", "", 200, 200, 200},
		{"GET", "/", "", 200, 200, 200},
		{"GET", "/metrics", "", 200, 200, 200},
		{"POST", "/v1/alarms/1/acknowledge", "{}", 403, 200, 200},
		{"PUT", "/v1/claims/a", `[{"line":1,"serial":"1"}]`, 403, 200, 200},
		{"PUT", "/v1/sites/a", `{"networks":[]}`, 403, 403, 200},
		{"PUT", "/v1/rules", `{"items":[]}`, 403, 403, 200},
		{"GET", "/v1/tokens", "", 403, 403, 200},
		{"GET", "/v1/audit", "", 403, 403, 200},
	} {
		for scope, want := range map[string]int{"read": c.read, "write": c.write, "admin": c.admin} {
			if a := w.overTCP(c.method, c.path, c.body, "Authorization", tokens[scope]); a.status != want {
				t.Errorf("%s %s with %s: %d, want %d: %s", c.method, c.path, scope, a.status, want, a.body)
			}
		}
	}
	p, err := w.store.Entries(t.Context(), store.EntriesQuery{Did: "site.put"})
	must(t, err)
	if len(p.Rows) != 1 || p.Rows[0].By != "token admin-one[]" {
		t.Errorf("audit log: %+v", p.Rows)
	}
}

// A token is shown once, kept as its digest, and opens nothing once it is revoked or over.
func TestTokenLife(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(c *Config) { c.Now = func() time.Time { return now } })
	secret := w.token("viewer")
	w.want(200, w.overTCP("GET", "/v1/devices", "", "Authorization", "Bearer "+secret))
	w.want(409, w.do("POST", "/v1/tokens", `{"name":"viewer-one","role":"owner"}`))
	a := w.want(200, w.do("GET", "/v1/tokens", ""))
	if strings.Contains(a.body, secret) || !strings.Contains(a.body, `"used"`) {
		t.Errorf("list: %s", a.body)
	}
	kept, err := w.store.Token(t.Context(), hashToken(secret))
	must(t, err)
	if kept.Name != "viewer-one" || len(kept.Hash) != 32 {
		t.Errorf("kept: %+v", kept)
	}
	w.want(204, w.do("DELETE", "/v1/tokens/1", ""))
	w.want(401, w.overTCP("GET", "/v1/devices", "", "Authorization", "Bearer "+secret))
	until := now.Add(time.Hour).UTC().Format(time.RFC3339)
	a = w.want(201, w.do("POST", "/v1/tokens", `{"name":"short","role":"viewer","until":"`+until+`"}`))
	short := into[struct{ Token string }](t, a).Token
	w.want(200, w.overTCP("GET", "/v1/devices", "", "Authorization", "Bearer "+short))
	now = now.Add(2 * time.Hour)
	w.want(401, w.overTCP("GET", "/v1/devices", "", "Authorization", "Bearer "+short))
	w.want(422, w.do("POST", "/v1/tokens", `{"name":"late","role":"viewer","until":"2001-01-01T00:00:00Z"}`))
}

// What browsers send by themselves is enough to look at the page, never to write.
func TestBasicReadsOnly(t *testing.T) {
	w := newWorld(t, nil)
	r, _ := http.NewRequest("GET", "http://x", nil)
	r.SetBasicAuth("", w.token("owner"))
	basic := r.Header.Get("Authorization")
	w.want(200, w.overTCP("GET", "/", "", "Authorization", basic))
	w.want(401, w.overTCP("PUT", "/v1/sites/a", `{"networks":[]}`, "Authorization", basic))
	w.want(401, w.overTCP("DELETE", "/v1/tokens/1", "", "Authorization", basic))
}

// A page of some web site reaches loopback too: by another name (DNS rebinding), or as itself.
func TestBrowsersAreKeptOut(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Hosts = []string{"cordon.example.org"} })
	auth := "Bearer " + w.token("owner")
	_, port, _ := net.SplitHostPort(w.tcp)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:" + port: 200, "127.0.0.1": 200, "[::1]:80": 200, "LOCALHOST.": 200, "cordon.example.org:99": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:80": 421, "10.0.0.1": 421, "xlocalhost": 421, "0.0.0.0": 421,
	} {
		if a := w.overTCP("GET", "/v1/devices", "", "Authorization", auth, "Host", host); a.status != want {
			t.Errorf("Host %s: %d, want %d", host, a.status, want)
		}
	}
	for _, origin := range []string{"https://evil.example", "null", "http://" + w.tcp} {
		w.want(403, w.overTCP("PUT", "/v1/sites/a", `{"networks":[]}`, "Authorization", auth, "Origin", origin))
	}
	w.want(403, w.overTCP("GET", "/v1/devices", "", "Authorization", auth, "Sec-Fetch-Site", "cross-site"))
	w.want(200, w.overTCP("GET", "/", "", "Authorization", auth, "Sec-Fetch-Site", "none"))
	a := w.overTCP("GET", "/v1/devices", "", "Authorization", auth)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Access-Control-Allow-Origin": ""} {
		if got := a.head.Get(name); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The kernel says who is at the other end of the socket.
func TestPeers(t *testing.T) {
	for _, c := range []struct {
		uid, own uint32
		role     people.Role
	}{{0, 999, people.Owner}, {999, 999, people.Owner}, {1000, 999, people.Viewer}, {65534, 999, people.Viewer}, {0, 0, people.Owner}, {1000, 0, people.Viewer}} {
		if p := local(c.uid, c.own); p.role != c.role || !strings.Contains(p.name, "uid ") {
			t.Errorf("uid %d of %d: %+v, want %s", c.uid, c.own, p, c.role)
		}
	}
	var nobody person
	for id, row := range rights {
		if nobody.may(id) && !row.open() || row.allows("") || row.allows("anybody") || row.allows("root") {
			t.Errorf("%s: an unknown role opens it", id)
		}
	}
	if roleOf("root") != "" || roleOf("") != "" || roleOf("anybody") != "" {
		t.Error("a role that there is not")
	}
}

// TestPeerFromOutside runs this test as another user: it reads over the socket and may not write.
func TestPeerFromOutside(t *testing.T) {
	if socket := os.Getenv("API_TEST_SOCKET"); socket != "" {
		c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}}
		var got []string
		for _, r := range [][2]string{{"GET", "/v1/devices"}, {"DELETE", "/v1/claims/a"}, {"GET", "/v1/audit"}} {
			q, _ := http.NewRequest(r[0], "http://localhost"+r[1], nil)
			a, err := c.Do(q)
			must(t, err)
			a.Body.Close()
			got = append(got, a.Status[:3])
		}
		os.Stdout.WriteString("answers " + strings.Join(got, " ") + "\n")
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	w := newWorld(t, nil)
	must(t, os.Chmod(filepath.Dir(w.socket), 0o755))
	must(t, os.Chown(w.socket, 0, 65534)) // as ListenLocal does for a group
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	copied := filepath.Join(filepath.Dir(w.socket), "test")
	must(t, os.WriteFile(copied, self, 0o755))
	cmd := exec.Command(copied, "-test.run=^TestPeerFromOutside$", "-test.v")
	cmd.Dir, cmd.Env = "/", []string{"API_TEST_SOCKET=" + w.socket}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "answers 200 403 403") {
		t.Errorf("%v: %s", err, out)
	}
	cmd = exec.Command(copied, "-test.run=^TestPeerFromOutside$", "-test.v")
	cmd.Dir, cmd.Env = "/", []string{"API_TEST_SOCKET=" + w.socket}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
	if out, _ := cmd.CombinedOutput(); !strings.Contains(string(out), "permission denied") {
		t.Errorf("who is not in the group got in: %s", out)
	}
}

func TestListeners(t *testing.T) {
	w := newWorld(t, nil)
	info, err := os.Stat(w.socket)
	must(t, err)
	if info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v", info.Mode())
	}
	if l, err := ListenLocal(w.socket, -1); err == nil || !strings.Contains(err.Error(), "another Cordon") {
		t.Errorf("twice on one socket: %v %v", l, err)
	}
	left := filepath.Join(t.TempDir(), "left")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	must(t, err)
	l.SetUnlinkOnClose(false)
	l.Close()
	again, err := ListenLocal(left, -1)
	must(t, err)
	again.Close()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("precious"), 0o600))
	if _, err := ListenLocal(file, -1); err == nil {
		t.Error("took the place of a file")
	}
	for _, addr := range []string{"0.0.0.0:0", "192.168.8.1:80", "[::]:0", "localhost:80", "", ":80"} {
		if l, err := ListenLoopback(addr); err == nil {
			l.Close()
			t.Errorf("%s: listens", addr)
		}
	}
}
