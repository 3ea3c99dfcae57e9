package sensor

import (
	"strings"
	"time"
)

// when reads the time before a line's text: syslog's of RFC 3164 (no year) and RFC 5424, dates as
// rsyslog, journalctl (short, short-iso, short-full, short-unix) and tcpdump -tttt write them.
// Where it says none, it is now, if now is known.
func (f *firewall) when(s string, now int64) (at int64, rest string, ok bool) {
	if strings.HasPrefix(s, "<") { // priority, and RFC 5424's version
		if _, after, ok := strings.Cut(s, ">"); ok {
			s = strings.TrimPrefix(after, "1 ")
		}
	}
	zone := f.zone
	if len(s) > 4 && s[3] == ' ' && weekday(s[:3]) {
		s = s[4:]
	}
	one, after, _ := strings.Cut(s, " ")
	if len(one) >= 10 && one[0] >= '0' && one[0] <= '9' {
		if at, ok := epochOf(one, zone); ok {
			return at, after, true
		}
		two, after, _ := strings.Cut(after, " ")
		if strings.HasPrefix(after, "UTC ") {
			zone = time.UTC
		}
		if at, ok := isoTime(one+" "+two, zone); ok {
			return at, after, true
		}
	}
	if at, rest, ok := f.stamp(s); ok {
		return at, rest, true
	}
	return now, s, now > 0
}

func weekday(s string) bool {
	switch s {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// stamp reads "Jan  2 15:04:05", with or without a fraction. The year is that which makes it
// the latest that is not more than a day ahead: logs are of the past.
func (f *firewall) stamp(s string) (int64, string, bool) {
	const layout = "Jan _2 15:04:05"
	if len(s) < len(layout) {
		return 0, s, false
	}
	text, rest := s[:len(layout)], s[len(layout):]
	if text[4] == '0' {
		text = text[:4] + " " + text[5:] // OpenBSD's tcpdump
	}
	if strings.HasPrefix(rest, ".") {
		end := strings.IndexByte(rest, ' ')
		if end < 0 || end > 10 {
			return 0, s, false
		}
		text, rest = text+rest[:end], rest[end:]
	}
	now := f.now()
	for _, year := range []int{now.Year() + 1, now.Year(), now.Year() - 1, now.Year() - 2, now.Year() - 3, now.Year() - 4} {
		t, err := time.ParseInLocation("2006 "+layout, itoa4(year)+" "+text, f.zone)
		if err == nil && !t.After(now.Add(24*time.Hour)) { // 29 February is in one year of four
			return t.UnixNano(), strings.TrimPrefix(rest, " "), true
		}
	}
	return 0, s, false
}

// itoa4 writes a year.
func itoa4(year int) string {
	return string([]byte{'0' + byte(year/1000%10), '0' + byte(year/100%10), '0' + byte(year/10%10), '0' + byte(year%10)})
}
