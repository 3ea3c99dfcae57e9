package packet

import "cordon"

// flow is what the table keeps of a conversation: 184 bytes without pointers, so
// that the garbage collector never looks inside. Arrays of two are indexed by Side.
type flow struct {
	key        key
	packets    [2]uint32
	bytes      [2]uint64
	payload    [2]uint64
	first      int64
	last       int64
	big        [2]uint32
	seconds    uint32
	second     uint32 // the latest second counted
	bursts     uint32
	stream     uint32 // number of the inspection, plus one; 0: none
	gapSum     float64
	gapSquares float64
	burst      int64     // start of the current burst
	isn        [2]uint32 // TCP: sequence number before the first byte
	note       uint64
	heard      [2]uint16
	flags      flowFlags
	state      State
	app        App
	mac        [2]cordon.MAC
}

type flowFlags uint16

const (
	flagLive    flowFlags = 1 << iota // the slab entry is in use
	flagSwapped                       // the opener is side b of the key
	flagQuiet                         // the Listener hears no more of it
	flagAlways                        // UDP: on a port of Config.Always
	flagClosed                        // TCP: reset, or FIN both ways
	flagFin0                          // TCP: the opener is done
	flagFin1                          // TCP: the answerer is done
	flagISN0                          // TCP: isn[Opener] is set
	flagISN1                          // TCP: isn[Answerer] is set
	flagExact0                        // TCP: isn[Opener] comes from the handshake
	flagExact1                        // TCP: isn[Answerer] comes from the handshake
	flagSpoken                        // TCP: under way; only SYN, FIN and RST change the state now
	flagFollow                        // UDP: Config.Follow asked for it
	flagTold                          // Progress told a part of it
)

// side turns "the sender is side b of the key" into who sent.
func (f *flow) side(swapped bool) Side {
	if swapped == (f.flags&flagSwapped != 0) {
		return Opener
	}
	return Answerer
}

// keySide gives the half of the key that a Side is.
func (f *flow) keySide(s Side) int {
	if f.flags&flagSwapped != 0 {
		return 1 - int(s)
	}
	return int(s)
}

func (f *flow) end(s Side) End {
	k := f.keySide(s)
	return End{MAC: f.mac[s], Addr: f.key.addr(k), Port: f.key.port(k)}
}

// view fills the Flow that the Listener sees.
func (f *flow) view(v *Flow) {
	*v = Flow{
		End:     [2]End{f.end(Opener), f.end(Answerer)},
		Proto:   f.key.proto(),
		State:   f.state,
		App:     f.app,
		Packets: f.packets, Bytes: f.bytes, Payload: f.payload,
		First: f.first, Last: f.last,
		Big: f.big, Seconds: f.seconds, Bursts: f.bursts,
		GapSum: f.gapSum, GapSquares: f.gapSquares,
		Note: f.note,
	}
}
