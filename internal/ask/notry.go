package ask

import (
	"bytes"
	"errors"
	"strings"
)

// NoTry is why no password may be tried, as in fact password.untried: one word. It is ErrNoTry.
type NoTry string

// The reasons. Each is of a place; the last three may be of the whole host.
const (
	LetsIn    NoTry = "open"    // nobody is asked for a log-in
	OtherForm NoTry = "form"    // the log-in is a form or a scheme whose answer cannot be judged
	NoClock   NoTry = "clock"   // ONVIF's log-in needs the device's clock, which it does not tell
	OnlyClear NoTry = "clear"   // only log-ins that show the password to the network
	LockedNow NoTry = "locked"  // it says that it is locked, or about to be
	Nowhere   NoTry = "nowhere" // nothing there asks for a log-in
	NoneKnown NoTry = "unknown" // no factory password of its maker is known
)

// ErrNoTry is what every NoTry is.
var ErrNoTry = errors.New("no safe log-in is offered")

// Error says it with the word.
func (n NoTry) Error() string { return ErrNoTry.Error() + ": " + string(n) }

// Is reports that it is ErrNoTry.
func (n NoTry) Is(target error) bool { return target == ErrNoTry }

// Tells reports whether n says more to the owner than m does: of several places, the most telling
// reason counts. Being locked tells most, and ends everything.
func (n NoTry) Tells(m NoTry) bool {
	return strings.Index(telling, string(n)+" ") > strings.Index(telling, string(m)+" ")
}

const telling = "unknown nowhere open form clock clear locked "

// Offers says whether a try may be made at the trial's place: look is what Look has just heard. "" is yes.
// After LockedNow nothing more must be tried on the host, wherever.
func (t *Trial) Offers(look []byte) NoTry {
	switch t.kind {
	case webDoor:
		return t.offered(look, "HTTP/")
	case rtspDoor:
		return t.offered(look, "RTSP/")
	case soapDoor:
		a, ok := readAnswer(look, "HTTP/")
		return soapLogin(&a, ok, t.host, t.place)
	case dvripDoor:
		if len(look) < 20 {
			return Nowhere
		}
	}
	return ""
}

func (t *Trial) offered(look []byte, protocol string) NoTry {
	a, ok := readAnswer(look, protocol)
	if !ok {
		return Nowhere
	}
	_, why := safeLogin(&a, t.place, t.host.Clear)
	return why
}

// safeLogin gives the challenge of a refusal that may be answered with a password: Digest, and Basic over
// TLS, or in the clear on the owner's word only.
func safeLogin(a *answer, p place, clear bool) (challenge, NoTry) {
	c, ok := bestChallenge(a.values("www-authenticate"))
	switch {
	case saysLocked(a):
		return c, LockedNow
	case a.status/100 == 2 || a.status/100 == 3:
		return c, LetsIn
	case a.status != 401:
		return c, Nowhere
	case !ok:
		return c, OtherForm
	case c.Scheme == "digest" || p.carrier == TLS || clear:
		return c, ""
	}
	return c, OnlyClear
}

// saysLocked reports whether an answer says that something is locked, by status, field or words.
func saysLocked(a *answer) bool {
	return a.status == 423 || a.status == 429 || a.field("retry-after") != "" || lockWords(a.content()) != 0
}

// soapLogin says whether the refusal of GetUsers may be answered with a log-in.
func soapLogin(a *answer, ok bool, h *Host, p place) NoTry {
	body := a.content()
	switch {
	case !ok:
		return Nowhere
	case saysLocked(a):
		return LockedNow
	case a.status/100 == 2 || bytes.Contains(body, []byte("GetUsersResponse")):
		return LetsIn
	case soapDigest(a):
		return ""
	case !bytes.Contains(body, []byte("NotAuthorized")) && !bytes.Contains(body, []byte("FailedAuthentication")) && a.status != 401:
		return Nowhere
	}
	if _, ok := h.soapClock(p); !ok {
		return NoClock
	}
	return ""
}

// soapDigest reports whether a refusal of the device service wants HTTP's Digest, and not a token
// (ONVIF Core Specification 23.06, section 5.9.1: devices have one of the two, or both).
func soapDigest(a *answer) bool {
	c, ok := bestChallenge(a.values("www-authenticate"))
	return a.status == 401 && ok && c.Scheme == "digest" && !bytes.Contains(a.content(), []byte("NotAuthorized"))
}
