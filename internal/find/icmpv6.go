package find

var icmpv6Protocol = &Protocol{
	Name:      "icmpv6",
	Doc:       "IPv6 routers that announce themselves",
	Source:    "RFC 4861 section 4.2",
	Transport: ICMP6,
	Always:    true,
	Kinds:     []Kind{"icmpv6.router"},
	Detect:    func(m *Message) bool { return len(m.Data) >= 8 && m.Data[0] >= 130 && m.Data[0] <= 143 },
	Hear:      hearICMPv6,
}

// hearICMPv6 takes router advertisements (type 134, 16 bytes at least) that come
// from a link-local address, as RFC 4861 section 6.1.2 demands; a router lifetime of
// zero says "not a default router".
func hearICMPv6(m *Message, emit Emit) {
	b := m.Data
	if len(b) >= 16 && b[0] == 134 && b[1] == 0 && m.From.Addr.Addr().IsLinkLocalUnicast() && (b[6]|b[7]) != 0 {
		emit(Sender, "icmpv6.router", "yes")
	}
}
