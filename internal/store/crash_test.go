package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// crashStart is when the child's first batch was heard; each later one comes 20 minutes on, so
// that hours end and days are packed while it is killed.
var crashStart = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const crashStep = 20 * time.Minute

// crashBatch is the n-th batch. Its devices and far ends repeat, its amounts do not.
func crashBatch(n int) store.Batch {
	at := crashStart.Add(time.Duration(n) * crashStep)
	b := store.Batch{At: at, Frames: [][]byte{strconv.AppendInt(nil, int64(n), 10)}}
	for i := range 40 {
		b.Contacts = append(b.Contacts, cordon.Contact{
			Site: "hall", Device: fmt.Sprint("cam", i%8), Start: at, Far: netip.AddrFrom4([4]byte{203, 0, 113, byte(n*7 + i)}), Port: 443,
			Protocol: "tcp", Outside: true, Sent: uint64(n*40 + i), Flows: 1,
		})
		b.Facts = append(b.Facts, store.Fact{Site: "hall", Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), Kind: "a.b", Value: fmt.Sprint(n % 50), First: 1, Last: int64(n), Count: 1})
	}
	return b
}

// TestMain is also the child of TestKilled: it appends and retains until it is killed.
func TestMain(m *testing.M) {
	if where := os.Getenv("CORDON_STORE_CHILD"); where != "" {
		if err := crashChild(where); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func crashChild(where string) error {
	ctx := context.Background()
	fmt.Println("opening")
	s, err := store.Open(ctx, where)
	if err != nil {
		return err
	}
	if err := s.Hold(ctx); err != nil { // the one before was killed
		return err
	}
	n := 0
	if err := s.History(ctx, time.Time{}, crashStart.Add(1e6*time.Hour), func(_ time.Time, f []byte) error {
		n++
		return nil
	}); err != nil {
		return err
	}
	if err := s.PutRetention(ctx, []store.Keep{{Table: "history", Days: 0}}); err != nil {
		return err
	}
	failed, at := make(chan error, 1), make(chan time.Time, 1)
	go func() {
		for now := range at {
			if _, err := s.Retain(ctx, now); err != nil {
				failed <- err
			}
		}
	}()
	for ; ; n++ {
		b := crashBatch(n)
		if err := s.Append(ctx, b); err != nil {
			return err
		}
		fmt.Println(n)
		select {
		case at <- b.At:
		case err := <-failed:
			return err
		default:
		}
	}
}

// TestKilled kills a program that appends and retains, at random and again and again, also while
// it makes its tables. CORDON_TORTURE says how often (10; 1 stands for 100).
func TestKilled(t *testing.T) {
	rounds := 10
	if text := os.Getenv("CORDON_TORTURE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if rounds = n; n == 1 {
			rounds = 100 // the long form, make torture
		}
	}
	dir, rnd := t.TempDir(), rand.New(rand.NewPCG(7, uint64(rounds)))
	where := filepath.Join(dir, "long.db")
	for round := range rounds {
		if round%4 == 3 { // in the middle of making the tables
			fresh := filepath.Join(dir, fmt.Sprint("fresh", round))
			acked := killed(t, fresh, 0, time.Duration(rnd.IntN(30_000))*time.Microsecond)
			afterwards(t, fresh, acked)
			continue
		}
		afterwards(t, where, killed(t, where, 1+rnd.IntN(150), time.Duration(rnd.IntN(3000))*time.Microsecond))
	}
}

// killed starts the child, lets it say some lines more after "opening" and go on for a moment,
// kills it, and gives the last batch that it said was kept.
func killed(t *testing.T, where string, lines int, moment time.Duration) (acked int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "CORDON_STORE_CHILD="+where)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	acked = -1
	said := bufio.NewScanner(out)
	for range 1 + lines {
		if !said.Scan() {
			t.Fatal("the child ended by itself")
		}
	}
	timer := time.AfterFunc(moment, func() { child.Process.Kill() })
	for ok := true; ok; ok = said.Scan() {
		if n, err := strconv.Atoi(said.Text()); err == nil {
			acked = n
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	timer.Stop()
	return acked
}

// afterwards holds what is left to the truth: every batch that was acknowledged, and at most the
// one under way, whole.
func afterwards(t *testing.T, where string, acked int) {
	t.Helper()
	began := time.Now()
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	t.Logf("%s: batch %d acknowledged; opened in %v", filepath.Base(where), acked, time.Since(began).Round(time.Millisecond))
	wrong, err := s.Check(t.Context())
	if err != nil || len(wrong) > 0 {
		t.Fatal(err, wrong)
	}
	kept := 0
	if err := s.History(t.Context(), time.Time{}, crashStart.Add(1e6*time.Hour), func(_ time.Time, f []byte) error {
		if string(f) != strconv.Itoa(kept) {
			return fmt.Errorf("frame %s in the place of %d", f, kept)
		}
		kept++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if kept < acked+1 || acked >= 0 && kept > acked+2 {
		t.Fatalf("%d batches are kept, %d were acknowledged", kept, acked+1)
	}
	var got, want uint64
	for i := range 8 {
		q := store.ContactsQuery{Device: fmt.Sprint("cam", i), Page: store.Page{Limit: 1000}}
		for more := true; more; more = q.Page.After != "" {
			p, err := s.Contacts(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Rows {
				got += c.Sent
			}
			q.Page.After = p.Next
		}
	}
	for n := range kept {
		for _, c := range crashBatch(n).Contacts {
			want += c.Sent
		}
	}
	if got != want {
		t.Fatalf("%d bytes are kept of %d batches, want %d", got, kept, want)
	}
}
