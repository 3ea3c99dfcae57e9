package people

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"cordon/internal/store"
)

// Codes are those of RFC 6238 as every authenticator makes them: SHA-1, six digits, 30 seconds.
const (
	stepTime  = 30 * time.Second
	stepDrift = 1  // steps before and after that are taken too (section 5.2)
	totpSize  = 20 // bytes of a secret: RFC 4226, section 4, recommends 160 bits
)

func aboutTOTP(person int64) string { return fmt.Sprintf("people totp of %d", person) }

// stepOf gives the time step whose code it is: neither before nor the last one taken. false for none.
func stepOf(secret []byte, code string, last int64, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	this := now.Unix() / int64(stepTime/time.Second)
	for at := this - stepDrift; at <= this+stepDrift; at++ {
		want, err := hotp.GenerateCodeCustom(text, uint64(at), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && at > last {
			step, ok = at, true
		}
	}
	return step, ok
}

// takeCode uses up six digits. ErrCode when they are wrong or were used.
func (s *Service) takeCode(ctx context.Context, row *store.Person, code string) error {
	secret, err := s.keys.open(aboutTOTP(row.ID), row.Second)
	if err != nil {
		return fmt.Errorf("people: second factor of %s: %w: is the key file that of another Cordon?", row.Name, err)
	}
	now := s.Now()
	_, err = s.Store.EditPerson(ctx, row.ID, func(p *store.Person) error {
		step, ok := stepOf(secret, code, p.Step, now)
		if !ok || !bytes.Equal(p.Second, row.Second) {
			return ErrCode
		}
		p.Step = step
		return nil
	})
	return said(err, ErrCode)
}

// said is a known error without what the store put before it; another stays as it is.
func said(err error, known ...error) error {
	for _, one := range known {
		if errors.Is(err, one) {
			return one
		}
	}
	return err
}

// NewTOTP is a second factor that is not on yet.
type NewTOTP struct {
	Secret string // for typing, base32
	URL    string // otpauth:// (github.com/google/google-authenticator/wiki/Key-Uri-Format)
	Image  string // the URL as a QR code: data:image/png;base64,...
	Sealed string // what ConfirmTOTP wants back
}

// totpTime is for how long a new second factor waits to be confirmed.
const totpTime = 15 * time.Minute

// BeginTOTP makes a second factor for a person; it is on when ConfirmTOTP took a code of it. box names this
// Cordon in the authenticator. Nothing is kept until then.
func (s *Service) BeginTOTP(p Person, box string) (NewTOTP, error) {
	secret := make([]byte, totpSize)
	rand.Read(secret)
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Cordon " + strings.ReplaceAll(box, ":", " "), AccountName: p.Name, Secret: secret})
	if err != nil {
		return NewTOTP{}, fmt.Errorf("people: second factor: %w", err)
	}
	picture, err := key.Image(240, 240)
	var b bytes.Buffer
	if err == nil {
		err = png.Encode(&b, picture)
	}
	if err != nil {
		return NewTOTP{}, fmt.Errorf("people: second factor: %w", err)
	}
	return NewTOTP{Secret: key.Secret(), URL: key.URL(), Image: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()),
		Sealed: s.sealed("new totp", p.ID, totpTime, secret)}, nil
}

// ConfirmTOTP switches a second factor on, and gives its recovery codes. The other sessions end. ErrCode, ErrToken.
func (s *Service) ConfirmTOTP(ctx context.Context, p Person, session int64, sealed, code string) (codes []string, err error) {
	var secret []byte
	if err := s.unsealed("new totp", p.ID, sealed, &secret); err != nil {
		return nil, err
	}
	step, ok := stepOf(secret, code, 0, s.Now())
	if !ok {
		return nil, ErrCode
	}
	if _, err := s.Store.EditPerson(ctx, p.ID, func(row *store.Person) error {
		row.Second, row.Step = s.keys.close(aboutTOTP(p.ID), secret), step
		return nil
	}); err != nil {
		return nil, err
	}
	if codes, err = s.NewRecovery(ctx, p.ID); err != nil {
		return nil, err
	}
	return codes, s.EndSessions(ctx, p.ID, session)
}

// DropTOTP switches the second factor off, with its recovery codes. The other sessions end.
func (s *Service) DropTOTP(ctx context.Context, p Person, session int64) error {
	if _, err := s.Store.EditPerson(ctx, p.ID, func(row *store.Person) error { row.Second, row.Step = nil, 0; return nil }); err != nil {
		return err
	}
	return errors.Join(s.Store.PutRecovery(ctx, p.ID, nil), s.EndSessions(ctx, p.ID, session))
}
