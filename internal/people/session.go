package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"cordon/internal/store"
)

// The names of the cookies. "__Host-" has browsers take them only over TLS, for this very
// host, and for all its paths (RFC 6265bis, section 4.1.3.2).
const (
	SessionCookie = "__Host-cordon"
	DeviceCookie  = "__Host-cordon-device"
)

// How long sessions last: NIST SP 800-63B-4, section 2.2.3, asks for at most 24 hours and an hour
// unused where much is at stake; a page that hangs on a wall all day has to bear more.
const (
	SessionIdle = 12 * time.Hour      // unused
	SessionLife = 30 * 24 * time.Hour // however much it is used
	touchEvery  = time.Minute
)

// sessionSize is how many random bytes are in a cookie: 256 bits.
const sessionSize = 32

// Session is a browser that is logged in.
type Session struct {
	ID      int64     `json:"id"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used"`    // last, to the minute
	Until   time.Time `json:"until"`   // when it ends if nobody uses it
	Means   string    `json:"means"`   // how he proved who he is: claim, password, second factor, recovery code, passkey, invitation, oidc NAME
	Agent   string    `json:"agent"`   // what the browser calls itself; hostile until escaped
	Address string    `json:"address"` // where it logged in from
	Here    bool      `json:"here"`    // it is the one that asks
}

func sessionOf(v *store.Session) Session {
	until := v.Used.Add(SessionIdle)
	if last := v.Created.Add(SessionLife); last.Before(until) {
		until = last
	}
	return Session{ID: v.ID, Created: v.Created, Used: v.Used, Until: until, Means: v.Means, Agent: v.Agent, Address: v.Addr}
}

// Entered is somebody who came in: the cookies are to be set, and are kept nowhere.
type Entered struct {
	Person  Person
	Session Session
	Cookie  string // SessionCookie
	Device  string // DeviceCookie; DeviceLife long
}

// newSecret is n random bytes as text that fits into links and cookies.
func newSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand, since Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashSecret is what is kept of a secret of newSecret: with so much chance in it, one round of
// SHA-256 is as hard to turn round as any password hash.
func hashSecret(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// BySession finds who a session cookie belongs to; false for none, an unknown or ended one, and
// for somebody whose account has ended. The store looks by the hash, so how long that takes
// tells nothing of a cookie. It notes the use.
func (s *Service) BySession(ctx context.Context, cookie string) (Person, Session, bool) {
	if len(cookie) != base64.RawURLEncoding.EncodedLen(sessionSize) {
		return Person{}, Session{}, false
	}
	v, err := s.Store.Session(ctx, hashSecret(cookie))
	if err != nil {
		s.complain(ctx, "session", err)
		return Person{}, Session{}, false
	}
	now := s.Now()
	found := sessionOf(&v)
	if !now.Before(found.Until) || now.Before(v.Created.Add(-time.Hour)) { // a clock that was set back keeps no session for ever
		return Person{}, Session{}, false
	}
	row, err := s.Store.Person(ctx, v.Person)
	p := personOf(&row)
	if err != nil || p.Ended(now) {
		s.complain(ctx, "session", err)
		return Person{}, Session{}, false
	}
	if now.Sub(v.Used) >= touchEvery {
		s.complain(ctx, "session", s.Store.TouchSession(ctx, v.ID, now.UTC()))
		v.Used = now.UTC()
		found = sessionOf(&v)
	}
	found.Here = true
	return p, found, true
}

// complain logs what could not be done and changes no answer.
func (s *Service) complain(ctx context.Context, what string, err error) {
	if err != nil && !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil {
		s.Log.WarnContext(ctx, "people: "+what, "error", err)
	}
}

// enter begins a session for somebody who has proved who he is, in place of the one that the browser had.
func (s *Service) enter(ctx context.Context, row *store.Person, means string, from From) (Entered, error) {
	now := s.Now().UTC()
	s.complain(ctx, "sweep", s.Store.SweepPeople(ctx, now.Add(-SessionLife), now.Add(-SessionIdle), now))
	s.LogOut(ctx, from.Session)
	cookie := newSecret(sessionSize)
	v := store.Session{Person: row.ID, Hash: hashSecret(cookie), Created: now, Used: now, Means: means, Agent: cut(from.Agent, 300), Addr: cut(from.Addr, 60)}
	var err error
	if v.ID, err = s.Store.PutSession(ctx, v); err != nil {
		return Entered{}, err
	}
	row.Seen = now
	if _, err := s.Store.EditPerson(ctx, row.ID, func(p *store.Person) error { p.Seen = now; return nil }); err != nil {
		return Entered{}, err
	}
	e := Entered{Person: personOf(row), Session: sessionOf(&v), Cookie: cookie, Device: from.Device}
	e.Session.Here = true
	if _, ok := s.keys.device(from.Device, row.ID, now); !ok {
		e.Device = s.keys.newDevice(row.ID, now)
	}
	return e, nil
}

// cut keeps at most n bytes of a text, whole characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xc0 == 0x80 { // inside of a character (RFC 3629, section 3)
		n--
	}
	return text[:n]
}

// LogOut ends the session of a cookie; none is no error.
func (s *Service) LogOut(ctx context.Context, cookie string) {
	if cookie == "" {
		return
	}
	v, err := s.Store.Session(ctx, hashSecret(cookie))
	if err == nil {
		err = s.Store.DropSession(ctx, v.Person, v.ID)
	}
	s.complain(ctx, "log out", err)
}

// Sessions gives the sessions of a person that have not ended, newest first. here is the id of the one that asks, or 0.
func (s *Service) Sessions(ctx context.Context, person, here int64) ([]Session, error) {
	rows, err := s.Store.Sessions(ctx, person)
	out := []Session{}
	for i := len(rows) - 1; i >= 0; i-- {
		v := sessionOf(&rows[i])
		v.Here = v.ID == here
		if s.Now().Before(v.Until) {
			out = append(out, v)
		}
	}
	return out, err
}

// EndSession ends one session of a person. ErrNotFound.
func (s *Service) EndSession(ctx context.Context, person, id int64) error {
	return s.Store.DropSession(ctx, person, id)
}

// EndSessions ends all sessions of a person but one; 0 spares none.
func (s *Service) EndSessions(ctx context.Context, person, but int64) error {
	return s.Store.DropSessions(ctx, person, but)
}
