package notify

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// postOffice is a mail server with one account: kim, secret.
type postOffice struct{ got chan letterOf }

type letterOf struct{ user, from, to, body string }

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{office: p}, nil }

type counter struct {
	office *postOffice
	letterOf
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "kim" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		c.user = user
		return nil
	}), nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error { c.from = from; return nil }

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name"}
	}
	c.to = to
	return nil
}

func (c *counter) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	c.body = string(b)
	c.office.got <- c.letterOf
	return err
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

// startPost starts a mail server; secure: TLS from the first byte.
func startPost(t *testing.T, a authority, secure bool) (*postOffice, string) {
	t.Helper()
	p := &postOffice{got: make(chan letterOf, 10)}
	s := smtp.NewServer(p)
	s.Domain, s.TLSConfig = "mail.example", &tls.Config{Certificates: []tls.Certificate{a.pair}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	where := l.Addr().String()
	if secure {
		l = tls.NewListener(l, s.TLSConfig)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-ended })
	return p, where
}

func TestEmail(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	for _, security := range []string{"starttls", "tls"} {
		t.Run(security, func(t *testing.T) {
			p, where := startPost(t, a, security == "tls")
			set := Settings{Server: where, Security: security, CA: a.pem, User: "kim", From: "Cordon <cordon@example.org>", To: []string{"owner@example.org"}}
			s := sinkOf(t, "email", set, secrets{"password": "secret"})
			first, second := alarmMessage("calls-home", "it talks to \u4e2d\u56fd\r\nBcc: eve@example.org"), alarmMessage("scans", "second")
			second.To = "kim@example.org"
			deliver(t, s, first, second)
			got := <-p.got
			if got.user != "kim" || got.from != "cordon@example.org" || got.to != "owner@example.org" {
				t.Errorf("got %+v", got)
			}
			m, err := mail.ReadMessage(strings.NewReader(got.body))
			if err != nil {
				t.Fatal(err)
			}
			if m.Header.Get("Bcc") != "" || !strings.Contains(m.Header.Get("Message-Id"), first.ID) || m.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("header %v", m.Header)
			}
			if got = <-p.got; got.to != "kim@example.org" {
				t.Errorf("the second went to %s", got.to)
			}
			_, _, err = sinkOf(t, "email", set, secrets{"password": "wrong"}).Deliver(t.Context(), []*Message{first})
			wantError(t, err, "535")
			var no *refusal
			if errors.As(err, &no) {
				t.Error("a wrong password loses mail")
			}
			set.CA = ""
			_, _, err = sinkOf(t, "email", set, secrets{"password": "secret"}).Deliver(t.Context(), []*Message{first})
			wantError(t, err, "certificate")
			set.CA, set.To = a.pem, []string{"nobody@example.org"}
			_, _, err = sinkOf(t, "email", set, secrets{"password": "secret"}).Deliver(t.Context(), []*Message{first})
			if !errors.As(err, &no) {
				t.Errorf("a recipient that is not there: %v", err)
			}
		})
	}
}

// Without TLS on offer nothing is sent, unless that was chosen.
func TestEmailInTheClear(t *testing.T) {
	p := &postOffice{got: make(chan letterOf, 1)}
	s := smtp.NewServer(p)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-ended })
	set := Settings{Server: l.Addr().String(), From: "a@example.org", To: []string{"b@example.org"}}
	_, _, err = sinkOf(t, "email", set, nil).Deliver(t.Context(), []*Message{alarmMessage("a", "b")})
	wantError(t, err, "STARTTLS")
	set.Security = "plain"
	deliver(t, sinkOf(t, "email", set, nil), alarmMessage("a", "b"))
	if got := <-p.got; got.to != "b@example.org" {
		t.Errorf("got %+v", got)
	}
}
