package assess

import (
	"fmt"
	"strings"

	"cordon"
)

var factoryPassword = &Check{
	Code:  "factory-password",
	Doc:   "a password with which it left the factory still opens it",
	Fix:   "Set a long password of its own now, then look at its list of users and its log for what happened until then.",
	Kinds: []cordon.Kind{"password.factory"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Critical)
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "password.factory" {
				maker, user := in.whosePassword(o.Value)
				cite(&f, o, fmt.Sprintf("the factory password of %s was accepted%s", maker, user))
				f.Title = "The factory password of " + maker + " still opens it"
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Detail = "Such passwords stand in public lists, and programs that look for cameras try them first. The password itself is not kept or shown."
		return []cordon.Finding{f}
	},
}

// whosePassword reads "<maker id or badge> user".
func (in *In) whosePassword(value string) (maker, user string) {
	maker = value
	if at := strings.LastIndexByte(value, ' '); at >= 0 {
		maker, user = value[:at], " for the account "+value[at+1:]
	}
	if m, ok := in.Know.Maker(maker); ok {
		maker = m.Name
	}
	return maker, user
}

var noPassword = &Check{
	Code:  "no-password",
	Doc:   "it lets anybody in without a password",
	Fix:   "Set a password for every account, and switch anonymous access off.",
	Kinds: []cordon.Kind{"password.none"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Critical)
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "password.none" {
				cite(&f, o, "let in without a password over "+o.Value)
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It needs no password"
		f.Detail = "Anybody on the network can see and change what its log-in should guard."
		return []cordon.Finding{f}
	},
}
