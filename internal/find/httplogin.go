package find

import (
	"bytes"
	"strings"
)

// login says which log-in a request carries, "" for none: "basic" or "digest" (the
// Authorization field, a WS-Security digest, or a form whose password was hashed),
// "form" (a password in the body) or "query" (in the address). The credentials
// themselves are looked at for their presence only.
func login(auth, target, contentType, body []byte) string {
	switch s := scheme(auth); s {
	case "":
	case "basic", "digest":
		return s
	default: // Bearer and makers' own: a session, not a log-in
		return ""
	}
	if i := bytes.IndexByte(target, '?'); i >= 0 {
		if kind := loginPairs(target[i+1:], "query"); kind != "" {
			return kind
		}
	}
	body = bytes.TrimLeft(body[:min(len(body), 4096)], " \t\r\n\xEF\xBB\xBF")
	switch {
	case len(body) == 0:
		return ""
	case body[0] == '<':
		return loginXML(body)
	case body[0] == '{' || body[0] == '[':
		return loginJSON(body)
	case containsFold(contentType[:min(len(contentType), 64)], "form-urlencoded") || len(contentType) == 0:
		return loginPairs(body, "form")
	}
	return ""
}

// loginPairs looks for a password among a=b&c=d.
func loginPairs(b []byte, clear string) string {
	for i := 0; i < 64 && len(b) > 0; i++ {
		var pair []byte
		pair, b, _ = bytes.Cut(b, []byte{'&'})
		name, value, _ := bytes.Cut(pair, []byte{'='})
		if len(value) > 0 && len(name) <= 32 && passwordName(string(name)) {
			return hashedOr(value, clear)
		}
	}
	return ""
}

// loginXML looks for WS-Security (ONVIF Core, 5.9.4: PasswordDigest or PasswordText)
// and for the log-in elements of makers' own interfaces (HNAP's LoginPassword).
func loginXML(b []byte) string {
	if bytes.Contains(b, []byte("#PasswordDigest")) {
		return "digest"
	}
	for _, name := range [...]string{"Password", "LoginPassword", "passwd", "pwd"} {
		if v := xmlText(b, name); v != "" {
			return hashedOr([]byte(v), "form")
		}
	}
	return ""
}

// loginJSON looks for "password": "..." at any depth.
func loginJSON(b []byte) string {
	for i := 0; i < 256; i++ {
		name, value, rest, ok := nextJSON(b)
		if !ok {
			return ""
		}
		if len(value) > 0 && len(name) <= 32 && passwordName(string(name)) {
			return hashedOr(value, "form")
		}
		b = rest
	}
	return ""
}

// nextJSON finds the next "name": "text" pair in b, without regard to nesting.
func nextJSON(b []byte) (name, value, rest []byte, ok bool) {
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			return nil, nil, nil, false
		}
		b = b[i+1:]
		end := quoteEnd(b)
		if end < 0 {
			return nil, nil, nil, false
		}
		name, b = b[:end], b[end+1:]
		after := bytes.TrimLeft(b, " \t\r\n")
		if len(after) == 0 || after[0] != ':' {
			continue
		}
		after = bytes.TrimLeft(after[1:], " \t\r\n")
		if len(after) == 0 || after[0] != '"' {
			b = after
			continue
		}
		end = quoteEnd(after[1:])
		if end < 0 {
			return nil, nil, nil, false
		}
		return name, after[1 : 1+end], after[end+2:], true
	}
}

// quoteEnd is where the closing quote stands, -1 if nowhere.
func quoteEnd(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// hashedOr is "digest" for a value that is 32, 40 or 64 hex digits (MD5, SHA-1,
// SHA-256, as Dahua's and D-Link's pages send), else clear.
func hashedOr(value []byte, clear string) string {
	if n := len(value); n != 32 && n != 40 && n != 64 {
		return clear
	}
	for _, c := range value {
		if c = lower(c); (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return clear
		}
	}
	return "digest"
}

// secretText takes the secrets out of a text before any of it is passed on: the values
// of credential-like and identifying names in JSON, in markup and in name=value lines.
func secretText(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	closing, element, filled := false, false, false // the word stands in "</word>", in "<word", in a tag with a secret value=""
	for len(b) > 0 {
		n := wordEnd(b)
		if n == 0 {
			if b[0] == '<' {
				filled = filledIn(b)
			}
			if b[0] != ':' || !element && !closing { // not between a prefix and its name, "<tds:Name"
				element, closing = b[0] == '<', b[0] == '/'
			}
			out.WriteByte(b[0])
			b = b[1:]
			continue
		}
		word := b[:n]
		out.Write(word)
		b = b[n:]
		if closing || !secretName(string(word)) && !(filled && equalFold(word, "value")) {
			continue
		}
		skip, length := 0, 0
		if element {
			skip, length = secretInside(b)
		} else {
			skip, length = secretAfter(b)
		}
		out.Write(b[:skip])
		if length > 0 {
			out.WriteString(hidden)
		}
		b = b[skip+length:]
	}
	return out.String()
}

// secretName is credentialName, and the names of what tells one device from all others.
func secretName(name string) bool {
	return credentialName(name) || identifierNames[strings.ToLower(name)]
}

// identifierNames are the names under which devices give serial numbers and cloud ids, lower
// case: UPnP and ONVIF (SerialNumber), ISAPI and VAPIX likewise, Dahua (sn), Reolink (serial),
// Kasa and Tuya (deviceId, devId, gwId), GB/T 28181 platforms (deviceNo).
var identifierNames = map[string]bool{
	"serialnumber": true, "serial_number": true, "serialno": true, "serial_no": true, "serial": true, "sn": true, "devicesn": true,
	"deviceserial": true, "deviceid": true, "device_id": true, "devid": true, "dev_id": true, "gwid": true, "cloudid": true, "deviceno": true,
}

// maxTag bounds how far a tag's end is looked for.
const maxTag = 512

// filledIn reports whether the tag at the start of b names a secret and may hold its value
// beside it, as the field of a form does: <input name="password" value="...">.
func filledIn(b []byte) bool {
	tag := b[1:min(len(b), maxTag)]
	if end := bytes.IndexAny(tag, "<>"); end >= 0 {
		tag = tag[:end]
	}
	if !containsFold(tag, "value") {
		return false
	}
	for len(tag) > 0 {
		n := wordEnd(tag)
		if n > 0 && secretName(string(tag[:n])) {
			return true
		}
		tag = tag[max(n, 1):]
	}
	return false
}

// secretInside finds the text of an element whose name was just passed, behind its attributes.
func secretInside(b []byte) (skip, length int) {
	end := bytes.IndexAny(b[:min(len(b), maxTag)], "<>")
	if end < 0 || b[end] == '<' || end > 0 && b[end-1] == '/' {
		return 0, 0
	}
	skip = end + 1
	if length = bytes.IndexByte(b[skip:], '<'); length < 0 {
		length = len(b) - skip
	}
	return skip, length
}

func wordEnd(b []byte) int {
	n := 0
	for n < len(b) && (letter(b[n]) || b[n] >= '0' && b[n] <= '9' || b[n] == '_') {
		n++
	}
	return n
}

// secretAfter finds the value that follows a name: after `="`, `=`, `": "`, `:`, or
// `>`. skip bytes stand between; length bytes are the value.
func secretAfter(b []byte) (skip, length int) {
	for skip < len(b) && skip < 8 && bytes.IndexByte([]byte("\"' \t"), b[skip]) >= 0 {
		skip++
	}
	if skip >= len(b) || b[skip] != '=' && b[skip] != ':' && b[skip] != '>' {
		return 0, 0
	}
	closes := b[skip] == '>'
	for skip++; skip < len(b) && (b[skip] == ' ' || b[skip] == '\t'); skip++ {
	}
	stop := "\r\n&,;<}"
	switch {
	case closes:
		stop = "<"
	case skip < len(b) && (b[skip] == '"' || b[skip] == '\''):
		stop = string(b[skip : skip+1])
		skip++
	}
	if length = bytes.IndexAny(b[skip:], stop); length < 0 {
		length = len(b) - skip
	}
	return skip, length
}
