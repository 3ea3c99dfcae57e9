// Package cert keeps the certificate with which the page answers: one of a certificate
// authority of Cordon's own, made at the first start, or the owner's files. It promises that
// the keys stay in their directory, readable by their owner alone, that the certificate names
// every address of the machine and is renewed before it ends and when the addresses change,
// and that files of the owner's are read again when they change. Who listens, and on what, is
// left to api.
package cert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config is what a Keeper is made of.
type Config struct {
	Dir         string   // where authority and certificate are kept; made where it is missing
	Certificate string   // file of the owner's certificate and those between it and its root, PEM; empty: one of our own
	Key         string   // file of its key, PEM
	Names       []string // names of the machine besides those that it knows itself; for our own certificate

	Machine func() (Machine, error) // names and addresses of the machine; nil: This
	Now     func() time.Time        // nil: time.Now
	Log     *slog.Logger            // nil: slog.Default()
}

// Keeper holds the certificate of the page. It is made by Open and may be used concurrently.
type Keeper struct {
	conf Config
	ca   *authority // nil: the certificate is the owner's

	looking sync.Mutex // one at a time renews or reads again

	mu   sync.RWMutex
	now  *tls.Certificate // with Leaf
	seen stamps           // of the owner's files when they were read
}

// Open reads what is kept, and makes what is missing. With the owner's files nothing is made.
func Open(c Config) (*Keeper, error) {
	if c.Machine == nil {
		c.Machine = This
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if (c.Certificate == "") != (c.Key == "") {
		return nil, errors.New("certificate: name both files, certificate and key, or neither")
	}
	k := &Keeper{conf: c}
	if c.Certificate != "" {
		return k, k.reload()
	}
	var err error
	if k.ca, err = openAuthority(c.Dir, c.Now()); err != nil {
		return nil, err
	}
	k.now = readCertificate(c.Dir, k.ca)
	return k, k.renew()
}

// lookEvery is how often Run looks whether something changed: addresses come and go with leases
// and cables, and somebody may stand before a page that does not open.
const lookEvery = time.Minute

// Run renews and reads again what has to be, until ctx is done. What fails is logged, and tried
// again a minute later; the certificate that there is stays.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := k.Look()
		if err != nil && err.Error() != told {
			k.conf.Log.Warn("certificate of the page: the one that there is stays", "error", err)
		}
		told = fmt.Sprint(err)
	}
}

// Look renews our own certificate, or reads the owner's again, where that is due.
func (k *Keeper) Look() error {
	k.looking.Lock()
	defer k.looking.Unlock()
	if k.ca == nil {
		return k.reload()
	}
	return k.renew()
}

// TLS is how to answer with the certificate, TLS 1.2 and later. The caller may change it.
func (k *Keeper) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return k.current(), nil
		},
	}
}

func (k *Keeper) current() *tls.Certificate {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.now
}

// Owners reports whether the certificate is the owner's: then browsers trust it without more.
func (k *Keeper) Owners() bool { return k.ca == nil }

// Authority is the certificate of our own authority, PEM, for who shall trust it; nil where the
// certificate is the owner's. The caller does not change it.
func (k *Keeper) Authority() []byte {
	if k.ca == nil {
		return nil
	}
	return k.ca.text
}

// Fingerprint is the SHA-256 of what has to be trusted, as browsers show it ("AB:CD:..."): of
// our own authority, or of the owner's certificate.
func (k *Keeper) Fingerprint() string {
	if k.ca == nil {
		return fingerprint(k.current().Leaf.Raw)
	}
	return fingerprint(k.ca.cert.Raw)
}

// Until is when the certificate ends.
func (k *Keeper) Until() time.Time { return k.current().Leaf.NotAfter }

// Covers reports whether the certificate is for a host, a name or an address without port. Any
// address counts as covered: a machine may be reached by one that it does not know, and nobody
// can bend an address as names are bent (DNS rebinding).
func (k *Keeper) Covers(host string) bool {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return a.Zone() == ""
	}
	return k.current().Leaf.VerifyHostname(strings.TrimSuffix(host, ".")) == nil
}

// Hosts are the names and addresses for which the certificate is, names first, each sorted.
func (k *Keeper) Hosts() []string {
	leaf := k.current().Leaf
	out := slices.Sorted(slices.Values(leaf.DNSNames))
	var addrs []netip.Addr
	for _, ip := range leaf.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			addrs = append(addrs, a.Unmap())
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}
