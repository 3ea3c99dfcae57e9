package knowledge

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"cordon"
)

// The shape of a Recog fingerprint file (https://github.com/rapid7/recog, xml/fingerprints.xsd).
type recogFile struct {
	XMLName xml.Name     `xml:"fingerprints"`
	Matches string       `xml:"matches,attr"`
	Prints  []recogPrint `xml:"fingerprint"`
}

type recogPrint struct {
	Pattern     string         `xml:"pattern,attr"`
	Flags       string         `xml:"flags,attr"`
	Description string         `xml:"description"`
	Examples    []recogExample `xml:"example"`
	Params      []recogParam   `xml:"param"`
}

type recogExample struct {
	Encoding string `xml:"_encoding,attr"`
	File     string `xml:"_filename,attr"`
	Text     string `xml:",chardata"`
}

type recogParam struct {
	Pos   int    `xml:"pos,attr"`
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// recogKinds says which of our kinds a Recog file is about, by its matches attribute.
var recogKinds = map[string]cordon.Kind{
	"http_header.server":     "http.server",
	"html_title":             "http.title",
	"http_header.wwwauth":    "http.realm",
	"rtsp_header.server":     "rtsp.server",
	"sip_header.user_agent":  "sip.user_agent",
	"sip_header.server":      "sip.server",
	"snmp.sys_description":   "snmp.sysdescr",
	"ftp.banner":             "ftp.banner",
	"telnet.banner":          "telnet.banner",
	"telnet_banners":         "telnet.banner",
	"ssh.banner":             "ssh.banner",
	"smtp.banner":            "smtp.banner",
	"x509.subject":           "tls.subject",
	"x509.issuer":            "tls.issuer",
	"dhcp_vendor_class":      "dhcp.vendor_class",
	"mdns.device-info.txt":   "mdns.txt",
	"mdns_device-info_txt":   "mdns.txt",
	"snmp.sys_object_id":     "snmp.sysobjectid",
	"http_header.user_agent": "http.user_agent",
}

// recogClasses says what Recog's hw.device and os.device call our classes; those of ours
// that it has no word for are left out.
var recogClasses = map[string]string{
	"ip camera": cordon.ClassCamera, "web cam": cordon.ClassCamera, "dvr": cordon.ClassRecorder,
	"cloud network video recorder": cordon.ClassRecorder, "printer": cordon.ClassPrinter,
	"router": cordon.ClassRouter, "broadband router": cordon.ClassRouter, "wap": cordon.ClassRouter,
	"smart tv": cordon.ClassTV, "speaker": cordon.ClassSpeaker, "desktop": cordon.ClassComputer,
	"power device": cordon.ClassIoT,
}

// maxRecog bounds what ImportRecog reads: Recog's largest file is below 2 MiB.
const maxRecog = 16 << 20

// ImportRecog reads one Recog XML file (BSD-2-Clause) as rules. A Recog match names what a
// banner calls itself, so the rules prove a badge where a hardware vendor is given, software
// where only a service is, and never a maker. Examples are taken as they stand in the file.
// skipped says which fingerprints could not be used and why; the rules carry no
// counter-examples, which their importer must add before Load takes them.
func ImportRecog(r io.Reader, file string) (rules []Rule, skipped []string, err error) {
	var f recogFile
	limited := &io.LimitedReader{R: r, N: maxRecog + 1}
	if err := xml.NewDecoder(limited).Decode(&f); err != nil {
		if limited.N <= 0 {
			err = errors.New("larger than 16 MiB")
		}
		return nil, nil, fmt.Errorf("read recog %s: %w", file, err)
	}
	if f.Matches == "" {
		f.Matches = strings.TrimSuffix(path.Base(file), ".xml")
	}
	kind, ok := recogKinds[f.Matches]
	if !ok {
		return nil, nil, fmt.Errorf("read recog %s: it matches %q, which nothing here hears", file, f.Matches)
	}
	base := strings.TrimSuffix(path.Base(file), ".xml")
	for i, p := range f.Prints {
		rule, why := p.rule(kind, base)
		if why != "" {
			skipped = append(skipped, fmt.Sprintf("%s fingerprint %d (%s): %s", base, i+1, strings.TrimSpace(p.Description), why))
			continue
		}
		rule.ID = fmt.Sprintf("recog-%s-%d", strings.ReplaceAll(base, "_", "-"), i+1)
		rules = append(rules, rule)
	}
	return rules, skipped, nil
}

// rule turns one fingerprint into a rule, or says why it cannot.
func (p recogPrint) rule(kind cordon.Kind, base string) (Rule, string) {
	source := "rapid7/recog xml/" + base + ".xml (BSD-2)"
	r := Rule{Kind: kind, Op: "regex", Value: p.pattern(), Weight: 50, Note: strings.TrimSpace(p.Description), Source: source, Confidence: Medium}
	if kind == "http.realm" {
		return r, "the pattern is about the whole header, this program keeps the realm alone"
	}
	m, err := compile(&r)
	if err != nil {
		return r, "pattern is not RE2: " + err.Error()
	}
	p.say(&r)
	for _, e := range p.Examples {
		text, why := e.value()
		if why != "" {
			continue
		}
		if _, ok := m.match(cut(text)); ok {
			r.Examples = append(r.Examples, Example{Value: text, From: source, Origin: "document"})
		}
	}
	if len(r.Examples) == 0 {
		return r, "no example in the file matches"
	}
	return r, ""
}

// pattern adds Recog's flags as RE2 writes them.
func (p recogPrint) pattern() string {
	flags := ""
	for _, f := range strings.Split(p.Flags, ",") {
		switch strings.TrimSpace(f) {
		case "REG_ICASE":
			flags += "i"
		case "REG_DOT_NEWLINE", "REG_MULTILINE": // Ruby's multiline lets the dot match line ends
			flags += "s"
		}
	}
	if flags == "" {
		return p.Pattern
	}
	return "(?" + flags + ")" + p.Pattern
}

// value gives the example as it was seen.
func (e recogExample) value() (text, why string) {
	if e.File != "" {
		return "", "kept in another file"
	}
	if e.Encoding != "base64" {
		return e.Text, ""
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text), ""))
	if err != nil {
		return "", err.Error()
	}
	return string(raw), ""
}

// template finds Recog's references to other params: not filled in here.
var template = regexp.MustCompile(`\{[^}]*\}`)

// say fills in what the fingerprint's params claim.
func (p recogPrint) say(r *Rule) {
	r.Proves = ProvesGeneric
	for _, v := range p.Params {
		text := v.Value
		if v.Pos > 0 && v.Pos <= 9 {
			text = fmt.Sprintf("$%d", v.Pos)
		}
		switch {
		case template.MatchString(text) || text == "":
		case v.Name == "hw.vendor" && v.Pos == 0:
			r.Brand, r.Proves = text, ProvesBadge
		case v.Name == "hw.product" || v.Name == "hw.model":
			r.Model = text
		case v.Name == "hw.version" || v.Name == "os.version" && r.Firmware == "":
			r.Firmware = text
		case v.Name == "hw.device", v.Name == "os.device" && r.Class == "":
			r.Class = recogClasses[strings.ToLower(text)]
		case v.Name == "service.product" && v.Pos == 0 && r.Note == "":
			r.Note = text
		}
	}
}
