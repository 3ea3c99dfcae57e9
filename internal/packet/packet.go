// Package packet turns capture files into flows. It reads pcap and pcapng from an
// io.Reader, decodes link, network and transport headers by hand, folds packets
// into flows in one bounded table, and hands the first bytes of every conversation
// to a Listener. It promises: no allocation per packet on the steady path, memory
// bounded whatever the input, and never a panic on hostile bytes. What the bytes
// mean is left to package find; who the parties are, to package inventory.
package packet

import (
	"net/netip"
	"time"

	"cordon"
)

// LinkType is a pcap link-layer type (https://www.tcpdump.org/linktypes.html).
type LinkType uint32

// Frame is one captured frame. Data belongs to the reader and is valid until its next call.
type Frame struct {
	At   int64 // nanoseconds since 1970-01-01 UTC
	Link LinkType
	Data []byte // as captured: may be shorter than Wire
	Wire int    // bytes on the wire, link-layer header included
}

// Proto is an IP protocol number, or EtherProto for what is not IP.
type Proto uint8

// The protocols that packet looks into.
const (
	ProtoICMP   Proto = 1
	ProtoIGMP   Proto = 2
	ProtoTCP    Proto = 6
	ProtoUDP    Proto = 17
	ProtoICMPv6 Proto = 58
	EtherProto  Proto = 255 // not IP: Message.EtherType says what
)

// App numbers the application of a flow; the Listener gives numbers their meaning.
// The zero App is: not recognised.
type App uint8

// End is one side of a conversation.
type End struct {
	MAC  cordon.MAC // as seen on the captured link; zero where the link has none
	Addr netip.Addr // zero for EtherProto
	Port uint16     // zero where the protocol has none
}

// Message is what a Listener hears: one datagram (or one non-IP frame's payload), or
// the first bytes of both directions of a TCP connection, in order, gaps excluded.
// The slices belong to the table and are valid only during the call.
type Message struct {
	At        int64 // nanoseconds; for TCP, of the latest byte
	Proto     Proto
	EtherType uint16 // for EtherProto; for 802.3 with LLC it is the length field (< 0x600)
	From, To  End    // From: the datagram's sender; for TCP the side that opened
	Data      []byte // From's bytes
	Reply     []byte // TCP only: To's bytes
	Final     bool   // TCP only: no more bytes will come to the Listener
	Flow      *Flow  // nil for EtherProto
}

// State is how far a flow got.
type State uint8

// The states, see cordon.FlowState for their meaning. A datagram to a group or
// broadcast address asks for no answer, so its flow is StateMidway until somebody
// does answer; so are ICMP errors, and TCP of which one direction was captured.
const (
	StateMidway State = iota
	StateAttempt
	StateRefused
	StateAnswered
)

// Side indexes the two directions of a Flow.
type Side int

// Opener is the side that sent the first packet seen (for TCP with a handshake: the SYN).
const (
	Opener   Side = 0
	Answerer Side = 1
)

// Flow is one conversation: the packets that share addresses, ports and protocol.
// Arrays are indexed by Side: what that side sent. The table fills one Flow anew for
// every call to the Listener: it is valid only during that call, only Note is kept.
type Flow struct {
	End     [2]End
	Proto   Proto
	State   State
	App     App
	Packets [2]uint32
	Bytes   [2]uint64 // on the wire, link-layer header included (what tshark calls frame.len)
	Payload [2]uint64 // transport payload bytes
	First   int64     // nanoseconds
	Last    int64
	Big     [2]uint32 // packets with BigPayload transport payload bytes or more
	Seconds uint32    // distinct seconds with a packet
	Bursts  uint32    // runs of packets parted by BurstGap of silence or more
	// Sums over the gaps between burst starts, in seconds, for mean and spread.
	GapSum, GapSquares float64
	// A flow may be told in parts, see Table.Progress. First, Last, Bursts, GapSum and
	// GapSquares are always the whole flow's; Packets, Bytes, Payload, Big and Seconds are
	// what came since the part before when Again. Sums over the parts are the flow.
	Again  bool   // an earlier part was told
	Before State  // the state as last told; meaningful when Again
	More   bool   // the flow goes on: further parts will come
	Note   uint64 // for the Listener to keep what it learned; the table never looks (a number, so that the slab holds no pointers)
}

// BigPayload is the payload size from which a packet counts as big: full video
// packets are 1,000 to 1,460 bytes, control and keep-alive are far below.
const BigPayload = 900

// BurstGap is the silence that parts two bursts of a flow.
const BurstGap = time.Second

// Listener is told what the table hears. Calls come from the goroutine that feeds
// the table, in capture order.
type Listener interface {
	// Hear is given a datagram or the start of a connection, and names its application
	// (0: not recognised). For TCP it is called again with more bytes until it returns
	// more == false, the limit is reached or the connection ends (m.Final).
	// For UDP it is called for the first datagrams of each direction while more is true.
	Hear(m *Message) (app App, more bool)
	// Ended is called once for every flow, when it ended, was evicted, or at Flush; and
	// before that with what is new of it, if Table.Progress is used (f.More).
	// f is valid only during the call.
	Ended(f *Flow)
}
