package scan

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/reach"
)

// door is a web server that asks for a log-in with Digest, counts wrong ones and locks.
type door struct {
	mu       sync.Mutex
	password string
	limit    int
	wrong    int // in a row
	right    int
	locked   bool
	odd      bool // answers a try in a way that means nothing
}

func (d *door) serve(c net.Conn) {
	q, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	io.WriteString(c, d.answer(q))
}

func (d *door) answer(q *http.Request) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	refuse := page("401 Unauthorized", "WWW-Authenticate: Digest realm=\"door\", nonce=\"n\"\r\n", "")
	p := map[string]string{}
	for _, one := range strings.Split(strings.TrimPrefix(q.Header.Get("Authorization"), "Digest "), ", ") {
		name, value, _ := strings.Cut(one, "=")
		p[name] = strings.Trim(value, `"`)
	}
	switch {
	case p["response"] == "":
		return refuse
	case d.odd:
		return page("500 Internal Server Error", "", "")
	case p["username"] == "admin" && p["response"] == hash(hash("admin:door:"+d.password)+":n:"+hash("GET:"+q.URL.Path)):
		d.wrong = 0
		d.right++
		return page("200 OK", "", "welcome")
	}
	if d.wrong++; d.wrong >= d.limit {
		d.locked = true
	}
	return refuse
}

func hash(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// factoryOf gives the same log-ins of everybody.
func factoryOf(passwords ...string) func([]cordon.Observation) []ask.Factory {
	return func([]cordon.Observation) []ask.Factory {
		var out []ask.Factory
		for _, p := range passwords {
			out = append(out, ask.Factory{Of: "maker", User: "admin", Password: ask.Secret(p), Protocol: "http"})
		}
		return out
	}
}

// night is a time at which a test begins.
var night = time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC)

// trying is a scan that looks for factory passwords by a clock of its own.
type trying struct {
	t       *testing.T
	network string
	budget  *reach.Budget
	now     time.Time
	journal bytes.Buffer
	factory func([]cordon.Observation) []ask.Factory
}

func newTrying(t *testing.T, network string, passwords ...string) *trying {
	t.Helper()
	b, err := reach.OpenBudget(filepath.Join(t.TempDir(), "budget"))
	if err != nil {
		t.Fatal(err)
	}
	return &trying{t: t, network: network, budget: b, now: night, factory: factoryOf(passwords...)}
}

func (y *trying) run(again bool) *notes {
	y.t.Helper()
	c, n := config(y.t, y.network)
	mark := func(a reach.Account, p ask.Secret) string { return hash("key" + a.Host + a.User + string(p))[:16] }
	c.Budget, c.Journal, c.Now = y.budget, &y.journal, func() time.Time { return y.now }
	c.Passwords = &Passwords{Factory: y.factory, Mark: mark, Again: again}
	mustRun(y.t, y.t.Context(), c)
	return n
}

// TestPasswordWindows: of four passwords the third is right. Each window has its one try, of the next, until it is found;
// then it is found in every run, and the budget is not touched.
func TestPasswordWindows(t *testing.T) {
	t.Parallel()
	host := here("30.2")
	secrets := []string{"first-wrong", "second-wrong", "the-right-one", "never-reached"}
	d := &door{password: secrets[2], limit: 3}
	device(t, host, 80, d.serve)
	y := newTrying(t, here("30.0/30"), secrets...)
	var all []*notes
	for window := range 2 {
		for range 2 { // runs in a row
			n := y.run(false)
			all = append(all, n)
			if d.wrong != 1 || d.right != 0 {
				t.Fatalf("window %d: %d wrong tries, %d right", window, d.wrong, d.right)
			}
			next := night.Add(time.Duration(window+1) * 30 * time.Minute).Format(time.RFC3339)
			if !n.has(host, "password.waits "+next) || !n.has(host, fmt.Sprintf("password.tried %d of 4", window+1)) || n.has(host, "password.odd") {
				t.Fatalf("window %d: noted %q", window, n.said[host])
			}
			y.now = y.now.Add(time.Minute)
		}
		y.now = night.Add(time.Duration(window+1) * 30 * time.Minute)
		d.wrong = 0 // as time does
	}
	for run := range 2 {
		n := y.run(false)
		all = append(all, n)
		if !n.has(host, "password.factory maker admin") || n.has(host, "password.waits") || n.has(host, "password.odd") || d.right != run+1 || d.wrong != 0 {
			t.Fatalf("run %d: %d right, %d wrong, noted %q", run, d.right, d.wrong, n.said[host])
		}
	}
	said := y.journal.String()
	for _, n := range all {
		said += strings.Join(n.said[host], "\n")
	}
	for _, s := range secrets {
		if strings.Contains(said, s) {
			t.Errorf("%q stands in the facts or the journal", s)
		}
	}
}

// TestPasswordAgain: what was wrong is tried again only when asked, and within the budget.
func TestPasswordAgain(t *testing.T) {
	t.Parallel()
	host := here("30.6")
	d := &door{password: "set by the owner", limit: 20}
	device(t, host, 80, d.serve)
	y := newTrying(t, here("30.4/30"), "one")
	for i, c := range []struct {
		again bool
		later time.Duration
		wrong int
	}{{false, 0, 1}, {false, time.Hour, 1}, {true, 0, 2}, {true, 0, 2}, {false, time.Hour, 3}, {false, time.Hour, 3}} {
		y.now = y.now.Add(c.later)
		n := y.run(c.again)
		if d.wrong != c.wrong {
			t.Fatalf("step %d: %d tries, want %d; noted %q", i, d.wrong, c.wrong, n.said[host])
		}
	}
	d.password = "one" // reset to what it left the factory with
	y.now = y.now.Add(time.Hour)
	if n := y.run(false); n.has(host, "password.factory") {
		t.Error("a wrong one was tried without being asked for")
	}
	if n := y.run(true); !n.has(host, "password.factory") {
		t.Errorf("after a reset: %q", n.said[host])
	}
}

// TestPasswordLimits: a device with any limit from 3 to 20 is tried at most to two before it, in however many runs.
func TestPasswordLimits(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 8 {
		many = append(many, fmt.Sprint("wrong", i))
	}
	doors := map[string]*door{}
	for limit := 3; limit <= 20; limit++ {
		host := fmt.Sprintf(here("31.%d"), limit)
		doors[host] = &door{password: "mine", limit: limit}
		device(t, host, 80, doors[host].serve)
	}
	y := newTrying(t, here("31.0/27"), many...)
	y.run(false)
	n := y.run(false)
	for host, d := range doors {
		if d.locked || d.wrong > d.limit-2 || d.wrong < 1 || n.has(host, "password.odd") {
			t.Errorf("limit %d: %d wrong tries, locked %v, noted %q", d.limit, d.wrong, d.locked, n.said[host])
		}
	}
}

// TestOddDevices: an odd answer stops everything on the device, and the try is not taken for wrong.
func TestOddDevices(t *testing.T) {
	t.Parallel()
	host := here("32.2")
	d := &door{password: "one", limit: 3, odd: true}
	device(t, host, 80, d.serve)
	y := newTrying(t, here("32.0/30"), "one", "two")
	if n := y.run(false); !n.has(host, "password.odd odd") || n.has(host, "password.tried") {
		t.Errorf("noted %q", n.said[host])
	}
	d.odd, y.now = false, y.now.Add(time.Hour)
	if n := y.run(false); !n.has(host, "password.factory") {
		t.Errorf("the password that was met with an odd answer is not tried again: %q", n.said[host])
	}
}

// TestUntried: why nothing is tried is noted, and no log-in is sent.
func TestUntried(t *testing.T) {
	t.Parallel()
	digest := "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n"
	hosts := map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		here("33.1"): {says(page("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "")), "clear"},
		here("33.2"): {says(page("401 Unauthorized", "", "")), "form"},
		here("33.3"): {says(page("401 Unauthorized", digest, "")), "unknown"},
		here("33.4"): {says(page("401 Unauthorized", "Retry-After: 60\r\n"+digest, "")), "locked"},
		here("33.5"): {says(page("200 OK", "", "hello")), "nowhere"},
	}
	var sent bytes.Buffer
	var mu sync.Mutex
	for host, c := range hosts {
		device(t, host, 80, func(conn net.Conn) { c.serve(&overheard{Conn: conn, mu: &mu, to: &sent}) })
	}
	y := newTrying(t, here("33.0/29"), "one")
	some := y.factory
	y.factory = func(seen []cordon.Observation) []ask.Factory {
		if seen[0].About.Value == here("33.3") {
			return nil
		}
		return some(seen)
	}
	n := y.run(false)
	for host, c := range hosts {
		if got := n.said[host]; !slices.Contains(got, "password.untried "+c.want) {
			t.Errorf("%s: noted %q", c.want, got)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Contains(sent.String(), "Authorization") || sent.Len() == 0 {
		t.Errorf("a log-in was sent: %q", sent.String())
	}
}

// overheard keeps what is read from a connection.
type overheard struct {
	net.Conn
	mu *sync.Mutex
	to *bytes.Buffer
}

func (o *overheard) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to.Write(b[:n])
	return n, err
}

// TestPublicAddressesAreLeftAlone: an address of the owner's that the internet routes gets no log-in.
func TestPublicAddressesAreLeftAlone(t *testing.T) {
	for a, want := range map[string]bool{"192.168.8.1": true, "10.0.0.1": true, "172.31.0.1": true, "127.0.0.1": true, "fe80::1": true, "fd00::1": true,
		"203.0.113.9": false, "100.64.0.1": false, "8.8.8.8": false, "2001:db8::1": false, "172.32.0.1": false} {
		if got := private(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
}
