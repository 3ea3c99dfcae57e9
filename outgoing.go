package cordon

import "time"

// The nouns of what leaves Cordon for people and programs outside: internal/notify makes them,
// internal/store keeps them. Bodies are notify's own JSON; the store does not look into them.

// ChannelRow is a way out as it is kept: a mail server, a webhook, a broker.
type ChannelRow struct {
	ID     int64
	Name   string // unique
	Body   []byte // how it is set up, without secrets
	Sealed []byte // its secrets, sealed (internal/seal); nil: none
	Told   []byte // what the other side remembers of us and has to be taken back some day; nil: nothing
}

// Waiting is a message that waits for its channel. Those of one channel go out in the order of
// Due, then ID.
type Waiting struct {
	ID      int64
	Channel int64     // ChannelRow.ID
	Gather  string    // what is still added to while it waits has a name that is unique in its channel; empty: it is whole
	Due     time.Time // not before
	Tries   int       // how often it was refused for good
	Body    []byte
}

// AlarmNews says that something became of an alarm. It is written in one transaction with the
// alarm, so none is missed and none is told of too early.
type AlarmNews struct {
	ID    int64
	At    time.Time // Alarm.Changed, as it was then
	Alarm int64     // Alarm.ID
	What  string    // AlarmIsRaised, AlarmIsWorse or AlarmIsOver
}

// What becomes of an alarm that somebody may want to hear of.
const (
	AlarmIsRaised = "raised"   // anew, or again
	AlarmIsWorse  = "worse"    // its severity rose
	AlarmIsOver   = "resolved" // by evidence, or by a person
)
