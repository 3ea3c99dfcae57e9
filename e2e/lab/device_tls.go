package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
)

// certificate makes the device's self-signed certificate. The key is drawn from the seed:
// devices whose models name the same key share it, as those of one firmware often do.
func (d *Device) certificate() (tls.Certificate, error) {
	t := d.model.TLS
	owner := t.Key
	if owner == "" {
		owner = d.name
	}
	scalar := sha256.Sum256(fmt.Appendf(nil, "key %d %s", d.seed, owner))
	scalar[0] = 0 // below the order of P-256, which begins with ff
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	name, err := d.render(t.Subject, d.values, nil)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	subject := pkix.Name{CommonName: name}
	if t.Org != "" {
		subject.Organization = []string{t.Org}
	}
	from := time.Now().AddDate(-1, 0, 0).Truncate(24 * time.Hour)
	until := from.AddDate(10, 0, 0)
	if t.Expired {
		until = from.AddDate(0, 6, 0)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(int64(d.dice("certificate").Uint32()) + 1), Subject: subject,
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
