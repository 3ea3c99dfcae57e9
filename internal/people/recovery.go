package people

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
)

// Recovery codes: ten of 16 letters and digits, 80 bits each, so that they cannot be guessed even where
// nobody counts. The alphabet leaves out what is read for something else (I, L, O, U: Crockford's base 32).
const (
	recoveryCount = 10
	recoverySize  = 16
	recoverySigns = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// NewRecovery makes new recovery codes for a person; the earlier ones hold no more. They are kept nowhere as they are.
func (s *Service) NewRecovery(ctx context.Context, person int64) ([]string, error) {
	var codes []string
	var hashes [][]byte
	for range recoveryCount {
		b := make([]byte, recoverySize)
		rand.Read(b)
		for i := range b {
			b[i] = recoverySigns[b[i]%32]
		}
		c := string(b)
		hashes = append(hashes, s.keys.recoveryHash(person, c))
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
	}
	return codes, s.Store.PutRecovery(ctx, person, hashes)
}

// RecoveryLeft counts the recovery codes that a person did not use yet.
func (s *Service) RecoveryLeft(ctx context.Context, person int64) (int, error) {
	return s.Store.Recovery(ctx, person)
}

// tidyRecovery is a code as it was made, however it was typed.
func tidyRecovery(code string) string {
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
}

// isRecovery tells a recovery code from six digits.
func isRecovery(code string) bool { return len(code) < 100 && len(tidyRecovery(code)) >= recoverySize }

// takeRecovery uses up a recovery code. ErrCode when there is none such.
func (s *Service) takeRecovery(ctx context.Context, person int64, code string) error {
	err := s.Store.TakeRecovery(ctx, person, s.keys.recoveryHash(person, tidyRecovery(code)))
	if errors.Is(err, ErrNotFound) {
		return ErrCode
	}
	return err
}
