// Package ask is the interview of one host, as a pure function: from its open ports and
// the facts heard so far, Next tells what to ask it next. One Question is one row in one
// file. It promises to be pure, to ask only what reads, and to be unable to name another
// host: a Request has a port and bytes, and goes to whoever is being asked
// (docs/design/scan.md, S1, S5, S8). Sending is left to scan, understanding answers to find.
package ask

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"cordon"
)

// Carrier is what carries a request.
type Carrier uint8

// The carriers. Over TLS no certificate is refused: whose it is, is one of the questions.
const (
	TCP Carrier = 1 + iota
	TLS
	UDP
)

// Turn goes on with a conversation on one connection: it is given all that was heard since
// the last bytes were sent, again whenever more arrives, and says what to send next. With
// done the connection is closed. Send nil and not done: wait for more. It must not keep heard.
type Turn func(heard []byte) (send []byte, done bool)

// Request is one thing to ask of the host. The zero limits mean the defaults.
type Request struct {
	Name    string // unique within a host's interview: "http 80 GET /", "rtsp 554 OPTIONS"
	Carrier Carrier
	Port    uint16
	Send    []byte        // first bytes; empty: listen to what the other side says first
	Turn    Turn          // nil: read until the other side closes, Max or Wait
	Max     int           // bytes of answer read at most; 0: DefaultMax
	Wait    time.Duration // for the whole conversation; 0: DefaultWait
	Account string        // the account this request logs in to; empty: none. Whoever sends it spends the account's budget first
}

// The limits of a request that names none.
const (
	DefaultMax  = 64 << 10
	DefaultWait = 4 * time.Second
)

// Outcome is how a request went.
type Outcome uint8

// The outcomes.
const (
	Answered Outcome = 1 + iota // something was heard, perhaps not all
	Silent                      // connected, nothing heard in time
	Refused                     // reset or refused
	Failed                      // no connection, or TLS did not come about
)

// Secret is text that must not be shown: it prints as REDACTED whatever the verb.
type Secret string

// Format keeps it out of fmt, for every verb, also in structures; String and the others keep a secret out of logs, errors and reports.
func (Secret) Format(f fmt.State, _ rune)   { io.WriteString(f, redacted) }
func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "REDACTED"

// Login is an account that the owner gave for a host.
type Login struct {
	User     string
	Password Secret
}

// Host is what is known of the host being asked.
type Host struct {
	Addr netip.Addr
	Open []uint16             // open TCP ports, sorted
	Seen []cordon.Observation // facts heard from it so far, oldest first
	Done map[string]Outcome   // requests made, by name
	Own  *Login               // the owner's account on it, nil when none was given
	// Clear is the owner's word that passwords may cross in the clear where a device offers nothing else.
	Clear bool
	// Heard is the beginning of what was answered, by name of request, for what follows from an
	// answer and is no fact: a challenge, a redirect, the camera's clock. Bytes as they came, without TLS;
	// whoever fills it keeps at most MaxHeard of each and throws it away with the interview.
	Heard     map[string][]byte
	Community Secret // SNMP community that the owner gave, empty when none was given
}

// MaxHeard is how much of each answer need be kept in Host.Heard, in bytes.
const MaxHeard = 32 << 10

// Question is one row: what suggests asking, and what is asked.
type Question struct {
	Name   string // short, lower case: "rtsp"
	Doc    string // one line for people and for --plan
	Source string // where it is from that this may be asked: RFC, document with date
	// Ask gives the requests that what is known suggests, in order. It is called again after
	// every answer; a request whose name is in Host.Done is not made again.
	Ask func(h *Host) []Request
}

// questions is the table. Each file of this package defines one row and this list names it;
// the order is the order of asking.
var questions = []*Question{
	greetingQuestion, httpQuestion, rtspQuestion, onvifQuestion, deviceQuestion, xiongmaiQuestion, snmpQuestion, routerQuestion,
	ownWebQuestion, ownONVIFQuestion,
}

// Questions returns every row. The slice is shared: do not change it.
func Questions() []*Question { return questions }

// The most requests of one interview, whatever the host says: those that anybody may make,
// and those with the owner's account.
const (
	MaxRequests    = 40
	MaxOwnRequests = 40
)

// Next gives what to ask the host now: requests that were suggested and not yet made, in
// order; empty when the interview is over. It is a function of the host alone, and an interview
// never has more than MaxRequests and MaxOwnRequests.
func Next(h *Host) []Request {
	var out []Request
	left, leftOwn := MaxRequests, MaxOwnRequests
	for name := range h.Done {
		if strings.HasPrefix(name, ownPrefix) {
			leftOwn--
		} else {
			left--
		}
	}
	for _, q := range questions {
		for _, r := range q.Ask(h) {
			if _, done := h.Done[r.Name]; done || slices.ContainsFunc(out, func(o Request) bool { return o.Name == r.Name }) {
				continue
			}
			count := &left
			if strings.HasPrefix(r.Name, ownPrefix) {
				count = &leftOwn
			}
			if *count <= 0 {
				continue
			}
			*count--
			out = append(out, r)
		}
	}
	return out
}

// ownPrefix begins the names of requests that log in with the owner's account, and of no others.
const ownPrefix = "own "

// Has reports whether the port is open.
func (h *Host) Has(port uint16) bool { return slices.Contains(h.Open, port) }

// Value gives the last value heard of the kind, empty when there is none.
func (h *Host) Value(kind cordon.Kind) string {
	for i := len(h.Seen) - 1; i >= 0; i-- {
		if h.Seen[i].Kind == kind {
			return h.Seen[i].Value
		}
	}
	return ""
}
