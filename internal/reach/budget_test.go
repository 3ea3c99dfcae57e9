package reach

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func newBudget(t *testing.T) (*Budget, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "budget")
	b, err := OpenBudget(file)
	if err != nil {
		t.Fatal(err)
	}
	return b, file
}

var camera = Account{Host: "aa:bb:cc:00:00:01", User: "admin"}

// TestSpendLimits counts how many tries each limit lets through at one moment.
func TestSpendLimits(t *testing.T) {
	for _, c := range []struct {
		limit Limit
		want  int
	}{
		{Limit{}, 1},
		{Limit{Tries: 5}, 1},                      // window not known
		{Limit{Window: time.Hour}, 1},             // tries not known
		{Limit{Tries: 1, Window: time.Minute}, 0}, // nothing to spare
		{Limit{Tries: 2, Window: time.Minute}, 0}, //
		{Limit{Tries: 2}, 0},                      //
		{Limit{Tries: 3, Window: 5 * time.Minute}, 1},
		{Limit{Tries: 7, Window: 30 * time.Minute}, 5},
		{Limit{Tries: 20, Window: time.Hour}, 18},
	} {
		b, _ := newBudget(t)
		n := 0
		for range 30 {
			err := b.Spend(camera, c.limit, noon)
			if err == nil {
				n++
			} else if !errors.Is(err, ErrSpent) {
				t.Fatal(err)
			}
		}
		if n != c.want {
			t.Errorf("%+v: %d tries allowed, want %d", c.limit, n, c.want)
		}
	}
}

// TestSpendWindow holds every window of a long run against the limit, and the promised next time.
func TestSpendWindow(t *testing.T) {
	b, _ := newBudget(t)
	limit := Limit{Tries: 5, Window: 10 * time.Minute}
	var made []time.Time
	for now := noon; now.Before(noon.Add(2 * time.Hour)); now = now.Add(41 * time.Second) {
		err := b.Spend(camera, limit, now)
		var spent *SpentError
		switch {
		case err == nil:
			made = append(made, now)
		case !errors.As(err, &spent):
			t.Fatal(err)
		case b.Spend(camera, limit, spent.Next.Add(-time.Second)) == nil:
			t.Fatalf("a try before the next time %v was allowed", spent.Next)
		}
	}
	for i := range made {
		n := 0
		for _, at := range made[i:] {
			if at.Sub(made[i]) < limit.Window {
				n++
			}
		}
		if n > 3 {
			t.Fatalf("%d tries within %v from %v", n, limit.Window, made[i])
		}
	}
	if len(made) != 36 { // three in each of twelve windows
		t.Errorf("%d tries in two hours, want 36", len(made))
	}
}

func TestSpendNextIsKept(t *testing.T) {
	b, _ := newBudget(t)
	b.Spend(camera, Limit{}, noon)
	var spent *SpentError
	if err := b.Spend(camera, Limit{}, noon.Add(time.Minute)); !errors.As(err, &spent) || !spent.Next.Equal(noon.Add(30*time.Minute)) {
		t.Fatalf("got %v", err)
	}
	if err := b.Spend(camera, Limit{}, spent.Next); err != nil {
		t.Errorf("the next time did not hold: %v", err)
	}
}

func TestAccountsApart(t *testing.T) {
	b, _ := newBudget(t)
	for _, a := range []Account{camera, {camera.Host, "root"}, {"other", camera.User}, {"", ""}, {"\"\n{", "sha256 x"}} {
		if err := b.Spend(a, Limit{}, noon); err != nil {
			t.Errorf("%+v: %v", a, err)
		}
		if err := b.Spend(a, Limit{}, noon); !errors.Is(err, ErrSpent) {
			t.Errorf("%+v once more: %v", a, err)
		}
	}
	for _, same := range []Account{{strings.ToUpper(camera.Host), "Admin"}} {
		if err := b.Spend(same, Limit{}, noon); !errors.Is(err, ErrSpent) {
			t.Errorf("%+v counts apart from %+v: %v", same, camera, err)
		}
	}
	bad := Account{"h", "\xff\xfe"}
	b.Spend(bad, Limit{}, noon)
	if err := b.Spend(bad, Limit{}, noon); !errors.Is(err, ErrSpent) {
		t.Errorf("a name that is not UTF-8 is not found again: %v", err)
	}
}

// TestClockBack puts the clock back after a try, and forth again.
func TestClockBack(t *testing.T) {
	b, _ := newBudget(t)
	limit := Limit{Tries: 4, Window: 10 * time.Minute} // two tries
	spend := func(after time.Duration, want bool) {
		t.Helper()
		if err := b.Spend(camera, limit, noon.Add(after)); (err == nil) != want {
			t.Errorf("at %v: %v, want allowed %v", after, err, want)
		}
	}
	spend(0, true)
	spend(-time.Hour, true)     // recorded at noon, not an hour before
	spend(-time.Hour, false)    // both count though they lie in the future
	spend(5*time.Minute, false) // the second still counts when the clock is right again
	spend(10*time.Minute, true)
}

// TestDamage: whatever happens to the file, no try is allowed and the error says how to mend it.
func TestDamage(t *testing.T) {
	for name, harm := range map[string]func([]byte) []byte{
		"empty":        func([]byte) []byte { return nil },
		"cut short":    func(b []byte) []byte { return b[:len(b)-1] },
		"cut in half":  func(b []byte) []byte { return b[:len(b)/2] },
		"line removed": func(b []byte) []byte { return append([]byte(budgetHead), b[strings.Index(string(b), budgetTail):]...) },
		"bit":          func(b []byte) []byte { b[40] ^= 1; return b },
		"longer":       func(b []byte) []byte { return append(b, '\n') },
		"zeros":        func(b []byte) []byte { return make([]byte, len(b)) },
		"twice":        func(b []byte) []byte { return sealed(budgetLineOf(b) + budgetLineOf(b)) },
		"no tries":     func(b []byte) []byte { return sealed(`{"host":"h","user":"u","tries":[]}` + "\n") },
		"more in it":   func(b []byte) []byte { return sealed(`{"host":"h","user":"u","tries":[],"wrong":["00"],"x":1}` + "\n") },
		"no mark": func(b []byte) []byte {
			return sealed(`{"host":"h","user":"u","tries":[],"wrong":["pass word"]}` + "\n")
		},
		"out of order": func(b []byte) []byte {
			return sealed(`{"host":"h","user":"u","tries":["2027-03-01T12:00:01Z","2027-03-01T12:00:00Z"]}` + "\n")
		},
		"later format": func(b []byte) []byte { return []byte("cordon budget 3\n" + seal([]byte("cordon budget 3\n"))) },
	} {
		t.Run(name, func(t *testing.T) {
			b, file := newBudget(t)
			if err := b.Spend(camera, Limit{}, noon); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, harm(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{b.Spend(camera, Limit{}, noon.Add(time.Hour)), reopen(file)} {
				if err == nil || errors.Is(err, ErrSpent) || !strings.Contains(err.Error(), "then remove it") || !strings.Contains(err.Error(), file) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

// sealed is a budget of these lines, whose checksum is right.
func sealed(lines string) []byte { return []byte(budgetHead + lines + seal([]byte(budgetHead+lines))) }

// budgetLineOf gives the first account's line.
func budgetLineOf(text []byte) string { return strings.SplitAfter(string(text), "\n")[1] }

func reopen(file string) error {
	_, err := OpenBudget(file)
	return err
}

func TestBudgetRemoved(t *testing.T) {
	b, file := newBudget(t)
	os.Remove(file)
	if err := b.Spend(camera, Limit{}, noon); err == nil || !strings.Contains(err.Error(), "removed while in use") {
		t.Errorf("got %v", err)
	}
	if err := reopen(filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

// TestBudgetByLink: a link must not be replaced by a file of its own.
func TestBudgetByLink(t *testing.T) {
	b, file := newBudget(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	other, err := OpenBudget(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Spend(camera, Limit{}, noon); err != nil {
		t.Fatal(err)
	}
	if err := b.Spend(camera, Limit{}, noon); !errors.Is(err, ErrSpent) {
		t.Errorf("the link has a budget of its own: %v", err)
	}
}

// TestCrash leaves behind what a crash can leave: a half-written new file, and the lock file.
func TestCrash(t *testing.T) {
	b, file := newBudget(t)
	b.Spend(camera, Limit{}, noon)
	if err := os.WriteFile(file+".new", []byte("cordon bud"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := OpenBudget(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Spend(camera, Limit{}, noon); !errors.Is(err, ErrSpent) {
		t.Errorf("the try before the crash is forgotten: %v", err)
	}
	if err := again.Spend(camera, Limit{}, noon.Add(time.Hour)); err != nil {
		t.Error(err)
	}
}

// TestManyHandles spends one account from many goroutines with a handle each.
func TestManyHandles(t *testing.T) {
	_, file := newBudget(t)
	var allowed atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			b, err := OpenBudget(file)
			if err != nil {
				t.Error(err)
				return
			}
			for range 5 {
				if b.Spend(camera, Limit{Tries: 9, Window: time.Hour}, noon) == nil {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if allowed.Load() != 7 {
		t.Errorf("%d tries allowed, want 7", allowed.Load())
	}
}

// TestManyProcesses spends one account from real processes: this test run again.
func TestManyProcesses(t *testing.T) {
	_, file := newBudget(t)
	var children []*exec.Cmd
	var said []*strings.Builder
	for range 4 {
		c := again("spend", file)
		out := &strings.Builder{}
		c.Stdout = out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		children, said = append(children, c), append(said, out)
	}
	n := 0
	for i, c := range children {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
		n += strings.Count(said[i].String(), "allowed")
	}
	if n != 7 {
		t.Errorf("%d tries allowed, want 7", n)
	}
}

// TestFullDisk runs in a process that may not write a byte: what can not be recorded is refused.
func TestFullDisk(t *testing.T) {
	b, file := newBudget(t)
	out, err := again("full", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "not tried") {
		t.Errorf("got %s, %v", out, err)
	}
	if err := b.Spend(camera, Limit{}, noon); err != nil {
		t.Errorf("the file was harmed: %v", err)
	}
}

// roles are what this test does when it is run again as a process of its own.
func init() {
	roles["spend"] = func(args []string) error {
		b, err := OpenBudget(args[0])
		for range 5 {
			if err == nil && b.Spend(camera, Limit{Tries: 9, Window: time.Hour}, noon) == nil {
				fmt.Println("allowed")
			}
		}
		return err
	}
	roles["full"] = func(args []string) error {
		b, err := OpenBudget(args[0])
		if err != nil {
			return err
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{}); err != nil {
			return err
		}
		err = b.Spend(camera, Limit{}, noon)
		syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 30, Max: 1 << 30})
		if err == nil || errors.Is(err, ErrSpent) {
			return fmt.Errorf("a try that could not be written: %v", err)
		}
		fmt.Println(err)
		return nil
	}
}

func FuzzBudget(f *testing.F) {
	for _, all := range [][]tries{nil, {{camera, []time.Time{noon, noon.Add(time.Second)}, nil}}, {{camera, nil, []string{"00ff", "0100"}}}} {
		text, err := formatBudget(all)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, what := parseBudget(text)
		if what != "" {
			return
		}
		again, err := formatBudget(all)
		if err != nil {
			return // years beyond 9999 can not be written
		}
		if _, what := parseBudget(again); what != "" {
			t.Errorf("%q is read, but not what is written of it: %s", text, what)
		}
	})
}

// TestRight gives back the try that was right, and only that one.
func TestRight(t *testing.T) {
	b, _ := newBudget(t)
	if err := b.Right(camera, noon); err != nil {
		t.Fatal("nothing to give back:", err)
	}
	for range 3 {
		if err := b.Spend(camera, Limit{}, noon); err != nil {
			t.Fatal(err)
		}
		if err := b.Right(camera, noon); err != nil {
			t.Fatal(err)
		}
	}
	limit := Limit{Tries: 4, Window: time.Hour}
	b.Spend(camera, limit, noon)
	b.Spend(camera, limit, noon)
	b.Right(camera, noon)
	if err := b.Spend(camera, limit, noon); err != nil {
		t.Error("the try given back cannot be made:", err)
	}
	if err := b.Spend(camera, limit, noon); !errors.Is(err, ErrSpent) {
		t.Error("more was given back than one try:", err)
	}
}

// TestRightLeavesOthers: who was right gets its own try back, not one that another run spent since.
func TestRightLeavesOthers(t *testing.T) {
	b, _ := newBudget(t)
	limit := Limit{Tries: 4, Window: time.Hour}
	for _, at := range []time.Duration{0, time.Minute} {
		if err := b.Spend(camera, limit, noon.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Right(camera, noon); err != nil {
		t.Fatal(err)
	}
	if err := b.Spend(camera, limit, noon.Add(2*time.Minute)); err != nil {
		t.Fatal("the try given back cannot be made:", err)
	}
	var spent *SpentError
	if err := b.Spend(camera, limit, noon.Add(3*time.Minute)); !errors.As(err, &spent) || !spent.Next.Equal(noon.Add(61*time.Minute)) {
		t.Errorf("the other's try does not count from when it was made: %v", err)
	}
}

// TestRightNeverBlocks: an owner whose device locks after 3 to 20 wrong ones, and whose password is
// right, can go on trying; wrong ones between still end at two before the limit.
func TestRightNeverBlocks(t *testing.T) {
	for n := 3; n <= 20; n++ {
		b, _ := newBudget(t)
		limit := Limit{Tries: n, Window: 30 * time.Minute}
		wrong := 0
		for i := range 60 {
			at := noon.Add(time.Duration(i) * time.Second)
			err := b.Spend(camera, limit, at)
			if errors.Is(err, ErrSpent) {
				if wrong < n-2 {
					t.Errorf("limit %d: refused after %d wrong ones: %v", n, wrong, err)
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				err = b.Right(camera, at)
			} else {
				wrong++
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if wrong != n-2 {
			t.Errorf("limit %d: %d wrong ones were allowed, want %d", n, wrong, n-2)
		}
	}
}

// TestWrongIsKept: marks outlive tries and runs, are each account's own, bounded, and no password.
func TestWrongIsKept(t *testing.T) {
	b, file := newBudget(t)
	for i := range manyMarks + 3 {
		if err := b.Wrong(camera, fmt.Sprintf("%016x", i), noon); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Wrong(camera, fmt.Sprintf("%016x", 9), noon); err != nil { // twice is once
		t.Fatal(err)
	}
	for _, bad := range []string{"", "with blank", "line\n", strings.Repeat("x", 65), "\u00e4"} {
		if b.Wrong(camera, bad, noon) == nil {
			t.Errorf("%q is taken for a mark", bad)
		}
	}
	other := Account{"other", "admin"}
	if err := b.Spend(other, Limit{}, noon.Add(2*LongestWindow)); err != nil { // forgets old tries
		t.Fatal(err)
	}
	again, err := OpenBudget(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.KnownWrong(Account{strings.ToUpper(camera.Host), "ADMIN"})
	if err != nil || len(got) != manyMarks || got[0] != fmt.Sprintf("%016x", 3) {
		t.Errorf("%d marks, %v, %v", len(got), got, err)
	}
	if got, err := again.KnownWrong(other); err != nil || len(got) != 0 {
		t.Errorf("another account's: %v, %v", got, err)
	}
	if err := again.Forget(camera, noon); err != nil {
		t.Fatal(err)
	}
	if got, err := again.KnownWrong(camera); err != nil || len(got) != 0 {
		t.Errorf("forgotten ones: %v, %v", got, err)
	}
}

// TestFirstFormatIsRead: a budget of the first format goes on, as the second.
func TestFirstFormatIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "budget")
	text := []byte(budgetFirst + `{"host":"aa:bb:cc:00:00:01","user":"admin","tries":["2027-03-01T12:00:00Z"]}` + "\n")
	if err := os.WriteFile(file, append(text, seal(text)...), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := OpenBudget(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Spend(camera, Limit{}, noon.Add(time.Minute)); !errors.Is(err, ErrSpent) {
		t.Error("its try is forgotten:", err)
	}
	if err := b.Wrong(camera, "0123456789abcdef", noon); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(file); !strings.HasPrefix(string(text), budgetHead) {
		t.Errorf("written as %q", text)
	}
}
