package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cordon"
)

// savePage is the environment variable that names a file to keep the fixture's page in, for looking at it.
const savePage = "CORDON_PAGE"

func pageOf(t *testing.T, a *cordon.Audit) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageHoldsWhatMatters(t *testing.T) {
	text := pageOf(t, fixture())
	if name := os.Getenv(savePage); name != "" {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		"Hikvision, likely 92 %", "1 consistent with: us-fcc-covered-list", "stopped early", "7 phones and computers present", "prefers-color-scheme: dark",
		"@media print", "China: 48 MB sent by 1 device", "192.168.8.21 (lobby-cam) to CN Hik-Connect, 48 MB", "Block the device&#39;s way out",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestPageIsAlone(t *testing.T) {
	text := pageOf(t, fixture())
	for _, bad := range []string{"<script", "<img", "<link", "<iframe", "<object", "<embed", "<base", "@import", "url(", "src=", "javascript:", "<form"} {
		// what a device said stands escaped, so its brackets are gone
		if i := strings.Index(strings.ReplaceAll(text, "img src=x onerror", ""), bad); i >= 0 {
			t.Errorf("the page holds %s: %s", bad, text[max(0, i-60):min(len(text), i+60)])
		}
	}
	if href := regexp.MustCompile(`href="[^#]`).FindString(text); href != "" {
		t.Errorf("a link leads out: %s", href)
	}
	if !strings.Contains(text, `default-src 'none'`) {
		t.Error("no content security policy")
	}
}

// open are the elements of HTML that have no end, which XML wants.
var open = regexp.MustCompile(`<(meta|br)\b([^>]*)>`)

func TestPageIsWellFormed(t *testing.T) {
	for name, a := range map[string]*cordon.Audit{"office": fixture(), "nothing": {}, "many": big(1500)} {
		text := strings.Replace(pageOf(t, a), "<!doctype html>", "", 1)
		d := xml.NewDecoder(strings.NewReader(open.ReplaceAllString(text, "<$1$2/>")))
		ids := map[string]bool{}
		var links []string
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if s, ok := tok.(xml.StartElement); ok {
				for _, at := range s.Attr {
					switch {
					case at.Name.Local == "id" && ids[at.Value]:
						t.Errorf("%s: id %s twice", name, at.Value)
					case at.Name.Local == "id":
						ids[at.Value] = true
					case at.Name.Local == "href":
						links = append(links, strings.TrimPrefix(at.Value, "#"))
					case at.Name.Local == "aria-labelledby":
						links = append(links, at.Value)
					}
				}
			}
		}
		for _, l := range links {
			if !ids[l] {
				t.Errorf("%s: nothing has the id %s", name, l)
			}
		}
	}
}

func TestPageOfMany(t *testing.T) {
	a := big(8000) // 2000 cameras
	text := pageOf(t, a)
	if n := strings.Count(text, "<details id="); n != htmlDetails {
		t.Errorf("%d sections", n)
	}
	if n := strings.Count(text, `data-label="Grade"`); n != htmlRows {
		t.Errorf("%d rows", n)
	}
	if !strings.Contains(text, "1,000 more devices left out") || !strings.Contains(text, "and 5,975 more") {
		t.Error("it does not say what was left out")
	}
	if len(text) > 4<<20 {
		t.Errorf("%d bytes for a page", len(text))
	}
}

func TestTiles(t *testing.T) {
	seen := map[string]bool{}
	rows := tileRows()
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			t.Errorf("row %d has %d squares", i, len(row))
		}
		for _, code := range row {
			if code == noTile {
				continue
			}
			if seen[code] || countryNames[code] == "" {
				t.Errorf("%s is there twice or has no name", code)
			}
			seen[code] = true
		}
	}
	if len(seen) != len(countryNames) {
		t.Errorf("%d squares, %d names", len(seen), len(countryNames))
	}
	for _, code := range []string{"US", "CN", "DE", "HK", "TW", "RU", "IE", "SG", "NL", "KR", "JP", "IN", "BR", "ZA", "AU"} {
		if !seen[code] {
			t.Errorf("%s has no square", code)
		}
	}
}

func TestLevel(t *testing.T) {
	for _, c := range []struct {
		sent uint64
		want int
	}{{0, 1}, {1, 1}, {10_000_000, 5}, {1_000_001, 5}, {999_999, 4}, {100_001, 4}, {99_000, 3}, {900, 1}} {
		if got := level(c.sent, 10_000_000); got != c.want {
			t.Errorf("%d: %d, want %d", c.sent, got, c.want)
		}
	}
}

func TestFlowsAddUp(t *testing.T) {
	a := fixture()
	for i := range 40 { // more devices and networks than fit
		d := device("44:00:00:00:00:"+string("0123456789abcdef"[i/16])+string("0123456789abcdef"[i%16]), "192.168.9.1", cordon.ClassPlug, 0.9)
		d.Destinations = []cordon.Destination{far("", "203.0.113.1", 1, "US", "US", 1, strings.Repeat("n", i+1), uint64(1000+i), 0)}
		a.Devices = append(a.Devices, d)
	}
	var want uint64
	var list []*cordon.Audited
	for i := range a.Devices {
		list = append(list, &a.Devices[i])
		for _, f := range a.Devices[i].Destinations {
			want += f.Sent
		}
	}
	streams := collectStreams(list)
	left := rank(streams, func(s *stream) *string { return &s.from }, maxSenders, "other devices")
	right := rank(streams, func(s *stream) *string { return &s.to }, maxTargets, "other networks")
	streams = fuse(streams, left, right)
	sum := func(list []side) (n uint64) {
		for _, s := range list {
			n += s.sent
		}
		return n
	}
	var all uint64
	for _, s := range streams {
		all += s.sent
	}
	if all != want || sum(left) != want || sum(right) != want {
		t.Errorf("%d bytes became %d, %d and %d", want, all, sum(left), sum(right))
	}
	if len(left) != maxSenders || len(right) != maxTargets || !strings.HasPrefix(right[maxTargets-1].name, "other networks (") {
		t.Errorf("%d and %d bars: %v", len(left), len(right), right)
	}
	if len(slices.Compact(slices.Clone(streams))) != len(streams) {
		t.Error("a stream is there twice")
	}
}
