package people

import (
	"errors"
	"testing"
	"time"
)

// Only who has the token of this start becomes the owner, and only one does.
func TestClaim(t *testing.T) {
	d := newDoor(t, nil)
	token, err := d.ClaimToken(t.Context())
	must(t, err)
	for _, wrong := range []string{"", token[1:], token + "x"} {
		if _, err := d.Claim(t.Context(), wrong, NewAccount{Name: "eve", Password: goodPassword}, at("192.0.2.9")); !errors.Is(err, ErrToken) {
			t.Fatalf("token %q: %v", wrong, err)
		}
	}
	if _, err := d.Claim(t.Context(), token, NewAccount{Name: "kim", Password: "password12"}, at("192.0.2.1")); !errors.Is(err, ErrWeak) {
		t.Fatal(err)
	}
	if _, err := d.Claim(t.Context(), token, NewAccount{Name: "k m", Password: goodPassword}, at("192.0.2.1")); !errors.Is(err, ErrInvalid) {
		t.Fatal(err)
	}
	e, err := d.Claim(t.Context(), token, NewAccount{Name: " Kim ", Display: "Kim K.", Password: goodPassword}, at("192.0.2.1"))
	must(t, err)
	if e.Person.Name != "kim" || e.Person.Display != "Kim K." || e.Person.Role != Owner || e.Person.Sites != nil {
		t.Fatalf("%+v", e.Person)
	}
	if p, v, ok := d.BySession(t.Context(), e.Cookie); !ok || p.ID != e.Person.ID || v.ID != e.Session.ID || v.Means != "claim" {
		t.Fatalf("%+v %+v %v", p, v, ok)
	}
	if _, err := d.Claim(t.Context(), token, NewAccount{Name: "eve", Password: goodPassword}, at("192.0.2.9")); !errors.Is(err, ErrClaimed) {
		t.Fatal(err)
	}
	if _, err := d.ClaimToken(t.Context()); !errors.Is(err, ErrClaimed) {
		t.Fatal(err)
	}
}

// A store that does not answer does not make a box claimed.
func TestClaimWithoutStore(t *testing.T) {
	d := newDoor(t, nil)
	must(t, d.Store.Close())
	if _, err := d.Claim(t.Context(), d.claim.token, NewAccount{Name: "kim", Password: goodPassword}, at("192.0.2.1")); err == nil || errors.Is(err, ErrClaimed) {
		t.Fatal(err)
	}
}

// A session ends when it is not used, when it is old, when it is logged out, and with the account.
func TestSessions(t *testing.T) {
	d, e := owned(t)
	ctx := t.Context()
	for _, wrong := range []string{"", "x", e.Cookie[1:], e.Cookie[:42] + "_"} {
		if _, _, ok := d.BySession(ctx, wrong); ok {
			t.Errorf("%q is a session", wrong)
		}
	}
	alive := func(cookie string, want bool) {
		t.Helper()
		if _, _, ok := d.BySession(ctx, cookie); ok != want {
			t.Fatalf("alive %v, want %v", ok, want)
		}
	}
	d.now = d.now.Add(SessionIdle - time.Second)
	alive(e.Cookie, true) // and this was a use
	d.now = d.now.Add(SessionIdle - time.Second)
	alive(e.Cookie, true)
	d.now = d.now.Add(SessionIdle)
	alive(e.Cookie, false)
	e, err := d.in("KIM", goodPassword, "", at("192.0.2.1"))
	must(t, err)
	begun := d.now
	for d.now.Before(begun.Add(SessionLife - SessionIdle/2)) {
		d.now = d.now.Add(SessionIdle / 2)
		alive(e.Cookie, d.now.Before(begun.Add(SessionLife)))
	}
	d.now = begun.Add(SessionLife)
	alive(e.Cookie, false)
	e, err = d.in("kim", goodPassword, "", at("192.0.2.1"))
	must(t, err)
	from := at("192.0.2.1")
	from.Session = e.Cookie
	again, err := d.in("kim", goodPassword, "", from)
	must(t, err)
	alive(e.Cookie, false) // the browser's earlier one is replaced
	list, err := d.Sessions(ctx, e.Person.ID, again.Session.ID)
	must(t, err)
	if len(list) != 1 || !list[0].Here || list[0].Address != "192.0.2.1" || list[0].Agent != "test" {
		t.Fatalf("%+v", list)
	}
	d.LogOut(ctx, again.Cookie)
	alive(again.Cookie, false)
}

// Whatever is wrong, the answer is one and the work is the same.
func TestNoEnumeration(t *testing.T) {
	d, _ := owned(t)
	ctx := t.Context()
	ended, err := d.blank("old", "")
	must(t, err)
	ended.Role, ended.Until = string(Viewer), d.now.Add(-time.Hour)
	ended.Password, err = d.hasher.hash(ctx, goodPassword)
	must(t, err)
	_, err = d.Store.AddPerson(ctx, ended, false)
	must(t, err)
	invited, err := d.blank("new", "")
	must(t, err)
	invited.Role = string(Viewer)
	_, err = d.Store.AddPerson(ctx, invited, false)
	must(t, err)
	for i, c := range []struct{ what, name, password string }{
		{"wrong password", "kim", "wrong"}, {"unknown name", "eve", goodPassword}, {"no name", "", goodPassword}, {"a name that cannot be", "\x00'--", goodPassword},
		{"ended account", "old", goodPassword}, {"invited, without password", "new", goodPassword}, {"invited, empty password", "new", ""},
		{"endless password", "kim", string(make([]byte, 5000))}, {"endless password of nobody", "eve", string(make([]byte, 5000))},
	} {
		before := d.hasher.computed.Load()
		_, err := d.in(c.name, c.password, "123456", at("192.0.2."+string(rune('1'+i))))
		if err != ErrWrong {
			t.Errorf("%s: %v", c.what, err)
		}
		if n := d.hasher.computed.Load() - before; n != 1 {
			t.Errorf("%s: %d hashes", c.what, n)
		}
	}
	a, _, _, err := parseHash(d.hasher.nobody)
	if err != nil || a != usual {
		t.Errorf("nobody's hash costs %+v, %v", a, err)
	}
}
