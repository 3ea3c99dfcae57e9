package watch

import "time"

// presence is when a device was heard: for who is always there to be missed.
type presence struct {
	Hours  uint64 `json:"hours"`            // one bit for each hour in which it spoke, the lowest for the hour of Last
	Gap    int64  `json:"gap"`              // its longest silence of this day, in seconds
	Before int64  `json:"before"`           // and of the day before
	Source string `json:"source,omitempty"` // that heard it last
}

// source is one sensor, as far as silence goes. Times are seconds.
type source struct {
	Last int64 `json:"last"` // it heard somebody
	Back int64 `json:"back"` // it was down until then; 0: never
	Deaf bool  `json:"deaf,omitempty"`
}

// heard notes that the device spoke, and ends its being gone.
func (t *turn) heard(sensor string) {
	k, at := t.kept, t.now.Unix()
	if src := t.state.source(sensor); src != nil {
		src.Last = max(src.Last, at)
	}
	p := k.Presence
	if p == nil {
		p = &presence{Hours: 1}
		k.Presence = p
		k.Last = max(k.Last, at)
	}
	if sensor != "" {
		p.Source = sensor
	}
	if at > k.Last {
		p.advance(k.Last, at, k.standing("device-gone", ""))
		k.Last = at
	}
	t.over(gone.Code, "", "it was heard again at "+clock(t.now))
}

// advance moves from the time a device was last heard to the time it was heard again. The
// silence of one that was missed is not usual.
func (p *presence) advance(last, at int64, missed bool) {
	if days := at/86400 - last/86400; days > 0 {
		p.Before, p.Gap = p.Gap, 0
		if days > 1 {
			p.Before = 0 // a day of silence says that it is not always there, not how long it is silent: see Hours
		}
	}
	if !missed {
		p.Gap = max(p.Gap, at-last)
	}
	p.Hours = shift(p.Hours, at/3600-last/3600) | 1
}

func shift(hours uint64, by int64) uint64 {
	if by >= 64 || by < 0 {
		return 0
	}
	return hours << by
}

// source finds or makes what is remembered of a sensor; nil where there is no room.
func (s *State) source(name string) *source {
	if src := s.sources[name]; src != nil {
		return src
	}
	if len(s.sources) >= maxSources || len(name) > maxID {
		return nil
	}
	s.sources[name] = &source{}
	return s.sources[name]
}

// deaf notes which sensors are down.
func (s *State) deaf(names []string, now time.Time) {
	for _, src := range s.sources {
		if src.Deaf {
			src.Back = now.Unix()
		}
		src.Deaf = false
	}
	for _, n := range names {
		if src := s.source(n); src != nil {
			src.Deaf = true
		}
	}
}
