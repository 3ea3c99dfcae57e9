package sensor

import "time"

// clockStep is how far the wall clock may go beside the monotonic one between two looks:
// what corrects a clock slowly stays far below (adjtimex(2): half a millisecond a second).
const clockStep = time.Second

// steps watches the wall clock beside one that nobody sets. Frames carry the wall clock's time,
// so a step of it must make no flow a day long, and end none.
type steps struct {
	wall      time.Time // at the latest look
	monotonic time.Duration
}

// look gives by how much the wall clock was set since the last look, 0 for not.
func (s *steps) look(wall time.Time, monotonic time.Duration) time.Duration {
	before := *s
	*s = steps{wall.Round(0), monotonic} // Round(0): the wall's part alone
	if before.wall.IsZero() {
		return 0
	}
	if d := s.wall.Sub(before.wall) - (monotonic - before.monotonic); d >= clockStep || d <= -clockStep {
		return d
	}
	return 0
}
