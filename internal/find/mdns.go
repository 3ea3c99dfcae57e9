package find

import (
	"bytes"
	"strings"
)

var mdnsProtocol = &Protocol{
	Name:      "mdns",
	Doc:       "names and services that devices announce on the local network",
	Source:    "RFC 6762, RFC 6763 (service discovery)",
	Transport: UDP,
	Ports:     []uint16{5353},
	Always:    true,
	Kinds:     []Kind{"mdns.service", "mdns.instance", "mdns.txt", "mdns.host", "mdns.address", "mdns.query"},
	Detect:    func(m *Message) bool { return detectDNS(m.Data, maxOpDNS) },
	Hear:      hearMDNS,
	Asks: []*Ask{{Groups: groups("224.0.0.251", "ff02::fb"), Unicast: true, Port: 5353,
		Bytes: func(*Asker) []byte { return mdnsQuestion(mdnsServices) }}},
}

// mdnsServices are asked for in one question: what cameras and the things that are taken
// for them announce, and the list of all services (RFC 6763 section 9). The names are from
// Home Assistant's zeroconf list, UniversalScanner, and captures of D-Link and Xiaomi devices.
var mdnsServices = []string{
	"_services._dns-sd._udp", "_axis-video._tcp", "_axis-nvr._tcp", "_rtsp._tcp", "_onvif._tcp", "_hap._tcp", "_googlecast._tcp",
	"_miio._udp", "_arec._tcp", "_dhnap._tcp", "_dcp._tcp", "_http._tcp", "_sonos._tcp", "_amzn-alexa._tcp", "_amzn-wplay._tcp",
	"_airplay._tcp", "_raop._tcp", "_matterc._udp", "_matter._tcp", "_ewelink._tcp", "_esphomelib._tcp",
}

// mdnsQuestion asks for pointers of all the services. It leaves from a port of its own, so
// answers come to the asker alone (RFC 6762 section 6.7); the top bit of the class asks for
// the same of those who do not look at the port (section 5.4). Names are written out: small
// responders do not follow pointers in questions, and the whole is below one packet's size.
func mdnsQuestion(services []string) []byte {
	b := []byte{0, 0, 0, 0, 0, byte(len(services)), 0, 0, 0, 0, 0, 0}
	for _, s := range services {
		for label := range strings.SplitSeq(s+".local", ".") {
			b = append(append(b, byte(len(label))), label...)
		}
		b = append(b, 0, 0, typePTR, 0x80, 1)
	}
	return b
}

// hearMDNS takes what the sender announces (answers, and the authority records with
// which it defends a name it is about to claim, RFC 6762 section 8.2). Records that
// other devices own and the sender only repeats as known answers come in queries,
// in the answer section (section 7.1): those are passed over.
func hearMDNS(m *Message, emit Emit) {
	d := dnsReader{msg: m.Data}
	h := d.header()
	var buf [maxName]byte
	for i := 0; i < min(h.questions, maxRecords) && !d.bad; i++ {
		if name, kind := d.question(buf[:0]); !d.bad && !h.reply && kind == typePTR {
			emit(Sender, "mdns.query", string(bytes.TrimSuffix(name, dotLocal)))
		}
	}
	for i := 0; i < min(h.records, maxRecords) && !d.bad; i++ {
		r := d.record(buf[:0])
		if d.bad || !h.reply && i < h.answers {
			continue
		}
		d.hearRecord(r, emit)
	}
}

var (
	dotLocal     = []byte(".local")
	dotArpa      = []byte(".arpa")
	serviceTypes = []byte("_services._dns-sd._udp") // RFC 6763 section 9: asks for types, is none
)

// hearRecord emits what one record of the sender says. A service type is given
// without ".local" ("_http._tcp"), an instance as its own label with its case kept.
func (d *dnsReader) hearRecord(r dnsRecord, emit Emit) {
	var buf [maxName]byte
	switch r.kind {
	case typePTR:
		if bytes.HasSuffix(r.name, dotArpa) {
			return
		}
		if bytes.HasPrefix(r.name, serviceTypes) {
			emit(Sender, "mdns.service", string(bytes.TrimSuffix(d.target(r, 0, buf[:0]), dotLocal)))
			return
		}
		emit(Sender, "mdns.service", string(bytes.TrimSuffix(r.name, dotLocal)))
		if to := d.target(r, 0, buf[:0]); len(to) > 0 {
			emit(Sender, "mdns.instance", string(d.label(r.dataAt)))
		}
	case typeSRV: // priority, weight, port, then the host (RFC 2782)
		emit(Sender, "mdns.instance", string(d.label(r.nameAt)))
		emit(Sender, "mdns.service", serviceOf(r.name, d.label(r.nameAt)))
		emit(Sender, "mdns.host", string(d.target(r, 6, buf[:0])))
	case typeTXT:
		for t := (reader{b: r.data}); t.left(); {
			emit(Sender, "mdns.txt", cleanTXT(string(t.block8())))
		}
	default:
		if a, ok := r.addr(); ok {
			emit(Sender, "mdns.host", string(r.name))
			emit(Sender, "mdns.address", a.String())
		}
	}
}

// cleanTXT is a "name=value" string without its value where that is a secret or an identifier.
func cleanTXT(s string) string {
	if name, _, ok := strings.Cut(s, "="); ok && secretName(name) {
		return name + "=" + hidden
	}
	return s
}

// serviceOf is the type in an instance's full name: what follows its first label.
func serviceOf(name, instance []byte) string {
	if len(name) <= len(instance)+1 || name[len(instance)+1] != '_' {
		return ""
	}
	return string(bytes.TrimSuffix(name[len(instance)+1:], dotLocal))
}
