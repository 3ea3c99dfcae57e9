package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"cordon/internal/store"
)

func hashOf(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

// account is a person with all fields filled.
func account(name, role string) store.Person {
	return store.Person{Name: name, Display: name + " " + hostile[7], Role: role, Sites: []string{"hall", "a\"b,c"}, Until: monday.Add(time.Hour), Created: monday, By: "root",
		Seen: monday, Handle: []byte("handle of " + name), Password: "$argon2id$" + name, Second: []byte{0, 1, 2}, Step: 7, Provider: "https://id.example"}
}

// accounts holds people, and what hangs on them, to their contract.
func accounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	owner := account("kim", "owner")
	owner.Sites, owner.Until = nil, time.Time{}
	id, err := s.AddPerson(ctx, owner, true)
	must(t, err)
	owner.ID = id
	_, err = s.AddPerson(ctx, account("eve", "owner"), true)
	is(t, err, store.ErrClaimed)
	_, err = s.AddPerson(ctx, account("kim", "viewer"), false)
	is(t, err, store.ErrTaken)
	_, err = s.AddPerson(ctx, store.Person{Name: "nobody"}, false)
	is(t, err, store.ErrInvalid)
	viewer := account("ann", "viewer")
	viewer.ID, err = s.AddPerson(ctx, viewer, false)
	must(t, err)
	all, err := s.People(ctx)
	must(t, err)
	same(t, "people", all, []store.Person{viewer, owner})
	for what, find := range map[string]func() (store.Person, error){
		"id":     func() (store.Person, error) { return s.Person(ctx, viewer.ID) },
		"name":   func() (store.Person, error) { return s.PersonNamed(ctx, "ann") },
		"handle": func() (store.Person, error) { return s.PersonOfHandle(ctx, viewer.Handle) },
	} {
		got, err := find()
		must(t, err)
		same(t, what, got, viewer)
	}
	_, err = s.PersonNamed(ctx, "Ann")
	is(t, err, store.ErrNotFound)
	accountEdits(t, s, owner.ID, viewer)
	accountWays(t, s, owner.ID, viewer.ID)
	accountInvites(t, s, owner.ID, viewer.ID)
	accountGone(t, s, owner.ID)
}

// accountEdits holds changes to what they promise: whole, refused where a name is taken, and never without an owner.
func accountEdits(t *testing.T, s *store.Store, owner int64, viewer store.Person) {
	ctx := t.Context()
	got, err := s.EditPerson(ctx, viewer.ID, func(p *store.Person) error { p.Step++; p.Role = "auditor"; return nil })
	must(t, err)
	same(t, "edited", []any{got.Step, got.Role, got.Password}, []any{int64(8), "auditor", viewer.Password})
	refuse := errors.New("no")
	_, err = s.EditPerson(ctx, viewer.ID, func(p *store.Person) error { p.Step = 99; return refuse })
	is(t, err, refuse)
	_, err = s.EditPerson(ctx, viewer.ID, func(p *store.Person) error { p.Name = "kim"; return nil })
	is(t, err, store.ErrTaken)
	_, err = s.EditPerson(ctx, 999, func(*store.Person) error { return nil })
	is(t, err, store.ErrNotFound)
	for what, edit := range map[string]func(*store.Person) error{
		"role":     func(p *store.Person) error { p.Role = "operator"; return nil },
		"end":      func(p *store.Person) error { p.Until = monday; return nil },
		"password": func(p *store.Person) error { p.Password = ""; return nil },
	} {
		if _, err := s.EditPerson(ctx, owner, edit); !errors.Is(err, store.ErrLastOwner) {
			t.Fatalf("the last owner lost his %s: %v", what, err)
		}
	}
	is(t, s.DropPerson(ctx, owner), store.ErrLastOwner)
	n, err := s.Owners(ctx)
	must(t, err)
	same(t, "owners", n, 1)
}

// accountWays holds sessions, recovery codes, passkeys and accounts elsewhere.
func accountWays(t *testing.T, s *store.Store, owner, viewer int64) {
	ctx := t.Context()
	_, err := s.PutSession(ctx, store.Session{Person: owner, Hash: []byte("short")})
	is(t, err, store.ErrInvalid)
	var sessions []store.Session
	for i := range 3 {
		v := store.Session{Person: owner, Hash: hashOf(fmt.Sprint("session ", i)), Created: monday, Used: monday.Add(time.Duration(i) * time.Hour), Means: "password", Agent: hostile[8], Addr: "192.0.2.1"}
		v.ID, err = s.PutSession(ctx, v)
		must(t, err)
		sessions = append(sessions, v)
	}
	must(t, s.TouchSession(ctx, sessions[1].ID, monday.Add(5*time.Hour)))
	sessions[1].Used = monday.Add(5 * time.Hour)
	got, err := s.Session(ctx, sessions[1].Hash)
	must(t, err)
	same(t, "session", got, sessions[1])
	must(t, s.SweepPeople(ctx, monday, monday.Add(time.Minute), monday)) // the first was used before
	list, err := s.Sessions(ctx, owner)
	must(t, err)
	same(t, "sessions", list, sessions[1:])
	is(t, s.DropSession(ctx, viewer, sessions[1].ID), store.ErrNotFound)
	must(t, s.DropSession(ctx, owner, sessions[1].ID))
	must(t, s.DropSessions(ctx, owner, sessions[2].ID))
	_, err = s.Session(ctx, sessions[2].Hash)
	must(t, err)

	must(t, s.PutRecovery(ctx, owner, [][]byte{hashOf("old")}))
	must(t, s.PutRecovery(ctx, owner, [][]byte{hashOf("a"), hashOf("b")}))
	is(t, s.TakeRecovery(ctx, owner, hashOf("old")), store.ErrNotFound)
	is(t, s.TakeRecovery(ctx, viewer, hashOf("a")), store.ErrNotFound)
	must(t, s.TakeRecovery(ctx, owner, hashOf("a")))
	is(t, s.TakeRecovery(ctx, owner, hashOf("a")), store.ErrNotFound)
	n, err := s.Recovery(ctx, owner)
	must(t, err)
	same(t, "codes left", n, 1)

	k := store.Passkey{Person: owner, Credential: []byte{1, 0}, Name: "phone", Host: "box.example", Body: []byte("{}"), Created: monday}
	k.ID, err = s.PutPasskey(ctx, k)
	must(t, err)
	_, err = s.PutPasskey(ctx, store.Passkey{Person: viewer, Credential: []byte{1, 0}, Body: []byte("{}")})
	is(t, err, store.ErrTaken)
	must(t, s.UsedPasskey(ctx, k.ID, []byte("{2}"), monday.Add(time.Hour)))
	k.Body, k.Used = []byte("{2}"), monday.Add(time.Hour)
	keys, err := s.Passkeys(ctx, owner)
	must(t, err)
	same(t, "passkeys", keys, []store.Passkey{k})
	is(t, s.DropPasskey(ctx, viewer, k.ID), store.ErrNotFound)

	must(t, s.PutOutside(ctx, "https://id.example", "sub\"1", viewer))
	must(t, s.PutOutside(ctx, "https://id.example", "sub\"1", viewer))
	is(t, s.PutOutside(ctx, "https://id.example", "sub\"1", owner), store.ErrTaken)
	p, err := s.PersonOutside(ctx, "https://id.example", "sub\"1")
	must(t, err)
	same(t, "elsewhere", p.ID, viewer)
	_, err = s.PersonOutside(ctx, "https://other.example", "sub\"1")
	is(t, err, store.ErrNotFound)
	issuers, err := s.Outsides(ctx, viewer)
	must(t, err)
	same(t, "issuers", issuers, []string{"https://id.example"})
}

// accountInvites holds invitations: one for each person, used once, and a reset leaves nothing behind.
func accountInvites(t *testing.T, s *store.Store, owner, viewer int64) {
	ctx := t.Context()
	v := store.Invite{Person: viewer, Hash: hashOf("first"), Until: monday.Add(time.Hour), Created: monday, By: "kim"}
	must(t, s.PutInvite(ctx, v))
	v.Hash, v.Anew = hashOf("second"), true
	must(t, s.PutInvite(ctx, v))
	_, err := s.Invite(ctx, hashOf("first"))
	is(t, err, store.ErrNotFound)
	got, err := s.Invite(ctx, v.Hash)
	must(t, err)
	same(t, "invitation", got, v)
	k := store.Passkey{Person: viewer, Credential: bytes.Repeat([]byte{9}, 40), Body: []byte("{}")}
	_, err = s.PutPasskey(ctx, k)
	must(t, err)
	must(t, s.PutRecovery(ctx, viewer, [][]byte{hashOf("x")}))
	_, err = s.PutSession(ctx, store.Session{Person: viewer, Hash: hashOf("viewer's"), Created: monday, Used: monday})
	must(t, err)
	refuse := errors.New("weak")
	_, err = s.TakeInvite(ctx, v.Hash, func(*store.Person) error { return refuse })
	is(t, err, refuse)
	p, err := s.TakeInvite(ctx, v.Hash, func(p *store.Person) error { p.Password = "new"; return nil })
	must(t, err)
	same(t, "who", []any{p.ID, p.Password}, []any{viewer, "new"})
	_, err = s.TakeInvite(ctx, v.Hash, func(*store.Person) error { return nil })
	is(t, err, store.ErrNotFound)
	keys, err := s.Passkeys(ctx, viewer)
	must(t, err)
	codes, err := s.Recovery(ctx, viewer)
	must(t, err)
	sessions, err := s.Sessions(ctx, viewer)
	must(t, err)
	same(t, "left of before", []int{len(keys), codes, len(sessions)}, []int{0, 0, 0})
	must(t, s.PutInvite(ctx, store.Invite{Person: owner, Hash: hashOf("third"), Until: monday.Add(time.Hour)}))
}

// accountGone removes somebody: nothing hangs on nobody (Check looks for it), and an id is not used again.
func accountGone(t *testing.T, s *store.Store, owner int64) {
	ctx := t.Context()
	p := account("bob", "viewer")
	id, err := s.AddPerson(ctx, p, false)
	must(t, err)
	_, err = s.PutSession(ctx, store.Session{Person: id, Hash: hashOf("bob's"), Created: monday, Used: monday})
	must(t, err)
	must(t, s.PutRecovery(ctx, id, [][]byte{hashOf("x")}))
	must(t, s.PutInvite(ctx, store.Invite{Person: id, Hash: hashOf("bob"), Until: monday}))
	must(t, s.DropPerson(ctx, id))
	is(t, s.DropPerson(ctx, id), store.ErrNotFound)
	_, err = s.Session(ctx, hashOf("bob's"))
	is(t, err, store.ErrNotFound)
	_, err = s.Invite(ctx, hashOf("bob"))
	is(t, err, store.ErrNotFound)
	again, err := s.AddPerson(ctx, p, false)
	must(t, err)
	if again <= id {
		t.Fatalf("id %d is used again", again)
	}
	if _, err := s.EditPerson(ctx, owner, func(p *store.Person) error { p.Password = ""; return nil }); err != nil {
		t.Fatalf("an owner with a passkey needs no password: %v", err)
	}
	keys, err := s.Passkeys(ctx, owner)
	must(t, err)
	is(t, s.DropPasskey(ctx, owner, keys[0].ID), store.ErrLastOwner)
}
