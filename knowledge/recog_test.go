package knowledge

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// The shape of a Recog file, with one fingerprint for each thing that can happen.
const recogSample = `<?xml version='1.0' encoding='UTF-8'?>
<fingerprints matches="http_header.server" protocol="http">
  <fingerprint pattern="^NVR-Web/([\d.]+) \((\w+)\)$" flags="REG_ICASE">
    <description>Acme recorders</description>
    <example service.version="1.2">nvr-web/1.2 (AC100)</example>
    <example _encoding="base64">TlZSLVdlYi8zLjQgKEFDMjAwKQ==</example>
    <param pos="0" name="hw.vendor" value="Acme"/>
    <param pos="0" name="hw.device" value="DVR"/>
    <param pos="1" name="hw.version"/>
    <param pos="2" name="hw.product"/>
  </fingerprint>
  <fingerprint pattern="^(?!x)Look.*$">
    <description>looks ahead</description>
    <example>Look</example>
  </fingerprint>
  <fingerprint pattern="^Silent$">
    <description>no example</description>
  </fingerprint>
  <fingerprint pattern="^httpd$">
    <description>A program</description>
    <example>httpd</example>
    <param pos="0" name="service.vendor" value="Someone"/>
    <param pos="0" name="service.product" value="{os.product}"/>
  </fingerprint>
</fingerprints>`

func TestImportRecog(t *testing.T) {
	rules, skipped, err := ImportRecog(strings.NewReader(recogSample), "dir/http_servers.xml")
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 2 || len(skipped) != 2 {
		t.Fatalf("got %d rules, skipped %q", len(rules), skipped)
	}
	if !strings.Contains(skipped[0], "not RE2") || !strings.Contains(skipped[1], "no example") {
		t.Errorf("skipped for the wrong reasons: %q", skipped)
	}
	source := "rapid7/recog xml/http_servers.xml (BSD-2)"
	got := rules[0]
	if got.ID != "recog-http-servers-1" || got.Proves != ProvesBadge || got.Brand != "Acme" || got.Class != "recorder" ||
		got.Model != "$2" || got.Firmware != "$1" || got.Source != source || got.Maker != "" {
		t.Errorf("got %+v", got)
	}
	want := []Example{{"nvr-web/1.2 (AC100)", source, "document"}, {"NVR-Web/3.4 (AC200)", source, "document"}}
	if d := cmp.Diff(want, got.Examples); d != "" {
		t.Error(d)
	}
	if rules[1].Proves != ProvesGeneric {
		t.Errorf("a program proves %s", rules[1].Proves)
	}
}

func TestImportRecogRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not XML":      "hello",
		"unknown kind": `<fingerprints matches="favicon.md5"></fingerprints>`,
		"ends early":   recogSample[:200],
	} {
		if _, _, err := ImportRecog(strings.NewReader(text), "x.xml"); err == nil || !strings.Contains(err.Error(), "x.xml") {
			t.Errorf("%s: error %v does not name the file", name, err)
		}
	}
}

// What WriteTOML writes, Load reads: the way from Recog to an owner's own directory.
func TestImportedRulesLoad(t *testing.T) {
	rules, _, err := ImportRecog(strings.NewReader(recogSample), "http_servers.xml")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rules {
		rules[i].Counters = []Example{{"Apache \"2\" \\ \x01é", "a.pcap", "capture"}}
	}
	var out bytes.Buffer
	if err := WriteTOML(&out, rules); err != nil {
		t.Fatal(err)
	}
	b, err := Load(fstest.MapFS{"makers/recog.toml": {Data: out.Bytes()}})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	hits := b.Match("http.server", "nvr-web/1.2 (AC100)")
	if len(hits) != 1 || hits[0].Model != "AC100" || hits[0].Firmware != "1.2" {
		t.Errorf("got %+v", hits)
	}
	if got := hits[0].Rule.Counters[0].Value; got != "Apache \"2\" \\ \x01é" {
		t.Errorf("a counter-example came back as %q", got)
	}
}

func FuzzImportRecog(f *testing.F) {
	f.Add(recogSample)
	f.Add(`<fingerprints matches="html_title"><fingerprint pattern="("><example>a</example></fingerprint></fingerprints>`)
	f.Fuzz(func(t *testing.T, text string) {
		rules, _, err := ImportRecog(strings.NewReader(text), "f.xml")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := WriteTOML(&out, rules); err != nil {
			t.Fatal(err)
		}
		var back ruleFile
		if err := decode(fstest.MapFS{"f.toml": {Data: out.Bytes()}}, "f.toml", &back); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if len(back.Rules) != len(rules) {
			t.Fatalf("wrote %d rules, read %d", len(rules), len(back.Rules))
		}
	})
}
