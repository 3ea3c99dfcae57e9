package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"cordon/internal/report"
)

// NetBox is where devices are pushed to, as the owner configured it. Nothing else is contacted:
// redirects are not followed, proxies of the environment are not used.
type NetBox struct {
	URL   string         // "https://netbox.example.org"; http only on loopback
	Token string         // of a user who may add and change devices, interfaces and addresses
	Roots *x509.CertPool // whom its certificate must be signed by; nil: the system's
}

// Check says what is wrong with the configuration; nil also for the zero NetBox.
func (n NetBox) Check() error {
	if n.URL == "" && n.Token == "" {
		return nil
	}
	u, err := url.Parse(n.URL)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.User != nil:
		return fmt.Errorf("netbox: %q is no address: say it as https://netbox.example.org", n.URL)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("netbox: the token would cross the network in the clear: use https")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("netbox: %q: use https", n.URL)
	case n.Token == "":
		return errors.New("netbox: a token is needed: make one in NetBox under API Tokens")
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// netbox is a conversation with one NetBox, by its REST API as documented for version 4
// (netboxlabs.com/docs/netbox, "REST API Overview", "Filtering").
type netbox struct {
	NetBox
	client *http.Client
	known  map[string]int // path and slug -> id
}

func newNetBox(n NetBox) *netbox {
	t := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: n.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}
	return &netbox{NetBox: n, known: map[string]int{}, client: &http.Client{
		Transport: t, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token is for this address alone
	}}
}

func (n *netbox) close() { n.client.CloseIdleConnections() }

// refused is an answer of NetBox that is about one object: the push goes on with the next.
type refused struct {
	status int
	text   string
}

// Error says what NetBox said.
func (r *refused) Error() string { return fmt.Sprintf("NetBox answered %d: %s", r.status, r.text) }

// maxSaid is how much of an answer is read.
const maxSaid = 1 << 20

// ask makes one request. into is filled from the answer.
func (n *netbox) ask(ctx context.Context, method, path string, query url.Values, body, into any) error {
	u := strings.TrimSuffix(n.URL, "/") + "/api/" + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, u, &b)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", n.authorization())
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	a, err := n.client.Do(r)
	if err != nil {
		return fmt.Errorf("netbox: %w", err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, maxSaid))
	if err != nil {
		return fmt.Errorf("netbox: %w", err)
	}
	return said(a.StatusCode, text, into)
}

// authorization is the header for a token of the first kind, or of the second ("nbt_...",
// since NetBox 4.5).
func (n *netbox) authorization() string {
	if strings.HasPrefix(n.Token, "nbt_") {
		return "Bearer " + n.Token
	}
	return "Token " + n.Token
}

func said(status int, text []byte, into any) error {
	short := report.Clean(string(text[:min(len(text), 300)]))
	switch {
	case status == http.StatusBadRequest || status == http.StatusConflict:
		return &refused{status, short}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("netbox: the token is refused (%d): %s", status, short)
	case status >= 300 && status < 400:
		return fmt.Errorf("netbox: it wants to send us elsewhere (%d): configure the address at which it really is", status)
	case status >= 400:
		return fmt.Errorf("netbox: answered %d: %s", status, short)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("netbox: answered %d with what is no JSON: is this really its address?", status)
	}
	return nil
}

// object is what is read back of any object.
type object struct {
	ID int `json:"id"`
}

// found asks for the one object of a list; 0 when there is none.
func (n *netbox) found(ctx context.Context, path string, query url.Values) (int, error) {
	var list struct {
		Results []object `json:"results"`
	}
	query.Set("limit", "1")
	if err := n.ask(ctx, http.MethodGet, path, query, nil, &list); err != nil || len(list.Results) == 0 {
		return 0, err
	}
	return list.Results[0].ID, nil
}

// ensure gives the id of the object with the slug, making it when there is none.
func (n *netbox) ensure(ctx context.Context, path, slug string, fields map[string]any) (int, error) {
	key := path + slug
	if id := n.known[key]; id != 0 {
		return id, nil
	}
	id, err := n.found(ctx, path, url.Values{"slug": {slug}})
	if err == nil && id == 0 {
		var made object
		fields["slug"] = slug
		err = n.ask(ctx, http.MethodPost, path, nil, fields, &made)
		id = made.ID
	}
	if err == nil {
		n.known[key] = id
	}
	return id, err
}

// slug makes a name into what NetBox takes as one: small letters, digits and hyphens, at most 100.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 100 {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "unknown"
}
