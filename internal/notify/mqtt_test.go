package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// broker starts a mosquitto with TLS and one account, and gives the settings that lead to it.
func broker(t *testing.T) (Settings, secrets) {
	t.Helper()
	name := program(t, "mosquitto", "mosquitto")
	program(t, "mosquitto_passwd", "mosquitto")
	dir := openDir(t)
	a := newAuthority(t, dir)
	port := freePorts(t, 1)[0]
	passwords, conf := filepath.Join(dir, "passwords"), filepath.Join(dir, "conf")
	if out, err := exec.Command("mosquitto_passwd", "-b", "-c", passwords, "kim", "secret").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(passwords, 0o644); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("listener %s 127.0.0.1\ncertfile %s\nkeyfile %s\nallow_anonymous false\npassword_file %s\npersistence false\n", port, a.cert, a.key, passwords)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	server(t, []string{port}, name, "-c", conf)
	return Settings{Server: "127.0.0.1:" + port, Security: "tls", CA: a.pem, User: "kim"}, secrets{"password": "secret"}
}

// listener hears everything at a broker.
type listener struct {
	mu    sync.Mutex
	topic map[string]string // what was said last; "" was taken back
}

func listen(t *testing.T, s Settings, sec secrets) *listener {
	t.Helper()
	l := &listener{topic: map[string]string{}}
	q := &mqttSink{opening: &opening{Settings: &s, secrets: sec, instance: "listener"}}
	c, err := q.connect(t.Context(), "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Disconnect(0) })
	if err := sent(t.Context(), c.Subscribe("#", 1, func(_ mqtt.Client, m mqtt.Message) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.topic[m.Topic()] = string(m.Payload())
	})); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *listener) at(topic string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.topic[topic]
}

func (l *listener) all() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.topic)
}

func TestMQTT(t *testing.T) {
	s, sec := broker(t)
	l := listen(t, s, sec)
	m := alarmMessage("calls-home", "it calls home")
	deliver(t, sinkOf(t, "mqtt", s, sec), m)
	within(t, "the alarm", func() bool { return l.at("cordon/alarm") != "" })
	var got mqttAlarm
	if err := json.Unmarshal([]byte(l.at("cordon/alarm")), &got); err != nil || got.ID != m.ID || got.What != "raised" || got.Alarm.Code != "calls-home" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, _, err := sinkOf(t, "mqtt", s, secrets{"password": "wrong"}).Deliver(t.Context(), []*Message{m})
	wantError(t, err, "uthori")
	s.CA = ""
	_, _, err = sinkOf(t, "mqtt", s, sec).Deliver(t.Context(), []*Message{m})
	wantError(t, err, "certificate")
}

// Home Assistant is told of what watches, of what changes, of our absence, and of what is gone.
func TestHomeAssistant(t *testing.T) {
	s, sec := broker(t)
	l := listen(t, s, sec)
	b := newBox(t)
	var mu sync.Mutex
	cam := Watched{Who: Who{ID: "02:00:5e:10:00:01", Name: "Hall", Class: "camera", Maker: "Example Works", Model: "GoCam", Grade: "D"}, Called: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Alarms: 2, Worst: "high"}
	list := []Watched{cam, {Who: Who{ID: "second"}}}
	watching := func(context.Context) ([]Watched, error) {
		mu.Lock()
		defer mu.Unlock()
		return list, nil
	}
	s.Discovery = "homeassistant"
	c := b.add(ChannelEdit{Name: "home", Kind: "mqtt", Settings: s, Secrets: sec})
	run := func() {
		b.service = b.make()
		b.service.config.Watching = watching
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func(s *Service) { done <- s.Run(ctx) }(b.service)
		b.stop = sync.OnceFunc(func() { cancel(); <-done })
	}
	run()
	state := "cordon/" + b.service.instance + "/device/02_00_5e_10_00_01"
	config := "homeassistant/sensor/cordon_" + b.service.instance + "_02_00_5e_10_00_01/grade/config"
	available := "cordon/" + b.service.instance + "/available"
	within(t, "to be there", func() bool { return l.at(available) == "online" })
	if got := l.at(state); got != `{"grade":"D","score":0,"last_call_home":"2026-03-02T09:00:00Z","open_alarms":2,"worst":"high"}` {
		t.Errorf("state %s", got)
	}
	var shown struct {
		State     string `json:"state_topic"`
		Available string `json:"availability_topic"`
		Template  string `json:"value_template"`
		ID        string `json:"unique_id"`
		Command   string `json:"command_topic"`
		Device    struct{ Identifiers []string }
	}
	if err := json.Unmarshal([]byte(l.at(config)), &shown); err != nil || shown.State != state || shown.Available != available || shown.Template != "{{ value_json.grade }}" || shown.ID == "" || len(shown.Device.Identifiers) != 1 || shown.Command != "" {
		t.Errorf("config %s, %v", l.at(config), err)
	}
	if late := listen(t, s, sec); true { // retained: also for who comes later
		within(t, "the state for who comes later", func() bool { return late.at(state) != "" && late.at(config) != "" })
	}
	b.stop()
	within(t, "our absence", func() bool { return l.at(available) == "offline" })
	mu.Lock()
	list = list[:1]
	mu.Unlock()
	run()
	within(t, "to be there again, with one less", func() bool {
		return l.at(available) == "online" && l.at("cordon/"+b.service.instance+"/device/second") == ""
	})
	if err := b.service.RemoveChannel(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	within(t, "nothing to be left", func() bool {
		for topic, said := range l.all() {
			if said != "" && !strings.HasPrefix(topic, "$") {
				return false
			}
		}
		return true
	})
}
