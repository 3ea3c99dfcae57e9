package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/wneessen/go-mail"

	"cordon"
	"cordon/internal/report"
)

var emailKind = &Kind{
	Name: "email", Doc: "E-mail by your own or your provider's mail server (SMTP).",
	Fields: []string{"server", "security", "ca", "user", "from", "to"}, Needs: []string{"server", "from"}, Secrets: []string{"password"},
	Person: true, check: checkEmail,
	open: func(o *opening) (Sink, error) { return &emailSink{o}, nil },
}

// checkEmail says what is wrong with a mail server.
func checkEmail(s *Settings, sec secrets) error {
	server, err := hostPort("server", s.Server, mailPort(s.Security))
	if err != nil {
		return err
	}
	for _, a := range s.To {
		if err := address("to", a); err != nil {
			return err
		}
	}
	if host, _, _ := net.SplitHostPort(server); s.Security == "plain" && s.User != "" && !loopback(host) {
		return wrong("security", "a password would go in the clear: take starttls or tls")
	}
	if (s.User == "") != (sec["password"] == "") {
		return wrong("user", "user and password go together")
	}
	return address("from", s.From)
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// mailPort is the usual port (RFC 8314, section 3.3 for TLS from the start).
func mailPort(security string) string {
	switch security {
	case "tls":
		return "465"
	case "plain":
		return "25"
	}
	return "587"
}

// emailSink sends mail.
type emailSink struct{ *opening }

// Deliver implements Sink: all messages on one connection.
func (e *emailSink) Deliver(ctx context.Context, messages []*Message) (done int, said string, err error) {
	c, err := e.client()
	if err != nil {
		return 0, "", err
	}
	letters := make([]*mail.Msg, len(messages))
	for i, m := range messages { // what cannot be written needs no server
		if letters[i], err = e.letter(m); err != nil {
			return 0, "", &refusal{err}
		}
	}
	if err := c.DialWithContext(ctx); err != nil {
		return 0, "", fmt.Errorf("mail server: %w", err)
	}
	defer c.Close()
	for i, l := range letters {
		if err := c.Send(l); err != nil {
			var no *mail.SendError
			if errors.As(err, &no) && !no.IsTemp() && no.ErrorCode() >= 500 {
				err = &refusal{err}
			}
			return i, said, err
		}
		said = "the mail server took it: " + cmp.Or(l.ServerResponse(), "250")
	}
	return len(letters), said, nil
}

// client is a connection to be made to the mail server.
func (e *emailSink) client() (*mail.Client, error) {
	server, err := hostPort("server", e.Server, mailPort(e.Security))
	if err != nil {
		return nil, err
	}
	w := newWay(server, e.CA)
	host, port, _ := net.SplitHostPort(server)
	n, _ := strconv.Atoi(port) // hostPort has looked
	opts := []mail.Option{mail.WithPort(n), mail.WithTimeout(connectWithin), mail.WithTLSConfig(w.tls), mail.WithHELO(cmp.Or(e.host, "localhost")), mail.WithoutNoop()}
	auth := mail.SMTPAuthAutoDiscover
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return w.dial(ctx, "tcp", w.server) }
	switch e.Security {
	case "tls": // the library shakes hands only where it dials itself; that this is TLS it sees where it looks for STARTTLS
		dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return w.dialTLS(ctx) }
		opts = append(opts, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case "plain":
		auth = mail.SMTPAuthPlain // on this machine only: checkEmail
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	opts = append(opts, mail.WithDialContextFunc(dial))
	if e.User != "" {
		opts = append(opts, mail.WithSMTPAuth(auth), mail.WithUsername(e.User), mail.WithPassword(e.secrets["password"]))
	}
	return mail.NewClient(host, opts...)
}

// letter is a message as mail. Its Message-ID is the message's id, so that a mail that is sent
// again is known as the same.
func (e *emailSink) letter(m *Message) (*mail.Msg, error) {
	l := mail.NewMsg()
	to := e.To
	if m.To != "" {
		to = []string{m.To}
	}
	if len(to) == 0 {
		return nil, errors.New("nobody is named whom the mail is for: set to, or an address of the person")
	}
	if err := errors.Join(l.From(e.From), l.To(to...)); err != nil {
		return nil, err
	}
	l.Subject(cut(report.Clean("[Cordon] "+m.Title), 200))
	l.SetMessageIDWithValue(m.ID + "@" + e.instance + ".cordon.invalid") // RFC 2606: a name that nobody has
	l.SetDateWithValue(m.Made)
	l.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers of absent people
	l.SetGenHeader("X-Cordon-Id", m.ID)
	if m.worst().Rank() >= cordon.High.Rank() {
		l.SetImportance(mail.ImportanceHigh)
	}
	l.SetBodyString(mail.TypeTextPlain, m.Text)
	return l, nil
}
