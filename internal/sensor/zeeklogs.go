package sensor

import (
	"strings"

	"cordon"
	"cordon/internal/packet"
)

// zeekStates are the values of conn_state (base/protocols/conn/main.zeek). Those that the
// monitor saw only partly are midway.
var zeekStates = map[string]packet.State{
	"S0": packet.StateAttempt, "REJ": packet.StateRefused, "RSTOS0": packet.StateAttempt, "SH": packet.StateAttempt,
	"S1": packet.StateAnswered, "SF": packet.StateAnswered, "S2": packet.StateAnswered, "S3": packet.StateAnswered,
	"RSTO": packet.StateAnswered, "RSTR": packet.StateAnswered,
	"SHR": packet.StateMidway, "RSTRH": packet.StateMidway, "OTH": packet.StateMidway,
}

// conn is one conversation, told when it is over.
func (z *zeek) conn() error {
	c := loggedTalk{first: z.at, last: z.at + secondsOf(z.get("duration"))}
	var ok bool
	if c.proto, ok = protoOf(z.get("proto")); !ok {
		return errLine
	}
	for s, side := range []struct{ addr, port, mac, packets, ip, payload string }{
		{"id.orig_h", "id.orig_p", "orig_l2_addr", "orig_pkts", "orig_ip_bytes", "orig_bytes"},
		{"id.resp_h", "id.resp_p", "resp_l2_addr", "resp_pkts", "resp_ip_bytes", "resp_bytes"},
	} {
		if c.addr[s] = addrOf(z.get(side.addr)); !c.addr[s].IsValid() {
			return errLine
		}
		c.port[s], c.mac[s] = portOf(z.get(side.port)), macOf(z.get(side.mac))
		c.packets[s], c.bytes[s], c.payload[s] = countOf(z.get(side.packets)), countOf(z.get(side.ip)), countOf(z.get(side.payload))
		if c.bytes[s] == 0 {
			c.bytes[s] = c.payload[s]
		}
		if c.packets[s] > 0 {
			c.payload[s] = min(c.payload[s], c.bytes[s]) // sequence numbers of broken connections make terabytes
		}
	}
	if c.proto == packet.ProtoICMP && c.addr[0].Is6() {
		c.proto = packet.ProtoICMPv6 // Zeek calls both icmp
	}
	c.state = c.without(zeekStates[z.get("conn_state")])
	name, _ := z.uids.of(z.get("uid"))
	z.tell.flow(c.flow(), appOf(z.get("service")), name)
	return nil
}

// without mends the state of what has no handshake: nobody is expected to answer a group.
func (c *loggedTalk) without(s packet.State) packet.State {
	if c.proto == packet.ProtoTCP {
		return s
	}
	switch to := c.addr[1]; {
	case c.packets[0] > 0 && c.packets[1] > 0:
		return packet.StateAnswered
	case to.IsMulticast() || to == broadcast || c.packets[0] == 0:
		return packet.StateMidway
	}
	return packet.StateAttempt
}

// dns is one question with its answers.
func (z *zeek) dns() error {
	asker, server := addrOf(z.get("id.orig_h")), addrOf(z.get("id.resp_h"))
	if !asker.IsValid() || !server.IsValid() {
		return errLine
	}
	if portOf(z.get("id.resp_p")) != 53 {
		return nil // multicast DNS and LLMNR are logged here too, without saying who answered
	}
	z.tell.answered(z.at, asker, server, z.get("query"), z.list("answers"), z.get("rcode_name") != "")
	return nil
}

// tlsVersions are the names in ssl.log (base/protocols/ssl/consts.zeek) and EVE as find writes them.
var tlsVersions = map[string]string{
	"SSLv3": "SSL 3.0", "TLSv10": "TLS 1.0", "TLSv11": "TLS 1.1", "TLSv12": "TLS 1.2", "TLSv13": "TLS 1.3",
	"TLSv1": "TLS 1.0", "TLS 1.0": "TLS 1.0", "TLS 1.1": "TLS 1.1", "TLS 1.2": "TLS 1.2", "TLS 1.3": "TLS 1.3",
}

// ssl is one TLS handshake.
func (z *zeek) ssl() error {
	client, server := addrOf(z.get("id.orig_h")), addrOf(z.get("id.resp_h"))
	if !client.IsValid() || !server.IsValid() {
		return errLine
	}
	sni := strings.ToLower(z.get("server_name"))
	z.uids.note(z.get("uid"), sni, "sni")
	z.uids.note(z.get("uid"), commonName(z.get("subject")), "certificate")
	z.tell.about(z.at, client, "tls.sni", sni)
	z.tell.about(z.at, client, "tls.ja3", z.get("ja3"))
	z.tell.about(z.at, client, "tls.ja4", z.get("ja4"))
	z.tell.about(z.at, server, "tls.version", tlsVersions[z.get("version")])
	z.tell.about(z.at, server, "tls.subject", z.get("subject"))
	z.tell.about(z.at, server, "tls.issuer", z.get("issuer"))
	return nil
}

// quic is the beginning of one QUIC connection.
func (z *zeek) quic() error {
	client := addrOf(z.get("id.orig_h"))
	if !client.IsValid() {
		return errLine
	}
	z.uids.note(z.get("uid"), z.get("server_name"), "quic")
	z.tell.about(z.at, client, "quic.sni", strings.ToLower(z.get("server_name")))
	return nil
}

// http is one request with its answer.
func (z *zeek) http() error {
	client, server := addrOf(z.get("id.orig_h")), addrOf(z.get("id.resp_h"))
	if !client.IsValid() || !server.IsValid() {
		return errLine
	}
	z.uids.note(z.get("uid"), z.get("host"), "host")
	z.tell.request(z.at, client, server, &request{
		method: z.get("method"), host: z.get("host"), uri: z.get("uri"), agent: z.get("user_agent"), status: z.get("status_code"),
		content: first(z.list("resp_mime_types")), length: z.get("response_body_len"), login: z.get("username") != "",
	})
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// dhcp is one exchange between a client and a server that gives addresses.
func (z *zeek) dhcp() error {
	mac := macOf(z.get("mac"))
	if mac == (cordon.MAC{}) {
		return nil // answers alone do not name the client
	}
	l := lease{mac: mac, host: z.get("host_name"), fqdn: z.get("client_fqdn"), class: z.get("client_software"), requested: z.get("requested_addr")}
	for _, m := range z.list("msg_types") {
		if m == "ACK" {
			l.addr = addrOf(z.get("assigned_addr"))
		}
	}
	z.tell.leased(z.at, &l)
	z.tell.about(z.at, addrOf(z.get("server_addr")), "dhcp.server", "yes")
	return nil
}

// softwareKinds are the values of software_type that name a kind of fact.
var softwareKinds = map[string]cordon.Kind{"HTTP::SERVER": "http.server", "HTTP::BROWSER": "http.user_agent", "SSH::SERVER": "ssh.banner"}

// software is what a host says that it runs.
func (z *zeek) software() error {
	host := addrOf(z.get("host"))
	if !host.IsValid() {
		return errLine
	}
	if kind := softwareKinds[z.get("software_type")]; kind != "" {
		z.tell.about(z.at, host, kind, z.get("unparsed_version"))
	}
	return nil
}
