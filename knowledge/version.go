package knowledge

import (
	"cmp"
	"strings"
	"time"
)

// firmwareVersion is what can be compared of a firmware string: the numbers and
// letters of the version, and the day of the build. Either may be missing, not both.
type firmwareVersion struct {
	parts []versionPart
	build int  // yyyymmdd, 0: not told
	wild  bool // a bound that ends in "*": only as many parts as it has count
}

// versionPart is a number (text empty) or letters in lower case. Numbers are kept as
// digits without leading zeros, since some makers' parts have no bound.
type versionPart struct{ digits, text string }

// maxVersion bounds what is looked at: longer strings are not versions.
const maxVersion = 160

// parseVersion reads the ways in which makers write versions, for instance
// "V5.4.5 build 170123" (Hikvision), "2.800.0000000.8.R, build 2019-11-05" (Dahua),
// "1.3.4.22966B181219.D06" (TVT), "1.1.16 Build 211209 Rel.37726N" (TP-Link) and
// "CIPC-B2303.2.8.230105" (Uniview). Text without a digit is none.
func parseVersion(s string) (firmwareVersion, bool) {
	if len(s) > maxVersion {
		return firmwareVersion{}, false
	}
	text, build := cutBuild(strings.ToLower(s))
	v := firmwareVersion{build: build}
	token := firstVersion(text)
	if token, v.wild = strings.CutSuffix(token, ".*"); token != "" {
		v.read(token)
	}
	return v, v.build != 0 || strings.ContainsAny(token, "0123456789")
}

// cutBuild takes "build 170123", "build date: 2019-11-05" or our own "@170123" off.
func cutBuild(s string) (rest string, build int) {
	for _, mark := range []string{"@", "build"} {
		before, after, ok := strings.Cut(s, mark)
		if !ok {
			continue
		}
		after = strings.TrimLeft(after, " :._")
		after = strings.TrimLeft(strings.TrimPrefix(after, "date"), " :._")
		if day := leadingDay(after); day != 0 {
			return before, day
		}
	}
	if day := leadingDay(strings.TrimSpace(s)); day != 0 {
		return "", day // nothing but a date
	}
	return s, 0
}

// firstVersion gives the first word with a digit in it, without what stands before its "v".
func firstVersion(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
	for _, w := range words {
		if i := strings.Index(w, "_v"); i >= 0 && i+2 < len(w) && isDigit(w[i+2]) {
			w = w[i+1:] // DH_IPC-..._P_V2.408.0000.11.R.20170621 is a file's name
		}
		w, _, _ = strings.Cut(w, "(") // 3.0.3_20201113_RELEASE(HIK)
		if !strings.ContainsAny(w, "0123456789") {
			continue
		}
		for _, mark := range []string{"version", "ver", "v"} {
			if rest, ok := strings.CutPrefix(w, mark); ok {
				if rest = strings.TrimLeft(rest, ".:"); rest != "" && isDigit(rest[0]) {
					return rest
				}
			}
		}
		return w
	}
	return ""
}

// read splits a word at dots, dashes, underscores and where digits meet letters. What
// follows a day inside the word is not part of the version.
func (v *firmwareVersion) read(word string) {
	for i := 0; i < len(word); {
		j := i
		switch {
		case isDigit(word[i]):
			for j < len(word) && isDigit(word[j]) {
				j++
			}
			if day := v.dayAt(word, i, j); day != 0 {
				v.build = day
				return
			}
			v.parts = append(v.parts, versionPart{digits: strings.TrimLeft(word[i:j], "0")})
		case isLower(word[i]):
			for j < len(word) && isLower(word[j]) {
				j++
			}
			v.parts = append(v.parts, versionPart{text: word[i:j]})
		default:
			j++
		}
		i = j
	}
}

// dayAt reads the digits word[i:j] as the day of the build where they are one: eight
// digits behind a "." or "_" (Dahua, LILIN), or six behind a "B" that follows digits (TVT).
func (v *firmwareVersion) dayAt(word string, i, j int) int {
	if v.build != 0 || i == 0 || len(v.parts) == 0 {
		return 0
	}
	if j-i == 8 && (word[i-1] == '.' || word[i-1] == '_') {
		return day(word[i:j])
	}
	if j-i == 6 && word[i-1] == 'b' && i > 1 && isDigit(word[i-2]) {
		d := day(word[i:j])
		if d != 0 {
			v.parts = v.parts[:len(v.parts)-1] // the B
		}
		return d
	}
	return 0
}

// leadingDay reads yyyy-mm-dd, yyyymmdd or yymmdd at the beginning of s; 0 is none.
func leadingDay(s string) int {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n] == '-') {
		n++
	}
	if n > 10 && s[10] == '-' {
		n = 10
	}
	if n < len(s) && (s[n] == '.' || isLower(s[n])) {
		return 0 // 170123.4 is a version
	}
	return day(s[:n])
}

// day reads a whole string as a day of this century: yyyymmdd, 0 for none.
func day(s string) int {
	for _, layout := range []string{"20060102", "060102", time.DateOnly} {
		if len(s) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, s)
		if err != nil || t.Year() < 2000 || t.Year() > 2099 {
			return 0
		}
		return t.Year()*10000 + int(t.Month())*100 + t.Day()
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// compareVersions is a total order, for sorting: parts first, missing ones as 0,
// letters after numbers, then the day of the build.
func compareVersions(a, b firmwareVersion) int {
	c, _ := compareParts(a.parts, b.parts, max(len(a.parts), len(b.parts)))
	return cmp.Or(c, cmp.Compare(a.build, b.build))
}

// compareParts compares the first n parts. It is sure unless what decides is a letter:
// whether 1.2b comes before or after 1.2 is every maker's own secret.
func compareParts(a, b []versionPart, n int) (c int, sure bool) {
	for i := range n {
		var x, y versionPart
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x == y {
			continue
		}
		if x.text != y.text {
			return cmp.Compare(x.text, y.text), false
		}
		return cmp.Or(cmp.Compare(len(x.digits), len(y.digits)), cmp.Compare(x.digits, y.digits)), true
	}
	return 0, true
}

// against compares a device's version with a bound of a range. Not sure means that
// nothing may be concluded. A bound without a day covers every build of its version.
func (v firmwareVersion) against(bound firmwareVersion) (c int, sure bool) {
	n := max(len(v.parts), len(bound.parts))
	if bound.wild {
		n = len(bound.parts)
	}
	c, sure = compareParts(v.parts, bound.parts, n)
	if c != 0 || !sure || bound.build == 0 {
		return c, sure && (len(v.parts) > 0 || len(bound.parts) == 0)
	}
	return cmp.Compare(v.build, bound.build), v.build != 0
}
