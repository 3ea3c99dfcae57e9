package find

import "strings"

// credentialNames are the parameter and field names behind which cameras and their
// pages carry log-ins, lower case. The short ones are matched whole, so that "user"
// does not swallow "userAgentHint". Seen in: Foscam CGI (usr, pwd), VStarcam and
// other GoAhead cameras (loginuse, loginpas, user, pwd), Hikvision and Dahua snapshot
// links (auth, username, password), ONVIF's WS-UsernameToken (Username, Password,
// Nonce), D-Link HNAP (LoginPassword, AdminPassword, PrivateKey, Cookie).
var credentialNames = map[string]bool{
	"user": true, "usr": true, "username": true, "user_name": true, "loginuse": true, "loginuser": true,
	"login": true, "account": true, "pwd": true, "pass": true, "passwd": true, "password": true, "passwort": true,
	"psw": true, "pw": true, "loginpas": true, "loginpass": true, "loginpassword": true, "adminpassword": true,
	"adminpwd": true, "userpwd": true, "user_pwd": true, "passphrase": true, "psk": true, "wpa_psk": true, "wpapsk": true,
	"wifikey": true, "auth": true, "authorization": true, "authbasic": true, "token": true, "access_token": true,
	"accesstoken": true, "refresh_token": true, "id_token": true, "auth_token": true, "secret": true, "client_secret": true,
	"apikey": true, "api_key": true, "appkey": true, "app_key": true, "accesskey": true, "access_key": true,
	"secretkey": true, "signature": true, "sig": true, "sign": true, "session": true, "sessionid": true, "session_id": true,
	"sid": true, "jsessionid": true, "phpsessid": true, "cookie": true, "nonce": true, "privatekey": true, "publickey": true, "private_key": true,
	"challenge": true, "uid": true, "did": true, "p2pid": true, "securitycode": true, "verifycode": true, "verificationcode": true,
	"pin": true, "code": true, "credential": true, "credentials": true, "ftp_pwd": true, "ftp_user": true, "mail_pwd": true, "mail_user": true,
	"ddns_pwd": true, "ddns_user": true, "wifi_psk": true, "digest": true, "sharekey": true, "streamkey": true, "key": true,
}

// secretWords mark a name as a credential's wherever they stand in it.
var secretWords = []string{"password", "passwd", "passwort", "secret", "_pwd", "pwd_", "_psk", "privatekey"}

// credentialName reports whether a parameter of that name is likely to carry a secret.
// It is lavish: a parameter too many hidden costs nothing.
func credentialName(name string) bool {
	if len(name) > 64 {
		return false
	}
	name = strings.ToLower(name)
	if i := strings.LastIndexAny(name, ".:$["); i >= 0 && i+1 < len(name) { // "root.Users.pwd", "ns:Password"
		if credentialNames[strings.TrimRight(name[i+1:], "]")] {
			return true
		}
	}
	if credentialNames[name] {
		return true
	}
	for _, w := range secretWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// passwordName is credentialName's narrow sister: names that prove that a log-in
// crossed, and not merely a session or an identifier.
func passwordName(name string) bool {
	switch name = strings.ToLower(name); name {
	case "pwd", "pass", "passwd", "password", "psw", "pw", "loginpas", "loginpass", "loginpassword", "userpwd", "user_pwd", "passwort":
		return true
	}
	return false
}

// hidden stands where a value was taken out.
const hidden = "…"

// CleanURL is a URL or a path without its secrets: no user:password@, and "…" for
// the value of every parameter that credentialName knows and for every token. It is cut
// at MaxValue bytes and is still hostile text.
func CleanURL(u string) string {
	if len(u) > MaxValue {
		u = u[:MaxValue]
	}
	return hideTokens(cleanParameters(cleanSegments(u)))
}

// cleanSegments takes "user:password@" out of the segments of a path, where proxies and
// relays write a whole address as a part of their own.
func cleanSegments(u string) string {
	path := u
	if i := strings.IndexByte(u, '?'); i >= 0 {
		path = u[:i]
	}
	if strings.IndexByte(path, '@') < 0 {
		return u
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if at := strings.LastIndexByte(p, '@'); at >= 0 && strings.IndexByte(p[:at], ':') >= 0 {
			parts[i] = p[at+1:]
		}
	}
	return strings.Join(parts, "/") + u[len(path):]
}

// hideTokens replaces every run of tokenRun or more hex digits by "…": session keys,
// user names that are keys (Hue's /api/<key>/lights), device identifiers, hashes.
func hideTokens(s string) string {
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && hexDigit(s[i+n]) {
			n++
		}
		if n >= tokenRun {
			s = s[:i] + hidden + s[i+n:]
			n = len(hidden)
		}
		i += n + 1
	}
	return s
}

// tokenRun: an MD5 has 32 hex digits, Hue's keys 30; a MAC (12) and a date (14) stay.
const tokenRun = 24

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func cleanParameters(u string) string {
	if i := strings.Index(u, "://"); i >= 0 {
		rest := u[i+3:]
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			u = u[:i+3] + rest[at+1:]
		}
	}
	i := strings.IndexByte(u, '?')
	if j := strings.IndexByte(u, '&'); i < 0 || j >= 0 && j < i {
		i = j
	}
	if k := strings.IndexByte(u, ';'); k >= 0 && (i < 0 || k < i) {
		i = k // path parameters: /live;user=..
	}
	start := 0
	if i < 0 {
		// XMEye and Dahua RTSP paths carry the log-in without a "?": /user=admin&password=x
		if strings.IndexByte(u, '=') < 0 {
			return strings.Clone(u)
		}
	} else if strings.IndexByte(u[:i], '=') < 0 {
		start = i
	}
	return u[:start] + cleanPairs(u[start:])
}

// cleanPairs blanks secret values in text of the form a=b&c=d. XMEye paths such as
// "/user=admin_password=tlJwpbo6_channel=1" part their pairs with "_".
func cleanPairs(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		n := strings.IndexAny(s, "&;?/#")
		pair, sep := s, ""
		if n >= 0 {
			pair, sep = s[:n], s[n:n+1]
		}
		b.WriteString(cleanPair(pair))
		b.WriteString(sep)
		s = s[len(pair)+len(sep):]
	}
	return b.String()
}

func cleanPair(pair string) string {
	name, value, ok := strings.Cut(pair, "=")
	if !ok || value == "" {
		return pair
	}
	if strings.Contains(value, "=") && strings.Contains(value, "_") {
		// pairs within the pair: the next name begins after the last "_" before its "="
		eq := strings.IndexByte(value, '=')
		if cutAt := strings.LastIndexByte(value[:eq], '_'); cutAt >= 0 {
			head := name + "=" + value[:cutAt]
			return cleanPair(head) + "_" + cleanPair(value[cutAt+1:])
		}
	}
	if credentialName(name) {
		return name + "=" + hidden
	}
	return pair
}
