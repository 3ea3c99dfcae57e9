package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The files of our own certificate.
const (
	pageFile = "page.crt"
	pageKey  = "page.key"
)

// The life of a certificate, and how long before its end it is renewed.
const (
	pageLife  = 90 * 24 * time.Hour
	pageRenew = 30 * 24 * time.Hour
)

// readCertificate gives the certificate of the last run, nil where there is none that the
// authority signed: browsers keep what people said about it.
func readCertificate(dir string, ca *authority) *tls.Certificate {
	c, err := tls.LoadX509KeyPair(filepath.Join(dir, pageFile), filepath.Join(dir, pageKey))
	if err != nil || c.Leaf == nil || c.Leaf.CheckSignatureFrom(ca.cert) != nil {
		return nil
	}
	return &c
}

// renew makes a new certificate where there is none, where it ends soon, where the clock says
// that it has not begun, or where the machine has a name or an address that it does not name.
func (k *Keeper) renew() error {
	m, err := k.conf.Machine()
	if err != nil && k.now == nil {
		k.conf.Log.Warn("certificate of the page: the machine's addresses are not known", "error", err)
	} else if err != nil {
		return fmt.Errorf("the machine's addresses: %w", err)
	}
	names, addrs := m.hosts(k.conf.Names)
	now, has := k.conf.Now(), k.current()
	if has != nil && !now.Before(has.Leaf.NotBefore) && now.Before(has.Leaf.NotAfter.Add(-pageRenew)) && namesAll(has.Leaf, names, addrs) {
		return nil
	}
	made, err := k.issue(names, addrs, now)
	if err != nil {
		return fmt.Errorf("certificate of the page: %w", err)
	}
	k.mu.Lock()
	k.now = made
	k.mu.Unlock()
	return nil
}

// namesAll reports whether a certificate is for all of the names and addresses. It may be for more:
// an address that is gone for a while makes no new certificate, whose exception in a browser
// would be asked for anew.
func namesAll(leaf *x509.Certificate, names []string, addrs []netip.Addr) bool {
	for _, n := range names {
		if !slices.Contains(leaf.DNSNames, n) {
			return false
		}
	}
	for _, a := range addrs {
		if !slices.ContainsFunc(leaf.IPAddresses, net.IP(a.AsSlice()).Equal) {
			return false
		}
	}
	return true
}

// issue makes a certificate and keeps it. One that cannot be kept is good until the next start.
func (k *Keeper) issue(names []string, addrs []netip.Addr, now time.Time) (*tls.Certificate, error) {
	t := template(now, pageLife)
	if t.NotAfter.After(k.ca.cert.NotAfter) {
		t.NotAfter = k.ca.cert.NotAfter
	}
	t.Subject = pkix.Name{CommonName: k.ca.cert.Subject.CommonName + ": the page"}
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames = names
	for _, a := range addrs {
		t.IPAddresses = append(t.IPAddresses, a.AsSlice())
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	made, err := sign(t, k.ca.cert, key, k.ca.key)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(keepKey(k.conf.Dir, pageKey, key), keep(k.conf.Dir, pageFile, made.text, 0o644)); err != nil {
		k.conf.Log.Warn("certificate of the page: it could not be kept, and is made anew at the next start", "error", err)
	}
	return &tls.Certificate{Certificate: [][]byte{made.cert.Raw, k.ca.cert.Raw}, PrivateKey: key, Leaf: made.cert}, nil
}

// stamps tell whether the owner's files are those that were read.
type stamps [2]struct {
	when time.Time
	size int64
}

func (k *Keeper) stamps() (s stamps, err error) {
	for i, name := range []string{k.conf.Certificate, k.conf.Key} {
		info, err := os.Stat(name)
		if err != nil {
			return s, err
		}
		s[i].when, s[i].size = info.ModTime(), info.Size()
	}
	return s, nil
}

// reload reads the owner's files where they changed. Files that do not fit each other, as while
// they are being replaced, change nothing.
func (k *Keeper) reload() error {
	s, err := k.stamps()
	if err != nil {
		return fmt.Errorf("certificate of the page: %w", err)
	}
	if k.current() != nil && s == k.seen {
		return nil
	}
	c, err := tls.LoadX509KeyPair(k.conf.Certificate, k.conf.Key)
	if err != nil {
		return fmt.Errorf("certificate of the page: %s and %s: %s", k.conf.Certificate, k.conf.Key, strings.TrimPrefix(err.Error(), "tls: "))
	}
	if now := k.conf.Now(); now.After(c.Leaf.NotAfter) {
		k.conf.Log.Warn("certificate of the page: it has ended: browsers refuse it until you renew it", "file", k.conf.Certificate, "ended", c.Leaf.NotAfter)
	}
	k.mu.Lock()
	k.now, k.seen = &c, s
	k.mu.Unlock()
	return nil
}
