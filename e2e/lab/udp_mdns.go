package lab

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"cordon/specimens"
)

// mdns answers questions for the device's services and names (RFC 6762, RFC 6763). To a
// sender that does not speak from port 5353 it answers as a plain DNS server would
// (RFC 6762, 6.7).
func (l *life) mdns(_ context.Context, c net.PacketConn, from net.Addr, b []byte) {
	var q dns.Msg
	if q.Unpack(b) != nil || q.Response || len(q.Question) > 64 {
		return
	}
	var r dns.Msg
	r.Response, r.Authoritative = true, true
	unicast := false
	for _, one := range q.Question {
		unicast = unicast || one.Qclass&0x8000 != 0
		l.mdnsAnswer(&r, strings.ToLower(one.Name), one.Qtype)
	}
	if len(r.Answer) == 0 {
		return
	}
	sender, err := netip.ParseAddrPort(from.String())
	if err != nil {
		return
	}
	to := from
	if sender.Port() != l.room.Port(5353) {
		r.Id, r.Question = q.Id, q.Question
	} else if !unicast {
		to = net.UDPAddrFromAddrPort(netip.AddrPortFrom(mdnsGroup, l.room.Port(5353)))
	}
	if out, err := r.Pack(); err == nil {
		c.WriteTo(out, to)
	}
}

// mdnsAnswer adds what the device knows of a name.
func (l *life) mdnsAnswer(r *dns.Msg, name string, kind uint16) {
	host := l.say(l.model.MDNS.Host, nil) + ".local."
	any := kind == dns.TypeANY
	if strings.EqualFold(name, host) && (any || kind == dns.TypeA) {
		r.Answer = append(r.Answer, l.mdnsAddress(host))
	}
	for i := range l.model.MDNS.Services {
		s := &l.model.MDNS.Services[i]
		service := s.Type + ".local."
		instance := l.instance(s) + "." + service
		switch {
		case name == "_services._dns-sd._udp.local." && (any || kind == dns.TypePTR):
			r.Answer = append(r.Answer, &dns.PTR{Hdr: header(name, dns.TypePTR), Ptr: service})
		case strings.EqualFold(name, service) && (any || kind == dns.TypePTR):
			r.Answer = append(r.Answer, &dns.PTR{Hdr: header(service, dns.TypePTR), Ptr: instance})
			r.Extra = append(r.Extra, l.mdnsService(s, instance, host)...)
			r.Extra = append(r.Extra, l.mdnsAddress(host))
		case strings.EqualFold(name, instance):
			r.Answer = append(r.Answer, l.mdnsService(s, instance, host)...)
		}
	}
}

// instance is a service's instance name as DNS text: what is special is escaped.
func (l *life) instance(s *specimens.Service) string {
	return strings.NewReplacer(`\`, `\\`, ".", `\.`, " ", `\ `, "(", `\(`, ")", `\)`, `"`, `\"`, ";", `\;`, "@", `\@`).Replace(l.say(s.Instance, nil))
}

func (l *life) mdnsService(s *specimens.Service, instance, host string) []dns.RR {
	texts := make([]string, 0, len(s.TXT))
	for _, t := range s.TXT {
		texts = append(texts, l.say(t, nil))
	}
	if len(texts) == 0 {
		texts = []string{""}
	}
	return []dns.RR{
		&dns.SRV{Hdr: header(instance, dns.TypeSRV), Port: s.Port, Target: host},
		&dns.TXT{Hdr: header(instance, dns.TypeTXT), Txt: texts},
	}
}

func (l *life) mdnsAddress(host string) dns.RR {
	a := l.room.Addr()
	if a.Is6() {
		return &dns.AAAA{Hdr: header(host, dns.TypeAAAA), AAAA: a.AsSlice()}
	}
	return &dns.A{Hdr: header(host, dns.TypeA), A: a.AsSlice()}
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: 120}
}
