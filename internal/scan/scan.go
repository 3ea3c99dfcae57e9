// Package scan asks the devices of the owner's networks who they are: it sweeps for who
// is alive and which ports are open, asks the groups that cameras listen to, and holds
// the interview of each live host (package ask) with a worker of its own. It promises
// that everything leaves through reach.Door, that what is learned is passed on as it
// comes, and that one device never holds up the others (docs/design/scan.md). What an
// answer means is left to its Hearer, what a device is to those who judge.
package scan

import (
	"context"
	"io"
	"net/netip"
	"time"

	"cordon"
	"cordon/internal/ask"
	"cordon/internal/find"
	"cordon/internal/reach"
)

// Hearer turns what was said into facts and keeps them. It is called by many workers at once.
type Hearer interface {
	// Hear takes one exchange: for UDP what a device sent (From) to us, for TCP what we said
	// (Data) and what was answered (Reply). It gives the facts about others than ourselves,
	// secrets already hashed. The message is borrowed.
	Hear(m *find.Message) []cordon.Observation
	// Note takes a fact that is no message, secrets not yet hashed, and gives it back as kept.
	Note(o cordon.Observation) cordon.Observation
	// Restore takes facts that an earlier run has kept, as it kept them.
	Restore(facts []cordon.Observation)
}

// Config says how to scan. Door, Hear and Ports are needed; the other zero values are
// sensible: no interview is the only one that is not the usual choice.
type Config struct {
	Door      *reach.Door
	Hear      Hearer
	Ports     []uint16                    // TCP ports to look for on live hosts, most telling first
	Offset    uint16                      // services listen at their port plus this: a lab without privileges
	Interview bool                        // ask live hosts who they are; false: only find them and their ports
	Caution   bool                        // send the discovery questions too whose answers may hold secrets
	Login     func(netip.Addr) *ask.Login // the owner's account on a host, nil for none; needs Budget
	Community ask.Secret                  // the owner's SNMP community; empty: SNMP is not asked
	Clear     bool                        // passwords may cross in the clear where a device offers nothing else: the owner said so
	Budget    *reach.Budget               // tries of every account, for Login and Passwords
	Passwords *Passwords                  // nil: factory passwords are not tried
	Now       func() time.Time            // by which the budget counts; nil: time.Now
	Journal   io.Writer                   // takes what is learned as it comes, see docs/format/scan.md; nil: none
	Resume    *Resumed                    // what an earlier run had learned; nil: start from the beginning
	Progress  func(Progress)              // called a few times a second from one goroutine; nil: nobody looks
	Warn      func(text string)           // what is lost for want of a privilege and the like; nil: nobody reads

	waits *waits // nil: the usual ones; tests know how quick their devices are
}

// waits are how long a scan waits for what may never come.
type waits struct {
	connect time.Duration // for a connection to come about, where half-open probes are not allowed
	alone   time.Duration // for answers of one host to the discovery questions
}

// usualWaits: a SYN and its first repetition (RFC 6298: one second), and what cameras need that nobody
// waits for to speak first.
var usualWaits = waits{connect: 1500 * time.Millisecond, alone: 1500 * time.Millisecond}

// Progress is how far a scan is.
type Progress struct {
	Doing  string     // "looking for devices", "asking"
	Done   int        // addresses swept
	Of     int        // addresses to sweep
	Alive  int        // devices found
	Asked  int        // of them, interviews that are over
	Latest netip.Addr // who was found or asked last
	Sent   reach.Tally
}

// Found is one live host.
type Found struct {
	Addr  netip.Addr
	MAC   cordon.MAC // zero when it is not on a link of ours
	Ports []uint16   // open, sorted, as services (without Offset)
	Asked bool       // its interview came to an end
}

// Result is what a scan did. Facts are with the Hearer.
type Result struct {
	Found     []Found      // sorted by address
	Elsewhere []netip.Addr // private addresses outside the scope from which somebody on a link answered, sorted
	Scan      cordon.Scan
}

// Run scans until everybody was asked or ctx is done; what was learned until then is kept
// and the Result is valid in both cases. The only errors are those that prevented a scan, or that
// nobody could be asked anything (ErrNowhere), or that ended it early.
func Run(ctx context.Context, c Config) (*Result, error) {
	s := newScanner(c)
	err := s.run(ctx)
	return s.result(ctx), err
}
