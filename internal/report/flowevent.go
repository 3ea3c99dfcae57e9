package report

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"cordon"
)

// FlowEvent is one conversation as JSONL tells it: Src opened it, Dst answered.
// For ICMP and ICMPv6 the port of Src is the type and that of Dst the code of the first
// message; both zero mean that they are not known (an echo reply that opens a flow is not one).
type FlowEvent struct {
	First, Last time.Time
	Src, Dst    netip.AddrPort
	Proto       uint8  // IANA protocol number
	App         string // empty: not recognised
	Name        string // name behind Dst, empty: not known
	State       cordon.FlowState
	Packets     [2]uint64 // to server, to client
	Bytes       [2]uint64 // likewise, on the wire
}

// AppendFlowEvent appends the event as one line of JSON in the shape of Suricata's EVE
// log, with its line end, and returns the longer slice. It allocates nothing but what b needs.
func AppendFlowEvent(b []byte, e *FlowEvent) []byte {
	var c clock
	hash := communityHash(e.Src, e.Dst, e.Proto)
	b = append(b, `{"timestamp":"`...)
	b = c.appendEVE(b, e.Last)
	b = append(b, `","flow_id":`...)
	b = strconv.AppendUint(b, flowID(hash, e.First), 10)
	b = append(b, `,"event_type":"flow","src_ip":"`...)
	b = appendEnds(b, e)
	b = append(b, `,"app_proto":`...)
	app := e.App
	if app == "" {
		app = "failed" // Suricata's word for: looked at, not recognised
	}
	b = appendString(b, app)
	b = appendFlowCounts(b, e)
	b = append(b, `,"start":"`...)
	b = c.appendEVE(b, e.First)
	b = append(b, `","end":"`...)
	b = c.appendEVE(b, e.Last)
	b = append(b, `","age":`...)
	b = strconv.AppendInt(b, int64(max(0, e.Last.Sub(e.First)).Seconds()), 10)
	b = append(b, `,"state":"`...)
	b = append(b, eveState(e.State)...)
	b = append(b, `"},"cordon":{"state":`...)
	b = appendString(b, string(e.State))
	if e.Name != "" {
		b = appendString(append(b, `,"name":`...), e.Name)
	}
	b = append(b, '}')
	if hasCommunityID(e) {
		b = append(b, `,"community_id":"`...)
		b = append(appendCommunityID(b, hash), '"')
	}
	return append(b, '}', '\n')
}

// appendEnds appends addresses, ports (or ICMP type and code) and protocol, from inside the first quotation mark.
func appendEnds(b []byte, e *FlowEvent) []byte {
	b = appendAddr(b, e.Src.Addr().Unmap())
	source, dest := `","src_port":`, `","dest_port":`
	rest := ""
	switch e.Proto {
	case protoTCP, protoUDP, protoSCTP:
	case protoICMP, protoICMPv6:
		source, rest = `"`, `"`
		dest = rest
	default:
		source, dest = `"`, `"`
	}
	ports := len(source) > 1
	b = append(b, source...)
	if ports {
		b = strconv.AppendUint(b, uint64(e.Src.Port()), 10)
	}
	b = append(b, `,"dest_ip":"`...)
	b = appendAddr(b, e.Dst.Addr().Unmap())
	b = append(b, dest...)
	if ports {
		b = strconv.AppendUint(b, uint64(e.Dst.Port()), 10)
	}
	b = append(b, `,"proto":"`...)
	b = append(appendProto(b, e.Proto), '"')
	if rest != "" && hasCommunityID(e) {
		b = append(b, `,"icmp_type":`...)
		b = strconv.AppendUint(b, uint64(e.Src.Port()), 10)
		b = append(b, `,"icmp_code":`...)
		b = strconv.AppendUint(b, uint64(e.Dst.Port()), 10)
	}
	return b
}

func appendFlowCounts(b []byte, e *FlowEvent) []byte {
	b = append(b, `,"flow":{"pkts_toserver":`...)
	b = strconv.AppendUint(b, e.Packets[0], 10)
	b = append(b, `,"pkts_toclient":`...)
	b = strconv.AppendUint(b, e.Packets[1], 10)
	b = append(b, `,"bytes_toserver":`...)
	b = strconv.AppendUint(b, e.Bytes[0], 10)
	b = append(b, `,"bytes_toclient":`...)
	return strconv.AppendUint(b, e.Bytes[1], 10)
}

// eveState maps to the states that Suricata's flow events know.
func eveState(s cordon.FlowState) string {
	switch s {
	case cordon.StateAttempt:
		return "new"
	case cordon.StateRefused:
		return "closed"
	}
	return "established"
}

// Protocol numbers, IANA "Assigned Internet Protocol Numbers".
const (
	protoICMP   = 1
	protoIGMP   = 2
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
	protoSCTP   = 132
)

// appendProto appends a protocol as Suricata spells it.
func appendProto(b []byte, p uint8) []byte {
	switch p {
	case protoTCP:
		return append(b, "TCP"...)
	case protoUDP:
		return append(b, "UDP"...)
	case protoICMP:
		return append(b, "ICMP"...)
	case protoICMPv6:
		return append(b, "IPv6-ICMP"...)
	case protoIGMP:
		return append(b, "IGMP"...)
	case protoSCTP:
		return append(b, "SCTP"...)
	}
	return strconv.AppendUint(b, uint64(p), 10)
}

// flowID makes a number for the flow that fits readers whose numbers are floating point:
// 51 bits, as Suricata's own. The same ends at another time are another flow.
func flowID(hash [20]byte, first time.Time) uint64 {
	return (binary.BigEndian.Uint64(hash[:]) ^ uint64(first.UnixNano())) & (1<<51 - 1)
}
