package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"cordon"
)

func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		"":                          "",
		"plain name-1.example.com":  "plain name-1.example.com",
		"\x1b[31mred\x1b]0;t\x07":   `\x1b[31mred\x1b]0;t\x07`,
		"a\u009b31mb":               `a\x9b31mb`,
		"cam\u202egpj.exe":          `cam\u202egpj.exe`,
		"zero\u200bwidth\ufeff":     `zero\u200bwidth\ufeff`,
		"tag\U000e0041":             `tag\U000e0041`,
		"two\nlines\ttab\rback":     "two lines tab back",
		"sep\u2028par\u2029":        `sep\u2028par\u2029`,
		"bad\xff\xc3":               `bad\xff\xc3`,
		"広場カメラ":                     "広場カメラ",
		"Кухня, Küche":              "Кухня, Küche",
		"z\u0300\u0301\u0302\u0303": "z\u0300\u0301\u0302\\u0303",
		"del\x7f\x00":               `del\x7f\x00`,
		"filler\u3164\u2800":        `filler\u3164\u2800`,
		"private\ue000":             `private\ue000`,
	} {
		if got := Clean(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range hostile {
		f.Add(s[:min(len(s), 60)])
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) || strings.ContainsFunc(c, unsafeRune) {
			t.Fatalf("%q became %q", s, c)
		}
		if Clean(c) != c {
			t.Fatalf("%q: cleaning twice gives %q", c, Clean(c))
		}
		for _, n := range []int{1, 2, 5, 20} {
			if got := columns(fit(c, n, "...")); got > n {
				t.Fatalf("%q fitted to %d has %d columns", c, n, got)
			}
			for _, l := range wrap(excerpt(s, 200), n+1) {
				if columns(l) > n+1+4 {
					t.Fatalf("%q wrapped at %d has %d columns", l, n+1, columns(l))
				}
			}
		}
	})
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		s     string
		width int
		want  string
	}{
		{"short", 5, "short"}, {"longer", 5, "lo..."}, {"広場カメラ", 10, "広場カメラ"}, {"広場カメラ", 9, "広場カ..."},
		{"広場カメラ", 8, "広場..."}, {"x", 0, ""}, {"abcdef", 2, ".."}, {"a bcdef", 5, "a..."},
	} {
		if got := fit(c.s, c.width, "..."); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.s, c.width, got, c.want)
		}
	}
}

// texts writes every text for people at a width.
func texts(t *testing.T, a *cordon.Audit, o TableOptions) map[string]string {
	t.Helper()
	out := map[string]string{}
	var b bytes.Buffer
	if err := Table(&b, a, o); err != nil {
		t.Fatal(err)
	}
	out["table"] = b.String()
	b.Reset()
	if err := WriteDiff(&b, Diff(&cordon.Audit{}, a), o); err != nil {
		t.Fatal(err)
	}
	out["diff of all"] = b.String()
	b.Reset()
	if err := WriteDiff(&b, Diff(a, later()), o); err != nil {
		t.Fatal(err)
	}
	out["diff"] = b.String()
	for i := range a.Devices {
		b.Reset()
		if err := Explain(&b, a, a.Devices[i].ID, o); err != nil {
			t.Fatal(err)
		}
		out["explain "+a.Devices[i].ID] = b.String()
	}
	return out
}

var paintCodes = regexp.MustCompile("\x1b\\[[0-9;]+m")

func TestNoLineIsTooWide(t *testing.T) {
	for _, width := range []int{40, 60, 80, 100, 129, 130, 140, 250} {
		for _, color := range []bool{false, true} {
			all := texts(t, fixture(), TableOptions{Width: width, Color: color})
			for name, text := range texts(t, scanned(), TableOptions{Width: width, Color: color}) {
				all["scan: "+name] = text
			}
			for name, text := range all {
				for line := range strings.Lines(paintCodes.ReplaceAllString(text, "")) {
					line = strings.TrimSuffix(line, "\n")
					if n := columns(line); n > width {
						t.Errorf("%s at %d: %d columns: %s", name, width, n, line)
					}
					if strings.TrimRight(line, " ") != line {
						t.Errorf("%s at %d: blanks at the end: %q", name, width, line)
					}
				}
			}
		}
	}
}

func TestTextIsOnlyText(t *testing.T) {
	for _, color := range []bool{false, true} {
		for name, text := range texts(t, fixture(), TableOptions{Width: 100, Color: color}) {
			if color {
				text = paintCodes.ReplaceAllString(text, "")
			}
			for line := range strings.Lines(text) {
				if line = strings.TrimSuffix(line, "\n"); strings.ContainsFunc(line, unsafeRune) || !utf8.ValidString(line) {
					t.Errorf("%s: %q", name, line)
				}
			}
		}
	}
}

// Without colours the program's own marks are ASCII: only what devices said may be more.
func TestPlainIsASCII(t *testing.T) {
	a := big(60)
	for name, text := range texts(t, a, TableOptions{Width: 80}) {
		if name == "diff" {
			continue // later has names of devices
		}
		for i, r := range text {
			if r > '~' {
				t.Fatalf("%s: %q", name, text[max(0, i-20):min(len(text), i+20)])
			}
		}
	}
}

func TestLargeAuditIsCutShort(t *testing.T) {
	a := big(400)
	text := string(table(t, a, TableOptions{Width: 80}))
	if n := strings.Count(text, " camera "); n != maxRows {
		t.Errorf("%d rows", n)
	}
	if !strings.Contains(text, "50 more devices: --all shows them here") {
		t.Error("it does not say how many are left out and how to get them")
	}
	all := string(table(t, a, TableOptions{Width: 80, All: true}))
	if n := strings.Count(all, " camera "); n != 100 {
		t.Errorf("%d rows of all", n)
	}
}

// With All nothing of the table is cut short: findings, strangers and captures neither.
func TestAllIsAll(t *testing.T) {
	a := big(400)
	for i := range a.Devices {
		found(a, &a.Devices[i], "code-one", cordon.Low, fmt.Sprintf("title %d", i), "Do this.")
		found(a, &a.Devices[i], "code-two", cordon.Low, "the same of all", "Do that.")
	}
	for i := range 20 {
		a.Captures = append(a.Captures, cordon.Capture{File: fmt.Sprintf("file-%d.pcap", i)})
	}
	text := string(table(t, a, TableOptions{Width: 80, All: true}))
	short := string(table(t, a, TableOptions{Width: 80}))
	for _, want := range []string{"title 399", "file-19.pcap", "10.0.1.143, 02:"} {
		if !strings.Contains(text, want) || strings.Contains(short, want) {
			t.Errorf("%q: with All %t, without %t", want, strings.Contains(text, want), strings.Contains(short, want))
		}
	}
	for _, left := range []string{"more device", "and 392 more", "more capture", "and 376 more", "and 292 more"} {
		if strings.Contains(text, left) {
			t.Errorf("something is left out: %q", left)
		}
	}
}

// Where one finding has several things to do, each says for whom.
func TestAdviceNamesItsDevice(t *testing.T) {
	a := fixture()
	found(a, &a.Devices[0], "odd", cordon.High, "It is odd", "Change it.")
	found(a, &a.Devices[1], "odd", cordon.High, "It is odder", "Replace it.")
	found(a, &a.Devices[2], "odd", cordon.High, "It is odder", "Replace it.")
	found(a, &a.Devices[0], "even", cordon.High, "It is even", "Keep it.")
	text := string(table(t, a, TableOptions{Width: 80}))
	for _, want := range []string{"Do: 192.168.8.21: Change it.", "Do: " + shortID(&a.Devices[1]) + ", " + shortID(&a.Devices[2]) + ": Replace it.", "Do: Keep it."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if page := pageOf(t, a); !strings.Contains(page, "<b>Do</b> 192.168.8.21: Change it.") {
		t.Error("the page does not say for whom")
	}
}

func TestCloudText(t *testing.T) {
	for operator, want := range map[string]string{
		"Hikvision": "cloud of Hikvision", "possibly Dahua": "possibly cloud of Dahua", "NTP": "a time server (NTP)", "possibly NTP": "possibly a time server (NTP)",
		"a DNS over HTTPS resolver": "a DNS over HTTPS resolver", "several": "a cloud of which it is not known who runs it",
		"unattributed P2P camera service": "a cloud of which it is not known who runs it",
	} {
		if got := cloudText(operator); got != want {
			t.Errorf("%s: %q, want %q", operator, got, want)
		}
	}
}

// What is only known from below, or counted again and again, is not said to be more.
func TestLeftOutIsHonest(t *testing.T) {
	got := droppedText(map[string]int{"hosts": 1234, "facts": 5678, "names": 0, "conversations": 1})
	want := "left out to keep memory bounded: 1 conversation, 5,678 sightings of facts, at least 1,234 hosts"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTableTeaches(t *testing.T) {
	a := &cordon.Audit{Devices: fixture().Devices[9:]} // phones and computers
	text := string(table(t, a, TableOptions{Width: 80}))
	for _, want := range []string{"No camera-like device in this capture", "7 phones and computers present, far ends not listed: --all-devices", "None in what was seen"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func TestExplainFinds(t *testing.T) {
	a := fixture()
	for _, name := range []string{"192.168.8.21", "::ffff:192.168.8.21", "BC-AD-28-10-20-30", "bcad28102030", "lobby-cam", "LOBBY-CAM", "2001:db8:8:0::21", " 192.168.8.21 "} {
		if d, err := pick(a, name); err != nil || d.ID != "bc:ad:28:10:20:30" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"192.168.8.22": "192.168.8.21", "loby-cam": "lobby-cam", "nobody\x1b[31m": `nobody\x1b[31m`, "": "near:",
	} {
		err := Explain(&bytes.Buffer{}, a, name, TableOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", name, err)
		}
	}
	a.Devices[1].Names = []string{"lobby-cam"}
	if _, err := pick(a, "lobby-cam"); err == nil || !strings.Contains(err.Error(), "2 devices go by that") {
		t.Errorf("an ambiguous name: %v", err)
	}
	if _, err := pick(&cordon.Audit{}, "x"); err == nil {
		t.Error("an audit of nothing holds x")
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 9950: "10 kB", 999499: "999 kB", 999500: "1.0 MB", 48_000_000: "48 MB", 1 << 63: "9.2 EB"} {
		if got := size(n); got != want {
			t.Errorf("size %d: %s, want %s", n, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for c, want := range map[float64]string{0: "0 %", 0.5: "50 %", 0.926: "93 %", 0.999: "99 %", 1: "99 %", -1: "0 %"} {
		if got := percent(c); got != want {
			t.Errorf("%v: %s", c, got)
		}
	}
	for _, c := range []struct {
		n    int
		one  string
		want string
	}{{1, "country", "1 country"}, {2, "country", "2 countries"}, {0, "device", "0 devices"}, {3, "day", "3 days"}} {
		if got := Plural(c.n, c.one); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// What these words would claim, no capture can show.
var forbidden = regexp.MustCompile(`(?i)falsif|spies|spying|sent to [A-Z][a-z]`)

func TestWording(t *testing.T) {
	all := texts(t, fixture(), TableOptions{Width: 250})
	for name, write := range renderers() {
		var b bytes.Buffer
		write(&b, fixture())
		all[name] = b.String()
	}
	for name, text := range all {
		if at := forbidden.FindString(text); at != "" {
			t.Errorf("%s says %q", name, at)
		}
	}
	if !forbidden.MatchString("video sent to China") {
		t.Error("the test cannot fail")
	}
}
