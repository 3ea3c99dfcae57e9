package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// What the callers of the methods about people tell apart.
var (
	ErrClaimed   = errors.New("this Cordon has an owner already: log in, or ask the owner for an invitation")
	ErrTaken     = errors.New("there is somebody of that name already: take another")
	ErrLastOwner = errors.New("nobody else could come in as owner: make another owner first")
)

// Person is an account as it is kept. Names and roles mean what package people says.
type Person struct {
	ID       int64
	Name     string    // unique
	Display  string    // hostile until escaped
	Role     string    // "owner" is the one that this package knows: ErrLastOwner
	Sites    []string  // nil: all
	Until    time.Time // zero: no end
	Created  time.Time
	By       string    // who made it
	Seen     time.Time // last log-in; zero: never
	Handle   []byte    // unique, never empty
	Password string    // its hash; empty: none
	Second   []byte    // the encrypted secret of the second factor; empty: none
	Step     int64     // time step of the last code that was taken
	Provider string    // issuer that decides about the role; empty: the owner does
}

const personColumns = "id, name, display, role, sites, until, created, who, seen, handle, password, second, step, provider"

// scanPerson reads a row of personColumns.
func scanPerson(scan func(...any) error) (p Person, err error) {
	var sites string
	var until, created, seen int64
	if err = scan(&p.ID, &p.Name, &p.Display, &p.Role, &sites, &until, &created, &p.By, &seen, &p.Handle, &p.Password, &p.Second, &p.Step, &p.Provider); err != nil {
		return Person{}, err
	}
	p.Until, p.Created, p.Seen = at(until), at(created), at(seen)
	return p, json.Unmarshal([]byte(sites), &p.Sites)
}

// fields are the values of personColumns after the id.
func (p *Person) fields() ([]any, error) {
	sites, err := json.Marshal(p.Sites)
	if err != nil {
		return nil, err
	}
	return []any{text(p.Name), text(p.Display), text(p.Role), text(string(sites)), nano(p.Until), nano(p.Created), text(p.By), nano(p.Seen),
		p.Handle, text(p.Password), bytesOf(p.Second), p.Step, text(p.Provider)}, nil
}

// bytesOf is b, but never NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// AddPerson keeps a new account, and gives its id. With first it is added only while nobody can
// come in as owner; else ErrClaimed. ErrTaken when the name is, ErrInvalid without name or handle.
func (s *Store) AddPerson(ctx context.Context, p Person, first bool) (id int64, err error) {
	if p.Name == "" || len(p.Handle) == 0 {
		return 0, fmt.Errorf("store: person: %w: it needs a name and a handle", ErrInvalid)
	}
	err = s.write(ctx, "person", func(x *tx) error {
		if first {
			if n, err := x.owners(); err != nil || n > 0 {
				return errors.Join(err, ErrClaimed)
			}
		}
		if err := x.free(p.Name, 0); err != nil {
			return err
		}
		values, err := p.fields()
		if err != nil {
			return err
		}
		id, err = x.insert("INSERT INTO people (name, display, role, sites, until, created, who, seen, handle, password, second, step, provider) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values...)
		return err
	})
	return id, err
}

// free is ErrTaken when somebody else has a name.
func (x *tx) free(name string, id int64) error {
	var n int
	if err := x.row("SELECT COUNT(*) FROM people WHERE name = ? AND id <> ?", text(name), id).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return ErrTaken
	}
	return nil
}

// owners counts those who can come in as owner: without an end date, and with a password, a
// passkey or an account elsewhere.
func (x *tx) owners() (n int, err error) {
	err = x.row(ownersQuery).Scan(&n)
	return n, err
}

const ownersQuery = `SELECT COUNT(*) FROM people p WHERE p.role = 'owner' AND p.until = 0 AND (p.password <> ''
	OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person = p.id) OR EXISTS (SELECT 1 FROM outsides o WHERE o.person = p.id))`

// Owners counts those who can come in as owner.
func (s *Store) Owners(ctx context.Context) (n int, err error) {
	if err = s.one(ctx, ownersQuery, nil, &n); err != nil {
		return 0, fmt.Errorf("store: owners: %w", s.say(err))
	}
	return n, nil
}

// keeping does what may cost the last owner his way in: if it does, nothing is done.
func (x *tx) keeping(do func() error) error {
	before, err := x.owners()
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	now, err := x.owners()
	if err == nil && before > 0 && now == 0 {
		err = ErrLastOwner
	}
	return err
}

// EditPerson reads an account, has it changed and keeps it, in one transaction: nobody changes
// it between. An error of edit leaves it as it was, and is given. It gives the account as it is
// now. ErrNotFound, ErrTaken, ErrLastOwner.
func (s *Store) EditPerson(ctx context.Context, id int64, edit func(*Person) error) (p Person, err error) {
	err = s.write(ctx, "person", func(x *tx) error {
		return x.keeping(func() error {
			p, err = x.editPerson(id, edit)
			return err
		})
	})
	return p, err
}

// editPerson is EditPerson without a look at owners.
func (x *tx) editPerson(id int64, edit func(*Person) error) (p Person, err error) {
	if p, err = scanPerson(x.row("SELECT "+personColumns+" FROM people WHERE id = ?", id).Scan); err != nil {
		return Person{}, noRows(err)
	}
	if err := edit(&p); err != nil {
		return Person{}, err
	}
	if err := x.free(p.Name, id); err != nil {
		return Person{}, err
	}
	values, err := p.fields()
	if err != nil {
		return Person{}, err
	}
	_, err = x.exec("UPDATE people SET name = ?, display = ?, role = ?, sites = ?, until = ?, created = ?, who = ?, seen = ?, handle = ?, password = ?, second = ?, step = ?, provider = ? WHERE id = ?", append(values, id)...)
	return p, err
}

// DropPerson removes an account with everything that hangs on it. ErrNotFound, ErrLastOwner.
func (s *Store) DropPerson(ctx context.Context, id int64) error {
	return s.write(ctx, "person", func(x *tx) error {
		return x.keeping(func() error { return x.hit("DELETE FROM people WHERE id = ?", id) })
	})
}

// People gives all accounts, by name.
func (s *Store) People(ctx context.Context) ([]Person, error) {
	return s.people(ctx, " ORDER BY name")
}

// Person gives an account. ErrNotFound.
func (s *Store) Person(ctx context.Context, id int64) (Person, error) {
	return s.onePerson(ctx, " WHERE id = ?", id)
}

// PersonNamed gives the account of a name. ErrNotFound.
func (s *Store) PersonNamed(ctx context.Context, name string) (Person, error) {
	return s.onePerson(ctx, " WHERE name = ?", text(name))
}

// PersonOfHandle gives the account that passkeys call so. ErrNotFound.
func (s *Store) PersonOfHandle(ctx context.Context, handle []byte) (Person, error) {
	return s.onePerson(ctx, " WHERE handle = ?", bytesOf(handle))
}

func (s *Store) onePerson(ctx context.Context, cond string, args ...any) (Person, error) {
	all, err := s.people(ctx, cond, args...)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("store: person: %w", ErrNotFound)
	}
	if err != nil {
		return Person{}, err
	}
	return all[0], nil
}

func (s *Store) people(ctx context.Context, cond string, args ...any) ([]Person, error) {
	out := []Person{}
	err := s.query(ctx, func(r *sql.Rows) error {
		p, err := scanPerson(r.Scan)
		out = append(out, p)
		return err
	}, "SELECT "+personColumns+" FROM people"+cond, args...)
	if err != nil {
		return nil, fmt.Errorf("store: people: %w", s.say(err))
	}
	return out, nil
}
