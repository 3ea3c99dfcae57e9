package people

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// invited adds somebody, who accepts.
func (d *door) invited(name string, r Rights) Entered {
	d.t.Helper()
	p, err := d.Add(d.t.Context(), name, r, "kim")
	must(d.t, err)
	l, err := d.Invite(d.t.Context(), p.ID, "kim")
	must(d.t, err)
	e, err := d.Accept(d.t.Context(), l.Token, goodPassword, "", at("192.0.2.50"))
	must(d.t, err)
	return e
}

func (d *door) alive(cookie string, want bool) {
	d.t.Helper()
	if _, _, ok := d.BySession(d.t.Context(), cookie); ok != want {
		d.t.Fatalf("session alive: %v, want %v", ok, want)
	}
}

// A link makes an account once, for a week, and the newest alone.
func TestInvitations(t *testing.T) {
	quick(t)
	d, _ := owned(t)
	ctx := t.Context()
	p, err := d.Add(ctx, "Ann", Rights{Role: Viewer, Sites: []string{"hall"}}, "kim")
	must(t, err)
	old, err := d.Invite(ctx, p.ID, "kim")
	must(t, err)
	l, err := d.Invite(ctx, p.ID, "kim")
	must(t, err)
	if _, err := d.Invited(ctx, old.Token, at("192.0.2.3")); !errors.Is(err, ErrToken) {
		t.Fatalf("an earlier link: %v", err)
	}
	if i, err := d.Invited(ctx, l.Token, at("192.0.2.2")); err != nil || i.Name != "ann" || i.Anew {
		t.Fatalf("%+v %v", i, err)
	}
	if _, err := d.Accept(ctx, l.Token, "short", "", at("192.0.2.2")); !errors.Is(err, ErrWeak) {
		t.Fatal(err)
	}
	e, err := d.Accept(ctx, l.Token, goodPassword, "Ann B.", at("192.0.2.2"))
	must(t, err)
	if e.Person.Role != Viewer || !slices.Equal(e.Person.Sites, []string{"hall"}) || e.Person.Display != "Ann B." {
		t.Fatalf("%+v", e.Person)
	}
	if _, err := d.Accept(ctx, l.Token, goodPassword, "", at("192.0.2.2")); !errors.Is(err, ErrToken) {
		t.Fatalf("a second time: %v", err)
	}
	late, err := d.Invite(ctx, p.ID, "kim")
	must(t, err)
	d.now = d.now.Add(inviteLife)
	if _, err := d.Accept(ctx, late.Token, goodPassword, "", at("192.0.2.2")); !errors.Is(err, ErrToken) {
		t.Fatalf("after a week: %v", err)
	}
}

// A reset leaves nothing of before, and nothing changes until it is taken.
func TestReset(t *testing.T) {
	quick(t)
	d, e := owned(t)
	ctx := t.Context()
	_, codes := d.factored(e.Person)
	e, err := d.in("kim", goodPassword, codes[0], at("192.0.2.1"))
	must(t, err)
	l, err := d.Invite(ctx, e.Person.ID, "root")
	must(t, err)
	d.alive(e.Cookie, true)
	again, err := d.Accept(ctx, l.Token, "ganz anderes wort", "", at("192.0.2.7"))
	must(t, err)
	d.alive(e.Cookie, false)
	d.alive(again.Cookie, true)
	if again.Person.HasSecond || again.Person.Role != Owner || again.Person.Display != "Kim" {
		t.Fatalf("%+v", again.Person)
	}
	if n, _ := d.RecoveryLeft(ctx, e.Person.ID); n != 0 {
		t.Errorf("%d recovery codes are left", n)
	}
	if _, err := d.in("kim", goodPassword, codes[1], at("192.0.2.1")); err != ErrWrong {
		t.Errorf("the earlier password: %v", err)
	}
}

// Another password, role, sites or end ends the other sessions; another display name does not.
func TestRevoked(t *testing.T) {
	quick(t)
	d, _ := owned(t)
	ctx := t.Context()
	ann := d.invited("ann", Rights{Role: Viewer})
	second, err := d.in("ann", goodPassword, "", at("192.0.2.51"))
	must(t, err)
	if err := d.ChangePassword(ctx, ann.Person.ID, second.Session.ID, "wrong", "ganz anderes wort"); err != ErrWrong {
		t.Fatal(err)
	}
	must(t, d.ChangePassword(ctx, ann.Person.ID, second.Session.ID, goodPassword, "ganz anderes wort"))
	d.alive(ann.Cookie, false)
	d.alive(second.Cookie, true)
	_, err = d.Edit(ctx, ann.Person.ID, Rights{Role: Viewer, Display: "Ann"}, 0)
	must(t, err)
	d.alive(second.Cookie, true)
	for _, r := range []Rights{{Role: Operator}, {Role: Operator, Sites: []string{"hall"}}, {Role: Operator, Sites: []string{"hall"}, Until: d.now.Add(48 * time.Hour)}} {
		e, err := d.in("ann", "ganz anderes wort", "", at("192.0.2.51"))
		must(t, err)
		_, err = d.Edit(ctx, ann.Person.ID, r, 0)
		must(t, err)
		d.alive(e.Cookie, false)
	}
	e, err := d.in("ann", "ganz anderes wort", "", at("192.0.2.51"))
	must(t, err)
	must(t, d.EndSessions(ctx, ann.Person.ID, 0))
	d.alive(e.Cookie, false)
}

// An account ends when it was said to, also in the middle of a session.
func TestInstallerEnds(t *testing.T) {
	quick(t)
	d, _ := owned(t)
	if _, err := d.Add(t.Context(), "bob", Rights{Role: Installer}, "kim"); !errors.Is(err, ErrInvalid) {
		t.Fatalf("an installer without end: %v", err)
	}
	bob := d.invited("bob", Rights{Role: Installer, Until: d.now.Add(2 * time.Hour)})
	d.now = d.now.Add(2*time.Hour - time.Second)
	d.alive(bob.Cookie, true)
	d.now = d.now.Add(time.Second)
	d.alive(bob.Cookie, false)
	if _, err := d.in("bob", goodPassword, "", at("192.0.2.52")); err != ErrWrong {
		t.Fatal(err)
	}
	l, err := d.Invite(t.Context(), bob.Person.ID, "kim")
	must(t, err)
	if _, err := d.Accept(t.Context(), l.Token, goodPassword, "", at("192.0.2.53")); !errors.Is(err, ErrToken) {
		t.Fatalf("an ended account by a link: %v", err)
	}
}

// The last owner stays; one of two may go.
func TestLastOwner(t *testing.T) {
	quick(t)
	d, kim := owned(t)
	ctx := t.Context()
	pending, err := d.Add(ctx, "lea", Rights{Role: Owner}, "kim") // who has not come in yet does not count
	must(t, err)
	if _, err := d.Edit(ctx, kim.Person.ID, Rights{Role: Viewer}, 0); !errors.Is(err, ErrLastOwner) {
		t.Fatal(err)
	}
	if err := d.Remove(ctx, kim.Person.ID); !errors.Is(err, ErrLastOwner) {
		t.Fatal(err)
	}
	d.alive(kim.Cookie, true)
	l, err := d.Invite(ctx, pending.ID, "kim")
	must(t, err)
	_, err = d.Accept(ctx, l.Token, goodPassword, "", at("192.0.2.2"))
	must(t, err)
	must(t, d.Remove(ctx, kim.Person.ID))
	d.alive(kim.Cookie, false)
	if err := d.Remove(ctx, pending.ID); !errors.Is(err, ErrLastOwner) {
		t.Fatal(err)
	}
}

func TestRights(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		what string
		r    Rights
		ok   bool
	}{
		{"viewer", Rights{Role: Viewer}, true}, {"no role", Rights{}, false}, {"unknown role", Rights{Role: "root"}, false},
		{"owner of some sites", Rights{Role: Owner, Sites: []string{"a"}}, false}, {"owner with an end", Rights{Role: Owner, Until: now.Add(time.Hour)}, false},
		{"nothing to see", Rights{Role: Viewer, Sites: []string{}}, false}, {"past", Rights{Role: Viewer, Until: now.Add(-time.Hour)}, false},
		{"installer for years", Rights{Role: Installer, Until: now.AddDate(3, 0, 0)}, false},
	} {
		if err := c.r.check(now, true); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	for _, bad := range []string{"", "short", "123456789", "1234567890", "qwertyuiop", "Password123!", "P4ssw0rd!!", "passwordpassword", "iloveyou12", "aaaaaaaaaaaa", "abcdefghijkl",
		"kimkimkim1", "Kim2024!!!", "cordon2026", "!!!dragon!!!", "asdfghjkl;", "\xff\xfe1234567890", "0987654321"} {
		if err := checkPassword(bad, "kim"); !errors.Is(err, ErrWeak) {
			t.Errorf("%q is good: %v", bad, err)
		}
	}
	for _, good := range []string{goodPassword, "xK9#mq2Lp0", "korrekt pferd batterie", "ключ от квартиры", "四つの言葉を選ぶといいです", "83640519274610", "Tr0ub4dor&3 nein"} {
		if err := checkPassword(good, "kim"); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func FuzzPassword(f *testing.F) {
	f.Add("Password123!", "kim")
	f.Add("\xff\x00ü", "\xff")
	f.Fuzz(func(t *testing.T, password, name string) { checkPassword(password, name) })
}

// Whatever a browser sends as our cookies is refused, unless it is ours.
func FuzzCookies(f *testing.F) {
	k, err := deriveKeys(testKey)
	if err != nil {
		f.Fatal(err)
	}
	s := &Service{Config: Config{Now: time.Now}, keys: k}
	f.Add(k.newDevice(1, time.Now())[1:])
	f.Add(s.sealed("other", 1, time.Hour, "x"))
	f.Fuzz(func(t *testing.T, cookie string) {
		if _, ok := k.device(cookie, 2, time.Now()); ok {
			t.Errorf("%q is a device of person 2", cookie)
		}
		var into any
		if s.unsealed("oidc work", 0, cookie, &into) == nil {
			t.Errorf("%q was sealed", cookie)
		}
	})
}

func FuzzHash(f *testing.F) {
	f.Add(usual.text(make([]byte, 16), make([]byte, 32)))
	f.Add("$argon2id$v=19$m=1,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		if a, _, key, err := parseHash(s); err == nil && (a.memory > 1<<20 || a.time > 20 || a.lanes == 0 || len(key) == 0) {
			t.Errorf("%+v", a)
		}
	})
}
