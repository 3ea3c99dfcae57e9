package assess

import (
	"strconv"
	"strings"
	"time"

	"cordon"
)

// ownSettings passes on what an owner wants to look over once and no rule can call right or wrong.
var ownSettings = &Check{
	Code:  "own-settings",
	Doc:   "what its own settings say of time and name servers, of its memory card, of sound and of its rule against guessed passwords",
	Fix:   "Look them over: servers that are not yours learn when it is on and whom it asks for; a card that nobody knows of keeps pictures.",
	Kinds: []cordon.Kind{"clock.ntp", "net.dns", "storage.card", "auth.limit", "onvif.sources", "onvif.audio"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Info)
		for i := range in.Seen {
			o := &in.Seen[i]
			switch o.Kind {
			case "clock.ntp":
				cite(&f, o, "time server "+o.Value)
			case "net.dns":
				cite(&f, o, "name server "+o.Value)
			case "storage.card":
				cite(&f, o, "memory card or disk "+o.Value)
			case "onvif.audio":
				cite(&f, o, "passes on sound ("+o.Value+"): it has a microphone, or one can be plugged in")
			case "onvif.sources":
				if o.Value != "1" {
					cite(&f, o, "has "+o.Value+" video sources")
				}
			case "auth.limit":
				cite(&f, o, "locks an account after "+o.Value+" wrong passwords"+in.lockedFor())
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "What its own settings say"
		f.Detail = "Read from the device itself: its time and name servers, its memory card, whether it passes on sound, its rule against guessed passwords, as far as it told."
		return []cordon.Finding{f}
	},
}

// lockedFor says for how long, where the device told.
func (in *In) lockedFor() string {
	o := in.latest("auth.window")
	if o == nil {
		return ""
	}
	s, err := strconv.ParseUint(o.Value, 10, 24)
	if err != nil || s == 0 {
		return ""
	}
	return ", for " + (time.Duration(s) * time.Second).String()
}

var accountRefused = &Check{
	Code:  "account-refused",
	Doc:   "it refused the account that its owner named for it",
	Fix:   "Log in yourself. Where that works, mend the file of accounts; some devices keep accounts of their own for ONVIF. Where it does not, somebody changed the password.",
	Kinds: []cordon.Kind{"auth.refused"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.Kind != "auth.refused" {
				continue
			}
			where, user, _ := strings.Cut(o.Value, " ")
			cite(&f, o, "refused by its "+where+": account "+orNone(user))
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Your account was refused"
		f.Detail = "It was tried once and then left alone. What only an account shows was not read, or not all of it."
		return []cordon.Finding{f}
	},
}
