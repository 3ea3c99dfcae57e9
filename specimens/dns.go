package specimens

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// DNS is a device asking for a name and getting its address.
type DNS struct {
	Name       string   `toml:"name"`
	Answer     []string `toml:"answer"`     // IPv4 addresses; none: no such name
	Server     string   `toml:"server"`     // a party; empty: the gateway
	Unanswered bool     `toml:"unanswered"` // the server stays silent
}

func (d *DNS) play(t *tape, at time.Duration) error {
	server := d.Server
	if server == "" {
		server = "gateway"
	}
	self, to, err := t.pair("device", server+":53")
	if err != nil {
		return err
	}
	name, err := encodeName(d.Name)
	if err != nil {
		return err
	}
	id := uint16(t.rng.Uint32())
	question := append(append([]byte(nil), name...), 0, 1, 0, 1) // A, IN
	t.udp(at, self, to, append(dnsHead(id, 0x0100, 1, 0, 0), question...))
	if d.Unanswered {
		return nil
	}
	flags := uint16(0x8180) // answer, recursion desired and available (RFC 1035, 4.1.1)
	if len(d.Answer) == 0 {
		flags |= 3 // no such name
	}
	b := append(dnsHead(id, flags, 1, len(d.Answer), 0), question...)
	for _, text := range d.Answer {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return fmt.Errorf("dns answer %q is no IPv4 address", text)
		}
		raw := a.As4()
		b = append(b, record([]byte{0xc0, 12}, 1, 1, 300, raw[:])...)
	}
	t.udp(at+delay(self, to)+5*time.Millisecond, to, self, b)
	return nil
}

// dnsHead is the header of RFC 1035, 4.1.1, with the counts of questions, answers and additional records.
func dnsHead(id, flags uint16, questions, answers, more int) []byte {
	b := make([]byte, 12, 64)
	be := binary.BigEndian
	be.PutUint16(b, id)
	be.PutUint16(b[2:], flags)
	be.PutUint16(b[4:], uint16(questions))
	be.PutUint16(b[6:], uint16(answers))
	be.PutUint16(b[10:], uint16(more))
	return b
}

// record is one resource record (RFC 1035, 4.1.3).
func record(name []byte, kind, class uint16, ttl uint32, data []byte) []byte {
	b := append([]byte(nil), name...)
	be := binary.BigEndian
	b = be.AppendUint16(b, kind)
	b = be.AppendUint16(b, class)
	b = be.AppendUint32(b, ttl)
	b = be.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

// encodeName writes a name as labels (RFC 1035, 3.1).
func encodeName(name string) ([]byte, error) { return encodeLabels(strings.Split(name, ".")) }

func encodeLabels(labels []string) ([]byte, error) {
	var b []byte
	for _, l := range labels {
		if len(l) == 0 || len(l) > 63 {
			return nil, fmt.Errorf("name %q has a label of %d bytes", strings.Join(labels, "."), len(l))
		}
		b = append(append(b, byte(len(l))), l...)
	}
	return append(b, 0), nil
}

// MDNS is a device announcing a service, or looking for services (RFC 6762, RFC 6763).
type MDNS struct {
	Service  string   `toml:"service"`  // "_axis-video._tcp"
	Instance string   `toml:"instance"` // "AXIS M3106 - 00408C000001"; empty: it is looking, not announcing
	Host     string   `toml:"host"`     // without ".local"
	Port     uint16   `toml:"port"`
	TXT      []string `toml:"txt"` // "key=value"
}

// mdnsGroup is where everybody listens (RFC 6762, 3).
const mdnsGroup = "224.0.0.251:5353"

func (m *MDNS) play(t *tape, at time.Duration) error {
	self, _ := t.party("device")
	to, _ := t.party(mdnsGroup)
	service, err := encodeName(m.Service + ".local")
	if err != nil {
		return err
	}
	if m.Instance == "" {
		b := append(dnsHead(0, 0, 1, 0, 0), service...)
		t.udp(at, self.at(5353), to, append(b, 0, 12, 0, 1)) // PTR, IN
		return nil
	}
	host, err := encodeName(m.Host + ".local")
	if err != nil {
		return err
	}
	instance, err := encodeLabels(append([]string{m.Instance}, strings.Split(m.Service+".local", ".")...))
	if err != nil {
		return err
	}
	var txt []byte
	for _, s := range m.TXT {
		txt = append(append(txt, byte(min(len(s), 255))), s[:min(len(s), 255)]...)
	}
	if len(txt) == 0 {
		txt = []byte{0} // RFC 6763, 6.1: never empty
	}
	addr := self.addr.As4()
	const unique = 0x8001 // IN, with the cache-flush bit of RFC 6762, 10.2
	srv := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 0}, m.Port)
	b := dnsHead(0, 0x8400, 0, 1, 3)
	b = append(b, record(service, 12, 1, 4500, instance)...)
	b = append(b, record(instance, 33, unique, 120, append(srv, host...))...)
	b = append(b, record(instance, 16, unique, 4500, txt)...)
	b = append(b, record(host, 1, unique, 120, addr[:])...)
	t.udp(at, self.at(5353), to, b)
	return nil
}
