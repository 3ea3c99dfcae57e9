package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// authority signs certificates for this one machine. Whoever trusts it trusts whoever holds its
// key, for any name: so the key never leaves the directory, and it signs nothing else.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	text []byte // of the certificate, PEM
}

// The files of the authority.
const (
	authorityFile = "ca.crt"
	authorityKey  = "ca.key"
)

// authorityYears is for how long it is made: people trust it by hand, on every device.
const authorityYears = 10

// openAuthority reads the authority of a directory. Where there is none, or it has ended, it is
// made anew.
func openAuthority(dir string, now time.Time) (*authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	ca, err := readAuthority(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && now.After(ca.cert.NotAfter):
		return makeAuthority(dir, now)
	case err != nil:
		return nil, fmt.Errorf("certificate authority: %w: put %s and %s back from a backup, or remove both: a new one is made then, which every browser has to be told to trust", err, filepath.Join(dir, authorityFile), authorityKey)
	}
	return ca, nil
}

// readAuthority gives fs.ErrNotExist only where there is no certificate of one: a key alone is
// left over from a making that was broken off.
func readAuthority(dir string) (*authority, error) {
	text, err := os.ReadFile(filepath.Join(dir, authorityFile))
	if err != nil {
		return nil, err
	}
	ca := &authority{text: text}
	if ca.cert, err = parseCertificate(text); err != nil {
		return nil, fmt.Errorf("%s: %w", authorityFile, err)
	}
	key, err := os.ReadFile(filepath.Join(dir, authorityKey))
	if err != nil {
		return nil, fmt.Errorf("its key cannot be read: %s", err)
	}
	if ca.key, err = parseKey(key); err != nil {
		return nil, fmt.Errorf("%s: %w", authorityKey, err)
	}
	if !ca.key.PublicKey.Equal(ca.cert.PublicKey) {
		return nil, errors.New("its key is that of another certificate")
	}
	return ca, nil
}

// makeAuthority makes one and keeps it: the key first, so that no certificate is without.
func makeAuthority(dir string, now time.Time) (*authority, error) {
	host, _ := os.Hostname()
	t := template(now, authorityYears*365*24*time.Hour)
	t.Subject = pkix.Name{CommonName: "Cordon on " + host, Organization: []string{"Cordon's own certificate authority"}}
	t.IsCA, t.MaxPathLenZero, t.BasicConstraintsValid = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	ca, err := sign(t, t, key, key)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	if err := errors.Join(keepKey(dir, authorityKey, key), keep(dir, authorityFile, ca.text, 0o644)); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	return ca, nil
}

// sign makes the certificate of a template, signed by another's key, and reads it back.
func sign(t, by *x509.Certificate, key, with *ecdsa.PrivateKey) (*authority, error) {
	raw, err := x509.CreateCertificate(rand.Reader, t, by, key.Public(), with)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &authority{c, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})}, nil
}

// oldest is a date that no honest clock says any more: a machine without a battery for its clock
// begins in 1970, and a certificate that ended in 1980 is of no use once it knows the time.
var oldest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// template is what all certificates share: a number of 128 bits (RFC 5280, section 4.1.2.2, has
// at most 20 octets), and a beginning a day ago, for the clocks of others.
func template(now time.Time, life time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		panic("cert: " + err.Error()) // crypto/rand does not fail since Go 1.24
	}
	from, end := now.UTC().Add(-24*time.Hour), now.UTC().Add(life)
	if now.Before(oldest) {
		end = oldest.Add(life)
	}
	return &x509.Certificate{SerialNumber: serial, NotBefore: from, NotAfter: end}
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	b, _ := pem.Decode(text)
	if b == nil || b.Type != "CERTIFICATE" {
		return nil, errors.New("there is no certificate in it")
	}
	return x509.ParseCertificate(b.Bytes)
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	b, _ := pem.Decode(text)
	if b == nil {
		return nil, errors.New("there is no key in it")
	}
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key is not of the kind that Cordon makes")
	}
	return ec, nil
}

// keepKey writes a key, readable by its owner alone.
func keepKey(dir, name string, key *ecdsa.PrivateKey) error {
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return keep(dir, name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600)
}

// keep writes a file whole or not at all: beside it, to the disk, then in its place.
func keep(dir, name string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(dir, name+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func fingerprint(raw []byte) string {
	sum := sha256.Sum256(raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
