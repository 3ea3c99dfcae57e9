package lab

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cordon/specimens"
)

// credentials reads an Authorization header of HTTP or RTSP (RFC 7616, RFC 7617, RFC 2326
// section 16) and tries it. With an empty header nothing is counted.
func (l *life) credentials(a *specimens.Auth, header, method string) verdict {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	switch {
	case header == "":
		return l.guard.look("", time.Now())
	case strings.EqualFold(scheme, "basic") && a.Kind != "digest":
		text, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		user, password, _ := strings.Cut(string(text), ":")
		return l.password(user, password)
	case strings.EqualFold(scheme, "digest") && a.Kind != "basic":
		return l.digest(a, parameters(rest), method)
	}
	return verdict{left: -1}
}

// password tries a password as such.
func (d *Device) password(user, password string) verdict {
	want, known := d.guard.secret[user]
	return d.guard.try(user, known && want == password, time.Now())
}

// digest tries a digest: response = H(H(user:realm:password):nonce[:nc:cnonce:qop]:H(method:uri)).
func (l *life) digest(a *specimens.Auth, p map[string]string, method string) verdict {
	user, realm := p["username"], l.say(a.Realm, nil)
	if !l.guard.challenged(p["nonce"]) || p["realm"] != realm {
		v := l.guard.look(user, time.Now())
		v.stale = true
		return v
	}
	want, known := l.guard.secret[user]
	ha1, ha2 := md5hex(user+":"+realm+":"+want), md5hex(method+":"+p["uri"])
	response := md5hex(ha1 + ":" + p["nonce"] + ":" + ha2)
	if p["qop"] != "" {
		response = md5hex(strings.Join([]string{ha1, p["nonce"], p["nc"], p["cnonce"], p["qop"], ha2}, ":"))
	}
	return l.guard.try(user, known && strings.EqualFold(response, p["response"]), time.Now())
}

// token tries a UsernameToken of WS-Security: Base64(SHA-1(nonce + created + password)), or
// the password itself (OASIS UsernameToken Profile 1.0, section 3.1).
func (d *Device) token(user, kind, password, nonce, created string) verdict {
	want, known := d.guard.secret[user]
	if !strings.HasSuffix(kind, "#PasswordDigest") {
		return d.password(user, password)
	}
	salt, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(nonce))
	sum := sha1.Sum([]byte(string(salt) + created + want))
	right := known && password == base64.StdEncoding.EncodeToString(sum[:])
	return d.guard.try(user, right, time.Now())
}

// challenges gives the WWW-Authenticate fields of a refusal.
func (l *life) challenges(a *specimens.Auth, stale bool) []string {
	realm := l.say(a.Realm, nil)
	var out []string
	if a.Kind != "basic" {
		qop := ""
		if a.QOP {
			qop = `qop="auth", `
		}
		out = append(out, fmt.Sprintf(`WWW-Authenticate: Digest %srealm="%s", nonce="%s", stale="%s"`, qop, realm, l.guard.challenge(), strings.ToUpper(strconv.FormatBool(stale))))
	}
	if a.Kind != "digest" {
		out = append(out, fmt.Sprintf(`WWW-Authenticate: Basic realm="%s"`, realm))
	}
	return out
}

// standing are the template values of a verdict.
func (v verdict) standing() map[string]string {
	lock := "unlock"
	if v.locked {
		lock = "lock"
	}
	return map[string]string{"left": strconv.Itoa(v.left), "lock": lock, "unlock": strconv.Itoa(v.unlock)}
}

// parameters reads name=value pairs, quoted or not, separated by commas.
func parameters(s string) map[string]string {
	out := map[string]string{}
	for s != "" && len(out) < 32 {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		name = strings.ToLower(strings.Trim(name, " ,\t"))
		var value string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, rest, _ = strings.Cut(quoted, `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		out[name] = strings.TrimSpace(value)
		s = rest
	}
	return out
}

func md5hex(s string) string {
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}
