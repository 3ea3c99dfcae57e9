package find

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// certificateKinds are the facts of a certificate.
var certificateKinds = []Kind{"tls.subject", "tls.issuer", "tls.san", "tls.self_signed", "tls.not_after", "tls.key", "tls.weak"}

// hearCertificates takes the first certificate of a Certificate message (TLS 1.2,
// RFC 5246 section 7.4.2): the server's own.
func hearCertificates(body []byte, server Subject, emit Emit) {
	r := reader{b: body}
	chain := reader{b: r.block24()}
	HearCertificate(chain.block24(), server, emit)
}

// maxCertificate bounds a certificate that is looked into; cameras' are below 2 KiB.
const maxCertificate = 32 << 10

// HearCertificate emits what a server's certificate says (DER, borrowed): its names, its end,
// a hash of its key, and what is weak about it. crypto/x509 refuses some that cameras carry
// (negative serials, odd times); of those nothing is passed on.
func HearCertificate(der []byte, server Subject, emit Emit) {
	if len(der) == 0 || len(der) > maxCertificate {
		return
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	emit(server, "tls.subject", cert.Subject.String())
	emit(server, "tls.issuer", cert.Issuer.String())
	emit(server, "tls.not_after", cert.NotAfter.UTC().Format(time.RFC3339))
	emitNames(cert, server, emit)
	if bytes.Equal(cert.RawSubject, cert.RawIssuer) {
		emit(server, "tls.self_signed", "yes")
	}
	key := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	emit(server, "tls.key", hex.EncodeToString(key[:]))
	emit(server, "tls.weak", weakKey(cert))
	emit(server, "tls.weak", weakSignature(cert.SignatureAlgorithm))
}

func emitNames(cert *x509.Certificate, server Subject, emit Emit) {
	for _, name := range cert.DNSNames[:min(len(cert.DNSNames), 32)] {
		emit(server, "tls.san", name)
	}
	for _, a := range cert.IPAddresses[:min(len(cert.IPAddresses), 8)] {
		emit(server, "tls.san", a.String())
	}
}

// The shortest keys that still count as good: NIST SP 800-131A rev. 2, tables 2 and 5.
const (
	minRSA   = 2048
	minCurve = 224
)

// weakKey names a key that is too short, as "RSA 1024"; "" for a good one.
func weakKey(cert *x509.Certificate) string {
	name, bits, least := "", 0, 0
	switch k := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		name, bits, least = "RSA", k.N.BitLen(), minRSA
	case *ecdsa.PublicKey:
		name, bits, least = "ECDSA", k.Curve.Params().BitSize, minCurve
	}
	if bits >= least {
		return ""
	}
	return name + " " + strconv.Itoa(bits)
}

// weakSignature names a signature over MD2, MD5 or SHA-1, as "SHA1-RSA"; "" for others
// (NIST SP 800-131A rev. 2, table 8: SHA-1 not for signatures).
func weakSignature(a x509.SignatureAlgorithm) string {
	switch name := a.String(); {
	case strings.Contains(name, "MD"), strings.Contains(name, "SHA1"):
		return name
	}
	return ""
}
