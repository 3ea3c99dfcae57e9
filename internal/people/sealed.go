package people

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// envelope is what a browser keeps for us between two requests: a ceremony under way needs no
// memory here, so that nobody can push another's out by beginning many.
type envelope struct {
	Until time.Time
	Body  json.RawMessage
}

// sealed encrypts a body that can be turned into JSON, for a purpose, a person (0: nobody yet) and a time.
func (s *Service) sealed(purpose string, person int64, life time.Duration, body any) string {
	text, err := json.Marshal(body)
	if err == nil {
		text, err = json.Marshal(envelope{s.Now().Add(life), text})
	}
	if err != nil {
		panic(err) // bodies are our own types
	}
	return base64.RawURLEncoding.EncodeToString(s.keys.close(fmt.Sprintf("people %s %d", purpose, person), text))
}

// unsealed is sealed's way back. ErrToken for what was not sealed for this, or too long ago.
func (s *Service) unsealed(purpose string, person int64, text string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		b, err = s.keys.open(fmt.Sprintf("people %s %d", purpose, person), b)
	}
	var e envelope
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	if err != nil || !s.Now().Before(e.Until) {
		return ErrToken
	}
	return json.Unmarshal(e.Body, into)
}
