package scan

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"time"

	"cordon/internal/ask"
	"cordon/internal/reach"
)

// exchange is what was said in one conversation.
type exchange struct {
	sent, heard []byte
	local       netip.AddrPort
	cert        *x509.Certificate // over TLS, what the host showed; nil otherwise
	tls         uint16            // version of TLS, 0 for none
	outcome     ask.Outcome
}

// talk has the conversation that a request describes. From the connection on it never takes
// longer than the request's Wait, and never reads more than its Max. How long the pace keeps it
// waiting before that is no fault of the device's.
func (s *scanner) talk(ctx context.Context, to netip.Addr, r *ask.Request) exchange {
	max, wait := limits(r)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := s.c.Door.Dial(ctx, netip.AddrPortFrom(to, s.port(r.Port)))
	if err != nil {
		return exchange{outcome: failure(err)}
	}
	defer conn.Close()
	end := time.AfterFunc(wait, cancel) // the connection is bound to ctx: paying for what it sends ends too
	defer end.Stop()
	x := exchange{outcome: ask.Silent}
	x.local, _ = netip.ParseAddrPort(conn.LocalAddr().String())
	if r.Carrier == ask.TLS {
		shown, err := handshake(ctx, conn)
		if shown != nil {
			x.cert, x.tls = first(shown.ConnectionState().PeerCertificates), shown.ConnectionState().Version
		}
		if err != nil {
			x.outcome = ask.Failed
			return x
		}
		conn = shown
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	x.converse(conn, r, max)
	if len(x.heard) > 0 {
		x.outcome = ask.Answered
	}
	return x
}

// limits are those of a request, or the defaults.
func limits(r *ask.Request) (max int, wait time.Duration) {
	return cmp.Or(r.Max, ask.DefaultMax), cmp.Or(r.Wait, ask.DefaultWait)
}

// converse sends and reads until the turn says it is done, the other side closes, or a limit is met.
func (x *exchange) converse(conn io.ReadWriter, r *ask.Request, max int) {
	if len(r.Send) > 0 {
		x.sent = append(x.sent, r.Send...)
		if _, err := conn.Write(r.Send); err != nil {
			return
		}
	}
	since := 0 // where what was heard since the last bytes sent begins
	buf := make([]byte, 16<<10)
	for len(x.heard) < max {
		n, err := conn.Read(buf[:min(len(buf), max-len(x.heard))])
		x.heard = append(x.heard, buf[:n]...)
		if r.Turn != nil && n > 0 {
			send, done := r.Turn(x.heard[since:])
			if len(send) > 0 {
				since = len(x.heard)
				x.sent = append(x.sent, send...)
				if _, err := conn.Write(send); err != nil {
					return
				}
			}
			if done {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// handshake makes TLS with whatever the host offers: how weak it is, is for assess to say.
// Its connection is nil only when the host showed nothing at all.
func handshake(ctx context.Context, conn net.Conn) (*tls.Conn, error) {
	c := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true, // whose certificate it is, is the question: nothing secret is sent
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       everySuite(),
	})
	return c, c.HandshakeContext(ctx)
}

// everySuite lists the weak ones too: old cameras offer nothing else.
func everySuite() []uint16 {
	var out []uint16
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		out = append(out, s.ID)
	}
	return out
}

func first(certs []*x509.Certificate) *x509.Certificate {
	if len(certs) == 0 {
		return nil
	}
	return certs[0]
}

// failure says how a connection did not come about.
func failure(err error) ask.Outcome {
	if reach.Refused(err) {
		return ask.Refused
	}
	return ask.Failed
}
