package watch

import (
	"encoding/json"
	"fmt"
	"time"
)

// stateVersion is of the saved form. Another one is refused: what is usual is learned anew.
const stateVersion = 1

// saved is a State as JSON.
type saved struct {
	Version int                `json:"version"`
	Learn   int64              `json:"learn"` // seconds
	Began   time.Time          `json:"began"`
	Heard   time.Time          `json:"heard"`
	Now     time.Time          `json:"now"`
	Swept   time.Time          `json:"swept"`
	Devices map[string]*kept   `json:"devices"`
	Sources map[string]*source `json:"sources"`
	Claims  map[string]*claim  `json:"claims"`
	Missed  uint64             `json:"missed,omitempty"`
}

// MarshalJSON writes the whole state; the same state gives the same bytes.
func (s *State) MarshalJSON() ([]byte, error) {
	return json.Marshal(saved{
		Version: stateVersion, Learn: int64(s.learn / time.Second), Began: s.began, Heard: s.heard, Now: s.now, Swept: s.swept,
		Devices: s.devices, Sources: s.sources, Claims: s.claims, Missed: s.missed,
	})
}

// UnmarshalJSON reads what MarshalJSON wrote, and refuses what is of another version or larger
// than a state gets. A state that failed to be read is not changed.
func (s *State) UnmarshalJSON(b []byte) error {
	var v saved
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("watch state: %w", err)
	}
	switch {
	case v.Version != stateVersion:
		return fmt.Errorf("watch state: version %d, want %d", v.Version, stateVersion)
	case len(v.Devices) > maxDevices || len(v.Sources) > maxSources || len(v.Claims) > maxClaims:
		return fmt.Errorf("watch state: %d devices, %d sources and %d claims are more than a state holds", len(v.Devices), len(v.Sources), len(v.Claims))
	case v.Learn < 0 || v.Learn > int64(forgetful/time.Second):
		return fmt.Errorf("watch state: it would learn for %d seconds", v.Learn)
	}
	n := NewState(time.Duration(v.Learn) * time.Second)
	n.began, n.heard, n.now, n.swept, n.missed = v.Began, v.Heard, v.Now, v.Swept, v.Missed
	for id, k := range v.Devices {
		if k != nil {
			k.mend()
			n.devices[id] = k
		}
	}
	for name, src := range v.Sources {
		if src != nil {
			n.sources[name] = src
		}
	}
	for what, c := range v.Claims {
		if c != nil {
			n.claims[what] = c
		}
	}
	*s = *n
	return nil
}

// mend takes out what no device that was kept by us has.
func (k *kept) mend() {
	for n, r := range k.Runs {
		if r == nil || len(k.Runs) > maxRuns {
			delete(k.Runs, n)
		}
	}
	for _, c := range []**circle{&k.Fars, &k.Viewers, &k.Pilots, &k.Peers, &k.Updates} {
		if *c != nil && len((*c).Met) > maxCircle {
			*c = nil
		}
	}
	if len(k.Stands) > maxStands {
		k.Stands = nil
	}
	if len(k.Versions) > maxVersions {
		k.Versions = nil
	}
}
