package lab

import (
	"context"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon/specimens"
)

// datagrams lists the datagram services and announcements of the model. Responders of one
// port share a socket.
func (l *life) datagrams() []service {
	var all []service
	for _, port := range l.udpPorts() {
		var same []*specimens.Responder
		var groups []netip.Addr
		for i := range l.model.UDP {
			if u := &l.model.UDP[i]; u.Port == port {
				same = append(same, u)
				groups = append(groups, addrs(u.Groups)...)
			}
		}
		shared := port == wsdPort && l.model.WSD != nil
		if shared {
			groups = append(groups, wsdGroup, wsdGroup6)
		}
		all = append(all, l.udp(port, groups, func(ctx context.Context, c net.PacketConn, from net.Addr, b []byte) {
			if !l.respond(same, c, from, b) && shared {
				l.wsd(ctx, c, from, b)
			}
		}))
	}
	for i := range l.model.UDP {
		if u := &l.model.UDP[i]; u.Every != "" {
			all = append(all, service{serve: func(ctx context.Context) error { return l.announce(ctx, u) }})
		}
	}
	if l.model.WSD != nil && !slices.Contains(l.udpPorts(), wsdPort) {
		all = append(all, l.udp(wsdPort, []netip.Addr{wsdGroup, wsdGroup6}, l.wsd))
	}
	if l.model.SSDP != nil {
		all = append(all, l.udp(1900, []netip.Addr{wsdGroup}, l.ssdp))
	}
	if l.model.MDNS != nil {
		all = append(all, l.udp(5353, []netip.Addr{mdnsGroup, mdnsGroup6}, l.mdns))
	}
	if l.model.SNMP != nil {
		all = append(all, l.udp(161, nil, l.snmp))
	}
	return all
}

// udpPorts lists the ports of the responders, each once, in the model's order. What only
// announces has none.
func (l *life) udpPorts() []uint16 {
	var ports []uint16
	seen := map[uint16]bool{}
	for _, u := range l.model.UDP {
		if !seen[u.Port] && u.Port != 0 && answering(&u) {
			seen[u.Port] = true
			ports = append(ports, u.Port)
		}
	}
	return ports
}

// answering reports whether a responder answers anything at all.
func answering(u *specimens.Responder) bool {
	for _, a := range u.Answers {
		if u.Every == "" || a.Prefix != "" || len(a.Has) > 0 {
			return true
		}
	}
	return false
}

func addrs(texts []string) []netip.Addr {
	var out []netip.Addr
	for _, s := range texts {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// respond gives the first answer that fits what was heard, and reports whether there was one.
func (l *life) respond(us []*specimens.Responder, c net.PacketConn, from net.Addr, b []byte) bool {
	for _, u := range us {
		for i := range u.Answers {
			a := &u.Answers[i]
			if u.Every != "" && a.Prefix == "" && len(a.Has) == 0 {
				continue // only announced
			}
			heard, ok := fitting(a, b)
			if !ok {
				continue
			}
			more := map[string]string{"heard": heard, "heardhex": hex.EncodeToString(b)}
			out := encode(a.Encode, l.compose(a, more), b)
			if len(a.To) == 0 {
				c.WriteTo(out, from)
			}
			for _, to := range a.To {
				if addr := l.target(to, from); addr != nil {
					c.WriteTo(out, addr)
				}
			}
			return true
		}
	}
	return false
}

// fitting reports whether an answer is one to the datagram, and gives its text unhidden.
func fitting(a *specimens.Answer, b []byte) (heard string, ok bool) {
	want, err := hex.DecodeString(plainHex(a.Prefix))
	if err != nil || !strings.HasPrefix(string(b), string(want)) {
		return "", false
	}
	text, ok := decode(a.Decode, b)
	if !ok {
		return "", false
	}
	for _, s := range a.Has {
		if !strings.Contains(string(text), s) {
			return "", false
		}
	}
	return string(text), true
}

// compose makes the bytes of an answer before they are framed.
func (l *life) compose(a *specimens.Answer, more map[string]string) []byte {
	switch {
	case a.Text != "":
		return []byte(l.say(a.Text, more))
	case a.Hex != "":
		b, _ := hex.DecodeString(plainHex(l.say(a.Hex, more)))
		return b
	}
	b := make([]byte, a.Size)
	for _, f := range a.Fields {
		v := []byte(l.say(f.Text, more))
		if f.Hex != "" {
			v, _ = hex.DecodeString(plainHex(l.say(f.Hex, more)))
		}
		if f.At >= 0 && f.At < len(b) {
			copy(b[f.At:], v)
		}
	}
	return b
}

// plainHex takes blanks and separators out of hex text.
func plainHex(s string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "", ":", "", "|", "").Replace(s)
}

// target reads where an answer goes: "sender", "sender:3000", "broadcast:7711" or a group
// with a port. Well-known ports are where the room puts them.
func (l *life) target(to string, from net.Addr) net.Addr {
	host, port, ok := strings.Cut(to, ":")
	sender, err := netip.ParseAddrPort(from.String())
	if err != nil {
		return nil
	}
	if !ok {
		return from
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	var addr netip.Addr
	switch host {
	case "sender":
		addr = sender.Addr()
	case "broadcast":
		addr = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	default:
		if addr, err = netip.ParseAddr(host); err != nil {
			return nil
		}
	}
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, l.room.Port(uint16(n))))
}

// announce sends the responder's unconditional answers again and again.
func (l *life) announce(ctx context.Context, u *specimens.Responder) error {
	every, err := time.ParseDuration(u.Every)
	if err != nil {
		return err
	}
	c, err := l.room.ListenUDP(0)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		for i := range u.Answers {
			if a := &u.Answers[i]; a.Prefix == "" && len(a.Has) == 0 {
				if to := l.target(u.To, c.LocalAddr()); to != nil {
					c.WriteTo(encode(a.Encode, l.compose(a, nil), nil), to) // nobody may be there yet
				}
			}
		}
		if !wait(ctx, every) {
			return nil
		}
	}
}
