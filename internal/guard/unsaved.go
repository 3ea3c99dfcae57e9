package guard

import (
	"cmp"
	"slices"
	"time"

	"cordon"
)

// unsavedFor is how long the store may take for an alarm before it is shown without.
const unsavedFor = 3 * time.Second

// Unsaved are the alarms that stand and that the store could not take yet, worst first: while a
// disk is full they are nowhere else. They have no number (ID 0).
func (s *Service) Unsaved() []cordon.Alarm {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []cordon.Alarm
	for _, r := range s.open {
		if r.alarm.ID == 0 && s.last.Sub(r.alarm.Raised) >= unsavedFor {
			out = append(out, r.alarm)
		}
	}
	slices.SortFunc(out, func(a, b cordon.Alarm) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), a.Raised.Compare(b.Raised), cmp.Compare(a.Code, b.Code))
	})
	return out[:min(len(out), flushMost)]
}
