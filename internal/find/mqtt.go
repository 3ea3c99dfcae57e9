package find

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

var mqttProtocol = &Protocol{
	Name:      "mqtt",
	Doc:       "messages by way of a broker: the cloud link of many small devices",
	Source:    "MQTT 3.1.1 (OASIS, 2014) chapters 2 and 3; MQTT 5.0 (2019); MQTT 3.1 (the name MQIsdp)",
	Transport: TCP,
	Ports:     []uint16{1883},
	Anywhere:  true, // CONNECT carries the protocol's name
	Kinds:     []Kind{"mqtt.client", "mqtt.login", "mqtt.topic", "mqtt.broker"},
	Detect:    detectMQTT,
	Hear:      hearMQTT,
	Enough:    func(m *Message) bool { return len(m.Data) > 4096 },
}

// Packet types (MQTT 3.1.1, section 2.2.1), in the high half of the first byte.
const (
	mqttConnect   = 1
	mqttConnAck   = 2
	mqttPublish   = 3
	mqttSubscribe = 8
	mqttPing      = 12
)

func detectMQTT(m *Message) bool {
	if c, ok := mqttHello(m.Data); ok {
		return c != nil
	}
	// In the midst: on its own port a keep-alive is enough.
	return m.Port(1883) && len(m.Data) >= 2 && m.Data[0] == mqttPing<<4 && m.Data[1] == 0
}

// mqttHello is the body of a CONNECT after the protocol's name, version first.
func mqttHello(b []byte) (body []byte, ok bool) {
	if len(b) < 12 || b[0] != mqttConnect<<4 {
		return nil, false
	}
	r := reader{b: b[1:]}
	n := r.mqttLength()
	body = r.b[:min(n, len(r.b))]
	r = reader{b: body}
	if name := r.block16(); r.bad || !bytes.Equal(name, []byte("MQTT")) && !bytes.Equal(name, []byte("MQIsdp")) {
		return nil, false
	}
	return r.b, len(r.b) >= 4
}

// mqttLength reads a remaining length (section 2.2.3): 7 bits a byte, at most four.
func (r *reader) mqttLength() int {
	n := 0
	for i := 0; i < 4; i++ {
		c := r.u8()
		n |= c & 0x7F << (7 * i)
		if c&0x80 == 0 {
			return n
		}
	}
	r.bad = true
	return 0
}

func hearMQTT(m *Message, emit Emit) {
	version := 4
	if body, ok := mqttHello(m.Data); ok {
		version = int(body[0])
		hearConnect(body, version, emit)
	}
	if len(m.Reply) >= 4 && m.Reply[0] == mqttConnAck<<4 {
		emit(Receiver, "mqtt.broker", "yes")
	}
	hearTopics(m.Data, version, Sender, emit)
	hearTopics(m.Reply, version, Sender, emit)
}

// hearConnect reads the flags, the keep-alive, in version 5 the properties, and the
// client's id; of user name and password (flags 0x80 and 0x40) only that they are there.
func hearConnect(body []byte, version int, emit Emit) {
	r := reader{b: body}
	r.skip(1)
	flags := r.u8()
	r.skip(2)
	if version == 5 {
		r.skip(r.mqttLength())
	}
	id := r.block16()
	if r.bad {
		return
	}
	emit(Sender, "mqtt.client", shortened(id, 8))
	if flags&0xC0 != 0 {
		emit(Sender, "mqtt.login", "present")
	}
}

// shortened is the first n bytes and "…" when there are more.
func shortened(b []byte, n int) string {
	if len(b) <= n {
		return string(b)
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return string(b[:n]) + hidden
}

// hearTopics takes the first two levels of the topics that are published or subscribed
// to: deeper ones name the device or its owner.
func hearTopics(b []byte, version int, about Subject, emit Emit) {
	for r := (reader{b: b}); r.left(); {
		first := r.u8()
		packet := reader{b: r.take(r.mqttLength())}
		switch first >> 4 {
		case mqttPublish:
			if topic := packet.block16(); !packet.bad && utf8.Valid(topic) {
				emit(about, "mqtt.topic", twoLevels(topic))
			}
		case mqttSubscribe:
			packet.skip(2)
			if version == 5 {
				packet.skip(packet.mqttLength())
			}
			for i := 0; i < 16 && packet.left(); i++ {
				if topic := packet.block16(); !packet.bad && utf8.Valid(topic) {
					emit(about, "mqtt.topic", twoLevels(topic))
				}
				packet.skip(1)
			}
		}
	}
}

// twoLevels is the beginning of a topic without what looks like a device's own number.
func twoLevels(topic []byte) string {
	levels := strings.SplitN(string(topic), "/", 4)
	n := 2
	if levels[0] == "" { // "/device/up" begins with an empty level
		n = 3
	}
	levels = levels[:min(n, len(levels))]
	for i, l := range levels {
		if numbered(l) {
			levels[i] = hidden
		}
	}
	return hideTokens(strings.Join(levels, "/"))
}

// numbered reports whether a topic level may be an identifier: eight characters or more, at
// least four of them digits (a guess).
func numbered(level string) bool {
	digits := 0
	for i := range len(level) {
		if level[i] >= '0' && level[i] <= '9' {
			digits++
		}
	}
	return len(level) >= 8 && digits >= 4
}
