package find

import (
	"encoding/binary"
	"strconv"
)

// A message begins with four u32, little endian: command, error, size of the structure (28),
// number of texts that follow it; then three that are the device's own part:
// the device's number, its type, and whether its password was set.
const (
	gwellPort      = 8899 // questions go here, as broadcasts
	gwellReplyPort = 9988 // one app asks from here, another from 8899
	gwellAsk       = 1
	gwellAnswer    = 2
	gwellLen       = 28
	gwellAskLen    = 1024 // the apps send a buffer that is empty but for the command
)

var gwellProtocol = &Protocol{
	Name: "gwell",
	Doc:  "Gwell (Yoosee) search: answers name the number by which the cloud knows the camera, and whether it has a password",
	Source: "header of the Yoosee app (sMesgShakeType) and its ShakeManager, in four unnamed public Objective-C programs; " +
		"no whole answer was found",
	Transport: UDP,
	Ports:     []uint16{gwellPort, gwellReplyPort},
	Always:    true,
	Kinds:     []Kind{"gwell.present", "gwell.asks", "gwell.id", "gwell.type", "gwell.password"},
	Detect:    detectGwell,
	Hear:      hearGwell,
}

// detectGwell has no mark to go by, so it is bound to the ports and wants every field to be
// plausible. The bounds are guesses: errors are below 3 and types below 10 in the header.
func detectGwell(m *Message) bool {
	b := m.Data
	if !m.Port(gwellPort) && !m.Port(gwellReplyPort) || len(b) < gwellLen {
		return false
	}
	size, texts := gwellField(b, 2), gwellField(b, 3)
	switch gwellField(b, 0) {
	case gwellAsk:
		return len(b) == gwellAskLen && zeros(b[4:]) || size == gwellLen && texts == 0 && zeros(b[gwellLen:])
	case gwellAnswer:
		plausible := size == 0 || size >= gwellLen && size <= uint32(len(b))
		return plausible && gwellField(b, 1) < 16 && texts < 16 && gwellField(b, 4) != 0 && gwellField(b, 5) < 1<<16 && gwellField(b, 6) < 2
	}
	return false
}

// gwellField is the i-th number of the message.
func gwellField(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

// zeros reports whether b holds nothing but zeros.
func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func hearGwell(m *Message, emit Emit) {
	b := m.Data
	switch {
	case !detectGwell(m):
	case gwellField(b, 0) == gwellAsk:
		emit(Sender, "gwell.asks", "yes")
	default:
		emit(Sender, "gwell.present", "yes")
		emit(Sender, "gwell.id", strconv.FormatUint(uint64(gwellField(b, 4)), 10))
		emit(Sender, "gwell.type", strconv.FormatUint(uint64(gwellField(b, 5)), 10))
		emit(Sender, "gwell.password", [2]string{"unset", "set"}[gwellField(b, 6)])
	}
}
