package assess

import (
	"fmt"
	"slices"
	"strings"

	"cordon"
)

var firmwareFetch = &Check{
	Code:  "firmware-in-clear",
	Doc:   "it fetched, or asked for, a program or firmware unencrypted",
	Fix:   "Block the address until the maker says what is fetched there; whoever answers in its place can run programs on the device.",
	Kinds: []cordon.Kind{"http.download", "tftp.read", "carved.sha256"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f, fetched := in.finding(c, cordon.Medium), false
		for i := range in.Seen {
			switch o := &in.Seen[i]; {
			case o.Kind == "tftp.read":
				if runs(o.Value) {
					f.Severity = cordon.High
				}
				cite(&f, o, fmt.Sprintf("TFTP request for %s, %s", o.Value, count(o.Count, "time")))
			case o.Kind == "http.download" && in.thing(): // people fetch programs all day
				fetched = true
				cite(&f, o, "HTTP download "+o.Value)
			case o.Kind == "carved.sha256" && (in.thing() || strings.Contains(o.Value, " tftp://")):
				fetched = true
				cite(&f, o, "kept with --carve (SHA-256, bytes, address): "+o.Value)
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It fetches programs or firmware unencrypted"
		f.Detail = "Neither side proved who it was, so whoever sits on the path, or takes the server's address, can hand it something else."
		if !fetched { // a request says nothing of whether anybody answered
			f.Title = "It asked for " + wanted(f.Severity) + " by TFTP, unencrypted and without a log-in"
			f.Detail = "Whether it got an answer is not known. Whoever sits on the path, or takes the server's address, can hand it something of their own."
		}
		return []cordon.Finding{f}
	},
}

// wanted names what was asked for: the severity is high where a name is that of something that runs.
func wanted(s cordon.Severity) string {
	if s == cordon.High {
		return "a program or firmware"
	}
	return "a file"
}

// programs are the endings of files that a device runs or flashes. Desk telephones fetch
// their settings by TFTP too, which is bad enough but no program.
var programs = []string{".sh", ".bin", ".img", ".rom", ".fw", ".pkg", ".elf", ".exe", ".dav", ".trx", ".ubi", ".tar", ".gz", ".tgz", ".zip", ".pak", ".update", ".chk", ".swu"}

// runs reports whether a file's name is that of a program or firmware.
func runs(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(programs, func(end string) bool { return strings.HasSuffix(name, end) }) ||
		strings.Contains(name, "firmware") || strings.Contains(name, "kernel")
}
