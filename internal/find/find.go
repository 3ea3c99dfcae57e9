// Package find knows what protocols say: for each it can tell that a message is of
// that protocol (Detect) and which facts the message gives away (Hear). One protocol
// is one file with one row. It promises to be pure, to survive any bytes, and to pass
// on no secret: credentials are reported as present, never as values, and cloud
// identifiers leave through Hash. What a fact proves is left to knowledge and identify.
package find

import (
	"net/netip"
	"time"

	"cordon"
)

// Transport is what carried a message.
type Transport uint8

// The transports.
const (
	UDP Transport = 1 + iota
	TCP
	Ether // a frame's payload without IP; Message.EtherType says what
	ICMP6 // an ICMPv6 message, from its type byte on
)

// Party is one end of a message.
type Party struct {
	MAC  cordon.MAC
	Addr netip.AddrPort
}

// Message is what was said: one datagram or frame payload, or the first in-order bytes
// of both directions of a connection. The slices are borrowed: copy what you keep.
type Message struct {
	At        time.Time
	Transport Transport
	EtherType uint16
	From, To  Party  // From sent the datagram, or opened the connection
	Data      []byte // what From said
	Reply     []byte // TCP only: what To said
	Final     bool   // TCP only: nothing more will come

	Spare map[Kind]bool // kinds that nobody wants: costly ones are then not made; may be nil

	Told *Told // takes what name servers said; nil: it is emitted like all else
}

// Told takes the addresses that name servers tell (dns.answer) without text being made of each:
// they come with every conversation.
type Told struct {
	Name []byte // that was asked for, lower case, in letters, digits, "-", "_" and "."; borrowed
	Take func(t *Told, asker Subject, addr netip.Addr)
}

// Port reports whether either end of the message is on the port.
func (m *Message) Port(p uint16) bool { return m.From.Addr.Port() == p || m.To.Addr.Port() == p }

// Subject says whom a fact is about: the sender, the receiver, or a named key.
type Subject struct {
	side uint8
	Key  cordon.Key
}

// The two sides of the message as subjects.
var (
	Sender   = Subject{side: 1} // Message.From
	Receiver = Subject{side: 2} // Message.To
)

// About makes a subject of any other key, for instance the MAC address that an answer names.
func About(kind cordon.KeyKind, value string) Subject {
	return Subject{Key: cordon.Key{Kind: kind, Value: value}}
}

// IsSender and IsReceiver tell the sides apart; both are false for a named key.
func (s Subject) IsSender() bool   { return s.side == 1 }
func (s Subject) IsReceiver() bool { return s.side == 2 }

// Emit takes one fact. Value is copied text: it must not alias Message bytes.
// Empty values are dropped; values are cut at MaxValue bytes.
type Emit func(about Subject, kind cordon.Kind, value string)

// MaxValue bounds a fact's value in bytes. 2 KiB holds every SDP and scope list seen.
const MaxValue = 2048

// Protocol is one row of the table: everything find knows of one protocol.
type Protocol struct {
	Name      string // short, lower case: the application name users see ("rtsp")
	Doc       string // one line for people
	Source    string // where the layout comes from: RFC, document with date, capture
	Transport Transport
	Ports     []uint16 // hint for order, and (with Always) which ports to listen to for ever
	Anywhere  bool     // Detect is strict enough to be tried on any port
	Always    bool     // every datagram is heard, not only a flow's first ones (discovery protocols)
	Kinds     []cordon.Kind
	// Detect reports whether the message is of this protocol. It must not allocate.
	Detect func(m *Message) bool
	// Hear emits the facts. It is called once per datagram; for TCP once per connection,
	// when Enough says so or the connection ends. Nil: naming the flow is all.
	Hear func(m *Message, emit Emit)
	// Asks are the datagrams that ask for this protocol's answers; nil: it can only be overheard.
	Asks []*Ask
	// Enough, for TCP, reports that Hear can be called now and the rest ignored. Nil: wait for the end.
	Enough func(m *Message) bool
}

// protocols is the table of general protocols. Each file of this package defines one
// row and this list names it; order matters only between protocols that could both
// detect the same bytes (strict ones first). Makers' own protocols are in vendorProtocols.
var protocols = []*Protocol{
	arpProtocol, dhcpProtocol, dnsProtocol, dnsTCPProtocol, mdnsProtocol, llmnrProtocol, nbnsProtocol, netbiosProtocol,
	ssdpProtocol, ntpProtocol, tftpProtocol, natpmpProtocol, lldpProtocol, cdpProtocol, eapolProtocol, icmpv6Protocol,
	univiewProtocol, // a maker's own, but a dialect of the next, which would take it
	wsdProtocol, tlsProtocol, quicProtocol, rtspProtocol, httpProtocol,
	stunProtocol, stunTCPProtocol, mqttProtocol, sipProtocol, sipTCPProtocol, snmpProtocol, coapProtocol, syslogProtocol,
	sshProtocol, ftpProtocol, smtpProtocol, telnetProtocol, rtmpProtocol, mpegtsProtocol, rtpProtocol,
}
