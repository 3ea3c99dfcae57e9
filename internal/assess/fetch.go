package assess

import (
	"fmt"
	"slices"
	"strings"

	"cordon"
)

var firmwareFetch = &Check{
	Code:  "firmware-in-clear",
	Doc:   "it fetched, or tried to fetch, a program or firmware unencrypted",
	Fix:   "Block the address until the maker says what is fetched there; whoever answers in its place can run programs on the device.",
	Kinds: []cordon.Kind{"http.download", "tftp.read", "carved.sha256"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			switch o := &in.Seen[i]; {
			case o.Kind == "tftp.read":
				if runs(o.Value) {
					f.Severity = cordon.High
				}
				cite(&f, o, fmt.Sprintf("TFTP request for %s, %s", o.Value, count(o.Count, "time")))
			case o.Kind == "http.download" && in.thing(): // people fetch programs all day
				cite(&f, o, "HTTP download "+o.Value)
			case o.Kind == "carved.sha256" && (in.thing() || strings.Contains(o.Value, " tftp://")):
				cite(&f, o, "kept with --carve (SHA-256, bytes, address): "+o.Value)
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It fetches programs or firmware unencrypted"
		f.Detail = "Neither side proved who it was, so whoever sits on the path, or takes the server's address, can hand it something else."
		return []cordon.Finding{f}
	},
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
