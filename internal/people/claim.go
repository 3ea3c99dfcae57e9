package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"cordon/internal/store"
)

// claimSize is how many random bytes are in a token of a link: 128 bits.
const claimSize = 16

// claim is the right to become the first owner. It is new at every start, and dies with its use.
type claim struct{ token string }

// Claimed reports whether somebody can come in as owner.
func (s *Service) Claimed(ctx context.Context) (bool, error) {
	n, err := s.Store.Owners(ctx)
	return n > 0, err
}

// ClaimToken gives the token that makes its bearer the first owner. ErrClaimed when there is one.
func (s *Service) ClaimToken(ctx context.Context) (string, error) {
	claimed, err := s.Claimed(ctx)
	if err == nil && claimed {
		err = ErrClaimed
	}
	if err != nil {
		return "", err
	}
	return s.claim.token, nil
}

// NewAccount is what somebody says of himself who begins.
type NewAccount struct {
	Name     string
	Display  string // empty: the name
	Password string
}

// Claim makes the first owner of whoever has the token. ErrClaimed, ErrToken, ErrWeak, ErrInvalid, WaitError.
func (s *Service) Claim(ctx context.Context, token string, n NewAccount, from From) (Entered, error) {
	address := addressSubject(from.Addr)
	if wait := s.guess.take(address, s.Now()); wait > 0 {
		return Entered{}, &WaitError{For: wait}
	}
	right, err := s.ClaimToken(ctx)
	if err != nil {
		return Entered{}, err
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(right)) != 1 {
		return Entered{}, fmt.Errorf("%w (cordon people claim-link prints the one that holds)", ErrToken)
	}
	s.guess.back(address, false)
	row, err := s.newRow(ctx, n)
	if err != nil {
		return Entered{}, err
	}
	row.Role, row.By = string(Owner), row.Name
	if row.ID, err = s.Store.AddPerson(ctx, row, true); err != nil {
		if errors.Is(err, store.ErrClaimed) {
			err = ErrClaimed
		}
		return Entered{}, err
	}
	return s.enter(ctx, &row, "claim", from)
}

// newRow is an account of what somebody says of himself, without a role.
func (s *Service) newRow(ctx context.Context, n NewAccount) (store.Person, error) {
	row, err := s.blank(n.Name, n.Display)
	if err == nil {
		err = checkPassword(n.Password, row.Name, row.Display)
	}
	if err == nil {
		row.Password, err = s.hasher.hash(ctx, n.Password)
	}
	return row, err
}

// blank is an account that nobody can come in by.
func (s *Service) blank(name, display string) (store.Person, error) {
	folded, err := foldName(name)
	if err != nil {
		return store.Person{}, err
	}
	if display, err = checkDisplay(display, name); err != nil {
		return store.Person{}, err
	}
	handle := make([]byte, 32) // WebAuthn, section 14.6.1: random, with nothing of the person in it
	rand.Read(handle)
	return store.Person{Name: folded, Display: display, Created: s.Now().UTC(), Handle: handle}, nil
}

var goodName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,63}$`)

// foldName is a name as it is kept: one for all ways in which it may be typed. ErrInvalid.
func foldName(name string) (string, error) {
	if len(name) > 300 {
		return "", fmt.Errorf("%w: the name is too long", ErrInvalid)
	}
	folded := strings.ToLower(norm.NFKC.String(strings.TrimSpace(name)))
	if !goodName.MatchString(folded) {
		return "", fmt.Errorf("%w: the name for the log-in is letters, digits and . _ @ + - , at most 64, as kim or kim@example.org", ErrInvalid)
	}
	return folded, nil
}

func checkDisplay(display, name string) (string, error) {
	display = strings.TrimSpace(display)
	if display == "" {
		display = strings.TrimSpace(name)
	}
	if !utf8.ValidString(display) || utf8.RuneCountInString(display) > 100 {
		return "", fmt.Errorf("%w: the name that others see has at most 100 characters", ErrInvalid)
	}
	return display, nil
}
