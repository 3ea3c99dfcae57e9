// Package storetest is what every database behind package store is held to. A backend's test
// calls Run with a way to open an empty store; the suite itself knows no database.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// Maker opens stores for a test.
type Maker struct {
	Empty func(t *testing.T) string // where a new, empty store is; it is gone with the test
}

// hostile are texts that people's devices should not have, and do.
var hostile = []string{
	"", "plain", "nul\x00inside", "not utf-8 \xff\xfe\xc0\x80", "'; DROP TABLE devices; --", "\"quoted\" `back` [brackets] $1 ? ?1 :a",
	"\u202eright to left", "line\nbreak\ttab\r", "<script>alert(1)</script>", "%_like%", "emoji \U0001f4f7", "\x1b[31mred", "ends in nul\x00", "\x00",
}

// parts is the suite.
var parts = []struct {
	name string
	run  func(*testing.T, *store.Store)
}{
	{"facts", facts}, {"facts of a device", factsOf}, {"history", history}, {"contacts", contacts}, {"contact pages", contactPages}, {"hidden", hidden}, {"hidden later", hiddenLater}, {"peoples", peoples},
	{"crowd", crowd}, {"tried again", triedAgain}, {"top", top}, {"long ago", longAgo}, {"retain", retain}, {"clock ahead", clockAhead}, {"devices", devices}, {"device pages", devicePages}, {"changes", changes},
	{"reports", reports},
	{"findings", findings}, {"alarms", alarms}, {"risks", risks}, {"sites", sites}, {"claims", claims}, {"suppliers", suppliers},
	{"entries", entries}, {"tokens", tokens}, {"accounts", accounts}, {"settings", settings}, {"retention", retention}, {"life", life}, {"notes", notes}, {"overview", overview}, {"pulse", pulse}, {"traffic", traffic}, {"channels", channels}, {"messages", messages}, {"hostile", hostileTexts}, {"stopped", stopped},
}

// Run holds a backend to the suite.
func Run(t *testing.T, m Maker) {
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			s := open(t, m.Empty(t))
			p.run(t, s)
			sound(t, s)
		})
	}
	t.Run("reopen", func(t *testing.T) { reopen(t, m) })
	t.Run("backup", func(t *testing.T) { backup(t, m) })
	t.Run("hold", func(t *testing.T) { hold(t, m) })
	t.Run("random", func(t *testing.T) { random(t, m) })
}

func open(t *testing.T, where string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// sound fails the test for whatever Check finds.
func sound(t *testing.T, s *store.Store) {
	t.Helper()
	wrong, err := s.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Error("check:", w)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is fails unless an error is the wanted one.
func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

// same fails unless two things print alike.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Fatalf("%s:\n got %s\nwant %s", what, g, w)
	}
}

// monday is a Monday at midnight; nothing in the suite asks the clock.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func far(n int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}) }

// talk is a contact with a far end outside.
func talk(device string, when time.Time, n int, sent, received uint64) cordon.Contact {
	return cordon.Contact{
		Site: "hall", Device: device, Start: when, Far: far(n), Port: 443, Protocol: "tcp", App: "tls", Name: fmt.Sprintf("h%d.example", n),
		Place: cordon.Place{Country: []string{"CN", "US", "DE", ""}[n%4], Operator: "SG", ASN: uint32(n), Network: "net"}, Outside: true, Opened: true,
		Sent: sent, Received: received, Flows: 1, Unanswered: n % 2,
	}
}

func put(t *testing.T, s *store.Store, when time.Time, c ...cordon.Contact) {
	t.Helper()
	must(t, s.Append(t.Context(), store.Batch{At: when, Contacts: c}))
}
