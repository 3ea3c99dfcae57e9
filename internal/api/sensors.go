package api

import (
	"context"
	"strconv"
	"time"

	"cordon"
)

func (s *Server) sensors() {
	question(s, "/v1/sensors", "sensor.list", "sensors", "How the ways in are doing", func(context.Context, *struct{}) (*listOf[cordon.SensorState], error) {
		return allOf(s.sensorStates(), nil)
	})
}

func (s *Server) sensorStates() []cordon.SensorState {
	if s.Sensors == nil {
		return nil
	}
	return s.Sensors()
}

// knowledgeOf is the knowledge that judges now.
type knowledgeOf struct {
	Version string        `json:"version" doc:"Date of its newest data"`
	Rules   int           `json:"rules"`
	Makers  int           `json:"makers"`
	Clouds  int           `json:"clouds"`
	Lists   []listSummary `json:"lists" nullable:"false"`
}

type listSummary struct {
	ID           string `json:"id"`
	Jurisdiction string `json:"jurisdiction"`
	Instrument   string `json:"instrument"`
	Effect       string `json:"effect"`
	Makers       int    `json:"makers" doc:"Companies that it names"`
}

func (s *Server) knowledge() {
	question(s, "/v1/knowledge", "knowledge.get", "knowledge", "What verdicts rest on now", func(context.Context, *struct{}) (*one[knowledgeOf], error) {
		if s.Know == nil {
			return nil, missing("knowledge")
		}
		b := s.Know()
		k := knowledgeOf{Version: b.Version, Rules: b.Counts.Rules, Makers: b.Counts.Makers, Clouds: b.Counts.Clouds, Lists: []listSummary{}}
		for _, l := range b.AllLists() {
			k.Lists = append(k.Lists, listSummary{ID: l.ID, Jurisdiction: l.Jurisdiction, Instrument: l.Instrument, Effect: l.Effect, Makers: len(l.Entries)})
		}
		return &one[knowledgeOf]{k}, nil
	})
}

// ago says how long ago something was, roughly.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < 0:
		return t.UTC().Format("2006-01-02 15:04")
	case d < 5*time.Second:
		return "now"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s ago"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min ago"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h ago"
	}
	return t.UTC().Format("2006-01-02")
}
