package ask

import (
	"net/netip"
	"strconv"
	"strings"
)

// forbidden are words that no request may have, lower case: what changes a device, resets it,
// or asks it for secrets (each protocol's list of messages that are never sent). A path that a
// device names is not asked when it has one of them.
var forbidden = []string{
	"update", "activate", "reboot", "restart", "restore", "exchangecode", "getencryptstring", "setmailbox", "unbind",
	"resetpassword", "securitycode", "getbindlist", "getqrcodes", "setconfig", "devinit", "passwdfind", "modifypwd",
	"queryuserlist", "queryemailcfg", "factory", "shutdown", "poweroff", "upgrade", "configurationfile", "backup",
	"delete", "formatsd", "formathdd", "formatdisk", "sdformat", "format.", "addport", "setsystem", "setnetwork", "setuser", "createuser", "logout", "reset", "global.login", "password=", "passwd=", "pwd=",
}

// harmful reports whether a text has a forbidden word.
func harmful(s string) bool {
	s = strings.ToLower(s)
	for _, w := range forbidden {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// maxPath bounds a path that a device names.
const maxPath = 200

// safePath is a path that a device named, without query and fragment; "" when it is none, has
// bytes that do not belong into one, or a forbidden word.
func safePath(s string) string {
	if i := strings.IndexAny(s, "?#;"); i >= 0 {
		s = s[:i]
	}
	if len(s) == 0 || len(s) > maxPath || s[0] != '/' || strings.HasPrefix(s, "//") || strings.Contains(s, "..") || harmful(s) {
		return ""
	}
	for _, c := range []byte(s) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/._-~+,:=%", c) >= 0
		if !ok || c == '%' {
			return ""
		}
	}
	return s
}

// place is where on the host being asked a URL points.
type place struct {
	carrier Carrier
	port    uint16
	path    string
}

// place reads a URL that the host named: an absolute one only when it names the host's own
// address (else what it says is a fact, and not a destination), or a path, which is taken on the
// carrier and port that it was heard on. ok is false for everything else.
func (h *Host) place(raw string, base place) (p place, ok bool) {
	raw = strings.TrimSpace(raw)
	if strings.HasPrefix(raw, "/") && !strings.HasPrefix(raw, "//") {
		base.path = safePath(raw)
		return base, base.path != "" && base.port != 0
	}
	scheme, rest, found := strings.Cut(raw, "://")
	if !found {
		return p, false
	}
	switch strings.ToLower(scheme) {
	case "http":
		p = place{carrier: TCP, port: 80}
	case "https":
		p = place{carrier: TLS, port: 443}
	default:
		return p, false
	}
	authority, path := rest, "/"
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host, port, found := cutPort(authority)
	if found {
		p.port = port
	}
	if a, err := netip.ParseAddr(host); err != nil || a.Unmap().WithZone("") != h.Addr.Unmap().WithZone("") || p.port == 0 {
		return p, false
	}
	p.path = safePath(path)
	return p, p.path != ""
}

// cutPort splits host and port of an authority (RFC 3986 section 3.2), brackets removed. found is
// false where no port is named; a port that is none becomes 0.
func cutPort(s string) (host string, port uint16, found bool) {
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 0 {
			return "", 0, true
		}
		host, s = s[1:i], s[i+1:]
		if s == "" {
			return host, 0, false
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, s = s[:i], s[i:]
	} else {
		return s, 0, false
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(s, ":"), 10, 16)
	if err != nil {
		return host, 0, true
	}
	return host, uint16(n), true
}

// authority is how the host's address stands in a URL or a Host field.
func (h *Host) authority(port, usual uint16) string {
	a := h.Addr.Unmap().WithZone("")
	if port == usual {
		if a.Is6() {
			return "[" + a.String() + "]"
		}
		return a.String()
	}
	return netip.AddrPortFrom(a, port).String()
}
