package ask

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

var ownWebQuestion = &Question{
	Name: "own account",
	Doc: "with the owner's account: reads model, firmware, users, sessions, the device's own log of log-ins, services, cloud switch, memory card, clock and name servers, " +
		"lock-out rule, what its analytics tell of people, and the cameras behind a recorder; changes nothing",
	Source: "Hikvision ISAPI developer guide (Security, System, ContentMgmt); Dahua HTTP API; Axis VAPIX; Uniview LAPI as Apache HertzBeat asks it",
	Ask:    askOwn,
}

// askOwn gives the next page that is read with the owner's account, one at a time: each must be
// known to have been let in before the next is sent.
func askOwn(h *Host) []Request {
	if h.Own == nil || !h.settled() || h.OwnRefused() {
		return nil
	}
	sites, reads := h.ownReads()
	for i, s := range sites {
		probe := h.get(s.at(reads[0].path)) // without a log-in, for its challenge
		if h.Done[probe.Name] == 0 {
			return []Request{probe}
		}
		if _, offered := h.challenge(s, probe.Name); offered || i == len(sites)-1 {
			return h.ownNext(s, reads, probe.Name)
		}
	}
	return nil
}

// ownNext gives the next page of the web server.
func (h *Host) ownNext(s site, reads []read, probe string) []Request {
	t, ok := h.session(s, reads, probe)
	if !ok {
		return nil
	}
	r, ok := h.ownRequest(s, t)
	if !ok {
		return nil
	}
	return []Request{r}
}

// challenge gives what a web server wants before it lets anybody read the page of the name.
func (h *Host) challenge(s site, probe string) (challenge, bool) {
	a, ok := h.heardHTTP(probe)
	if !ok {
		a = s.root
	}
	c, ok := bestChallenge(a.values("www-authenticate"))
	if !ok {
		c, ok = bestChallenge(s.root.values("www-authenticate"))
	}
	return c, ok
}

// ownReads gives the web servers to log in to, the first that asks for a log-in, and what to read there.
// TLS first: what is read (users, sessions) is nobody else's business.
func (h *Host) ownReads() (sites []site, reads []read) {
	for _, f := range h.families() {
		if reads = h.readsOf(f); len(reads) > 0 {
			break
		}
	}
	front, ok := h.front()
	if !ok || len(reads) == 0 {
		return nil, nil
	}
	for _, s := range h.sites() {
		if s.carrier == TLS && s.root.status < 500 && s.root.status != 404 {
			sites = append(sites, s)
			break
		}
	}
	if len(sites) == 0 || sites[0].name != front.name {
		sites = append(sites, front)
	}
	return sites, reads
}

// session is where the reading with the owner's account stands.
type session struct {
	challenge challenge
	count     uint32 // how often its nonce was used
	name      string // of the next request
	read      read   // what it reads
}

// session walks through what was read so far: the challenge that holds now, and what is next. ok is false
// when all is read, the log-in was refused, or nothing that can be answered is offered.
func (h *Host) session(s site, reads []read, probe string) (t session, ok bool) {
	if t.challenge, ok = h.challenge(s, probe); !ok {
		return t, false
	}
	for _, r := range reads {
		for _, again := range []string{"", " again"} {
			t.name, t.read = ownName(s, r)+again, r
			if h.Done[t.name] == 0 {
				return t, true
			}
			t.count++
			a, ok := h.heardHTTP(t.name)
			c, old := stale(&a)
			if r.name == reads[0].name && !(ok && (a.status/100 == 2 || old)) {
				return t, false // the log-in is not proved: the account is not used again
			}
			if !ok {
				break
			}
			if !old {
				if n := nextNonce(&a); n != "" {
					t.challenge.Nonce, t.count = n, 0
				}
				break
			}
			t.challenge, t.count = c, 0
		}
	}
	return t, false
}

// stale reports whether a refusal says that only the nonce was too old, and gives the new challenge.
func stale(a *answer) (c challenge, old bool) {
	c, ok := bestChallenge(a.values("www-authenticate"))
	return c, a.status == 401 && ok && c.Stale
}

// nextNonce is the nonce that the server wants used from now on (RFC 7616 section 3.5).
func nextNonce(a *answer) string {
	_, rest, found := strings.Cut(a.field("authentication-info"), "nextnonce=")
	if !found {
		return ""
	}
	v, _ := cutValue(rest)
	return v
}

// ownRequest makes the next request; ok is false where the log-in cannot be made safely.
func (h *Host) ownRequest(s site, t session) (Request, bool) {
	body, carried := t.read.body, []byte(nil)
	method := "GET"
	if body != "" {
		method, carried = "POST", []byte(body)
	}
	auth := ""
	switch {
	case t.challenge.Scheme == "digest":
		cnonce := fresh(h, t.name, t.challenge.Nonce)
		var err error
		if auth, err = digestAuth(t.challenge, *h.Own, method, t.read.path, hex.EncodeToString(cnonce[:8]), t.count+1); err != nil {
			return Request{}, false
		}
	case s.carrier == TLS || h.Clear:
		auth = basicAuth(*h.Own)
	default: // the password itself would cross in the clear
		return Request{}, false
	}
	fields := "Authorization: " + auth + "\r\n" + t.read.fields
	return Request{Name: t.name, Carrier: s.carrier, Port: s.port, Account: h.Own.User,
		Send: h.head(method, s.at(t.read.path), fields, carried), Turn: answered()}, true
}

func ownName(s site, r read) string {
	return ownPrefix + webName(s.carrier) + " " + portText(s.port) + " " + r.name
}

// fresh gives bytes that differ for each host, request and challenge. They need be unlike, not
// secret (RFC 7616 section 5.12), and the same answers must give the same interview.
func fresh(h *Host, name, with string) [sha256.Size]byte {
	return sha256.Sum256([]byte(h.Addr.String() + "\x00" + name + "\x00" + with))
}

// OwnRefused reports whether the owner's account was refused anywhere, or something odd came back:
// then it is not used again in this interview, by whatever protocol.
func (h *Host) OwnRefused() bool {
	for name, outcome := range h.Done {
		if !strings.HasPrefix(name, ownPrefix) || outcome != Answered {
			continue
		}
		if h.refused(name) {
			return true
		}
	}
	return false
}

func (h *Host) refused(name string) bool {
	a, ok := h.heardHTTP(name)
	if !ok {
		return false
	}
	if strings.HasPrefix(name, OwnONVIF) {
		return a.status == 401 || strings.Contains(string(a.content()), "NotAuthorized") && strings.HasSuffix(name, ownONVIFReads[0].call)
	}
	if a.status == 423 || a.status == 429 || lockWords(a.content()) != 0 {
		return true
	}
	_, old := stale(&a)
	return a.status == 401 && (!old || strings.HasSuffix(name, " again"))
}
