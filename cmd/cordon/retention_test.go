package main

import (
	"errors"
	"maps"
	"os"
	"testing"
)

// TestRetentionAtStart shows that a start keeps what as long as the configuration says, and as
// usual what it no longer names.
func TestRetentionAtStart(t *testing.T) {
	file := filledStore(t)
	as, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	usual := keptAtStart(t, file, string(as))
	want := maps.Clone(usual)
	want["history"], want["contacts"] = 30, 0
	if got := keptAtStart(t, file, string(as)+"[retention]\nhistory = 30\ncontacts = 0\n"); !maps.Equal(got, want) {
		t.Errorf("kept: %v, want %v", got, want)
	}
	if got := keptAtStart(t, file, string(as)); !maps.Equal(got, usual) {
		t.Errorf("kept when nothing is said any more: %v, want %v", got, usual)
	}
}

// keptAtStart starts an application as far as its store, and gives for how many days what is kept.
func keptAtStart(t *testing.T, file, config string) map[string]int {
	t.Helper()
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := readConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	conf.complete()
	a := &application{conf: conf, places: conf.places()}
	if err := a.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, err := a.store.Retention(t.Context())
	if err := errors.Join(err, a.store.Close(), a.held.Close()); err != nil {
		t.Fatal(err)
	}
	days := map[string]int{}
	for _, k := range kept {
		days[k.Table] = k.Days
	}
	return days
}
