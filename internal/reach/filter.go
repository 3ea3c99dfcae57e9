package reach

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Where things lie in an Ethernet frame with an IPv6 header behind it.
const (
	offEther   = 12
	offARPOp   = 14 + 6
	offFrag4   = 14 + 6
	offProto4  = 14 + 9
	offProto6  = 14 + 6
	offBehind6 = 14 + 40
)

// answersTo is the kernel's filter: only what can be an answer to us wakes us. ARP replies, TCP to
// our port, ICMP echo replies and unreachables, neighbour advertisements; and who asks for a MAC, for
// it may be ours. Frames of VLANs that run over the same wire are not the link's.
func answersTo(port uint16) ([]unix.SockFilter, error) {
	take, drop := bpf.RetConstant{Val: 0xffff}, bpf.RetConstant{Val: 0}
	program := []bpf.Instruction{
		bpf.LoadExtension{Num: bpf.ExtVLANTagPresent},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1},
		drop,
		bpf.LoadExtension{Num: bpf.ExtType},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.PACKET_OUTGOING, SkipFalse: 1},
		drop,
		bpf.LoadAbsolute{Off: offEther, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: etherARP, SkipFalse: 4},
		bpf.LoadAbsolute{Off: offARPOp, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpLessOrEqual, Val: 2, SkipFalse: 1}, // request and reply
		take,
		drop,
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: etherIPv4, SkipFalse: 14},
		bpf.LoadAbsolute{Off: offFrag4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 11}, // not the first fragment
		bpf.LoadMemShift{Off: 14},
		bpf.LoadAbsolute{Off: offProto4, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protoTCP, SkipFalse: 3},
		bpf.LoadIndirect{Off: 14 + 2, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(port), SkipFalse: 6},
		take,
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protoICMP, SkipFalse: 4},
		bpf.LoadIndirect{Off: 14, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmpEchoReply, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmpUnreachable, SkipFalse: 1},
		take,
		drop,
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: etherIPv6, SkipFalse: 12},
		bpf.LoadAbsolute{Off: offProto6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protoTCP, SkipFalse: 3},
		bpf.LoadAbsolute{Off: offBehind6 + 2, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(port), SkipFalse: 8},
		take,
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: protoICMPv6, SkipFalse: 6},
		bpf.LoadAbsolute{Off: offBehind6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmp6EchoReply, SkipTrue: 3},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmp6Advertise, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmp6Solicit, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: icmp6Unreachable, SkipFalse: 1},
		take,
		drop,
	}
	return assemble(program)
}

// nothing is the filter that lets nothing through.
func nothing() ([]unix.SockFilter, error) {
	return assemble([]bpf.Instruction{bpf.RetConstant{Val: 0}})
}

func assemble(program []bpf.Instruction) ([]unix.SockFilter, error) {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	out := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		out[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return out, nil
}

// attach puts a filter on a socket.
func attach(fd int, filter []unix.SockFilter) error {
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}
