package ask

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// challenge is what a server wants for a log-in: one WWW-Authenticate field value
// (RFC 9110 section 11.6.1), read. Texts are as the server wrote them.
type challenge struct {
	Scheme    string // "digest" or "basic", lower case
	Realm     string
	Nonce     string
	Opaque    string
	Algorithm string // as offered, "" for MD5
	Auth      bool   // qop "auth" is offered
	Stale     bool   // the password was right, the nonce was old
}

// errChallenge is wrapped when a challenge cannot be answered as it should be.
var errChallenge = errors.New("challenge not understood")

// maxChallenge bounds a field that is read.
const maxChallenge = 4 << 10

// parseChallenges reads the challenges of one WWW-Authenticate value, in its order; other schemes
// than Digest and Basic are left out. It survives any text.
func parseChallenges(value string) []challenge {
	value = value[:min(len(value), maxChallenge)]
	var out []challenge
	for len(value) > 0 && len(out) < 8 {
		value = strings.TrimLeft(value, " \t,")
		word, rest := cutToken(value)
		if word == "" {
			if len(value) > 0 {
				value = value[1:]
			}
			continue
		}
		if trimmed := strings.TrimLeft(rest, " \t"); strings.HasPrefix(trimmed, "=") && len(out) > 0 {
			var v string
			v, value = cutValue(trimmed[1:])
			out[len(out)-1].set(strings.ToLower(word), v)
			continue
		}
		out = append(out, challenge{Scheme: strings.ToLower(word)})
		value = rest
	}
	return slices.DeleteFunc(out, func(c challenge) bool { return c.Scheme != "digest" && c.Scheme != "basic" })
}

func (c *challenge) set(name, value string) {
	switch name {
	case "realm":
		c.Realm = value
	case "nonce":
		c.Nonce = value
	case "opaque":
		c.Opaque = value
	case "algorithm":
		c.Algorithm = value
	case "stale":
		c.Stale = strings.EqualFold(value, "true")
	case "qop":
		for _, q := range strings.Split(value, ",") {
			c.Auth = c.Auth || strings.EqualFold(strings.TrimSpace(q), "auth")
		}
	}
}

// cutToken splits the token (RFC 9110 section 5.6.2) at the start of s from what follows.
func cutToken(s string) (token, rest string) {
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] < 0x7F && strings.IndexByte("\"(),/:;<=>?@[\\]{}", s[n]) < 0 {
		n++
	}
	return s[:n], s[n:]
}

// cutValue splits a token or quoted string (RFC 9110 section 5.6.4) from what follows.
func cutValue(s string) (value, rest string) {
	s = strings.TrimLeft(s, " \t")
	if !strings.HasPrefix(s, `"`) {
		n := strings.IndexAny(s, ", \t")
		if n < 0 {
			n = len(s)
		}
		return s[:n], s[n:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// bestChallenge chooses the strongest challenge of an answer's fields: Digest with SHA-256, Digest
// with MD5, then Basic. ok is false where none can be answered.
func bestChallenge(values []string) (best challenge, ok bool) {
	rank := 0
	for _, v := range values {
		for _, c := range parseChallenges(v) {
			if r := c.rank(); r > rank {
				best, rank = c, r
			}
		}
	}
	return best, rank > 0
}

func (c *challenge) rank() int {
	switch algorithm, _ := c.hash(); {
	case c.Scheme == "basic":
		return 1
	case algorithm == nil || c.Nonce == "":
		return 0
	case strings.HasPrefix(strings.ToUpper(c.Algorithm), "SHA-256"):
		return 3
	}
	return 2
}

// hash gives the algorithm (RFC 7616 section 3.4.2) and whether it is a session variant.
func (c *challenge) hash() (make func() hash.Hash, session bool) {
	switch strings.ToUpper(c.Algorithm) {
	case "", "MD5":
		return md5.New, false
	case "MD5-SESS":
		return md5.New, true
	case "SHA-256":
		return sha256.New, false
	case "SHA-256-SESS":
		return sha256.New, true
	}
	return nil, false
}

// digestAuth gives the value of an Authorization field (RFC 7616 section 3.4; without qop RFC 2069's form,
// as RFC 2617 section 3.2.2.1 keeps it). count is how often the nonce has been used, from 1; cnonce is
// ours. A realm, nonce or opaque that could end the field is refused with errChallenge.
func digestAuth(c challenge, l Login, method, uri, cnonce string, count uint32) (string, error) {
	newHash, session := c.hash()
	if c.Scheme != "digest" || newHash == nil || c.Nonce == "" {
		return "", fmt.Errorf("digest of %q: %w", c.Algorithm, errChallenge)
	}
	for _, s := range []string{c.Realm, c.Nonce, c.Opaque, c.Algorithm, l.User, uri, cnonce} {
		if !fieldText(s) {
			return "", fmt.Errorf("digest: text that does not belong into a field: %w", errChallenge)
		}
	}
	h := func(parts ...string) string {
		d := newHash()
		d.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(d.Sum(nil))
	}
	one := h(l.User, c.Realm, string(l.Password))
	if session {
		one = h(one, c.Nonce, cnonce)
	}
	two := h(method, uri)
	out := `Digest username="` + escape(l.User) + `", realm="` + escape(c.Realm) + `", nonce="` + escape(c.Nonce) + `", uri="` + escape(uri) + `"`
	if c.Auth {
		nc := fmt.Sprintf("%08x", count)
		out += `, response="` + h(one, c.Nonce, nc, cnonce, "auth", two) + `", qop=auth, nc=` + nc + `, cnonce="` + escape(cnonce) + `"`
	} else {
		out += `, response="` + h(one, c.Nonce, two) + `"`
		if session {
			out += `, cnonce="` + escape(cnonce) + `"`
		}
	}
	if c.Opaque != "" {
		out += `, opaque="` + escape(c.Opaque) + `"`
	}
	if c.Algorithm != "" {
		out += `, algorithm=` + c.Algorithm
	}
	return out, nil
}

// fieldText reports whether a text may stand in a field: no controls.
func fieldText(s string) bool {
	for _, b := range []byte(s) {
		if b < ' ' || b == 0x7F {
			return false
		}
	}
	return true
}

func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// basicAuth gives the value of an Authorization field (RFC 7617): the password as it is, for TLS only,
// or where whoever calls has the owner's word that it may cross in the clear.
func basicAuth(l Login) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(l.User+":"+string(l.Password)))
}
