package notify

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"cordon/internal/report"
)

// The form of a request is that of https://core.telegram.org/bots/api#sendmessage; other servers
// speak it too, so where it goes is set up.
var telegramKind = &Kind{
	Name: "telegram", Doc: "A message of a bot, to Telegram or a server that takes the same requests.",
	Fields: []string{"url", "ca", "chat"}, Needs: []string{"url", "chat"}, Secrets: []string{"token"}, check: checkTelegram,
	open: func(o *opening) (Sink, error) { return &telegramSink{o}, nil },
}

func checkTelegram(s *Settings, sec secrets) error {
	if t := sec["token"]; t == "" || strings.ContainsAny(t, "/?# %") {
		return wrong("secrets", "token: want the bot's token, as its maker gave it")
	}
	u, _, err := webAddress(s.URL)
	if err == nil && u.RawQuery != "" {
		return wrong("url", "want the server's address alone, like https://api.telegram.org")
	}
	if err != nil {
		return err
	}
	return checkURL(s, sec)
}

// telegramText is the longest message, in UTF-16 units; bytes are never fewer.
const telegramText = 4000

// telegramSink has a bot send messages.
type telegramSink struct{ *opening }

// telegramAnswer is what the server answers.
type telegramAnswer struct {
	OK          bool   `json:"ok"`
	Description string `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"` // seconds
	} `json:"parameters"`
	Result struct {
		ID int64 `json:"message_id"`
	} `json:"result"`
}

// Deliver implements Sink.
func (t *telegramSink) Deliver(ctx context.Context, messages []*Message) (int, string, error) {
	return oneByOne(messages, func(m *Message) (string, error) {
		body, err := json.Marshal(map[string]any{
			"chat_id": t.Chat, "text": cut(m.Title+"\n\n"+m.Text, telegramText), "link_preview_options": map[string]bool{"is_disabled": true},
		})
		if err != nil {
			return "", &refusal{err}
		}
		raw, err := post(ctx, strings.TrimSuffix(t.URL, "/")+"/bot"+t.secrets["token"]+"/sendMessage", t.CA, jsonHead(t.version), body)
		var a telegramAnswer
		if json.Unmarshal(raw, &a) == nil && a.Parameters.RetryAfter > 0 {
			return "", &later{errors.New("the server wants us to wait: " + report.Clean(a.Description)), time.Duration(min(a.Parameters.RetryAfter, 86400)) * time.Second}
		}
		if err != nil {
			return "", err
		}
		if !a.OK {
			return "", errors.New("the server did not take it: " + cut(report.Clean(a.Description), 300))
		}
		return "the bot sent message " + strconv.FormatInt(a.Result.ID, 10), nil
	})
}
