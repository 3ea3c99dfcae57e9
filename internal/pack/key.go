package pack

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// The PEM types of keys (RFC 7468, sections 10 and 13), as OpenSSL writes them too.
const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
)

// EncodePrivate writes a private key as PKCS #8 in PEM.
func EncodePrivate(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der}), nil
}

// EncodePublic writes a public key as SubjectPublicKeyInfo in PEM.
func EncodePublic(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der}), nil
}

// ParsePrivate reads what EncodePrivate wrote.
func ParsePrivate(text []byte) (ed25519.PrivateKey, error) {
	der, err := block(text, pemPrivate)
	if err != nil {
		return nil, err
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	if key, ok := k.(ed25519.PrivateKey); ok {
		return key, nil
	}
	return nil, errors.New("private key: not an Ed25519 key")
}

// ParsePublic reads what EncodePublic wrote.
func ParsePublic(text []byte) (ed25519.PublicKey, error) {
	der, err := block(text, pemPublic)
	if err != nil {
		return nil, err
	}
	k, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if key, ok := k.(ed25519.PublicKey); ok {
		return key, nil
	}
	return nil, errors.New("public key: not an Ed25519 key")
}

func block(text []byte, want string) ([]byte, error) {
	b, _ := pem.Decode(text)
	switch {
	case b == nil:
		return nil, errors.New("not a key file: want PEM, as cordon knowledge key makes it")
	case b.Type != want:
		return nil, fmt.Errorf("holds a %q, want a %q", b.Type, want)
	}
	return b.Bytes, nil
}
