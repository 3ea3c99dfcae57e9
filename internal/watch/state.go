package watch

import (
	"strings"
	"time"

	"cordon"
)

// State is what the live detectors remember: of every device what is usual for it, bounded.
// Make it with NewState or State.UnmarshalJSON. It is not safe for concurrent use.
type State struct {
	learn   time.Duration
	began   time.Time // of the first step, or of the first after a long silence
	heard   time.Time // of the last event about a device
	now     time.Time // of the last
	swept   time.Time
	devices map[string]*kept
	sources map[string]*source
	claims  map[string]*claim // who says that an address is his, by site and address; who a MAC address is, by site
	missed  uint64            // devices for which there was no room
}

// LearnNetwork is how long a network is listened to before anything in it counts as new, and
// a device before its clients do: what comes at all mostly comes once a day.
const LearnNetwork = 24 * time.Hour

// Bounds of a State. 65,536 devices, as many as the largest owners have, take some 40 MB.
const (
	maxDevices = 1 << 16
	maxSources = 64
	maxClaims  = 1 << 16
	maxStands  = 32 // of one device
)

// NewState makes an empty state that learns for so long before anything counts as new:
// LearnNetwork for real use, 0 for none.
func NewState(learn time.Duration) *State {
	return &State{learn: learn, devices: map[string]*kept{}, sources: map[string]*source{}, claims: map[string]*claim{}}
}

// Devices gives how many devices are remembered, and how many times there was no room for one.
func (s *State) Devices() (n int, missed uint64) { return len(s.devices), s.missed }

// Learned is when enough was heard for what comes then to count as new. It is zero as long as
// nothing was heard, and where nothing has to be learned.
func (s *State) Learned() time.Time {
	if s.began.IsZero() || s.learn <= 0 {
		return time.Time{}
	}
	return s.began.Add(s.learn)
}

func (s *State) begin(now time.Time) {
	if s.began.IsZero() {
		s.began = now
	}
	if now.After(s.now) {
		s.now = now
	}
}

// listen notes that something happened. Who heard nothing for longer than he learns has much
// to learn anew: what came meanwhile is not new now.
func (s *State) listen(now time.Time) {
	if !s.heard.IsZero() && now.Sub(s.heard) > max(s.learn, time.Hour) && s.learn > 0 {
		s.began = now
	}
	s.heard = now
}

// kept is what is remembered of one device. Times are seconds since 1970. It is in memory as
// often as there are devices, so what only few need hangs on pointers.
type kept struct {
	Site   string `json:"site,omitempty"`
	Class  string `json:"class,omitempty"`
	Person bool   `json:"person,omitempty"` // may well be a person's own
	Judged bool   `json:"judged,omitempty"`
	Born   int64  `json:"born"`
	Last   int64  `json:"last"` // it spoke

	Presence *presence        `json:"presence,omitempty"`
	Version  string           `json:"version,omitempty"` // of its firmware
	Versions map[string]int64 `json:"versions,omitempty"`
	Clock    *clockOf         `json:"clock,omitempty"`
	Fars     *circle          `json:"fars,omitempty"`    // far ends outside that it called
	Viewers  *circle          `json:"viewers,omitempty"` // who watched it
	Pilots   *circle          `json:"pilots,omitempty"`  // who steered it
	Peers    *circle          `json:"peers,omitempty"`   // whom it called inside
	Updates  *circle          `json:"updates,omitempty"` // firmware that it fetched
	Usual    *usual           `json:"usual,omitempty"`   // what it sends outside
	Runs     map[string]*run  `json:"runs,omitempty"`    // uploads that may be going on
	Knocks   *knocks          `json:"knocks,omitempty"`  // tries by it and at it, lately
	Stands   map[string]int64 `json:"stands,omitempty"`  // what was said of it and stands, by name: when last
}

// private reports whether whom the device talks to is its owner's business, or may be: also
// of a device that was not judged yet.
func (k *kept) private() bool { return !k.Judged || k.Person }

// learn takes over what the device is believed to be.
func (k *kept) learn(a *cordon.Audited) {
	class := a.Identity.Class
	k.Class, k.Judged = class.Value, true
	k.Person = cordon.Personal(class.Value) || class.Value == "" && cordon.Personal(class.Possible)
	if k.Person { // whom it called before that was known is forgotten: the state is kept
		k.Fars, k.Runs, k.Updates = nil, nil, nil
	}
}

// device finds or makes what is remembered of a device; nil where there is no room.
func (s *State) device(id string, at time.Time) *kept {
	if k := s.devices[id]; k != nil {
		return k
	}
	if len(s.devices) >= maxDevices || len(id) > maxID {
		s.missed++
		return nil
	}
	k := &kept{Born: at.Unix(), Last: at.Unix()}
	s.devices[id] = k
	return k
}

// maxID bounds a device's id: it is a MAC address, an IPv6 address or a number.
const maxID = 100

// What is forgotten: a device that spoke for less than an hour, when room is short; one that
// was not heard for as long as flows are kept.
const (
	passedBy  = time.Hour
	forgetful = 400 * 24 * time.Hour
)

// forget makes room. Devices known for long are never pushed out by a crowd of new ones.
func (s *State) forget(now time.Time) {
	short := len(s.devices) > maxDevices*7/8
	for id, k := range s.devices {
		silent := now.Sub(time.Unix(k.Last, 0))
		passer := short && silent > passedBy && k.Last-k.Born < int64(passedBy/time.Second)
		if silent > forgetful || passer {
			delete(s.devices, id)
		}
	}
	for key, c := range s.claims {
		if now.Sub(time.Unix(c.Last, 0)) > claimed {
			delete(s.claims, key)
		}
	}
}

// age is for how long the device has been known.
func (t *turn) age() time.Duration { return t.now.Sub(time.Unix(t.kept.Born, 0)) }

// grown reports whether the device has been known long enough for its company to be known too.
func (t *turn) grown() bool { return t.age() >= t.state.learn }

// rest lets go of what was counted for moments that are over.
func (k *kept) rest(now time.Time) {
	if k.Knocks != nil && now.Unix()/60 > k.Knocks.Minute {
		k.Knocks = nil
	}
	for n, r := range k.Runs {
		keep := time.Duration(runPause)
		if strings.HasPrefix(n, viewRun) {
			keep = LearnNetwork
		}
		if now.UnixNano()-r.Last > int64(keep) {
			delete(k.Runs, n)
		}
	}
	if len(k.Runs) == 0 {
		k.Runs = nil
	}
}

// name joins what tells the findings of one device apart.
func name(code, key string) string { return code + "\n" + key }

func unname(n string) (code, key string) {
	code, key, _ = strings.Cut(n, "\n")
	return code, key
}

// stand remembers that something was said. Where there is no room the oldest is let go of.
func (k *kept) stand(code, key string, at time.Time) {
	if k.Stands == nil {
		k.Stands = map[string]int64{}
	}
	n := name(code, key)
	if _, ok := k.Stands[n]; !ok && len(k.Stands) >= maxStands {
		delete(k.Stands, oldest(k.Stands))
	}
	k.Stands[n] = at.Unix()
}

// standing reports whether something was said and stands.
func (k *kept) standing(code, key string) bool {
	_, ok := k.Stands[name(code, key)]
	return ok
}

// unstand forgets that something was said, and reports whether it was.
func (k *kept) unstand(code, key string) bool {
	ok := k.standing(code, key)
	delete(k.Stands, name(code, key))
	if len(k.Stands) == 0 {
		k.Stands = nil
	}
	return ok
}

// oldest gives the entry that was seen last the longest ago, the first by name of several.
func oldest(m map[string]int64) string {
	least, found := "", false
	for n, at := range m {
		if !found || at < m[least] || at == m[least] && n < least {
			least, found = n, true
		}
	}
	return least
}
