package ask

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordon"
)

// Factory is a log-in with which devices of a maker are known to have left the factory.
type Factory struct {
	Of       string // whose: maker id or badge, for the report
	User     string
	Password Secret
	Protocol string // where it is for: "http", "rtsp", "dvrip/34567", ""; others (telnet, ssh) are never tried
}

// Trial is how factory passwords can be tried on a host without harm: at one place, one at a
// time. Whoever runs it makes Look first and asks Offers; before each try spends the account's budget
// and makes Look again; makes what Try.Request gives with Look's answer; gives what came back to Try.Judge;
// goes on only after Miss; and at the end makes Look once more and holds it against the first with Unchanged.
type Trial struct {
	Place string  // for people: "http 80 /ISAPI/Security/userCheck"
	Look  Request // the same question without a log-in
	Tries []Try   // in order: for each account its first password, then second ones
	Limit Lockout // the device's own rule, as far as it is known

	host  *Host
	place place
	kind  door
}

// Try is one password of one account.
type Try struct {
	Of       string
	User     string
	Password Secret

	host  *Host
	place place
	kind  door
	name  string
}

// Lockout is a device's own rule: Tries wrong passwords within Window lock an account. Zero: not known.
type Lockout struct {
	Tries  int
	Window time.Duration
}

// door is a way to log in that can be judged.
type door uint8

const (
	webDoor door = 1 + iota
	soapDoor
	rtspDoor
	dvripDoor
)

// maxTries bounds the tries of one host in one run.
const maxTries = 8

// maxPlaces bounds the places of one host that are looked at for a safe log-in.
const maxPlaces = 6

// Trials plans the tries for a host that was interviewed, one trial for each place where a log-in can be
// judged, the best place first: whoever runs them makes the tries of the first that Offers a safe log-in,
// and of no other. factory is in order, the maker's own first. Where there is none, why says so: Nowhere
// or NoneKnown.
func Trials(h *Host, factory []Factory) (out []Trial, why NoTry) {
	doors := h.doors()
	for _, d := range doors[:min(len(doors), maxPlaces)] {
		t := Trial{Place: d.name, Look: d.look, Limit: h.LockoutRule(), host: h, place: d.place, kind: d.kind}
		for _, f := range oneEach(factory, d.kind) {
			t.Tries = append(t.Tries, Try{Of: f.Of, User: f.User, Password: f.Password, host: h, place: d.place, kind: d.kind, name: d.name})
		}
		if len(t.Tries) > 0 {
			out = append(out, t)
		}
	}
	switch {
	case len(doors) == 0:
		return nil, Nowhere
	case len(out) == 0:
		return nil, NoneKnown
	}
	return out, ""
}

// oneEach puts the log-ins that fit into the order of trying: the first of each account, then the
// second of each, without repeats.
func oneEach(factory []Factory, kind door) []Factory {
	nth := map[string]int{}
	var rounds [maxTries][]Factory
	for i, f := range factory {
		same := func(g Factory) bool { return g.User == f.User && g.Password == f.Password }
		if f.User == "" || !f.fits(kind) || !fieldText(f.User) || slices.ContainsFunc(factory[:i], func(g Factory) bool { return same(g) && g.fits(kind) }) {
			continue
		}
		if n := nth[f.User]; n < maxTries {
			rounds[n] = append(rounds[n], f)
			nth[f.User]++
		}
	}
	var out []Factory
	for _, r := range rounds {
		out = append(out, r...)
	}
	return out[:min(len(out), maxTries)]
}

// fits reports whether a log-in is for a door: accounts of a web interface are those of ONVIF, RTSP and
// the control port too, never those of a shell.
func (f Factory) fits(kind door) bool {
	protocol, _, _ := strings.Cut(strings.ToLower(f.Protocol), "/")
	switch protocol {
	case "", "http", "https", "onvif":
		return true
	case "rtsp":
		return kind == rtspDoor || kind == webDoor
	case "dvrip":
		return kind == dvripDoor
	}
	return false
}

// LockoutRule reads the device's rule from facts (auth.limit, auth.window: seconds).
func (h *Host) LockoutRule() Lockout {
	n, ok := smallNumber(h.Value("auth.limit"))
	if !ok || n == 0 {
		return Lockout{}
	}
	l := Lockout{Tries: n, Window: 30 * time.Minute} // the longest usual window where only the number is known
	if s, err := strconv.ParseUint(h.Value("auth.window"), 10, 24); err == nil && s > 0 {
		l.Window = max(time.Duration(s)*time.Second, time.Minute)
	}
	return l
}

// Remaining reads how many tries the device says are left (ISAPI userCheck: retryLoginTime).
func Remaining(heard []byte) (n int, ok bool) {
	a, ok := readAnswer(heard, "HTTP/")
	if !ok {
		return 0, false
	}
	return smallNumber(element(a.content(), "retryLoginTime"))
}

// Name is the name of the try's request: it has the account, and never the password.
func (t *Try) Name(n int) string { return "try " + strconv.Itoa(n) + " " + t.User + " at " + t.name }

// Request makes the try: look is what Look has just heard. n counts the tries of the host from 0.
// A NoTry is wrapped where it must not be made.
func (t *Try) Request(n int, look []byte) (Request, error) {
	l := Login{User: t.User, Password: t.Password}
	r := Request{Name: t.Name(n), Carrier: t.place.carrier, Port: t.place.port, Account: t.User}
	var err error
	switch t.kind {
	case webDoor:
		r.Send, err = t.web(l, r.Name, look)
		r.Turn = answered()
	case soapDoor:
		r.Send, err = t.soap(l, r.Name, look)
		r.Turn = answered()
	case rtspDoor:
		r.Send, r.Turn, err = t.rtsp(l, r.Name, look)
	case dvripDoor:
		r.Send, r.Turn = dvripLogin(l), dvripAnswered
	}
	if err != nil {
		return Request{}, fmt.Errorf("try %s: %w", t.name, err)
	}
	return r, nil
}

// Judge says what the answer to the try means; look is what Look heard before it.
func (t *Try) Judge(look, heard []byte) Verdict {
	switch t.kind {
	case webDoor:
		before, ok := readAnswer(look, "HTTP/")
		if !ok {
			return Odd
		}
		c, _ := bestChallenge(before.values("www-authenticate"))
		return judgeWeb(heard, "HTTP/", c.Realm)
	case soapDoor:
		return judgeSOAP(look, heard)
	case rtspDoor:
		return judgeRTSP(heard)
	case dvripDoor:
		return judgeDVRIP(heard)
	}
	return Odd
}

// Fact is what a Hit means: of whom the password is, never the password.
func (t *Try) Fact() (cordon.Kind, string) {
	if t.Password == "" {
		return "password.none", t.Protocol()
	}
	return "password.factory", t.Of + " " + t.User
}

// Protocol is the protocol of the place, for people and facts.
func (t *Try) Protocol() string { return [...]string{"", "http", "onvif", "rtsp", "dvrip"}[t.kind] }

// Unchanged reports whether the host still answers Look as before: that nothing is locked.
func (t *Trial) Unchanged(before, after []byte) bool {
	if t.kind == dvripDoor { // any answer of the same kind: its log-in has no state before
		return len(after) >= 20 && len(before) >= 20 && string(after[14:16]) == string(before[14:16])
	}
	protocol := "HTTP/"
	if t.kind == rtspDoor {
		protocol = "RTSP/"
	}
	a, ok := readAnswer(before, protocol)
	b, also := readAnswer(after, protocol)
	if !ok || !also || a.status != b.status || lockWords(b.content()) != 0 || b.field("retry-after") != "" {
		return false
	}
	x, _ := bestChallenge(a.values("www-authenticate"))
	y, _ := bestChallenge(b.values("www-authenticate"))
	return x.Realm == y.Realm && x.Scheme == y.Scheme
}
