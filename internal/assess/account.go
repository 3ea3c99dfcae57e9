package assess

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"cordon"
)

// usualAccounts are those that makers set up: a list of them says nothing. From the users of
// knowledge/passwords.
var usualAccounts = []string{"admin", "root", "administrator", "operator", "user", "888888", "666666", "ubnt", "supervisor", "service"}

var accounts = &Check{
	Code:  "accounts",
	Doc:   "it has accounts besides the usual ones",
	Fix:   "Ask whose each account is; delete those that nobody knows, and change the passwords of the rest.",
	Kinds: []cordon.Kind{"auth.user"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.Kind != "auth.user" {
				continue
			}
			name, level, _ := strings.Cut(o.Value, " ")
			if slices.Contains(usualAccounts, strings.ToLower(name)) || slices.Contains(in.Accounts, name) {
				continue
			}
			cite(&f, o, fmt.Sprintf("account %s, level %s", name, orNone(level)))
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It has accounts that nobody named to this program"
		f.Detail = "They may well be yours: an installer's, a recorder's. One that nobody knows is how a stranger keeps coming back."
		return []cordon.Finding{f}
	},
}

var strangerAccess = &Check{
	Code:  "stranger-access",
	Doc:   "its own log or list of sessions shows log-ins from outside or through its cloud",
	Fix:   "Switch its cloud off, change every password from inside, delete accounts that nobody knows, and read the rest of its log.",
	Kinds: []cordon.Kind{"auth.access", "auth.session"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			o := &in.Seen[i]
			let, from, line := access(o)
			if !strange(from) {
				continue
			}
			if let {
				f.Severity = cordon.High
			}
			cite(&f, o, line)
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Somebody tried to log in to it from outside"
		f.Detail = "Its own log says so. All were refused as far as the log that was read goes."
		if f.Severity == cordon.High {
			f.Title = "Somebody logged in to it from outside or through its cloud"
			f.Detail = "Its own log or list of sessions says so; no capture of your network needs to have shown it. It may have been you, from your phone."
		}
		return []cordon.Finding{f}
	},
}

// access reads a line of a device's log ("2026-01-02T03:04:05Z ok address user") or of its
// sessions ("address user"): whether it was let in, from where, and the line for people.
func access(o *cordon.Observation) (let bool, from, line string) {
	words := strings.Fields(o.Value)
	switch {
	case o.Kind == "auth.session" && len(words) > 0:
		return true, words[0], "logged in when it was asked: " + strings.Join(words, " ")
	case o.Kind == "auth.access" && len(words) > 2:
		return words[1] == "ok", words[2], "its log: " + strings.Join(words, " ")
	}
	return false, "", ""
}

// strange reports whether an address is the cloud's or outside of every private network. Own
// public networks are not known here: the line says the address.
func strange(from string) bool {
	a, err := netip.ParseAddr(from)
	return from == "cloud" || err == nil && public(a.Unmap())
}

// public reports whether the internet routes an address.
func public(a netip.Addr) bool {
	shared := a.Is4() && a.As4()[0] == 100 && a.As4()[1]&0xC0 == 64 // RFC 6598
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared
}
