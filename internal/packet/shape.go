package packet

// count adds one packet to the flow's totals and shape: a handful of integer
// operations, for this runs for every packet of every capture. second is at in whole
// seconds. A clock that goes back adds no second and no burst.
func (f *flow) count(s Side, at int64, second uint32, wire, payload int) {
	s &= 1
	f.packets[s]++
	f.bytes[s] += uint64(wire)
	f.payload[s] += uint64(payload)
	if payload >= BigPayload {
		f.big[s]++
	}
	if int32(second-f.second) > 0 {
		f.second = second
		f.seconds++
	}
	if at-f.last >= int64(BurstGap) {
		f.startBurst(at)
	}
	f.last = max(f.last, at)
	f.first = min(f.first, at)
}

// begin sets the clocks of a new flow: its first packet opens the first burst.
func (f *flow) begin(at int64, second uint32) {
	f.first, f.last, f.burst = at, at, at
	f.second, f.seconds, f.bursts = second, 1, 1
}

func (f *flow) startBurst(at int64) {
	gap := float64(at-f.burst) / 1e9
	f.gapSum += gap
	f.gapSquares += gap * gap
	f.burst = at
	f.bursts++
}
