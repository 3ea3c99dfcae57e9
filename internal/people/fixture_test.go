package people

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"cordon/internal/store"
)

var testKey = bytes.Repeat([]byte{7}, 32)

const goodPassword = "grau lampe zufall"

// door is a service on a real store, with a clock that tests set.
type door struct {
	*Service
	t   *testing.T
	now time.Time
}

func newDoor(t *testing.T, change func(*Config)) *door {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "cordon.db"))
	must(t, err)
	t.Cleanup(func() { st.Close() })
	d := &door{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	c := Config{Store: st, Key: testKey, Now: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if change != nil {
		change(&c)
	}
	d.Service, err = New(c)
	must(t, err)
	return d
}

// owned is a door whose owner is kim.
func owned(t *testing.T) (*door, Entered) {
	t.Helper()
	d := newDoor(t, nil)
	e, err := d.Claim(t.Context(), d.claim.token, NewAccount{Name: "Kim", Password: goodPassword}, at("192.0.2.1"))
	must(t, err)
	return d, e
}

func at(addr string) From { return From{Addr: addr, Agent: "test", Host: "box.example"} }

func (d *door) in(name, password, code string, from From) (Entered, error) {
	return d.LogIn(context.Background(), Login{Name: name, Password: password, Code: code}, from)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
