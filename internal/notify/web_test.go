package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The request is what https://docs.ntfy.sh/publish/#publish-as-json asks for.
func TestNtfy(t *testing.T) {
	k := newSink(t, nil)
	m := alarmMessage("calls-home", "it calls home")
	m.Text = strings.Repeat("long ", 2000)
	deliver(t, sinkOf(t, "ntfy", Settings{URL: k.URL, Topic: "alarms"}, secrets{"token": "tk_1"}), m)
	r := <-k.got
	var got struct {
		Topic, Title, Message string
		Priority              int
		Tags                  []string
	}
	if err := json.Unmarshal(r.body, &got); err != nil || r.Method != "POST" || r.URL.Path != "/" || r.Header.Get("Authorization") != "Bearer tk_1" {
		t.Errorf("%s %s %v, %v", r.Method, r.URL, r.Header, err)
	}
	if got.Topic != "alarms" || !strings.HasPrefix(got.Title, "High: it calls home") || got.Priority != 4 || len(got.Message) > 4096 || got.Tags[0] != m.ID {
		t.Errorf("got %+v", got)
	}
	deliver(t, sinkOf(t, "ntfy", Settings{URL: k.URL, Topic: "alarms", User: "kim"}, secrets{"password": "pw"}), m)
	if r = <-k.got; r.Header.Get("Authorization") != "Basic a2ltOnB3" {
		t.Errorf("header %v", r.Header)
	}
	s := &Settings{URL: "http://ntfy.example.org", Topic: "a"}
	wantError(t, ntfyKind.checkSettings(s, secrets{"token": "x"}), "in the clear")
}

// The request is what https://core.telegram.org/bots/api#sendmessage asks for; the token is in no error.
func TestTelegram(t *testing.T) {
	k := newSink(t, func(w http.ResponseWriter, n int) {
		switch n {
		case 1:
			fmt.Fprint(w, `{"ok":true,"result":{"message_id":42}}`)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"ok":false,"error_code":404,"description":"Not Found"}`)
		}
	})
	s := sinkOf(t, "telegram", Settings{URL: k.URL, Chat: "-100123"}, secrets{"token": "12:AbC-x_y"})
	if said := deliver(t, s, alarmMessage("a", "it calls home")); !strings.Contains(said, "42") {
		t.Error(said)
	}
	r := <-k.got
	var got struct {
		Chat string `json:"chat_id"`
		Text string
	}
	if err := json.Unmarshal(r.body, &got); err != nil || r.URL.Path != "/bot12:AbC-x_y/sendMessage" || got.Chat != "-100123" || !strings.Contains(got.Text, "it calls home") {
		t.Errorf("%s %s %v", r.URL, r.body, err)
	}
	_, _, err := s.Deliver(t.Context(), []*Message{alarmMessage("a", "b")})
	var l *later
	if !errors.As(err, &l) || l.after != 7*time.Second {
		t.Errorf("got %v", err)
	}
	_, _, err = s.Deliver(t.Context(), []*Message{alarmMessage("a", "b")})
	wantError(t, err, "404")
	k.Close()
	_, _, err = s.Deliver(t.Context(), []*Message{alarmMessage("a", "b")})
	if wantError(t, err, "refused"); strings.Contains(err.Error(), "AbC") {
		t.Errorf("the token is in the error: %v", err)
	}
}
