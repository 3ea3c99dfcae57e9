package notify

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

var mqttKind = &Kind{
	Name: "mqtt", Doc: "An MQTT broker: alarms as messages, and for Home Assistant what watches, with its grade and its last call home.",
	Fields: []string{"server", "security", "ca", "user", "topic", "discovery"}, Needs: []string{"server"}, Secrets: []string{"password"}, Each: true, check: checkMQTT,
	open: func(o *opening) (Sink, error) { return &mqttSink{opening: o}, nil },
}

func checkMQTT(s *Settings, sec secrets) error {
	server, err := hostPort("server", s.Server, mqttPort(s.Security))
	if err != nil {
		return err
	}
	for field, topic := range map[string]string{"topic": s.Topic, "discovery": s.Discovery} {
		if strings.HasPrefix(topic, "/") || strings.HasSuffix(topic, "/") || strings.Contains(topic, "//") {
			return wrong(field, "want no / at either end, and none beside another")
		}
	}
	if host, _, _ := net.SplitHostPort(server); s.Security != "tls" && sec["password"] != "" && !loopback(host) {
		return wrong("security", "a password would go in the clear: take tls")
	}
	if s.Security == "starttls" {
		return wrong("security", "want tls or plain")
	}
	return nil
}

func mqttPort(security string) string {
	if security == "tls" {
		return "8883"
	}
	return "1883"
}

// mqttSink publishes to a broker (MQTT 3.1.1). It subscribes to nothing: nobody commands a Cordon
// by MQTT.
type mqttSink struct{ *opening }

// prefix is what the topics begin with.
func (q *mqttSink) prefix() string { return cmp.Or(q.Topic, "cordon") }

// mqttAlarm is one thing that became of an alarm, as it is published.
type mqttAlarm struct {
	ID string `json:"id"` // of the message: the same when it is published again
	Entry
}

// Deliver implements Sink: each entry is published at least once (QoS 1) under prefix/alarm, other
// messages under prefix/message.
func (q *mqttSink) Deliver(ctx context.Context, messages []*Message) (done int, said string, err error) {
	c, err := q.connect(ctx, "alarms", nil)
	if err != nil {
		return 0, "", err
	}
	defer c.Disconnect(250)
	return oneByOne(messages, func(m *Message) (string, error) { return "the broker took it", q.publish(ctx, c, m) })
}

func (q *mqttSink) publish(ctx context.Context, c mqtt.Client, m *Message) error {
	if len(m.Entries) == 0 {
		body, err := json.Marshal(m)
		if err != nil {
			return &refusal{err}
		}
		return sent(ctx, c.Publish(q.prefix()+"/message", 1, false, body))
	}
	for _, e := range m.Entries {
		body, err := json.Marshal(mqttAlarm{m.ID, e})
		if err != nil {
			return &refusal{err}
		}
		if err := sent(ctx, c.Publish(q.prefix()+"/alarm", 1, false, body)); err != nil {
			return err
		}
	}
	return nil
}

// connect connects to the broker; will, unless nil, sets what it says of us when we are gone.
func (q *mqttSink) connect(ctx context.Context, part string, will func(*mqtt.ClientOptions)) (mqtt.Client, error) {
	server, err := hostPort("server", q.Server, mqttPort(q.Security))
	if err != nil {
		return nil, err
	}
	w := newWay(server, q.CA)
	var b [4]byte
	rand.Read(b[:])
	o := mqtt.NewClientOptions().AddBroker("tcp://" + server).SetClientID("cordon-" + q.instance + "-" + part + "-" + hex.EncodeToString(b[:])).
		SetUsername(q.User).SetPassword(q.secrets["password"]).SetCleanSession(true).SetProtocolVersion(4).
		SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(connectWithin).SetWriteTimeout(connectWithin).SetKeepAlive(30 * time.Second).
		SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
			if q.Security == "tls" {
				return w.dialTLS(ctx)
			}
			return w.dial(ctx, "tcp", server)
		})
	if will != nil {
		will(o)
	}
	c := mqtt.NewClient(o)
	if err := sent(ctx, c.Connect()); err != nil {
		c.Disconnect(0)
		return nil, fmt.Errorf("broker: %w", err)
	}
	return c, nil
}

// sent waits until the broker has answered.
func sent(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return errors.New("the broker did not answer in time")
	}
}
