package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"cordon"
	"cordon/internal/report"
)

// Watched is a device that watches or listens, as Home Assistant is told of it.
type Watched struct {
	Who
	Firmware string
	Score    int             // of the grade, 0 to 100
	Called   time.Time       // it last talked, or tried to talk, to the outside; zero: not that is known
	Alarms   int             // that are open
	Worst    cordon.Severity // among them; empty: there is none
}

// haEvery is how often what has changed is told.
const haEvery = 15 * time.Second

// maxWatched is how many devices Home Assistant is told of at most: it keeps each in memory.
const maxWatched = 2000

// watchedState is the state of a device, as its topic has it.
type watchedState struct {
	Grade  string `json:"grade"` // a letter; "none" where there is not enough to give one
	Score  int    `json:"score"`
	Called string `json:"last_call_home,omitempty"` // RFC 3339
	Alarms int    `json:"open_alarms"`
	Worst  string `json:"worst,omitempty"`
}

// keep implements keeper: it stays connected, so that the broker says when we are gone, and
// publishes what it knows of each device, retained.
func (q *mqttSink) keep(ctx context.Context, l *line, s *Service) {
	h := &homeAssistant{mqttSink: q, line: l, service: s}
	if q.Discovery == "" || s.config.Watching == nil {
		q.leave(ctx, l, s)
		return
	}
	for fails := 1; ctx.Err() == nil; fails++ {
		if h.stay(ctx) {
			fails = 0
		}
		pause(ctx, s.back(max(1, fails), nil))
	}
}

// homeAssistant is one connection's view of what was told.
type homeAssistant struct {
	*mqttSink
	line    *line
	service *Service
	told    map[string][]byte // what was published on this connection, by topic
}

// available is the topic that says whether we are there.
func (h *homeAssistant) available() string { return h.prefix() + "/" + h.instance + "/available" }

// stay connects, tells all, and then what changes, until the connection breaks or ctx ends. It
// reports whether there was a connection.
func (h *homeAssistant) stay(ctx context.Context) bool {
	broken := make(chan struct{})
	c, err := h.connect(ctx, "home", func(o *mqtt.ClientOptions) {
		o.SetWill(h.available(), "offline", 1, true)
		o.SetConnectionLostHandler(func(mqtt.Client, error) { close(broken) })
	})
	if err != nil {
		return false
	}
	defer c.Disconnect(250)
	h.told = map[string][]byte{}
	tick := time.NewTicker(haEvery)
	defer tick.Stop()
	for {
		if err := h.tell(ctx, c); err != nil {
			return true
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = h.put(last, c, h.available(), []byte("offline")) // if it cannot be told, the broker says so for us
			return true
		case <-broken:
			return true
		case <-tick.C:
		}
	}
}

// tell publishes what is new: of each device how it is to be shown, and how it is.
func (h *homeAssistant) tell(ctx context.Context, c mqtt.Client) error {
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	devices, err := h.service.config.Watching(ctx)
	if err != nil {
		return nil // the store is away: what was told stands
	}
	if len(devices) > maxWatched {
		devices = devices[:maxWatched]
	}
	want := map[string][]byte{}
	var configs []string
	for i := range devices {
		for topic, body := range h.configs(&devices[i]) {
			want[topic] = body
			configs = append(configs, topic)
		}
		want[h.stateTopic(devices[i].ID)] = stateOf(&devices[i])
	}
	if err := h.forget(ctx, c, slices.Sorted(maps.Keys(want))); err != nil {
		return err
	}
	slices.Sort(configs)
	for _, topic := range configs { // before the states, which would come to nobody
		if err := h.put(ctx, c, topic, want[topic]); err != nil {
			return err
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(want)) {
		if err := h.put(ctx, c, topic, want[topic]); err != nil {
			return err
		}
	}
	return h.put(ctx, c, h.available(), []byte("online"))
}

// put publishes a retained message, unless this connection did.
func (h *homeAssistant) put(ctx context.Context, c mqtt.Client, topic string, body []byte) error {
	if was, ok := h.told[topic]; ok && bytes.Equal(was, body) {
		return nil
	}
	if err := sent(ctx, c.Publish(topic, 1, true, body)); err != nil {
		return err
	}
	h.told[topic] = body
	return nil
}

// forget keeps which topics are ours, before anything is told, and takes back what is there from
// before and no longer true: an empty retained message (MQTT 3.1.1, section 3.3.1.3).
func (h *homeAssistant) forget(ctx context.Context, c mqtt.Client, want []string) error {
	was := h.before()
	for _, topic := range was {
		if _, still := slices.BinarySearch(want, topic); !still && topic != h.available() {
			if err := h.put(ctx, c, topic, nil); err != nil {
				return err
			}
			delete(h.told, topic)
		}
	}
	return h.remember(ctx, was, append(slices.Clone(want), h.available()))
}

// before gives the topics that the broker may remember of us.
func (h *homeAssistant) before() []string {
	h.service.mu.Lock()
	defer h.service.mu.Unlock()
	var out []string
	if len(h.line.row.Told) > 0 {
		_ = json.Unmarshal(h.line.row.Told, &out) // ours; where it is not, nothing is known to be there
	}
	return out
}

// remember keeps the topics that the broker may remember of us, where they are others.
func (h *homeAssistant) remember(ctx context.Context, was, now []string) error {
	slices.Sort(now)
	if slices.Equal(was, now) {
		return nil
	}
	body, err := json.Marshal(now)
	if err != nil {
		return err
	}
	if len(now) == 0 {
		body = nil
	}
	if err := h.service.config.Store.PutTold(ctx, h.line.row.ID, body); err != nil {
		return err
	}
	h.service.mu.Lock()
	defer h.service.mu.Unlock()
	h.line.row.Told = body
	return nil
}

// leave implements keeper, also for where discovery is not wanted any more.
func (q *mqttSink) leave(ctx context.Context, l *line, s *Service) {
	h := &homeAssistant{mqttSink: q, line: l, service: s}
	for fails := 1; ctx.Err() == nil && len(h.before()) > 0; fails++ {
		c, err := h.connect(ctx, "home", nil)
		if err == nil {
			err = h.takeBack(ctx, c)
			c.Disconnect(250)
		}
		if err != nil {
			pause(ctx, s.back(fails, nil))
		}
	}
}

// takeBack empties every topic of ours.
func (h *homeAssistant) takeBack(ctx context.Context, c mqtt.Client) error {
	was := h.before()
	for _, topic := range was {
		if err := sent(ctx, c.Publish(topic, 1, true, []byte{})); err != nil {
			return err
		}
	}
	return h.remember(ctx, was, nil)
}

// topicPart makes a device's id into a part of a topic.
func topicPart(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, id)
}

func (h *homeAssistant) stateTopic(id string) string {
	return h.prefix() + "/" + h.instance + "/device/" + topicPart(id)
}

// stateOf is the state of a device.
func stateOf(w *Watched) []byte {
	st := watchedState{Grade: cmp.Or(w.Grade, "none"), Score: w.Score, Alarms: w.Alarms, Worst: string(w.Worst)}
	if !w.Called.IsZero() {
		st.Called = w.Called.UTC().Format(time.RFC3339)
	}
	b, _ := json.Marshal(st) // texts and numbers
	return b
}

// configs says how a device is to be shown: one message for each of its values, by topic
// (https://www.home-assistant.io/integrations/mqtt/#discovery-messages).
func (h *homeAssistant) configs(w *Watched) map[string][]byte {
	id := "cordon_" + h.instance + "_" + topicPart(w.ID)
	device := map[string]any{"identifiers": []string{id}, "name": report.Clean(cmp.Or(w.Name, w.String()))}
	for key, value := range map[string]string{"manufacturer": cmp.Or(w.Maker, w.Brand), "model": w.Model, "sw_version": w.Firmware, "suggested_area": w.Site} {
		if value != "" {
			device[key] = report.Clean(value)
		}
	}
	out := map[string][]byte{}
	for name, more := range map[string]map[string]any{
		"grade":          {"name": "Grade", "icon": "mdi:shield-search"},
		"last_call_home": {"name": "Last call home", "device_class": "timestamp"},
		"open_alarms":    {"name": "Open alarms", "icon": "mdi:alarm-light", "state_class": "measurement"},
	} {
		body := map[string]any{
			"unique_id": id + "_" + name, "object_id": id + "_" + name, "state_topic": h.stateTopic(w.ID), "value_template": "{{ value_json." + name + " }}",
			"availability_topic": h.available(), "device": device, "origin": map[string]string{"name": "Cordon", "sw_version": h.version},
		}
		if name == "last_call_home" {
			body["value_template"] = "{{ value_json.last_call_home | default(none) }}"
		}
		maps.Copy(body, more)
		b, _ := json.Marshal(body) // texts
		out[h.Discovery+"/sensor/"+id+"/"+name+"/config"] = b
	}
	return out
}
