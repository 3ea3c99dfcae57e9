package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// askWithin is how long a script waits for a running Cordon: it may be starting, or be started anew.
const askWithin = 30 * time.Second

// asks is "asks SOCKET STATUS METHOD PATH [BODY]": ask a running Cordon, as soon as it answers,
// and leave what it says in the file answer.
func asks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: asks SOCKET STATUS METHOD PATH [BODY]")
	}
	body := ""
	if len(args) > 4 {
		body = ts.ReadFile(args[4])
	}
	status, said := answer(ts, args[0], args[2], args[3], body)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), []byte(said), 0o600))
	if strconv.Itoa(status) != args[1] {
		ts.Fatalf("%s %s: %d: %s", args[2], args[3], status, said)
	}
}

// until is "until SOCKET PATH TEXT": wait for an answer to have a text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: until SOCKET PATH TEXT")
	}
	look, over := time.NewTicker(50*time.Millisecond), time.After(askWithin)
	defer look.Stop()
	for {
		_, said := answer(ts, args[0], "GET", args[1], "")
		if strings.Contains(said, args[2]) {
			return
		}
		select {
		case <-look.C:
		case <-over:
			ts.Fatalf("%s does not say %s: %s", args[1], args[2], said)
		}
	}
}

// answer asks until somebody answers.
func answer(ts *testscript.TestScript, socket, method, path, body string) (status int, said string) {
	client := &http.Client{Timeout: askWithin, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	look, over := time.NewTicker(50*time.Millisecond), time.After(askWithin)
	defer look.Stop()
	for {
		r, err := http.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
		ts.Check(err)
		r.Header.Set("Content-Type", "application/json")
		if a, err := client.Do(r); err == nil {
			b, err := io.ReadAll(a.Body)
			a.Body.Close()
			ts.Check(err)
			return a.StatusCode, string(b)
		}
		select {
		case <-look.C:
		case <-over:
			ts.Fatalf("nobody answers on %s", socket)
		}
	}
}
