package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"
)

// connectWithin is how long a server may take to accept a connection, and to shake hands.
const connectWithin = 10 * time.Second

// way is the way to the one server of a channel. It is the only place of this package that opens
// a connection, and leads nowhere else, whatever a library or a server asks for.
type way struct {
	server string // host:port
	tls    *tls.Config
}

// newWay makes the way to host:port, with the certificates that its server's is checked against;
// empty: the system's.
func newWay(server, ca string) way {
	host, _, _ := net.SplitHostPort(server)
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if ca != "" {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AppendCertsFromPEM([]byte(ca)) // checked by checkSettings
	}
	return way{server, c}
}

// dial connects to the server. An address that is not the server's is refused.
func (w way) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address != w.server {
		return nil, fmt.Errorf("%s is not what the owner set up (%s): not contacted", address, w.server)
	}
	return (&net.Dialer{Timeout: connectWithin}).DialContext(ctx, network, address)
}

// dialTLS connects and shakes hands.
func (w way) dialTLS(ctx context.Context) (*tls.Conn, error) {
	c, err := w.dial(ctx, "tcp", w.server)
	if err != nil {
		return nil, err
	}
	t := tls.Client(c, w.tls)
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return t, nil
}

// client is an HTTP client that goes to the server alone: no proxy of the environment, no
// cookies, and what it is told of elsewhere is an answer, not a way to go.
func (w way) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: w.dial, TLSClientConfig: w.tls, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: connectWithin, ResponseHeaderTimeout: deliverWithin, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
