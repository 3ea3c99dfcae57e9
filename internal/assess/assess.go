// Package assess says what is wrong with a device, and how it grades. One check is one
// file with one row. It is pure: the same facts give the same findings. It never says
// that something is clean because it was not seen: Grade answers "not enough seen"
// instead, and what would be enough. What the flows of a device mean is left to watch.
package assess

import (
	"time"

	"cordon"
	"cordon/knowledge"
)

// In is what is known of one device when it is assessed.
type In struct {
	Know   knowledge.Looker
	Device *cordon.Device       // with its identity
	Listed *Listed              // from Lists
	Seen   []cordon.Observation // facts about the device, oldest first; borrowed
	Flows  []cordon.Flow        // rolled up per far end and port, most bytes first; borrowed
	Now    time.Time            // as of when certificates are judged
	Cut    bool                 // the capture shortened packets, so contents were not all seen

	Shared   *Shared  // what all devices together tell; may be nil
	Accounts []string // accounts on the device that the owner knows of

	Chosen []string      // lists that count, as for Lists
	Claims bool          // the owner gave an inventory
	Claim  *cordon.Claim // what it says of this device; nil: nothing
}

// Check is one row: what it looks for and the code of its findings.
type Check struct {
	Code  string        // of the findings it makes
	Doc   string        // one line for people
	Fix   string        // what the owner should do next
	Kinds []cordon.Kind // facts it reads; without any of them it finds nothing. Empty: identity or flows only
	Judge func(in *In, c *Check) []cordon.Finding

	Besides bool // it looks at flows or at other devices too, and is run whatever was heard
}

// Checks returns every row. The slice is shared: do not change it.
func Checks() []*Check { return checks }

var checks = []*Check{
	factoryPassword, noPassword, passwordOdd, passwordWaits, passwordUntried, listed, maybeListed, claimed, label, ruleListed, weakFirmware, maybeWeak, openVideo, onvifOpen, strangerAccess,
	portMapped, publicAddress, factoryState, secretGiven, clearLogin, clearVideo, classifiesPeople,
	portMap, portSearch, firmwareFetch, clearAdmin, oldServer, cloudOn, weakTLS, sharedKey, accounts, certificateOver,
	clockOff, noHTTPS, noRTSPS, oldFirmware, selfSigned, unclaimed, clearIdentity, behindRecorder, accountRefused, ownSettings,
}

// Device runs every check on one device, but for those that read facts of which it has none:
// most devices of a large network have said next to nothing.
func Device(in In) []cordon.Finding {
	var heard kindSet
	for i := range in.Seen {
		heard.add(in.Seen[i].Kind)
	}
	var out []cordon.Finding
	for i, c := range checks {
		if len(c.Kinds) == 0 || c.Besides || heard.meets(&reads[i]) {
			out = append(out, c.Judge(&in, c)...)
		}
	}
	return out
}

// has reports whether there is a fact of the kind.
func (in *In) has(kind cordon.Kind) bool {
	for i := range in.Seen {
		if in.Seen[i].Kind == kind {
			return true
		}
	}
	return false
}

// latest gives the last fact of a kind, nil when there is none.
func (in *In) latest(kind cordon.Kind) *cordon.Observation {
	var last *cordon.Observation
	for i := range in.Seen {
		if o := &in.Seen[i]; o.Kind == kind && (last == nil || !o.Last.Before(last.Last)) {
			last = o
		}
	}
	return last
}

// cite adds a line of evidence that rests on a fact, with when that was first seen, and makes
// the finding's time that of its evidence. Past maxCited lines only the time is kept.
func cite(f *cordon.Finding, o *cordon.Observation, line string) {
	if len(f.Evidence) == 0 || o.At.Before(f.First) {
		f.First = o.At
	}
	if len(f.Evidence) == 0 || o.Last.After(f.Last) {
		f.Last = o.Last
	}
	if len(f.Evidence) < maxCited {
		f.Evidence = append(f.Evidence, line+", first at "+o.At.UTC().Format("2006-01-02 15:04:05 MST"))
	}
}

// maxCited bounds the lines of evidence of one finding: more of the same say no more.
const maxCited = 12

// finding starts a finding of the check about the device.
func (in *In) finding(c *Check, s cordon.Severity) cordon.Finding {
	return cordon.Finding{Code: c.Code, Device: in.Device.ID, Severity: s, Fix: c.Fix, First: in.Device.First, Last: in.Device.Last}
}
