package ask

import (
	"crypto/sha1"
	"encoding/base64"
	"html"
	"time"
)

// The names that a token needs, of the OASIS documents named at usernameToken.
const (
	wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	wsu  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	wsp  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
	wsm  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"
)

// usernameToken gives the security header of a SOAP call with a password digest: Base64(SHA-1(nonce +
// created + password)) (OASIS Web Services Security UsernameToken Profile 1.0, section 3.1; ONVIF Core
// Specification 23.06, section 5.9.4). created is the device's clock, which it compares; nonce is fresh.
func usernameToken(l Login, nonce []byte, created time.Time) string {
	at := created.UTC().Format("2006-01-02T15:04:05Z")
	h := sha1.New()
	h.Write(nonce)
	h.Write([]byte(at))
	h.Write([]byte(l.Password))
	return `<Security s:mustUnderstand="1" xmlns="` + wsse + `"><UsernameToken><Username>` + html.EscapeString(l.User) +
		`</Username><Password Type="` + wsp + `#PasswordDigest">` + base64.StdEncoding.EncodeToString(h.Sum(nil)) +
		`</Password><Nonce EncodingType="` + wsm + `#Base64Binary">` + base64.StdEncoding.EncodeToString(nonce) +
		`</Nonce><Created xmlns="` + wsu + `">` + at + `</Created></UsernameToken></Security>`
}

// clock reads the device's clock from an answer to GetSystemDateAndTime (Device Management WSDL:
// UTCDateTime with Time and Date). ok is false where it says none.
func clock(answer []byte) (t time.Time, ok bool) {
	_, b := nextElement(answer, "UTCDateTime")
	if b == nil {
		return t, false
	}
	var n [6]int
	for i, name := range []string{"Year", "Month", "Day", "Hour", "Minute", "Second"} {
		if n[i], ok = smallNumber(element(b, name)); !ok {
			return t, false
		}
	}
	if n[0] < 1970 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60 {
		return t, false
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC), true
}

// smallNumber reads a decimal number of at most four digits.
func smallNumber(s string) (n int, ok bool) {
	if len(s) == 0 || len(s) > 4 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
