package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"

	"cordon/internal/api"
	"cordon/internal/cert"
)

// pageConfig is where the page for browsers is, and with which certificate.
type pageConfig struct {
	Listen      string   `toml:"listen"`      // ":8443" when not said: every address; "off": nowhere
	Names       []string `toml:"names"`       // of this machine, besides those that it knows itself
	Certificate string   `toml:"certificate"` // the owner's, PEM; empty: one of Cordon's own authority
	Key         string   `toml:"key"`
}

// usualPage is where the page is when nothing else is said; pageOff is for nowhere.
const (
	usualPage = ":8443"
	pageOff   = "off"
)

// check says what cannot be, with what to do about it.
func (c pageConfig) check() error {
	if (c.Certificate == "") != (c.Key == "") {
		return fmt.Errorf("certificate and key: name both files, or neither")
	}
	if c.Listen == "" || c.Listen == pageOff {
		return nil
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err == nil && host != "" {
		_, err = netip.ParseAddr(host)
	}
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("listen = %q: want a port, as \":8443\", an address and a port, as \"192.168.8.5:8443\", or \"off\"", c.Listen)
	}
	return nil
}

// places are the directories of the owner's certificate: that of the name, and that of the file
// behind a link, which who renews it puts a new one into.
func (c pageConfig) places() (out []string) {
	for _, f := range []string{c.Certificate, c.Key} {
		if f == "" {
			continue
		}
		out = append(out, filepath.Dir(f))
		if behind, err := filepath.EvalSymlinks(f); err == nil {
			out = append(out, filepath.Dir(behind))
		}
	}
	return out
}

// listenPage opens the page; nil where it is off, and where it cannot be: a port that is taken
// keeps nobody from listening and raising alarms.
func (a *application) listenPage(e *env) net.Listener {
	c := a.conf.Page
	if c.Listen == pageOff {
		return nil
	}
	k, err := cert.Open(cert.Config{Dir: filepath.Join(a.places.Data, "cert"), Certificate: c.Certificate, Key: c.Key, Names: c.Names, Log: a.log})
	var l net.Listener
	if err == nil {
		l, err = api.ListenPage(c.Listen)
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "cordon: the page is not there, all else is: %v\n", err)
		return nil
	}
	a.cert, a.page = k, pageURL(l.Addr(), k.Hosts())
	return l
}

// tellPage says where the page is, and by what a browser is told to trust it.
func (a *application) tellPage(e *env) {
	if a.page == "" {
		return
	}
	fmt.Fprintf(e.stdout, "the page: %s\n", a.page)
	if !a.cert.Owners() {
		fmt.Fprintf(e.stdout, "its certificate is from an authority of its own (%s/ca.crt), SHA-256 %s\n", a.page, a.cert.Fingerprint())
	}
}

// pageURL is an address of the page that others can open: where it listens everywhere, the
// machine's first private address, else the first that is not loopback, else a name.
func pageURL(l net.Addr, hosts []string) string {
	at, ok := l.(*net.TCPAddr)
	if !ok {
		return "https://" + l.String()
	}
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		var private, other, name string
		for _, h := range hosts {
			a, err := netip.ParseAddr(h)
			switch {
			case err != nil && h != "localhost":
				name = cmp.Or(name, h)
			case err != nil || a.IsLoopback():
			case a.IsPrivate() && a.Is4():
				private = cmp.Or(private, h)
			default:
				other = cmp.Or(other, h)
			}
		}
		host = cmp.Or(private, other, name, "localhost")
	}
	return "https://" + net.JoinHostPort(host, strconv.Itoa(at.Port))
}
