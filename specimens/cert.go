package specimens

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// certificate makes a self-signed certificate, the same bytes for the same tape: an Ed25519
// signature needs no chance (RFC 8032, 5.1.6). subject is "CN=axis-00408c000001,O=Axis".
func (t *tape) certificate(subject string) ([]byte, error) {
	name, err := parseName(subject)
	if err != nil {
		return nil, err
	}
	key := ed25519.NewKeyFromSeed(t.random(ed25519.SeedSize))
	plan := x509.Certificate{
		SerialNumber: big.NewInt(int64(t.rng.Uint32()) + 1), Subject: name,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(nil, &plan, &plan, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %s: %w", subject, err)
	}
	return der, nil
}

// parseName reads the few attributes that devices use.
func parseName(subject string) (n pkix.Name, err error) {
	for part := range strings.SplitSeq(subject, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "CN":
			n.CommonName = value
		case "O":
			n.Organization = append(n.Organization, value)
		case "OU":
			n.OrganizationalUnit = append(n.OrganizationalUnit, value)
		default:
			return n, fmt.Errorf("certificate subject %q: CN, O and OU are known", subject)
		}
	}
	return n, nil
}

// serverHello12 is TLS 1.2 (RFC 5246, 7.4): the certificate crosses the wire readable.
func (t *tape) serverHello12(der []byte) []byte {
	body := append([]byte{3, 3}, t.random(32)...)
	body = append(append(body, 32), t.random(32)...)
	body = append(body, 0xc0, 0x2b, 0) // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, no compression
	chain := vector24(vector24(der))
	exchange := append([]byte{3, 0, 29, 32}, t.random(32)...) // named curve x25519 (RFC 8422, 5.4)
	exchange = append(append(exchange, 8, 7), vector16(t.random(64))...)
	b := handshake(2, body)
	b = append(b, handshake(11, chain)...)
	b = append(b, handshake(12, exchange)...)
	return append(b, handshake(14, nil)...)
}

// clientFinish12 is the client's key exchange, its change of cipher and what is sealed from then on.
func (t *tape) clientFinish12() []byte {
	b := handshake(16, append([]byte{32}, t.random(32)...))
	b = append(b, 20, 3, 3, 0, 1, 1)
	return append(b, sealedAs(22, t.random(40))...)
}

// sealedAs wraps what nobody can read in a record of the given type.
func sealedAs(kind byte, sealed []byte) []byte {
	return append([]byte{kind, 3, 3}, vector16(sealed)...)
}

// vector24 puts the length in front, in three bytes.
func vector24(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b)))[1:], b...)
}
