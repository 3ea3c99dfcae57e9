package assess

import (
	"strings"
	"time"

	"cordon"
)

// opened reports whether a factory password, or none, let us in: what could not be tried no longer matters.
func (in *In) opened() bool { return in.has("password.factory") || in.has("password.none") }

var passwordOdd = &Check{
	Code:  "password-odd",
	Doc:   "it answered a factory password in a way that is neither right nor wrong",
	Fix:   "Log in yourself and look whether an account is locked, and at its log. Cordon tried nothing more on it in this run.",
	Kinds: []cordon.Kind{"password.odd"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "password.odd" {
				cite(&f, o, oddly(o.Value))
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It answered oddly when a factory password was tried"
		f.Detail = "Whether a factory password opens it is not known."
		if in.opened() {
			f.Detail = "A factory password opens it all the same."
		}
		return []cordon.Finding{f}
	},
}

// oddly says in words what fact password.odd means.
func oddly(value string) string {
	switch value {
	case "odd":
		return "the answer to a try was neither a welcome nor the refusal that it gave before"
	case "locked":
		return "the answer to a try says that the account is locked, or about to be"
	case "old":
		return "it did not look at the password, because the challenge or the clock was too old for it"
	case "changed":
		return "after the tries it answers otherwise than before"
	}
	return value
}

var passwordWaits = &Check{
	Code:  "password-waits",
	Doc:   "more factory passwords are known than can be tried now without locking an account",
	Kinds: []cordon.Kind{"password.waits", "password.tried"},
	Fix:   "Run the same scan again after that time: it goes on with the next password, and tries none twice. Or log in yourself and see that the password is your own.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		o := in.latest("password.waits")
		if o == nil || in.opened() {
			return nil
		}
		f := in.finding(c, cordon.Info)
		f.Title = "More factory passwords of its maker are known than could be tried"
		if at, err := time.Parse(time.RFC3339, o.Value); err == nil {
			f.Title = "More factory passwords can be tried from " + at.UTC().Format("2006-01-02 15:04:05 MST")
			cite(&f, o, "the next try is allowed at "+at.UTC().Format("2006-01-02 15:04:05 MST"))
		} else {
			cite(&f, o, o.Value)
		}
		f.Detail = "Waiting is what keeps its accounts from being locked."
		if t := in.latest("password.tried"); t != nil {
			wrong, all, _ := strings.Cut(t.Value, " of ")
			f.Detail = "Of " + all + " known, " + wrong + " did not open it. " + f.Detail
		}
		return []cordon.Finding{f}
	},
}

var passwordUntried = &Check{
	Code:  "password-untried",
	Doc:   "no factory password was tried on a device that sees or records, and why",
	Kinds: []cordon.Kind{"password.untried"},
	Fix:   "Log in yourself and see that the password is your own and long.",
	Judge: func(in *In, c *Check) []cordon.Finding {
		o := in.latest("password.untried")
		switch in.class() {
		case cordon.ClassCamera, cordon.ClassRecorder, cordon.ClassDoorbell, cordon.ClassBabyMonitor:
		default:
			return nil
		}
		if o == nil || in.opened() || in.has("password.tried") {
			return nil
		}
		f := in.finding(c, cordon.Info)
		f.Title = "No factory password was tried on it"
		f.Detail = untried(o.Value)
		cite(&f, o, "not tried: "+o.Value)
		return []cordon.Finding{f}
	},
}

// untried says in words what fact password.untried means.
func untried(value string) string {
	switch value {
	case "open":
		return "Where a log-in could be tried, it asks for none."
	case "form":
		return "It asks for a log-in in a way whose answer cannot be judged safely."
	case "clock":
		return "Its ONVIF service wants a log-in made for its clock, which it does not tell."
	case "clear":
		return "It offers only log-ins that show the password to everybody on the network. With --clear-passwords they are tried all the same."
	case "locked":
		return "It says that an account is locked, or about to be."
	case "nowhere":
		return "Nothing of it asks for a log-in that could be tried."
	case "unknown":
		return "No factory password of its maker is known: many newer devices have none, and want one set at first use."
	case "public":
		return "Its address is not private: passwords are tried on private addresses only."
	}
	return "Why: " + value + "."
}
