package assess

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"cordon"
)

// oldPrograms are servers whose banner tells a version, the first version of which the note is true,
// empty for all from the first, and the first of which it is not any more. Read were NVD's record of CVE-2016-7406 (before 2016.74) and
// the reports of July 2011 on vsftpd-2.3.4.tar.gz, of which versions before it had no part: they wait, as OpenSSH and ProFTPD do,
// for a source that was read: what is remembered is no finding (docs/design/audit.md, I6).
var oldPrograms = []struct {
	kind  cordon.Kind
	match *regexp.Regexp // group 1: the version
	from  string
	first string
	name  string
	note  string // with its source
}{
	{"ssh.banner", regexp.MustCompile(`^SSH-2\.0-dropbear_([0-9.]+)`), "", "2016.74", "Dropbear", "holes closed in 2016.74 (CVE-2016-7406 and others; NVD)"},
	{"ssh.banner", regexp.MustCompile(`^SSH-(1\.[0-8]\d*)-`), "", "2.0", "SSH", "speaks version 1 of the protocol only, which is broken (RFC 4251 is version 2)"},
	{"ftp.banner", regexp.MustCompile(`(?i)vsFTPd ([0-9.]*[0-9])`), "2.3.4", "2.3.5", "vsFTPd", "for some days in 2011 its source was spread with a back door in it (CVE-2011-2523)"},
}

var oldServer = &Check{
	Code:  "old-server",
	Doc:   "a service of it tells a version that is many years old",
	Fix:   "Update the firmware; if there is none, switch the service off or block its port.",
	Kinds: []cordon.Kind{"ssh.banner", "ftp.banner"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			if name, note := oldBanner(&in.Seen[i]); name != "" {
				cite(&f, &in.Seen[i], fmt.Sprintf("%q: %s", in.Seen[i].Value, note))
				f.Title = "It runs an old " + name
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Detail = "By the version that it tells: makers sometimes close holes without changing it. Nothing was tried."
		return []cordon.Finding{f}
	},
}

// oldBanner says which old program a banner tells of, and what is wrong with it.
func oldBanner(o *cordon.Observation) (name, note string) {
	for i := range oldPrograms {
		p := &oldPrograms[i]
		if o.Kind != p.kind {
			continue
		}
		if m := p.match.FindStringSubmatch(o.Value); m != nil && !older(m[1], p.from) && older(m[1], p.first) {
			return p.name + " " + m[1], p.note
		}
	}
	return "", ""
}

// older compares versions of numbers and dots; missing parts are 0.
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if m, n := part(x, i), part(y, i); m != n {
			return m < n
		}
	}
	return false
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i]) // what is no number counts as 0: it then differs nowhere
	return n
}
