package notify

import (
	"crypto/x509"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Settings say where a channel leads. Each kind knows some of the fields (Kind.Fields).
type Settings struct {
	Server    string   `json:"server,omitempty" maxLength:"300" doc:"Name or address of the server, with port where it is not the usual one: mail.example.org:587."`
	URL       string   `json:"url,omitempty" maxLength:"2000" doc:"Address of the server: https://ntfy.example.org."`
	Security  string   `json:"security,omitempty" enum:",tls,starttls,plain" doc:"tls from the first byte, starttls, or plain: in the clear."`
	CA        string   `json:"ca,omitempty" maxLength:"65536" doc:"Certificates in PEM that the server's own is checked against, in place of the system's."`
	User      string   `json:"user,omitempty" maxLength:"300"`
	From      string   `json:"from,omitempty" maxLength:"300" doc:"E-mail: the sender."`
	To        []string `json:"to,omitempty" maxItems:"50" doc:"E-mail: who gets what is sent to the channel itself."`
	Topic     string   `json:"topic,omitempty" maxLength:"200" pattern:"^[A-Za-z0-9_/.-]*$" doc:"ntfy: the topic. MQTT: what topics begin with; cordon where it is left out."`
	Chat      string   `json:"chat,omitempty" maxLength:"100" doc:"Bot: the number of the chat, or @name of a channel."`
	Transport string   `json:"transport,omitempty" enum:",tcp,tls,udp" doc:"Syslog, CEF: tcp, tls or udp. EVE: tcp or tls."`
	File      string   `json:"file,omitempty" maxLength:"100" doc:"EVE: the name of a file in the directory export of the data directory."`
	Discovery string   `json:"discovery,omitempty" maxLength:"100" pattern:"^[A-Za-z0-9_/-]*$" doc:"MQTT: Home Assistant's discovery prefix, homeassistant as a rule; left out, it is told nothing of devices."`
}

// fields are the values of the settings by name, empty where left out.
func (s *Settings) fields() map[string]string {
	return map[string]string{
		"server": s.Server, "url": s.URL, "security": s.Security, "ca": s.CA, "user": s.User, "from": s.From, "to": strings.Join(s.To, ","),
		"topic": s.Topic, "chat": s.Chat, "transport": s.Transport, "file": s.File, "discovery": s.Discovery,
	}
}

// secrets are a channel's, by name.
type secrets map[string]string

// checkSettings says what is wrong with the settings for a kind.
func (k *Kind) checkSettings(s *Settings, sec secrets) error {
	for name, value := range s.fields() {
		if value != "" && !slices.Contains(k.Fields, name) {
			return wrong(name, "%s has no such setting", k.Name)
		}
		if value == "" && slices.Contains(k.Needs, name) {
			return wrong(name, "%s needs it", k.Name)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && (name != "ca" || r != '\n' && r != '\r') }) {
			return wrong(name, "it has a control character in it")
		}
	}
	for name, value := range sec {
		if !slices.Contains(k.Secrets, name) {
			return wrong("secrets", "%s has no secret %q: it knows %s", k.Name, name, strings.Join(k.Secrets, ", "))
		}
		if len(value) > 4096 || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' }) {
			return wrong("secrets", "%s is too long, or has a control character in it", name)
		}
	}
	if s.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(s.CA)) {
		return wrong("ca", "there is no certificate in PEM in it")
	}
	return k.check(s, sec)
}

// hostPort checks a server and adds the port where it is left out.
func hostPort(field, server, port string) (string, error) {
	host, p, err := net.SplitHostPort(server)
	if err != nil {
		if host, p = strings.Trim(server, "[]"), port; port == "" {
			return "", wrong(field, "say the port too: %s:PORT", server)
		}
	}
	if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 || host == "" || strings.ContainsAny(host, "/ @") {
		return "", wrong(field, "want a name or address with a port, like server.example.org:1234")
	}
	return net.JoinHostPort(host, p), nil
}

// webAddress checks a URL and gives it with the host and port that are dialled.
func webAddress(address string) (u *url.URL, server string, err error) {
	u, err = url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return nil, "", wrong("url", "want https://server.example.org/path, without user, password or #")
	}
	port := "443"
	if u.Scheme == "http" {
		port = "80"
	}
	server, err = hostPort("url", u.Host, port)
	return u, server, err
}

// address checks an e-mail address.
func address(field, text string) error {
	if _, err := mail.ParseAddress(text); err != nil || strings.ContainsAny(text, "\r\n") {
		return wrong(field, "%q is no e-mail address", text)
	}
	return nil
}
