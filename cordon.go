// Package cordon holds the nouns that every other part of the program speaks:
// what was seen (Observation, Flow), what is believed of it (Belief, Identity,
// Device) and what is wrong (Finding, Grade). It promises to depend on the
// standard library alone and to do nothing: no input, no output, no clock.
// How facts are gathered and judged is left to the packages on the floors above.
package cordon

import (
	"net/netip"
	"time"
)

// Kind names what an observation is about, in the form "protocol.field", for
// instance "http.server" or "sadp.model". docs/design/kinds.md lists them all.
type Kind string

// KeyKind says what sort of name a Key is.
type KeyKind string

// The sorts of name that a fact can hang on.
const (
	KeyMAC     KeyKind = "mac"     // an interface, "aa:bb:cc:dd:ee:ff"
	KeyAddress KeyKind = "address" // an IP address in the observed network
	KeySerial  KeyKind = "serial"  // a serial number as the device gave it
	KeyCloudID KeyKind = "cloud"   // a cloud or P2P identifier, already hashed
	KeyChannel KeyKind = "channel" // a channel of a recorder, "serial/3"
	KeyImage   KeyKind = "image"   // a firmware image, "sha256:..."
)

// Key names whom a fact is about. The zero Key names nobody.
type Key struct {
	Kind  KeyKind `json:"kind"`
	Value string  `json:"value"`
}

// Origin says how a fact came to us. The zero Origin is: overheard, sensor not named.
type Origin struct {
	Sensor string `json:"sensor,omitempty"` // capture file or sensor name
	Asked  bool   `json:"asked,omitempty"`  // true: we asked; false: we overheard
}

// Observation is one fact as it was seen: never an opinion. Repeated sightings
// of the same About, Kind and Value are one Observation with a Count.
type Observation struct {
	At    time.Time `json:"at"`   // first sighting, UTC
	Last  time.Time `json:"last"` // last sighting, UTC
	Count int       `json:"count"`
	Site  string    `json:"site,omitempty"`
	About Key       `json:"about"`
	Kind  Kind      `json:"kind"`
	Value string    `json:"value"` // UTF-8 as heard; may be hostile, escape before showing
	By    Origin    `json:"by"`
}

// Reason is one argument for or against a belief.
type Reason struct {
	Weight  float64 `json:"weight"`            // -1..1; negative: it speaks against
	Channel string  `json:"channel,omitempty"` // which kind of evidence; one channel is capped, channels combine
	Rule    string  `json:"rule,omitempty"`    // id of the knowledge rule, empty for built-in reasoning
	Text    string  `json:"text"`              // in the owner's words
	Value   string  `json:"value,omitempty"`   // what was seen
	Source  string  `json:"source,omitempty"`  // where the rule comes from
	Trust   string  `json:"trust,omitempty"`   // how far the rule is trusted: high, medium or low
}

// Belief is a claim with how sure we are and why. A Value never stands without Reasons.
type Belief struct {
	Value      string   `json:"value"`              // empty: unknown
	Key        string   `json:"key,omitempty"`      // for a maker: its id in knowledge
	Possible   string   `json:"possible,omitempty"` // for a maker or class that is only hinted at: its id; never shown as a finding
	Confidence float64  `json:"confidence"`         // 0..1
	Reasons    []Reason `json:"reasons"`            // strongest first; counter-reasons have a negative weight
}

// Identity is who a device is. Brand is the badge it wears, Maker who built its
// firmware: they are scored apart, and may differ.
type Identity struct {
	Class    Belief `json:"class"`
	Brand    Belief `json:"brand"`
	Maker    Belief `json:"maker"`
	Model    Belief `json:"model"`
	Firmware Belief `json:"firmware"`
}

// The classes of device. A class is what a thing is to its owner, not how it is built.
const (
	ClassUnknown     = ""
	ClassCamera      = "camera"
	ClassRecorder    = "recorder"
	ClassDoorbell    = "doorbell"
	ClassBabyMonitor = "baby monitor"
	ClassDrone       = "drone"
	ClassVacuum      = "vacuum"
	ClassSpeaker     = "speaker"
	ClassTV          = "tv"
	ClassHub         = "hub"
	ClassPlug        = "plug"
	ClassLight       = "light"
	ClassLock        = "lock"
	ClassScale       = "scale"
	ClassKettle      = "kettle"
	ClassAppliance   = "appliance" // any other small thing on the network
	ClassIoT         = "iot"       // certainly a thing, not known which
	ClassPhone       = "phone"
	ClassComputer    = "computer"
	ClassPrinter     = "printer"
	ClassRouter      = "router"
	ClassServer      = "server"
)

// Personal reports whether devices of the class belong to people rather than to
// the building: their far ends are not listed unless the owner asks.
func Personal(class string) bool { return class == ClassPhone || class == ClassComputer }

// Suspect reports whether damning conduct counts against devices of the class: all but
// people's own, routers and servers, so also for what could not be told.
func Suspect(class string) bool {
	return !Personal(class) && class != ClassRouter && class != ClassServer
}

// Thing reports whether devices of the class are known to be things: neither a person's
// nor the network's own, nor of a class that could not be told.
func Thing(class string) bool { return class != ClassUnknown && Suspect(class) }

// Watches reports whether devices of the class see or hear people: the ones Cordon exists for.
func Watches(class string) bool {
	switch class {
	case ClassCamera, ClassRecorder, ClassDoorbell, ClassBabyMonitor, ClassDrone, ClassVacuum, ClassSpeaker:
		return true
	}
	return false
}

// Interface is one network interface of a device.
type Interface struct {
	MAC   MAC          `json:"mac"`
	Addrs []netip.Addr `json:"addresses"`                      // sorted; may be empty
	Local bool         `json:"locally_administered,omitempty"` // its MAC was made up, as phones do and virtual machines: it may be another tomorrow
	Why   string       `json:"why,omitempty"`                  // of a further interface: why it is of the same device
}

// Reach is the label that owners ask for first.
type Reach string

// How far a device's conversations went in what was seen.
const (
	ReachUnknown Reach = ""            // too little seen to say
	ReachClosed  Reach = "closed"      // talks to its recorder only
	ReachOwn     Reach = "own network" // talks inside the owner's networks only
	ReachCloud   Reach = "cloud"       // talks, or tries to talk, to the outside
)

// Device is one thing on the network, with what is believed of it.
type Device struct {
	ID         string      `json:"id"` // stable within one audit: the MAC, or the address where no MAC of its own was seen
	Site       string      `json:"site,omitempty"`
	Interfaces []Interface `json:"interfaces"`
	Names      []string    `json:"names,omitempty"` // host names it gave itself, sorted
	Identity   Identity    `json:"identity"`
	Reach      Reach       `json:"reach"`
	First      time.Time   `json:"first"`
	Last       time.Time   `json:"last"`
}

// Place is where an address is, by two tables that often disagree, and whose network it is.
type Place struct {
	Country  string `json:"country,omitempty"`          // where the block is registered, ISO 3166 alpha-2
	Operator string `json:"operator_country,omitempty"` // where its operator is, ISO 3166 alpha-2
	ASN      uint32 `json:"asn,omitempty"`
	Network  string `json:"network,omitempty"`
}

// FlowState is how far a conversation got.
type FlowState string

// The states of a flow. UDP and ICMP flows are attempts until the other side answers.
const (
	StateAttempt  FlowState = "attempt"  // nobody answered
	StateRefused  FlowState = "refused"  // reset, or ICMP unreachable
	StateAnswered FlowState = "answered" // both sides spoke
	StateMidway   FlowState = "midway"   // the capture began after the opening; or one direction only
)

// Shape summarises sizes and timing of a flow: enough to tell video from chatter
// and a clock from a person, without keeping packets. Directions are the device's view.
type Shape struct {
	ActiveSeconds int     `json:"active_seconds"`          // distinct seconds in which a packet was seen
	BigSent       float64 `json:"big_sent"`                // share 0..1 of sent packets with 900 payload bytes or more
	BigReceived   float64 `json:"big_received"`            // likewise received
	Beats         int     `json:"beats"`                   // intervals behind PeriodMean: between conversations, or bursts within one
	PeriodMean    float64 `json:"period_mean,omitempty"`   // seconds between beats
	PeriodSpread  float64 `json:"period_spread,omitempty"` // standard deviation of the same
}

// Flow is what a device and one port of a far end had to say to each other, judged:
// one conversation, or Count of them rolled up. Directions are the device's view.
type Flow struct {
	Device          string     `json:"device"`         // Device.ID
	Peer            string     `json:"peer,omitempty"` // Device.ID of the far end when it is inside
	Local           netip.Addr `json:"local"`
	Far             netip.Addr `json:"far"`
	Port            uint16     `json:"port"`          // of the side that answered
	Transport       string     `json:"protocol"`      // tcp, udp, icmp, icmpv6, igmp or the number
	App             string     `json:"app,omitempty"` // find protocol name; empty: not recognised
	Opened          bool       `json:"opened"`        // the device opened it
	State           FlowState  `json:"state"`         // the furthest that any of the conversations got
	Count           int        `json:"count"`         // conversations rolled up here
	Unanswered      int        `json:"unanswered"`    // of them, how many nobody answered
	Refused         int        `json:"refused"`
	Name            string     `json:"name,omitempty"`      // name behind the far address
	NameFrom        string     `json:"name_from,omitempty"` // dns, sni, quic, host or certificate
	Outside         bool       `json:"outside"`             // far end outside the owner's networks
	Group           bool       `json:"group,omitempty"`     // far end is a multicast or broadcast address
	Place           Place      `json:"place"`
	Sent            uint64     `json:"bytes_sent"`     // bytes on the wire
	Received        uint64     `json:"bytes_received"` // bytes on the wire
	PayloadSent     uint64     `json:"payload_sent"`   // transport payload bytes
	PayloadReceived uint64     `json:"payload_received"`
	PacketsSent     uint64     `json:"packets_sent"`
	PacketsReceived uint64     `json:"packets_received"`
	First           time.Time  `json:"first"`
	Last            time.Time  `json:"last"`
	Shape           Shape      `json:"shape"`
}

// Severity orders findings.
type Severity string

// The severities, mildest first.
const (
	Info     Severity = "info"
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Rank orders severities: 0 for Info to 4 for Critical, -1 for anything else.
func (s Severity) Rank() int {
	for i, x := range []Severity{Info, Low, Medium, High, Critical} {
		if s == x {
			return i
		}
	}
	return -1
}

// Finding is one thing that is wrong, or that the owner should know.
type Finding struct {
	Code     string    `json:"code"`          // stable, kebab-case: "cleartext-video"
	Device   string    `json:"device"`        // Device.ID
	Key      string    `json:"key,omitempty"` // tells findings of one code on one device apart
	Severity Severity  `json:"severity"`
	Title    string    `json:"title"`
	Detail   string    `json:"detail"`
	Fix      string    `json:"fix"` // what to do next
	Evidence []string  `json:"evidence,omitempty"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
}

// Listing says that a device's maker is named by a list, and how firmly that is known.
type Listing struct {
	List       string `json:"list"` // id, "us-fcc-covered-list"
	Instrument string `json:"instrument"`
	Since      string `json:"since"` // YYYY-MM-DD
	Scope      string `json:"scope,omitempty"`
	Verdict    string `json:"verdict"`          // "consistent with" or "possible, verify"
	Settle     string `json:"settle,omitempty"` // what would settle it
	Source     string `json:"source"`
	Counts     bool   `json:"counts"` // the owner chose this list for the grade
}

// GradeStep is one line of a grade's arithmetic.
type GradeStep struct {
	Points int    `json:"points"` // subtracted from 100
	Code   string `json:"code"`   // the finding that cost them
	Text   string `json:"text"`
}

// Grade is A to F with its arithmetic, or empty with what would be enough to give one.
type Grade struct {
	Letter string      `json:"letter"` // A B C D E F, or "" for not enough seen
	Score  int         `json:"score"`
	Steps  []GradeStep `json:"steps,omitempty"`
	Why    string      `json:"why,omitempty"` // for an empty letter: what is missing; else what the letter does not cover, or empty
}

// Destination is one far end of one device, all its flows together.
type Destination struct {
	Name     string     `json:"name,omitempty"`
	Address  netip.Addr `json:"address"`
	Port     uint16     `json:"port"`
	Protocol string     `json:"protocol"` // tcp, udp, ...
	App      string     `json:"app,omitempty"`
	Place
	Cloud    string    `json:"cloud,omitempty"` // the vendor cloud the name belongs to; "possibly ..." where that is only remembered
	State    FlowState `json:"state"`
	Flows    int       `json:"flows"`
	Sent     uint64    `json:"bytes_sent"`
	Received uint64    `json:"bytes_received"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
}

// Audited is everything concluded about one device from what was seen.
type Audited struct {
	Device
	Grade        Grade         `json:"grade"`
	Lists        []Listing     `json:"lists"`
	Findings     []Finding     `json:"-"`            // worst first; in an Audit they stand once, in its own Findings
	Destinations []Destination `json:"destinations"` // outside far ends, most bytes first; nil for people's own devices
	Sent         uint64        `json:"bytes_sent"`
	Received     uint64        `json:"bytes_received"`
	Flows        int           `json:"flows"`
	Hidden       bool          `json:"hidden,omitempty"`     // far ends left out: it is a person's own device
	Claim        *Claim        `json:"claim,omitempty"`      // what the owner's inventory says of it; nil: nothing
	Ports        []uint16      `json:"ports,omitempty"`      // TCP ports that accepted a scan, ascending; nil: none did, or none was tried
	Registered   string        `json:"registered,omitempty"` // whom the IEEE registry names for the prefix of its MAC: often the maker of the network part alone
}

// Claim is what the owner, a label or a supplier says of one device: to be held against what
// is believed of it. Texts are as they were written, and may be hostile; empty is not said.
// At least one of Address, MAC and Serial is given.
type Claim struct {
	Line        int        `json:"line"` // in the file, counted from 1
	Address     netip.Addr `json:"address,omitzero"`
	MAC         MAC        `json:"mac,omitzero"`
	Serial      string     `json:"serial,omitempty"`
	Brand       string     `json:"brand,omitempty"`
	Maker       string     `json:"maker,omitempty"`
	Origin      string     `json:"origin,omitempty"` // country, as written
	Model       string     `json:"model,omitempty"`
	Certificate string     `json:"certificate,omitempty"`
	Supplier    string     `json:"supplier,omitempty"`
	Contract    string     `json:"contract,omitempty"`
	Delivered   string     `json:"delivered,omitempty"` // as written
	Department  string     `json:"department,omitempty"`
	Site        string     `json:"site,omitempty"`
	Room        string     `json:"room,omitempty"`  // class of room
	Views       string     `json:"views,omitempty"` // what it looks at
}

// Capture is one file (or standard input) that was read.
type Capture struct {
	File        string    `json:"file"`
	Format      string    `json:"format"`                // pcap or pcapng
	Compression string    `json:"compression,omitempty"` // gzip, zstd, lz4
	LinkTypes   []string  `json:"link_types"`
	Packets     uint64    `json:"packets"`
	Bytes       uint64    `json:"bytes"` // on the wire
	First       time.Time `json:"first"`
	Last        time.Time `json:"last"`
	Cut         uint64    `json:"cut,omitempty"`            // packets shortened by the snapshot length
	Dropped     uint64    `json:"dropped,omitempty"`        // packets that the capturing side says it lost
	Skipped     uint64    `json:"skipped,omitempty"`        // packets of a link type that is not decoded
	Tunnelled   uint64    `json:"tunnelled,omitempty"`      // frames taken out of a mirror's tunnel (ERSPAN, GRE, VXLAN, TZSP)
	Fragments   uint64    `json:"fragments,omitempty"`      // IP fragments
	Lost        uint64    `json:"fragments_lost,omitempty"` // of them, those whose datagram never became whole: what it said was not read
	EndedEarly  uint64    `json:"ended_early,omitempty"`    // conversations let go of early because too many were open at once: what went on counts again
	Comments    []string  `json:"comments,omitempty"`
	Problem     string    `json:"problem,omitempty"` // why reading stopped early, empty when it did not
}

// Network is a prefix that counts as inside, and why.
type Network struct {
	Prefix netip.Prefix `json:"prefix"`
	Why    string       `json:"why"` // "named by you", "private (RFC 1918)", "inferred from ARP"
}

// Audit is the whole result of judging captures.
type Audit struct {
	Program      string         `json:"program"`   // name and version that judged
	Knowledge    string         `json:"knowledge"` // version of the knowledge behind every verdict
	Captures     []Capture      `json:"captures"`
	Scans        []Scan         `json:"scans,omitempty"`
	Networks     []Network      `json:"networks"`
	ListsChosen  []string       `json:"lists_chosen"`         // lists that count for the grade; empty: all
	Applications map[string]int `json:"flows_by_application"` // "" is not recognised
	Devices      []Audited      `json:"devices"`              // those that watch first, then by grade, worst first; by address where they are written as they are judged
	Findings     []Finding      `json:"findings"`             // worst first
	Claims       int            `json:"claims,omitempty"`     // lines of the owner's inventory; 0: none was given
	Unfound      []Claim        `json:"unfound,omitempty"`    // of them, those whose device was not found, by line
	Dropped      map[string]int `json:"dropped,omitempty"`    // what was left out to keep memory bounded
}
