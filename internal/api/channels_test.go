package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cordon/internal/notify"
	"cordon/internal/people"
)

// Secrets go in and never come out; what is wrong is said in words.
func TestChannels(t *testing.T) {
	w := newWorld(t, nil)
	const secret = "a secret of some length"
	a := w.want(201, w.do("POST", "/v1/channels", `{"name":"hook","kind":"webhook","settings":{"url":"http://127.0.0.1:1/"},"secrets":{"key":"`+secret+`"}}`))
	if strings.Contains(a.body, secret) || !strings.Contains(a.body, `"secrets":["key"]`) {
		t.Error(a.body)
	}
	a = w.want(200, w.do("GET", "/v1/channels", ""))
	if strings.Contains(a.body, secret) || !strings.Contains(a.body, `"kinds":[{`) || !strings.Contains(a.body, `"kind":"ntfy"`) {
		t.Error(a.body)
	}
	for body, want := range map[string]string{
		`{"name":"x","kind":"webhook","settings":{"url":"ftp://x"},"secrets":{"key":"` + secret + `"}}`:              "https://",
		`{"name":"x","kind":"webhook","settings":{"url":"https://x"}}`:                                               "at least 16",
		`{"name":"hook","kind":"eve","settings":{"file":"a.jsonl"}}`:                                                 "already",
		`{"name":"x","kind":"eve","settings":{"file":"../a.jsonl"}}`:                                                 "cordon.jsonl",
		`{"name":"x","kind":"eve","settings":{"file":"a","topic":"x"}}`:                                              "no such setting",
		`{"name":"x","kind":"email","settings":{"server":"m","from":"a@example.org","user":"u","security":"plain"}}`: "in the clear",
		`{"name":"x","kind":"mqtt","settings":{"server":"m","user":"u"},"secrets":{"password":"x"}}`:                 "in the clear",
		`{"name":"x","kind":"syslog","settings":{"server":"m:x"}}`:                                                   "port",
		`{"name":"x","kind":"eve","settings":{"file":"a"},"route":{"quiet":{"from":"7"}}}`:                           "until when",
	} {
		if a := w.want(422, w.do("POST", "/v1/channels", body)); !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	a = w.want(200, w.do("POST", "/v1/channels/1/test", ""))
	if !strings.Contains(a.body, `"ok":false`) || !strings.Contains(a.body, "refused") || strings.Contains(a.body, secret) {
		t.Error(a.body)
	}
	w.want(404, w.do("POST", "/v1/channels/9/test", ""))
	w.want(404, w.do("PUT", "/v1/channels/9", `{"name":"x","kind":"eve","settings":{"file":"a"}}`))
	w.want(404, w.do("DELETE", "/v1/channels/9", ""))
	w.want(204, w.do("DELETE", "/v1/channels/1", ""))
}

// Everybody says for himself what he wants to hear of, of what is offered.
func TestMyNotify(t *testing.T) {
	w := newWorld(t, nil)
	w.want(201, w.do("POST", "/v1/channels", `{"name":"file","kind":"eve","offered":true,"settings":{"file":"a.jsonl"}}`))
	w.want(403, w.do("GET", "/v1/me/notify", "")) // nobody's
	ctx := context.WithValue(t.Context(), personKey{}, person{name: "kim", account: &people.Person{ID: 3, Name: "kim"}})
	got, err := w.s.myWish(ctx, nil)
	must(t, err)
	if len(got.Body.Offered) != 1 || got.Body.Offered[0].Name != "file" || len(got.Body.Channels) != 0 {
		t.Errorf("%+v", got.Body)
	}
	in := &myNotifyInput{Body: notify.Personal{Channels: []int64{1}, Wish: notify.Wish{From: "high", Digest: "daily", Zone: "Europe/Berlin"}}}
	var d done
	put, err := w.s.putMyWish(ctx, in, &d)
	must(t, err)
	if got, err = w.s.myWish(ctx, nil); err != nil || fmt.Sprint(got.Body) != fmt.Sprint(put.Body) || got.Body.Digest != "daily" {
		t.Errorf("%+v, %v", got, err)
	}
	in.Body.Channels = []int64{7}
	if _, err = w.s.putMyWish(ctx, in, &d); !errors.Is(err, notify.ErrInvalid) {
		t.Error(err)
	}
}
