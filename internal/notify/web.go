package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cordon/internal/report"
)

// maxAnswer is how much of an answer is read.
const maxAnswer = 8 << 10

// post sends a body and gives the beginning of the answer. The error says what the server said;
// the address is not in it, for it may have a secret in it.
func post(ctx context.Context, address, ca string, head http.Header, body []byte) (answer []byte, err error) {
	u, server, err := webAddress(address)
	if err != nil {
		return nil, err
	}
	u.Host = server
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address cannot be asked")
	}
	r.Header = head
	c := newWay(server, ca).client()
	defer c.CloseIdleConnections()
	a, err := c.Do(r)
	if err != nil {
		var in *url.Error
		if errors.As(err, &in) {
			err = in.Err
		}
		return nil, err
	}
	defer a.Body.Close()
	answer, _ = io.ReadAll(io.LimitReader(a.Body, maxAnswer)) // what there is of it is enough
	return answer, judged(a, answer)
}

// judged says whether an answer is a yes, a no for good, or a no for now. What is wrong with the
// settings (401, 404) is for now: the owner may mend it.
func judged(a *http.Response, answer []byte) error {
	if a.StatusCode/100 == 2 {
		return nil
	}
	err := fmt.Errorf("the server answered %s: %s", a.Status, cut(report.Clean(strings.TrimSpace(string(answer))), 300))
	switch a.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return fmt.Errorf("the server sends us elsewhere, where we do not go: set up the address %s itself, if it is yours", report.Clean(a.Header.Get("Location")))
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return &refusal{err}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if n, bad := strconv.Atoi(a.Header.Get("Retry-After")); bad == nil && n > 0 {
			return &later{err, time.Duration(min(n, 86400)) * time.Second}
		}
	}
	return err
}

// jsonHead is the header of a body in JSON.
func jsonHead(version string) http.Header {
	return http.Header{"Content-Type": {"application/json"}, "User-Agent": {"cordon/" + version}}
}

// checkURL says what is wrong with an address to which secrets go.
func checkURL(s *Settings, sec secrets) error {
	u, _, err := webAddress(s.URL)
	if err != nil {
		return err
	}
	if u.Scheme == "http" && len(sec) > 0 && !loopback(u.Hostname()) {
		return wrong("url", "its secret would go in the clear: take https")
	}
	return nil
}
