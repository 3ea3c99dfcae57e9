package cordon

import (
	"net/netip"
	"time"
)

// The nouns of a Cordon that stays running: where things are, how beliefs changed, what an
// alarm goes through, and who did what. docs/design/run.md says how they hang together.

// Site is one place with cameras, and what may be asked there.
type Site struct {
	Name        string         `json:"name"`                 // unique
	Org         string         `json:"org,omitempty"`        // the organisation it belongs to
	Department  string         `json:"department,omitempty"` // within the organisation
	Networks    []netip.Prefix `json:"networks"`             // what is inside, and may be scanned
	Own         []netip.Prefix `json:"own,omitempty"`        // public prefixes among them that the owner says are his
	Sensitivity string         `json:"sensitivity,omitempty"`
	Rooms       []string       `json:"rooms,omitempty"` // classes of room there
}

// TellsWhere reports whether facts of a kind tell where somebody goes: of people's own devices
// they are no answer, and kept no longer than history, as their far ends (docs/design/run.md,
// invariant 6).
func TellsWhere(k Kind) bool { return whereKinds[k] }

var whereKinds = map[Kind]bool{
	"dns.query": true, "dns.answer": true, "tls.sni": true, "quic.sni": true, "http.host": true, "http.request": true, "http.download": true,
	"mdns.query": true, "llmnr.query": true, "ssdp.search": true, "tftp.read": true, "tftp.write": true, "sip.user_agent": true, "mqtt.topic": true, "mqtt.client": true,
}

// Change is one belief about a device that became another, and why.
type Change struct {
	At        time.Time `json:"at"`
	Device    string    `json:"device"` // Device.ID
	Field     string    `json:"field"`  // class, brand, maker, model, firmware, grade, address, name
	From      string    `json:"from"`   // empty: unknown
	To        string    `json:"to"`     // empty: unknown
	Why       string    `json:"why"`    // the strongest reason, in the owner's words
	Knowledge string    `json:"knowledge,omitempty"`
}

// Contact is what one device exchanged with one far end in one hour or one day. Directions
// are the device's view.
type Contact struct {
	Site       string        `json:"site,omitempty"`
	Device     string        `json:"device"` // Device.ID
	Start      time.Time     `json:"start"`  // of the hour or the day, UTC
	Grain      time.Duration `json:"-"`      // time.Hour or 24 * time.Hour
	Far        netip.Addr    `json:"far"`
	Port       uint16        `json:"port"`     // of the side that answered
	Protocol   string        `json:"protocol"` // as Flow.Transport
	App        string        `json:"app,omitempty"`
	Name       string        `json:"name,omitempty"` // behind the far address
	Place      Place         `json:"place"`
	Peer       string        `json:"peer,omitempty"` // Device.ID of the far end when it is inside
	Outside    bool          `json:"outside"`
	Opened     bool          `json:"opened"` // the device opened it
	Sent       uint64        `json:"bytes_sent"`
	Received   uint64        `json:"bytes_received"`
	Flows      int           `json:"flows"`
	Unanswered int           `json:"unanswered"`
}

// AlarmState is where an alarm is in its life.
type AlarmState string

// The states of an alarm. A snoozed one comes back as raised when its time is up.
const (
	AlarmRaised       AlarmState = "raised"
	AlarmAcknowledged AlarmState = "acknowledged"
	AlarmSnoozed      AlarmState = "snoozed"
	AlarmResolved     AlarmState = "resolved"
)

// Alarm is a finding with a life. While its cause stands it is one alarm, however often
// it is seen again.
type Alarm struct {
	ID int64 `json:"id"`
	Finding
	Site      string     `json:"site,omitempty"`
	State     AlarmState `json:"state"`
	Count     int        `json:"count"` // how often its cause was seen anew
	Assignee  string     `json:"assignee,omitempty"`
	Until     time.Time  `json:"until,omitzero"` // end of a snooze
	Raised    time.Time  `json:"raised"`
	Changed   time.Time  `json:"changed"`
	Resolved  time.Time  `json:"resolved,omitzero"`
	Why       string     `json:"why,omitempty"` // why it is resolved: by whom, or by which evidence
	Comments  []Comment  `json:"comments,omitempty"`
	Knowledge string     `json:"knowledge,omitempty"` // version behind it
}

// Comment is what a person wrote beside an alarm.
type Comment struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"` // hostile until escaped
}

// AcceptedRisk says that the owner lives with a finding until a date.
type AcceptedRisk struct {
	ID     int64     `json:"id"`
	Device string    `json:"device,omitempty"` // Device.ID; empty: every device
	Code   string    `json:"code"`             // of the findings
	Key    string    `json:"key,omitempty"`    // empty: every one of the code
	Reason string    `json:"reason"`           // never empty
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"` // never zero: nothing is accepted for ever
}

// Entry is one line of the audit log: who did what, and when. Entries are never changed.
type Entry struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`  // "root (uid 0)", "token camera-import", "cordon"
	Did    string    `json:"did"` // "alarm.acknowledge", "token.create"
	About  string    `json:"about,omitempty"`
	Detail string    `json:"detail,omitempty"` // no secrets
	Hash   string    `json:"hash,omitempty"`   // of this entry and the one before, hexadecimal: see docs/format/store.md
}

// Event tells whoever watches that something changed; what it is now is asked for.
type Event struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"`           // device, finding, alarm, scan, sensor, knowledge, doing
	ID    string    `json:"id"`             // of what changed: a Device.ID, an alarm's number
	Site  string    `json:"site,omitempty"` // where it changed; empty: nowhere in particular
	Title string    `json:"title,omitempty"`
}

// SensorState is how one way in is doing.
type SensorState struct {
	Name     string    `json:"name"`   // "eth1", "netflow 2055", "zeek /var/log/zeek"
	Kind     string    `json:"kind"`   // live, netflow, sflow, zeek, eve, dhcp, firewall
	Up       bool      `json:"up"`     // it hears, or would
	Detail   string    `json:"detail"` // what is wrong, in one line, and what to do; empty: nothing
	Since    time.Time `json:"since"`  // it has been up, or down
	Last     time.Time `json:"last"`   // something came in
	Packets  uint64    `json:"packets"`
	Bytes    uint64    `json:"bytes"`
	Records  uint64    `json:"records"`  // flows and facts passed on
	Dropped  uint64    `json:"dropped"`  // lost before we saw them: kernel drops, sequence gaps
	Refused  uint64    `json:"refused"`  // could not be read
	Overflow uint64    `json:"overflow"` // lost by us, because what comes after was slower
}

// Doing is one thing that a running Cordon is busy with now.
type Doing struct {
	Kind  string    `json:"kind"`           // reading (the store, at the start), scan, listening, learning
	Site  string    `json:"site,omitempty"` // where; empty: everywhere
	What  string    `json:"what,omitempty"` // the step of a scan; the way in that listens: "eth1"
	Done  int       `json:"done,omitempty"` // of a scan: addresses looked at or, in its second step, devices asked; listening: packets
	Of    int       `json:"of,omitempty"`   // how many there will be; 0: it has no end, or is not known
	Since time.Time `json:"since,omitzero"` // it began
	Until time.Time `json:"until,omitzero"` // it ends
	Text  string    `json:"text"`           // all of it in one line for people, without times
}
