package ask

import "strings"

// Verdict is what an answer to a log-in says of it.
type Verdict uint8

// The verdicts. Everything that is neither plainly right nor plainly wrong is Odd: nothing
// more is tried on the device.
const (
	Miss   Verdict = 1 + iota // the password is wrong, and nothing else happened
	Hit                       // it let us in
	Odd                       // the device behaves otherwise than before
	Locked                    // the device says that it is locked, or about to be
	Old                       // the password was not looked at: the nonce was too old, or the clock too far off
)

// String gives the word for logs and progress.
func (v Verdict) String() string {
	switch v {
	case Miss:
		return "miss"
	case Hit:
		return "hit"
	case Odd:
		return "odd"
	case Locked:
		return "locked"
	case Old:
		return "old"
	}
	return "nothing"
}

// judgeWeb judges an HTTP or RTSP answer to a log-in: realm is the one that was answered.
func judgeWeb(raw []byte, protocol, realm string) Verdict {
	a, ok := readAnswer(raw, protocol)
	if !ok {
		return Odd
	}
	if v := lockWords(a.content()); v != 0 {
		return v
	}
	switch {
	case a.field("retry-after") != "":
		return Locked
	case a.status/100 == 2:
		return Hit
	case a.status == 401:
		return judgeRefusal(&a, realm)
	case a.status == 423 || a.status == 429:
		return Locked
	}
	return Odd // 403 among them: many devices answer so while they are locked
}

// judgeRefusal judges a 401: a refusal that looks as before is a miss.
func judgeRefusal(a *answer, realm string) Verdict {
	c, ok := bestChallenge(a.values("www-authenticate"))
	switch {
	case !ok:
		return Odd
	case c.Stale:
		return Old
	case c.Realm != realm:
		return Odd
	}
	return Miss
}

// fewTries is how many remaining attempts are too few to go on: the owner may mistype twice.
const fewTries = 2

// lockWords looks for what devices say of their lock. ISAPI userCheck: lockStatus, unlockTime and
// retryLoginTime (Hikvision ISAPI developer guide, XML_userCheck). 0: nothing is said.
func lockWords(body []byte) Verdict {
	body = body[:min(len(body), 8<<10)]
	if s := strings.ToLower(element(body, "lockStatus")); strings.HasPrefix(s, "lock") {
		return Locked
	}
	if s := element(body, "unlockTime"); s != "" && s != "0" {
		return Locked
	}
	if n, ok := smallNumber(element(body, "retryLoginTime")); ok && n <= fewTries {
		return Locked
	}
	text := strings.ToLower(string(body))
	// Others' words (guess); one too many only ends the trying.
	for _, w := range []string{"account is locked", "user is locked", "userlocked", "user locked", "accountlocked", "has been locked", "too many"} {
		if strings.Contains(text, w) {
			return Locked
		}
	}
	return 0
}

// Accepted reports whether an answer to a request with the owner's account shows that the
// account was right: the page itself came, and not another challenge.
func Accepted(heard []byte) bool {
	return judgeWeb(heard, "HTTP/", "") == Hit
}
