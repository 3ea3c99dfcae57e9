package store_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"

	"golang.org/x/sys/unix"
)

// smallDisk gives a directory with room for some megabytes, and a way to make room. Without root
// it is the process that may not write larger files.
func smallDisk(t *testing.T) (dir string, room func()) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0700"); err == nil {
		t.Cleanup(func() {
			if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		ballast := filepath.Join(dir, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 3<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir, func() {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		}
	}
	signal.Ignore(syscall.SIGXFSZ)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limit := was
	limit.Cur = 3 << 20
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	lift := func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(lift)
	return dir, lift
}

func TestFull(t *testing.T) {
	dir, room := smallDisk(t)
	s, err := store.Open(t.Context(), filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at, kept, refused := time.Unix(1e9, 0), 0, 0
	add := func() error {
		at = at.Add(time.Second)
		err := s.Append(t.Context(), store.Batch{
			At: at, Frames: [][]byte{bytes.Repeat([]byte{byte(kept)}, 50_000)},
			Contacts: []cordon.Contact{{Device: "cam", Start: at, Far: netip.AddrFrom4([4]byte{203, 0, byte(kept >> 8), byte(kept)}), Sent: 1, Outside: true}},
		})
		if err == nil {
			kept++
		}
		return err
	}
	for refused < 5 {
		switch err := add(); {
		case errors.Is(err, store.ErrFull):
			refused++
		case err != nil:
			t.Fatal(err)
		case kept > 1000:
			t.Fatal("the disk does not fill")
		}
	}
	t.Logf("full after %d batches", kept)
	total := func() (n uint64) {
		t.Helper()
		p, err := s.Contacts(t.Context(), store.ContactsQuery{Device: "cam", Page: store.Page{Limit: 1000}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Rows {
			n += c.Sent
		}
		return n
	}
	if got := total(); got != uint64(kept) {
		t.Fatalf("full: %d kept, want %d", got, kept)
	}
	room()
	for range 10 {
		if err := add(); err != nil {
			t.Fatal("there is room again: ", err)
		}
	}
	if got := total(); got != uint64(kept) {
		t.Fatalf("afterwards: %d kept, want %d", got, kept)
	}
	if wrong, err := s.Check(t.Context()); err != nil || len(wrong) > 0 {
		t.Fatal(err, wrong)
	}
}
