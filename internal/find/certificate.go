package find

import (
	"bytes"
	"crypto/x509"
	"time"
)

// hearCertificates takes the first certificate of a Certificate message (TLS 1.2,
// RFC 5246 section 7.4.2): the server's own. crypto/x509 refuses some that cameras
// carry (negative serials, odd times); for those the names are not passed on.
func hearCertificates(body []byte, server Subject, emit Emit) {
	r := reader{b: body}
	chain := reader{b: r.block24()}
	der := chain.block24()
	if len(der) == 0 {
		return
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	emit(server, "tls.subject", cert.Subject.String())
	emit(server, "tls.issuer", cert.Issuer.String())
	emit(server, "tls.not_after", cert.NotAfter.UTC().Format(time.RFC3339))
	for i, name := range cert.DNSNames {
		if i == 32 {
			break
		}
		emit(server, "tls.san", name)
	}
	for i, a := range cert.IPAddresses {
		if i == 8 {
			break
		}
		emit(server, "tls.san", a.String())
	}
	if bytes.Equal(cert.RawSubject, cert.RawIssuer) {
		emit(server, "tls.self_signed", "yes")
	}
}
