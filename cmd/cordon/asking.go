package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"cordon/internal/report"
)

// asking are the options of commands that ask a running cordon.
type asking struct {
	Socket string `placeholder:"PATH" help:"Unix socket on which cordon run answers; without it CORDON_SOCKET, then the system's, then the user's own."`
}

// systemSocket is where the packaged service answers.
const systemSocket = "/run/cordon/cordon.sock"

// sockets are where somebody may answer, the likeliest first.
func (c *asking) sockets() []string {
	if named := cmp.Or(c.Socket, os.Getenv("CORDON_SOCKET")); named != "" {
		return []string{named}
	}
	return []string{systemSocket, whereItIs().Socket}
}

// client talks to a running cordon over its socket.
type client struct {
	http *http.Client
}

// connect finds the socket on which somebody answers, or says what to do.
func (c *asking) connect(ctx context.Context) (*client, error) {
	all := c.sockets()
	var first error
	for _, name := range all {
		conn, err := (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "unix", name)
		if err != nil {
			if first == nil || errors.Is(err, fs.ErrPermission) { // that one is there, so it is the one that is meant
				first = nobody(name, err)
			}
			continue
		}
		conn.Close()
		return newClient(name), nil
	}
	return nil, first
}

// nobody says why nobody answered at a socket, and what to do.
func nobody(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: you may not ask here: join the group of the socket (sudo usermod -aG cordon $USER, then log in again), or use sudo", name)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no cordon is running (nobody answers on %s): start one with cordon run, or name its socket with --socket", name)
	}
	return fmt.Errorf("%s: %w: is cordon run well? cordon doctor says more", name, err)
}

func newClient(socket string) *client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &client{&http.Client{Transport: &http.Transport{DialContext: dial, ResponseHeaderTimeout: time.Minute}}}
}

// send makes one request, whose path is escaped, and gives the answer, whose body the caller closes. An answer that is
// an error becomes one in the words of the API.
func (c *client) send(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	if body == nil {
		return c.sendFile(ctx, method, path, query, nil, nil)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return c.sendFile(ctx, method, path, query, http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(text))
}

// sendFile is send with a body of any kind, which its header names; nil: none.
func (c *client) sendFile(ctx context.Context, method, path string, query url.Values, header http.Header, body io.Reader) (*http.Response, error) {
	u, err := url.Parse("http://localhost" + path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if header != nil {
		r.Header = header
	}
	a, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask cordon run: %w", err)
	}
	if a.StatusCode >= 400 {
		defer a.Body.Close()
		return nil, spoken(a)
	}
	return a, nil
}

// problemText is what of a problem (RFC 9457) is for people.
type problemText struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

// operationName is how the API begins an error of a part below: people know what they asked.
var operationName = regexp.MustCompile(`^[a-z]+\.[a-z]+: `)

// spoken puts an answer that is an error into words.
func spoken(a *http.Response) error {
	var p problemText
	if err := json.NewDecoder(io.LimitReader(a.Body, 1<<20)).Decode(&p); err != nil {
		return fmt.Errorf("cordon run answered %s: is it the same version as this command?", a.Status)
	}
	text := operationName.ReplaceAllString(cmp.Or(p.Detail, p.Title), "")
	for _, e := range p.Errors {
		text += "; " + strings.TrimPrefix(strings.TrimPrefix(e.Location, "query."), "body.") + ": " + e.Message
	}
	return errors.New(report.Clean(text))
}

// get asks for one thing.
func (c *client) get(ctx context.Context, path string, query url.Values, into any) error {
	return c.do(ctx, http.MethodGet, path, query, nil, into)
}

// do makes one request; into, unless nil, is filled from the answer.
func (c *client) do(ctx context.Context, method, path string, query url.Values, body, into any) error {
	a, err := c.send(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	return readAnswer(a, into)
}

// readAnswer reads an answer into what it is for, unless that is nil, and closes it.
func readAnswer(a *http.Response, into any) error {
	defer a.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(a.Body).Decode(into); err != nil {
		return fmt.Errorf("cordon run's answer: %w", err)
	}
	return nil
}

// paged is one page of a list, as every list of the API comes.
type paged[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// pageSize is how many rows are asked for at once.
const pageSize = 500

// list asks for a list page by page, up to most rows; 0: all. It also says whether there are more.
func list[T any](ctx context.Context, c *client, path string, query url.Values, most int) (all []T, more bool, err error) {
	for {
		size := pageSize
		if most > 0 {
			size = min(size, most-len(all))
		}
		query.Set("limit", fmt.Sprint(size))
		var p paged[T]
		if err := c.get(ctx, path, query, &p); err != nil {
			return nil, false, err
		}
		all = append(all, p.Items...)
		if p.Next == "" || most > 0 && len(all) >= most {
			return all, p.Next != "", nil
		}
		query.Set("cursor", p.Next)
	}
}

// wholeList connects and asks for a list that comes whole.
func wholeList[T any](e *env, c *asking, path string, query url.Values) ([]T, error) {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return nil, err
	}
	var p paged[T]
	err = cl.get(e.ctx, path, query, &p)
	return p.Items, err
}

// told connects and makes one request; into, unless nil, is filled from the answer.
func (c *asking) told(e *env, method, path string, body, into any) error {
	cl, err := c.connect(e.ctx)
	if err != nil {
		return err
	}
	return cl.do(e.ctx, method, path, nil, body, into)
}

// filter puts an option that was given into a query.
func filter(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

// sinceTime reads when a list shall begin: how long ago ("36h", "7d") or a date or time.
func sinceTime(text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days, "%d", &n); err == nil && n >= 0 && n <= 4000 && fmt.Sprint(n) == days {
			return now.AddDate(0, 0, -n).UTC().Format(time.RFC3339), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).UTC().Format(time.RFC3339), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return t.UTC().Format(time.RFC3339), nil
		}
	}
	return "", fmt.Errorf("--since %q: say how long ago (36h, 7d) or when (2026-11-20, 2026-11-20T14:00)", text)
}

// jsonBody is a value as the body of a request.
func jsonBody(v any) (io.Reader, error) {
	text, err := json.Marshal(v)
	return bytes.NewReader(text), err
}
