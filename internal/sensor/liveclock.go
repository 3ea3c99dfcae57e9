package sensor

import "time"

// clockStep is how far the wall clock may go beside the monotonic one between two looks:
// what corrects a clock slowly stays far below (adjtimex(2): half a millisecond a second).
const clockStep = time.Second

// steps watches the wall clock. Frames carry its time, so a step of it makes no flow a day
// long and ends none.
type steps struct {
	wall time.Time // at the latest look; its monotonic part says how long ago that was
}

// look gives by how much the clock was set since the last look, 0 for not.
func (s *steps) look(now time.Time) time.Duration {
	before := s.wall
	s.wall = now
	if before.IsZero() {
		return 0
	}
	return stepped(now.Round(0).Sub(before.Round(0)), now.Sub(before))
}

// stepped compares how far both clocks went.
func stepped(wall, monotonic time.Duration) time.Duration {
	if d := wall - monotonic; d >= clockStep || d <= -clockStep {
		return d
	}
	return 0
}
