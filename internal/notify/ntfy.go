package notify

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"cordon"
)

// The form of a request is that of https://docs.ntfy.sh/publish/#publish-as-json: a POST to the
// server's root, with the topic in the body.
var ntfyKind = &Kind{
	Name: "ntfy", Doc: "Push messages to phones by an ntfy server, your own or ntfy.sh.",
	Fields: []string{"url", "ca", "topic", "user"}, Needs: []string{"url", "topic"}, Secrets: []string{"token", "password"}, check: checkNtfy,
	open: func(o *opening) (Sink, error) { return &ntfySink{o}, nil },
}

func checkNtfy(s *Settings, sec secrets) error {
	if strings.ContainsAny(s.Topic, "/.") {
		return wrong("topic", "want letters, digits, _ and -")
	}
	if (s.User == "") != (sec["password"] == "") || s.User != "" && sec["token"] != "" {
		return wrong("user", "give a token, or a user and a password, or neither")
	}
	return checkURL(s, sec)
}

// ntfyText is where a message ends that ntfy shows as one: it makes a file of more than 4,096 bytes.
const ntfyText = 3500

// ntfySink publishes messages.
type ntfySink struct{ *opening }

// ntfyBody is a message as ntfy takes it.
type ntfyBody struct {
	Topic    string   `json:"topic"`
	Title    string   `json:"title"`
	Message  string   `json:"message"`
	Priority int      `json:"priority"` // 1 to 5, 3 is usual
	Tags     []string `json:"tags,omitempty"`
}

// Deliver implements Sink.
func (n *ntfySink) Deliver(ctx context.Context, messages []*Message) (int, string, error) {
	return oneByOne(messages, func(m *Message) (string, error) {
		body, err := json.Marshal(ntfyBody{Topic: n.Topic, Title: cut(m.Title, 250), Message: cut(m.Text, ntfyText), Priority: ntfyPriority(m), Tags: []string{m.ID}})
		if err != nil {
			return "", &refusal{err}
		}
		head := jsonHead(n.version)
		switch {
		case n.secrets["token"] != "":
			head.Set("Authorization", "Bearer "+n.secrets["token"])
		case n.User != "":
			head.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(n.User+":"+n.secrets["password"])))
		}
		if _, err := post(ctx, n.URL, n.CA, head, body); err != nil {
			return "", err
		}
		return "ntfy took it", nil
	})
}

// ntfyPriority is how loud a phone is.
func ntfyPriority(m *Message) int {
	if len(m.Entries) == 0 {
		return 3
	}
	over := true
	for i := range m.Entries {
		over = over && m.Entries[i].What == cordon.AlarmIsOver
	}
	if over {
		return 2
	}
	return max(1, m.worst().Rank()+1) // info 1 to critical 5
}
