package labtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon/e2e/lab"
	"cordon/knowledge"
	"cordon/specimens"
)

// mine is the statement with which passwords are tried.
var mine = []string{"--passwords=defaults", "--statement", "these devices are mine"}

// home gives the program under test folders of its own for everything that it keeps.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, filepath.Join(dir, strings.ToLower(name)))
		if err := os.Mkdir(os.Getenv(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// opened is which finding a device must have while its factory password works: "" for none.
// On hanwha-dome, axis-dome and tapo-camera owners set one themselves; dlink-camera takes passwords
// in the clear only.
func opened(model string) string {
	switch model {
	case "uniview-dome", "dahua-bullet", "dahua-rebrand", "hikvision-dome", "hikvision-white-label", "camera-recorder", "tvt-dome", "pppp-camera":
		return "factory-password"
	case "xiongmai-bullet", "reolink-camera":
		return "no-password"
	}
	return ""
}

// TestPasswordsLockNobody looks for factory passwords three times in a row: each time it finds all
// that can be found, and nobody is locked.
func TestPasswordsLockNobody(t *testing.T) {
	Need(t)
	for _, seed := range []string{"31", "32"} {
		t.Run("seed "+seed, func(t *testing.T) {
			home(t)
			st := Up(t, "--seed", seed, "--behave", "all=factory-password", "--place", "hikvision-dome=wire",
				"--place", "hikvision-white-label=wire", "--place", "pppp-camera=wire", "--place", "smart-speaker=factory")
			for run := range 3 {
				r := scan(t, st, mine...)
				for _, d := range st.Devices {
					found(t, &r, d, opened(d.Truth.Name), fmt.Sprintf("run %d", run+1))
				}
			}
			cl := scan(t, st, append([]string{"--clear-passwords"}, mine...)...)
			found(t, &cl, Device(t, st, "dlink-camera"), "no-password", "with --clear-passwords")
			unlocked(t, Status(t).Devices)
			Down(t)
		})
	}
}

// found holds what a scan says of a device's passwords against what it must say.
func found(t *testing.T, r *report, d lab.Seated, want, when string) {
	t.Helper()
	id := r.at(d.Addr)
	for _, code := range []string{"factory-password", "no-password"} {
		if got := r.found(id, code); got != (code == want) {
			t.Errorf("%s, %s (limit %d): %s is reported: %v", when, d.Truth.Name, d.Truth.Limit, code, got)
		}
	}
	if r.found(id, "password-odd") {
		t.Errorf("%s, %s: an odd answer is reported", when, d.Truth.Name)
	}
	if d.Truth.Name == "dlink-camera" && want == "" && !r.found(id, "password-untried") {
		t.Errorf("%s, %s: it is not said that nothing was tried", when, d.Truth.Name)
	}
}

// unlocked checks the counters that the devices keep themselves.
func unlocked(t *testing.T, all []lab.Seated) {
	t.Helper()
	for _, d := range all {
		if len(d.Counters.Locked) > 0 {
			t.Errorf("%s (limit %d): locked: %v", d.Truth.Name, d.Truth.Limit, d.Counters.Locked)
		}
		for user, n := range d.Counters.Failed {
			if d.Truth.Limit > 0 && n >= d.Truth.Limit-1 {
				t.Errorf("%s: %d wrong log-ins in a row as %s, its limit is %d", d.Truth.Name, n, user, d.Truth.Limit)
			}
		}
		t.Logf("%-26s limit %2d, tries %v, wrong %v", d.Truth.Name, d.Truth.Limit, d.Counters.Tries, d.Counters.Failed)
	}
}

// crowd builds a camera for every limit from 3 to 20, of models that left the factory with a password.
func crowd(t *testing.T, seed uint64) []lab.Guest {
	t.Helper()
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"uniview-dome", "tvt-dome", "dahua-bullet", "reolink-camera", "xiongmai-bullet", "hikvision-dome"}
	var models []specimens.Model
	for limit := 3; limit <= 20; limit++ {
		i := slices.IndexFunc(all, func(m specimens.Model) bool { return m.Name == kinds[(limit+int(seed))%len(kinds)] })
		m := all[i]
		m.Name = fmt.Sprintf("%s-%d", m.Name, limit)
		m.Lock = &specimens.Lock{Min: limit, Max: limit, Window: 30 * time.Minute}
		models = append(models, m)
	}
	devices, err := lab.Build(models, seed)
	if err != nil {
		t.Fatal(err)
	}
	var guests []lab.Guest
	for _, d := range devices {
		d.Switch(lab.FactoryPassword, true)
		guests = append(guests, d)
	}
	return guests
}

// start lets a crowd into a lab, and one device that nobody set up yet, which would else be one of theirs. The same seed gives the same devices at the same addresses with their
// counters at nought: what half an hour does to them, too.
func start(t *testing.T, seed uint64) *lab.Lab {
	t.Helper()
	guests := crowd(t, seed)
	stray := NewPlain(1)
	stray.At = lab.Unset
	places := map[string]lab.Place{}
	for _, g := range guests {
		places[g.Truth().Name] = lab.OnWire
	}
	return Start(t, lab.Config{Seed: seed, Guests: append(guests, stray), Places: places})
}

// decoy is a password that no device has. An owner's own knowledge puts it before the right one, which
// so becomes the second.
const decoy = "Zq7wrongFirst"

// decoys writes knowledge with a wrong first password for makers of the crowd. Hikvision's and Xiongmai's own stay
// first: they are as sure, and are in the built-in knowledge.
func decoys(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, vendor := range []string{"Uniview", "TVT", "Dahua", "Reolink"} {
		fmt.Fprintf(&b, "[[password]]\nvendor = %q\nproduct = \"a test\"\nprotocol = \"http\"\nuser = \"admin\"\npassword = %q\nsource = \"a test\"\nconfidence = \"high\"\n\n", vendor, decoy+vendor)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "passwords"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "passwords", "decoys.toml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestPasswordsInLaterWindows has devices that lock after 3 to 20 wrong log-ins, and whose factory password is
// the second that is known of their maker: it is found in the window that the report announces, not
// before, and no password that is tried is seen anywhere.
func TestPasswordsInLaterWindows(t *testing.T) {
	Need(t)
	for _, seed := range []uint64{41, 42, 43} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			keep := home(t)
			args := append([]string{"--fast", "--knowledge", decoys(t)}, mine...)
			l := start(t, seed)
			control := said(t, l.Status(), "--fast")
			var outputs [][]byte
			var began time.Time
			for run := range 3 {
				if run == 0 {
					began = time.Now()
				}
				out := said(t, l.Status(), args...)
				outputs = append(outputs, out)
				r := read(t, out)
				for _, d := range crowded(l) {
					firstWindow(t, &r, d, run, began)
				}
			}
			unlocked(t, l.Status().Devices)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			age(t, filepath.Join(os.Getenv("XDG_STATE_HOME"), "cordon", "budget"), 31*time.Minute)
			l = start(t, seed)
			for run := range 2 {
				out := said(t, l.Status(), args...)
				outputs = append(outputs, out)
				r := read(t, out)
				for _, d := range crowded(l) {
					found(t, &r, d, openedLike(d.Truth.Name), fmt.Sprintf("later run %d", run+1))
					if n := d.Counters.Failed["admin"]; n != 0 {
						t.Errorf("%s: a password that was wrong before was tried again", d.Truth.Name)
					}
				}
			}
			unlocked(t, l.Status().Devices)
			unseen(t, keep, control, outputs)
		})
	}
}

// crowded are the devices of a crowd, as they are now.
func crowded(l *lab.Lab) []lab.Seated {
	return slices.DeleteFunc(l.Status().Devices, func(d lab.Seated) bool { return strings.HasPrefix(d.Truth.Name, "plain") })
}

// openedLike is opened for a device of a crowd.
func openedLike(name string) string { return opened(name[:strings.LastIndexByte(name, '-')]) }

// firstWindow checks a device after a run in the first window: a right first password was found; a decoy was tried
// once, in whatever run, and when the next is tried is announced.
func firstWindow(t *testing.T, r *report, d lab.Seated, run int, began time.Time) {
	t.Helper()
	when := fmt.Sprintf("run %d", run+1)
	if strings.HasPrefix(d.Truth.Name, "hikvision") || strings.HasPrefix(d.Truth.Name, "xiongmai") {
		found(t, r, d, openedLike(d.Truth.Name), when)
		return
	}
	found(t, r, d, "", when)
	if n := d.Counters.Failed["admin"]; n != 1 {
		t.Errorf("%s, %s (limit %d): %d wrong log-ins, want 1", when, d.Truth.Name, d.Truth.Limit, n)
	}
	waits, _ := r.finding(r.at(d.Addr), "password-waits")
	at, err := time.Parse("More factory passwords can be tried from 2006-01-02 15:04:05 MST", waits.Title)
	if err != nil || at.Before(began.Add(30*time.Minute-time.Second)) || at.After(time.Now().Add(30*time.Minute)) {
		t.Errorf("%s, %s: announces %q", when, d.Truth.Name, waits.Title)
	}
}

// said scans and gives everything that was said, errors too.
func said(t *testing.T, st lab.Status, args ...string) []byte {
	t.Helper()
	all := append([]string{"scan", "--format", "json", "--fail-on", "never"}, args...)
	r := CordonIn(t, st, append(all, st.Networks...)...)
	if r.Code != 0 {
		t.Fatalf("cordon %s: exit code %d: %s", strings.Join(all, " "), r.Code, r.Err)
	}
	return []byte(r.Out + "\n" + r.Err)
}

func read(t *testing.T, said []byte) (r report) {
	t.Helper()
	if err := json.NewDecoder(bytes.NewReader(said)).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// age moves every time in the budget back, as docs/format/budget.md says for tests: to the budget, so much time has passed.
func age(t *testing.T, file string, by time.Duration) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	var out strings.Builder
	out.WriteString(lines[0])
	for _, line := range lines[1 : len(lines)-2] { // without the checksum
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		tries, _ := l["tries"].([]any)
		for i := range tries {
			at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(tries[i]))
			if err != nil {
				t.Fatal(err)
			}
			tries[i] = at.Add(-by)
		}
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	fmt.Fprintf(&out, "sha256 %x\n", sha256.Sum256([]byte(out.String())))
	if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// unseen looks for every password that is known to Cordon or to the lab in all that was said and kept: reports, standard
// error, budget, audit log, journals, keys. A word that stands in a report of a scan that tried none
// ("admin" is a user name) tells nothing.
func unseen(t *testing.T, keep string, control []byte, outputs [][]byte) {
	t.Helper()
	where := map[string][]byte{}
	for i, out := range outputs {
		where[fmt.Sprint("the output of run ", i+1)] = out
	}
	files := 0
	err := filepath.WalkDir(keep, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		where[strings.TrimPrefix(path, keep)], err = os.ReadFile(path)
		return err
	})
	if err != nil || files < 3 {
		t.Fatalf("%d files were kept, %v: the test looks in the wrong place", files, err)
	}
	for _, p := range knownPasswords(t) {
		plain := regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(p) + `([^0-9A-Za-z]|$)`)
		basic := base64.StdEncoding.EncodeToString([]byte("admin:" + p))
		for name, text := range where {
			if plain.Match(text) && !plain.Match(control) || bytes.Contains(text, []byte(basic)) || strings.HasPrefix(p, decoy) && bytes.Contains(text, []byte(p)) {
				t.Errorf("%s: a password that is tried stands there: %q", name, p)
			}
		}
	}
}

// knownPasswords are those of the built-in knowledge, the lab's and the decoys, without the shortest and
// without words that are user names as well, or the word itself: reports and the audit log have these.
func knownPasswords(t *testing.T) []string {
	t.Helper()
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	models, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	out := []string{decoy + "Uniview", decoy + "TVT", decoy + "Dahua", decoy + "Reolink"}
	words := map[string]bool{"password": true}
	for _, p := range know.AllPasswords() {
		out = append(out, p.Password)
		words[p.User] = !strings.ContainsAny(p.User, "0123456789")
	}
	for i := range models {
		for _, a := range models[i].Accounts {
			out = append(out, a.Factory)
		}
	}
	slices.Sort(out)
	out = slices.DeleteFunc(slices.Compact(out), func(p string) bool { return len(p) < 4 || words[p] })
	if !slices.Contains(out, "12345") || !slices.Contains(out, "888888") {
		t.Fatalf("the test knows too few passwords: %d", len(out))
	}
	return out
}
