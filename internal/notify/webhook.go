package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

var webhookKind = &Kind{
	Name: "webhook", Doc: "A signed POST of JSON to a program of yours.",
	Fields: []string{"url", "ca"}, Needs: []string{"url"}, Secrets: []string{"key"}, check: checkWebhook,
	open: func(o *opening) (Sink, error) { return &webhookSink{o}, nil },
}

// minHookKey is the least length of the key that requests are signed with.
const minHookKey = 16

func checkWebhook(s *Settings, sec secrets) error {
	if len(sec["key"]) < minHookKey {
		return wrong("secrets", "key: want at least %d characters, made by chance: requests are signed with it", minHookKey)
	}
	_, _, err := webAddress(s.URL) // the key is never sent, so http will do
	return err
}

// webhookSink posts messages.
type webhookSink struct{ *opening }

// Deliver implements Sink.
func (w *webhookSink) Deliver(ctx context.Context, messages []*Message) (int, string, error) {
	return oneByOne(messages, func(m *Message) (string, error) {
		body, err := json.Marshal(m)
		if err != nil {
			return "", &refusal{err}
		}
		head := jsonHead(w.version)
		now := strconv.FormatInt(time.Now().Unix(), 10)
		head.Set("Cordon-Id", m.ID)
		head.Set("Cordon-Timestamp", now)
		head.Set("Cordon-Signature", "v1="+signature(w.secrets["key"], now, body))
		if _, err := post(ctx, w.URL, w.CA, head, body); err != nil {
			return "", err
		}
		return "the server took it", nil
	})
}

// signature is HMAC-SHA256 (RFC 2104) over timestamp, a dot, and the body, in hexadecimal.
func signature(key, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(timestamp + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
