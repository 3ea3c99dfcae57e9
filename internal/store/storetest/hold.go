package storetest

import (
	"path/filepath"
	"testing"

	"cordon/internal/store"
)

// hold shows that one process runs on a store, and others may look at it.
func hold(t *testing.T, m Maker) {
	where := m.Empty(t)
	must(t, store.Held(t.Context(), where))
	first, second := open(t, where), open(t, where)
	must(t, first.Hold(t.Context()))
	must(t, first.Hold(t.Context()))
	is(t, second.Hold(t.Context()), store.ErrHeld)
	is(t, store.Held(t.Context(), where), store.ErrHeld)
	put(t, first, monday, talk("cam", monday, 1, 10, 0))
	sound(t, second)
	file := filepath.Join(t.TempDir(), "copy")
	must(t, second.Backup(t.Context(), file))
	is(t, store.Restore(t.Context(), file, where, true), store.ErrHeld)
	must(t, first.Close())
	must(t, store.Held(t.Context(), where))
	must(t, second.Hold(t.Context()))
	must(t, second.Close())
	must(t, store.Restore(t.Context(), file, where, true))
	if n := len(everyContact(t, open(t, where), store.ContactsQuery{Device: "cam"})); n != 1 {
		t.Fatalf("%d contacts after all, want 1", n)
	}
}
