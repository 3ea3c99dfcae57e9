package watch

import (
	"time"

	"cordon"
)

// Event is one thing that happened, in the order in which it did: a part of a flow, a fact, a
// device judged anew, a finding that evidence closed, a step of our own clock, or, when none
// of these is given, a tick: time went by. Exactly one of them is given. What the pointers
// point to is borrowed for the length of the Step.
//
// Whoever tells events tells those of one device in order, and the Judged of a device that is
// new before its other events. A flow with both ends inside is told twice, once as each sees it.
type Event struct {
	Site   string
	Device string // Device.ID of whom it is about; empty for a tick or a step
	Sensor string // name of the source that heard it; empty: not known

	// Flow is what came of a flow since its last part: counts, bytes, payload, packets and
	// active seconds are only what is new, as are the shares in Shape; Count is 1 for the
	// first part and 0 for those after it. First is when the whole flow began, Last the end
	// of this part, State how far the whole flow got until now.
	Flow *cordon.Flow
	More bool // the flow goes on

	// Fact is one sighting: At and Last are its time. Facts of the kinds that Heeds says yes
	// to are told every time they are heard, not only the first: all others may be left out.
	Fact *cordon.Observation

	Judged *cordon.Audited // as it is believed to be now
	Closed *cordon.Finding // a standing finding of the device that evidence closed
	Why    string          // of Closed: the evidence, in the owner's words

	// Stepped is by how much our own clock was seen to jump (wall against monotonic time),
	// negative for back.
	Stepped time.Duration

	// Deaf names, with a tick, the sources that are down: who was heard there alone is not silent.
	Deaf []string
}

// Heeds reports whether facts of the kind are of use to Step. The rest need not be told.
func Heeds(kind cordon.Kind) bool { return heeded[kind] }

var heeded = map[cordon.Kind]bool{
	"arp.address": true, "onvif.time": true, "http.time": true,
	"tftp.read": true, "tftp.write": true, "http.download": true, "carved.sha256": true,
	"http.request": true,
	"sadp.command": true, "dhip.command": true, "xm.command": true, "tvt.command": true, "topsee.command": true,
}

// News is what a step concluded: a finding that was made or seen anew, or, where Over is not
// empty, one whose cause no longer stands and why. A finding is known by Code, Device and Key.
type News struct {
	cordon.Finding
	Site string
	Over string
}
