package sensor

import (
	"net/netip"
	"strconv"
	"strings"

	"cordon"
	"cordon/internal/packet"
)

// eveSource: Suricata's EVE JSON (flow, dns, tls, quic, http, dhcp, ssh), as it grows.
var eveSource = &sourceKind{
	Name:    "eve",
	Options: []string{"path", "from"},
	New: func(c SourceConfig, env Env) (Source, error) {
		return newLogSource(c, env, func(t *teller) lineReader { return newEve(t) })
	},
}

// eve reads Suricata's events. Format: Suricata User Guide, "EVE JSON Format",
// docs.suricata.io, versions 6 to 8.
type eve struct {
	tell   *teller
	flows  *calledNames // by flow_id
	o      object
	at     int64
	client netip.Addr // src_ip
	server netip.Addr // dest_ip
	id     string
}

func newEve(t *teller) *eve { return &eve{tell: t, flows: &calledNames{}} }

func (e *eve) begin()           {}
func (e *eve) head([]byte) bool { return false }

// eveEvents are the events that are understood, by event_type.
var eveEvents = map[string]func(*eve, object) error{
	"flow": (*eve).flow, "dns": (*eve).dns, "tls": (*eve).tls, "quic": (*eve).quic, "http": (*eve).http, "dhcp": (*eve).dhcp, "ssh": (*eve).ssh,
}

// line takes one event; of other kinds it is passed over.
func (e *eve) line(line []byte, _ int64) error {
	var ok bool
	if e.o, ok = jsonObject(line); !ok {
		return errLine
	}
	kind := e.o.str("event_type")
	hear := eveEvents[kind]
	if hear == nil {
		if kind == "" {
			return errLine
		}
		return nil
	}
	e.client, e.server, e.id = addrOf(e.o.str("src_ip")), addrOf(e.o.str("dest_ip")), e.o.str("flow_id")
	if e.at, ok = epochOf(e.o.str("timestamp"), nil); !ok || !e.client.IsValid() || !e.server.IsValid() {
		return errLine
	}
	return hear(e, e.o.obj(kind))
}

// flow is one conversation, told when it is over. Its bytes are those of the frames.
func (e *eve) flow(f object) error {
	c := loggedTalk{addr: [2]netip.Addr{e.client, e.server}, port: [2]uint16{portOf(e.o.str("src_port")), portOf(e.o.str("dest_port"))}}
	var ok bool
	if c.proto, ok = protoOf(e.o.str("proto")); !ok || f == nil {
		return errLine
	}
	c.packets = [2]uint64{countOf(f.str("pkts_toserver")), countOf(f.str("pkts_toclient"))}
	c.bytes = [2]uint64{countOf(f.str("bytes_toserver")), countOf(f.str("bytes_toclient"))}
	for s := range c.payload {
		view := packet.Flow{Proto: c.proto, End: [2]packet.End{{Addr: c.addr[0]}}}
		const ethernet = 14
		c.payload[s], _ = payloadOf(c.packets[s], c.bytes[s]-min(c.bytes[s], ethernet*c.packets[s]), &view)
	}
	c.first, c.last = e.at, e.at
	if t, ok := epochOf(f.str("start"), nil); ok {
		c.first = t
	}
	if t, ok := epochOf(f.str("end"), nil); ok {
		c.last = t
	}
	ether := e.o.obj("ether")
	c.mac = [2]cordon.MAC{macOf(first(ether.list("src_macs"))), macOf(first(ether.list("dest_macs")))}
	c.state = c.without(e.handshake(&c))
	name, _ := e.flows.of(e.id)
	e.tell.flow(c.flow(), appOf(e.o.str("app_proto")), name)
	return nil
}

// handshake is how far a TCP connection got, by all flags that each side sent.
func (e *eve) handshake(c *loggedTalk) packet.State {
	tcp := e.o.obj("tcp")
	asked, _ := strconv.ParseUint(tcp.str("tcp_flags_ts"), 16, 8)
	said, _ := strconv.ParseUint(tcp.str("tcp_flags_tc"), 16, 8)
	switch {
	case c.packets[0] == 0:
		return packet.StateMidway
	case c.packets[1] == 0 && (asked&(tcpSYN|tcpACK) == tcpSYN || e.o.obj("flow").str("state") == "new"):
		return packet.StateAttempt
	case c.packets[1] == 0:
		return packet.StateMidway
	case said&tcpRST != 0 && said&(tcpSYN|tcpFIN) == 0:
		return packet.StateRefused
	}
	return packet.StateAnswered
}

// dns is a question or its answer: in version 1 one record of it, in version 2 all, in version
// 3 with the questions as a list. Answers may be told of as packets go: then the server is the source.
func (e *eve) dns(d object) error {
	asker, server := e.client, e.server
	if portOf(e.o.str("src_port")) == 53 && portOf(e.o.str("dest_port")) != 53 {
		asker, server = server, asker
	}
	if p := portOf(e.o.str("dest_port")); d == nil || p == 5353 || p == 5355 {
		return nil
	}
	name := d.str("rrname")
	if q := d.objects("queries"); len(q) > 0 {
		name = q[0].str("rrname")
	}
	var addrs []string
	for _, a := range d.objects("answers") {
		addrs = append(addrs, a.str("rdata"))
	}
	grouped := d.obj("grouped")
	addrs = append(append(append(addrs, grouped.list("A")...), grouped.list("AAAA")...), d.list("rdata")...)
	kind := d.str("type")
	e.tell.answered(e.at, asker, server, name, addrs, kind == "answer" || kind == "response")
	return nil
}

// tls is one handshake.
func (e *eve) tls(t object) error {
	sni := strings.ToLower(t.str("sni"))
	e.flows.note(e.id, sni, "sni")
	e.flows.note(e.id, commonName(t.str("subject")), "certificate")
	e.tell.about(e.at, e.client, "tls.sni", sni)
	e.tell.about(e.at, e.client, "tls.ja3", t.obj("ja3").str("hash"))
	e.tell.about(e.at, e.client, "tls.ja4", t.str("ja4"))
	e.tell.about(e.at, e.server, "tls.version", tlsVersions[t.str("version")])
	e.tell.about(e.at, e.server, "tls.subject", t.str("subject"))
	e.tell.about(e.at, e.server, "tls.issuer", t.str("issuerdn"))
	return nil
}

// quic is the beginning of one QUIC connection.
func (e *eve) quic(q object) error {
	e.flows.note(e.id, q.str("sni"), "quic")
	e.tell.about(e.at, e.client, "quic.sni", strings.ToLower(q.str("sni")))
	e.tell.about(e.at, e.client, "quic.ja4", q.str("ja4"))
	return nil
}

// http is one request with its answer.
func (e *eve) http(h object) error {
	e.flows.note(e.id, h.str("hostname"), "host")
	r := request{
		method: h.str("http_method"), host: h.str("hostname"), uri: h.str("url"), agent: h.str("http_user_agent"),
		status: h.str("status"), content: h.str("http_content_type"), length: h.str("length"), server: h.str("server"),
	}
	for _, x := range h.objects("response_headers") {
		if strings.EqualFold(x.str("name"), "server") {
			r.server = x.str("value")
		}
	}
	e.tell.request(e.at, e.client, e.server, &r)
	return nil
}

// dhcp is one message. The numbers of what a client asks for are written as names and left out.
func (e *eve) dhcp(d object) error {
	mac := macOf(d.str("client_mac"))
	if mac == (cordon.MAC{}) {
		return nil
	}
	l := lease{mac: mac, host: d.str("hostname"), class: d.str("vendor_class_identifier"), requested: d.str("requested_ip")}
	if d.str("dhcp_type") == "ack" {
		l.addr = addrOf(d.str("assigned_ip"))
	}
	e.tell.leased(e.at, &l)
	if d.str("type") == "reply" && portOf(e.o.str("src_port")) == 67 {
		e.tell.about(e.at, e.client, "dhcp.server", "yes")
	}
	return nil
}

// ssh is what both sides call themselves.
func (e *eve) ssh(s object) error {
	server := s.obj("server")
	if v := server.str("software_version"); v != "" {
		e.tell.about(e.at, e.server, "ssh.banner", "SSH-"+server.str("proto_version")+"-"+v)
	}
	return nil
}
