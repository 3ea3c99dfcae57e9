package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cordon"
	"cordon/internal/bus"
	"cordon/internal/people"
)

// The bounds of event streams.
const (
	maxStreams  = 64               // at once
	streamRoom  = 256              // events that wait for one client
	streamWrite = 10 * time.Second // for one event to be taken; then the client is dropped
	heartbeat   = 15 * time.Second // between signs of life
)

// eventsPath is where events are followed.
const eventsPath = "/v1/events"

type eventsInput struct {
	Kinds []string `query:"kind,explode" doc:"Only events of these kinds. Without any: all but doing, which says twice a second how far a scan is." enum:"device,finding,alarm,scan,sensor,knowledge,doing"`
}

func (s *Server) events() {
	op := operation(http.MethodGet, eventsPath, "event.follow", "events", "Be told of changes as they happen (server-sent events)")
	op.Description = "One event for each change: its event field is the kind, its data a cordon Event; what it is now is asked for. " +
		"The first is hello. An event lost says how many this client missed because it was slow: ask anew. A comment every 15 seconds says that the line stands. " +
		"A client that takes nothing for 10 seconds is dropped. Nothing is kept for who comes later."
	op.Errors = []int{http.StatusServiceUnavailable}
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The stream", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: huma.SchemaFromType(s.api.OpenAPI().Components.Schemas, eventType)}},
	}}
	huma.Register(s.api, op, func(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
		if s.streams.Add(1) > maxStreams {
			s.streams.Add(-1)
			return nil, huma.Error503ServiceUnavailable(fmt.Sprintf("%d clients follow already, more is not possible: close one", maxStreams))
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer s.streams.Add(-1)
			_, w := humago.Unwrap(hc)
			sub := s.Bus.Subscribe(streamRoom)
			defer sub.Close()
			st := &stream{w: w, c: http.NewResponseController(w), kinds: in.Kinds, who: personOf(hc.Context())}
			if err := s.follow(hc.Context(), st, sub); err != nil {
				s.Log.Debug("api: event stream ended", "by", by(hc.Context()), "error", err)
			}
		}}, nil
	})
}

// follow passes events on until the client leaves, is too slow, or the server ends.
func (s *Server) follow(ctx context.Context, st *stream, sub *bus.Subscription) error {
	st.w.Header().Set("Content-Type", "text/event-stream")
	st.w.Header().Set("Cache-Control", "no-store")
	st.c.SetReadDeadline(time.Time{}) // else net/http takes the end of readTime for the client's leaving
	if err := st.event("hello", cordon.Event{At: s.Now().UTC(), Kind: "hello", Title: "cordon " + s.Version}); err != nil {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	ending, _ := ctx.Value(endingKey{}).(<-chan struct{}) // nil, which never says anything, where Serve is not
	var told uint64                                       // of the lost, how many he knows of
	for {
		var e cordon.Event
		select {
		case <-ctx.Done():
			return nil
		case <-ending:
			return nil
		case <-beat.C:
			if !st.who.here(ctx) {
				return nil
			}
			e.Kind = beatKind
		case next, open := <-sub.C:
			if !open {
				return nil
			}
			e = next
		}
		if lost := sub.Lost(); lost > told {
			if err := st.event("lost", map[string]uint64{"lost": lost - told}); err != nil {
				return err
			}
			told = lost
		}
		if err := st.pass(e); err != nil {
			return err
		}
	}
}

// beatKind marks what is no event, only a sign of life.
const beatKind = ""

// doingKind is of events that tell how far something is, twice a second: who wants them names them.
const doingKind = "doing"

// stream is one client's line.
type stream struct {
	w     http.ResponseWriter
	c     *http.ResponseController
	kinds []string
	who   person
}

func (s *stream) pass(e cordon.Event) error {
	if e.Kind == beatKind {
		return s.write(": here\n\n")
	}
	if !slices.Contains(s.kinds, e.Kind) && (len(s.kinds) > 0 || e.Kind == doingKind) {
		return nil
	}
	if !s.who.hears(&e) {
		return nil
	}
	return s.event(e.Kind, e)
}

// shows is by which operation what an event is about is looked at.
var shows = map[string]string{"device": "device.list", "finding": "finding.list", "alarm": "alarm.list", "scan": "scan.list", doingKind: "scan.list",
	"sensor": "sensor.list", "knowledge": "knowledge.get"}

// hears reports whether somebody is told of an event: who may look at what it is about, at its site.
func (p *person) hears(e *cordon.Event) bool {
	id, known := shows[e.Kind]
	if !known && p.role != people.Owner || known && !p.may(id) {
		return false
	}
	return p.sites == nil || rights[id].site.free || e.Site != "" && slices.Contains(p.sites, e.Site)
}

// here reports whether somebody who was let in still may be: his session or token still holds.
func (p *person) here(ctx context.Context) bool { return p.still == nil || p.still(ctx) }

// event writes one event; JSON has no line ends, so that data cannot begin another field.
func (s *stream) event(kind string, data any) error {
	b, err := marshal(data)
	if err != nil {
		return err
	}
	return s.write("event: " + oneWord(kind) + "\ndata: " + string(b) + "\n\n")
}

// oneWord keeps what may stand in the name of an event.
func oneWord(kind string) string {
	for _, r := range kind {
		if (r < 'a' || r > 'z') && r != '-' && r != '.' {
			return "message"
		}
	}
	return kind
}

func (s *stream) write(text string) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.c.Flush()
}
