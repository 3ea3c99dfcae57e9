package inventory

import (
	"cordon"
	"cordon/internal/assess"
)

// shared gathers what only a look at all devices together can tell. It costs nothing where
// none of its facts was seen.
func (j *judge) shared() *assess.Shared {
	l := j.ledger
	wanted := map[uint16]bool{}
	for _, kind := range assess.SharedKinds {
		if n, known := l.kinds.id[string(kind)]; known {
			wanted[uint16(n)] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	s := &assess.Shared{}
	for i := range j.units {
		u := &j.units[i]
		for _, h := range u.hosts {
			if a := l.hosts.at(h).addr; a.IsValid() {
				s.Take(a)
			}
			j.share(s, u.id, h, wanted)
		}
	}
	return s
}

// share adds one host's facts of the kinds wanted.
func (j *judge) share(s *assess.Shared, id string, h uint32, wanted map[uint16]bool) {
	l := j.ledger
	for i := l.hosts.at(h).facts; i != 0; i = l.facts.at(i).next {
		f := l.facts.at(i)
		if wanted[f.kind] {
			s.Add(id, l.observation(f, cordon.Key{})) // about whom, id says
		}
	}
}
