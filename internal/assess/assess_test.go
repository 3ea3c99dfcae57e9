package assess

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/knowledge"
)

// noon is an instant in 2026; tests read no clock.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// fewMakers knows three makers, one brand, one list that names one of them and one of a country.
type fewMakers struct{ knowledge.Looker }

func (fewMakers) Maker(id string) (*knowledge.Maker, bool) {
	m, ok := map[string]*knowledge.Maker{
		"bigone": {ID: "bigone", Name: "BigOne", Legal: "BigOne Digital Technology Co., Ltd.", Country: "CN"},
		"little": {ID: "little", Name: "Little", Legal: "Little Ltd.", Country: "CN", Parent: "bigone"},
		"other":  {ID: "other", Name: "Other", Legal: "Other AB", Country: "SE", OUINames: []string{"Bright Lighting BV"}},
	}[id]
	return m, ok
}

func (fewMakers) Relations(brand string) []knowledge.Relation {
	if brand != "Housemark" {
		return nil
	}
	return []knowledge.Relation{{Brand: "Housemark", Maker: "other", Status: "own-brand", Confidence: knowledge.High}}
}

func (fewMakers) Lists(maker string, _ time.Time) []knowledge.ListHit {
	if maker != "bigone" {
		return nil
	}
	named := &knowledge.List{ID: "us-list", Jurisdiction: "US", Instrument: "An Act", Sources: []string{"gazette"}, Confidence: knowledge.High}
	rule := &knowledge.List{ID: "uk-rule", Jurisdiction: "GB", Instrument: "A Rule", Rule: "all of the country", Sources: []string{"paper"}, Confidence: knowledge.High}
	rumour := &knowledge.List{ID: "xx-rumour", Jurisdiction: "XX", Instrument: "A rumour", Sources: []string{"(memory)"}, Confidence: knowledge.Low}
	return []knowledge.ListHit{
		{List: named, Entry: &knowledge.ListEntry{Company: "bigone", Date: "2022-11-25", Scope: "video", Confidence: knowledge.High}, ByName: true},
		{List: rule, Entry: &knowledge.ListEntry{Company: "*control:CN", Date: "2023-01-01", Scope: "sensitive sites", Confidence: knowledge.High}},
		{List: rumour, Entry: &knowledge.ListEntry{Company: "bigone", Date: "2023-01-01", Scope: "all", Confidence: knowledge.Low}, ByName: true},
	}
}

func (fewMakers) Weaknesses(maker, model, firmware string) []knowledge.Weakness {
	if maker != "bigone" || firmware != "5.4.0" {
		return nil
	}
	return []knowledge.Weakness{
		{CVE: "CVE-2021-36260", Product: "cameras", Type: "command injection", Fixed: "5.5.800", Score: "9.8", KEV: true, KEVDate: "2022-01-10", Source: "record", Confidence: knowledge.High},
		{CVE: "CVE-0000-0000", Product: "rumour", Confidence: knowledge.Low},
	}
}

func (fewMakers) Doubtful(maker, _, firmware string) []knowledge.Weakness {
	if maker != "bigone" || firmware != "5.4.9" {
		return nil
	}
	return []knowledge.Weakness{{CVE: "CVE-2021-36260", Product: "cameras", Type: "command injection", KEV: true, KEVDate: "2022-01-10", Source: "record", Confidence: knowledge.High}}
}

func (fewMakers) Newer(maker, model, firmware string) (knowledge.Release, bool) {
	return knowledge.Release{Maker: "bigone", Model: "B-1", Version: "6.0.0", Source: "page"}, maker == "bigone" && model == "B-1" && firmware < "6"
}

func (fewMakers) ListRules(time.Time) []knowledge.ListHit {
	hit := func(id, country, company, certificate string, c knowledge.Confidence) knowledge.ListHit {
		return knowledge.ListHit{List: &knowledge.List{ID: id, Jurisdiction: country, Instrument: "An order", Sources: []string{"gazette"}, Confidence: c},
			Entry: &knowledge.ListEntry{Company: company, Certificate: certificate, Date: "2024-01-01", Scope: "offices", Confidence: c}}
	}
	return []knowledge.ListHit{
		hit("in-paper", "IN", "*uncertified", "STQC", knowledge.High),
		hit("tw-badge", "TW", "*brand:SE", "", knowledge.High),
		hit("kr-label", "KR", "*mislabelled:CN", "", knowledge.High),
		hit("xx-rumour", "XX", "*mislabelled:CN", "", knowledge.Low),
	}
}

// reason is one argument for a maker.
func reason(channel, trust string) cordon.Reason {
	return cordon.Reason{Weight: 0.8, Channel: channel, Trust: trust, Text: "it says so", Source: "made up"}
}

// made is a belief in a maker by arguments over channels, each "channel:trust".
func made(key, name string, by ...string) cordon.Belief {
	b := cordon.Belief{Key: key, Value: name, Confidence: 0.9}
	for _, x := range by {
		channel, trust, _ := strings.Cut(x, ":")
		b.Reasons = append(b.Reasons, reason(channel, trust))
	}
	return b
}

type checkCase struct {
	code  string
	name  string
	class string
	maker cordon.Belief
	brand string
	fw    string
	seen  []cordon.Observation
	flows []cordon.Flow
	addr  string // of the device, empty: a private one
	model string
	lists []string        // that the owner chose
	claim *cordon.Claim   // of the owner's inventory
	with  []string        // ids of other devices that show the facts of seen too
	want  cordon.Severity // empty: no finding
}

// answers are facts that came as answers.
func answers(kindsAndValues ...string) []cordon.Observation {
	os := facts(kindsAndValues...)
	for i := range os {
		os[i].By.Asked = true
	}
	return os
}

func facts(kindsAndValues ...string) []cordon.Observation {
	var os []cordon.Observation
	for i := 0; i < len(kindsAndValues); i += 2 {
		at := noon.Add(time.Duration(i) * time.Second)
		os = append(os, cordon.Observation{At: at, Last: at.Add(time.Minute), Count: 3, Kind: cordon.Kind(kindsAndValues[i]), Value: kindsAndValues[i+1]})
	}
	return os
}

var cam, pc = cordon.ClassCamera, cordon.ClassComputer

var checkCases = []checkCase{
	{code: "maker-listed", name: "two channels, one high", want: cordon.High, maker: made("bigone", "BigOne", "sadp:high", "http:medium")},
	{code: "maker-listed", name: "one channel", maker: made("bigone", "BigOne", "sadp:high", "sadp:high")},
	{code: "maker-listed", name: "hints are no channels", maker: made("bigone", "BigOne", "sadp:high", "registered prefix:medium", "badge:high")},
	{code: "maker-listed", name: "none high", maker: made("bigone", "BigOne", "sadp:medium", "http:medium")},
	{code: "maker-listed", name: "on no list", maker: made("other", "Other", "sadp:high", "http:high")},
	{code: "maker-possibly-listed", name: "one channel", want: cordon.Low, maker: made("bigone", "BigOne", "sadp:high")},
	{code: "maker-possibly-listed", name: "established", maker: made("bigone", "BigOne", "sadp:high", "http:medium")},
	{code: "maker-possibly-listed", name: "nothing known"},

	{code: "label-versus-truth", name: "another's badge", want: cordon.Medium, brand: "Housemark", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "label-versus-truth", name: "its own", brand: "BIGONE", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "label-versus-truth", name: "its parent's", brand: "BigOne", maker: made("little", "Little", "sadp:high")},
	{code: "label-versus-truth", name: "a brand it owns", brand: "Housemark", maker: made("other", "Other", "sadp:high")},
	{code: "label-versus-truth", name: "as it registers addresses", brand: "Bright Hue", maker: made("other", "Other", "sadp:high")},
	{code: "label-versus-truth", name: "no badge", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "label-versus-truth", name: "no maker", brand: "Housemark"},

	{code: "known-weakness", name: "in the range and exploited", want: cordon.Critical, fw: "5.4.0", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "known-weakness", name: "newer", fw: "5.6.0", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "known-weakness", name: "another maker", fw: "5.4.0", maker: made("other", "Other", "sadp:high")},

	{code: "open-video", name: "described to nobody in particular", class: cam, want: cordon.High, seen: facts("rtsp.open", "yes")},
	{code: "open-video", name: "a player's", class: pc, seen: facts("rtsp.open", "yes")},
	{code: "open-video", name: "only served", class: cam, seen: facts("rtsp.video", "H264")},

	{code: "factory-state", name: "not activated", want: cordon.High, seen: facts("sadp.activated", "false")},
	{code: "factory-state", name: "activated", seen: facts("sadp.activated", "true")},
	{code: "factory-state", name: "a Gwell camera without a password", class: cam, want: cordon.High, seen: facts("gwell.password", "unset")},
	{code: "factory-state", name: "a Gwell camera with one", class: cam, seen: facts("gwell.password", "set")},

	{code: "cleartext-login", name: "basic", want: cordon.High, seen: facts("http.login", "basic")},
	{code: "cleartext-login", name: "digest", want: cordon.Low, seen: facts("rtsp.login", "digest")},
	{code: "cleartext-login", name: "hashed by its protocol", want: cordon.Low, seen: facts("xm.login", "present")},
	{code: "cleartext-login", name: "both", want: cordon.High, seen: facts("rtsp.login", "digest", "ftp.login", "present")},
	{code: "cleartext-login", name: "only its result", seen: facts("http.login_result", "refused")},

	{code: "cleartext-video", name: "RTP", class: cam, want: cordon.Medium, seen: facts("rtp.video", "H264")},
	{code: "cleartext-video", name: "inside the RTSP connection", class: cam, want: cordon.Medium, flows: []cordon.Flow{{App: "rtsp", PayloadSent: 200_000, Shape: cordon.Shape{BigSent: 0.9}, First: noon, Last: noon}}},
	{code: "cleartext-video", name: "stills again and again", class: cam, want: cordon.Medium, seen: facts("http.content_type", "image/jpeg")},
	{code: "cleartext-video", name: "a page", class: cam, seen: facts("http.content_type", "text/html")},
	{code: "cleartext-video", name: "it only offers some", class: cam, seen: facts("rtsp.video", "H264")},
	{code: "cleartext-video", name: "a call", class: pc, seen: facts("rtp.video", "H264")},

	{code: "port-mapping", name: "asked", want: cordon.High, seen: facts("upnp.portmap", "tcp 554 -> 10.0.0.5:554")},
	{code: "port-mapping", name: "only searched", seen: facts("ssdp.search", "urn:schemas-upnp-org:device:InternetGatewayDevice:1")},
	{code: "port-mapping-search", name: "searched", class: cam, want: cordon.Low, seen: facts("ssdp.search", "urn:schemas-upnp-org:device:InternetGatewayDevice:1")},
	{code: "port-mapping-search", name: "asked too", class: cam, seen: facts("ssdp.search", "urn:schemas-upnp-org:device:InternetGatewayDevice:1", "upnp.portmap", "x")},
	{code: "port-mapping-search", name: "looks for speakers", class: cam, seen: facts("ssdp.search", "urn:dial-multiscreen-org:service:dial:1")},
	{code: "port-mapping-search", name: "a laptop", class: pc, seen: facts("ssdp.search", "urn:schemas-upnp-org:device:InternetGatewayDevice:1")},

	{code: "firmware-in-clear", name: "TFTP of what could not be told", want: cordon.High, seen: facts("tftp.read", "/update.sh")},
	{code: "firmware-in-clear", name: "a telephone's settings", want: cordon.Medium, seen: facts("tftp.read", "SEP001122334455.cnf.xml")},
	{code: "firmware-in-clear", name: "HTTP", class: cam, want: cordon.Medium, seen: facts("http.download", "http://a.example/fw.bin 100 application/octet-stream")},
	{code: "firmware-in-clear", name: "somebody's download", seen: facts("http.download", "http://a.example/setup.exe 100 application/octet-stream")},
	{code: "firmware-in-clear", name: "a computer's TFTP", class: pc, seen: facts("tftp.read", "/update.sh")},

	{code: "cleartext-service", name: "Telnet", class: cam, want: cordon.Medium, seen: facts("telnet.banner", "login:")},
	{code: "cleartext-service", name: "a server's FTP", class: cordon.ClassServer, seen: facts("ftp.banner", "220")},
	{code: "cleartext-service", name: "SSH", class: cam, seen: facts("ssh.banner", "SSH-2.0")},

	{code: "cloud-enabled", name: "on", want: cordon.Medium, seen: facts("sadp.cloud", "true")},
	{code: "cloud-enabled", name: "off", seen: facts("sadp.cloud", "false")},

	{code: "open-video", name: "media came", class: cam, want: cordon.High, seen: answers("rtsp.open", "yes", "rtsp.media", "yes")},
	{code: "open-video", name: "described to us and not played", class: cam, seen: answers("rtsp.open", "yes")},
	{code: "factory-state", name: "Dahua before its first password", want: cordon.High, seen: answers("dhip.initialised", "no")},
	{code: "factory-state", name: "Dahua after it", seen: answers("dhip.initialised", "yes")},
	{code: "cloud-enabled", name: "by its settings", want: cordon.Medium, seen: answers("cloud.enabled", "P2P")},
	{code: "cleartext-service", name: "Telnet is on", class: cam, want: cordon.Medium, seen: answers("service.enabled", "telnet")},
	{code: "cleartext-service", name: "SSH is on", class: cam, seen: answers("service.enabled", "ssh")},

	{code: "factory-password", name: "a maker's", want: cordon.Critical, seen: answers("password.factory", "bigone admin")},
	{code: "factory-password", name: "none tried", seen: answers("auth.limit", "5")},
	{code: "no-password", name: "none", want: cordon.Critical, seen: answers("password.none", "rtsp")},
	{code: "no-password", name: "one is asked for", seen: answers("http.realm", "x")},

	{code: "password-odd", name: "an answer", want: cordon.Low, seen: answers("password.odd", "odd")},
	{code: "password-odd", name: "plain ones", seen: answers("password.tried", "2 of 2")},
	{code: "password-waits", name: "until a time", want: cordon.Info, seen: answers("password.tried", "1 of 3", "password.waits", "2026-01-02T12:30:00Z")},
	{code: "password-waits", name: "for ever", want: cordon.Info, seen: answers("password.waits", "never: no room")},
	{code: "password-waits", name: "one was right", seen: answers("password.waits", "2026-01-02T12:30:00Z", "password.factory", "bigone admin")},
	{code: "password-waits", name: "all were tried", seen: answers("password.tried", "2 of 2")},
	{code: "password-untried", name: "in the clear only", class: cam, want: cordon.Info, seen: answers("password.untried", "clear")},
	{code: "password-untried", name: "for another reason", class: cam, want: cordon.Info, seen: answers("password.untried", "moonlight")},
	{code: "password-untried", name: "some were", class: cam, seen: answers("password.untried", "clear", "password.tried", "1 of 1")},
	{code: "password-untried", name: "a computer's", class: pc, seen: answers("password.untried", "nowhere")},

	{code: "weak-tls", name: "TLS 1.0", class: cam, want: cordon.Medium, seen: answers("tls.version", "TLS 1.0")},
	{code: "weak-tls", name: "TLS 1.2", class: cam, seen: answers("tls.version", "TLS 1.2")},
	{code: "weak-tls", name: "a computer's", class: pc, seen: answers("tls.version", "TLS 1.0")},
	{code: "weak-tls", name: "a short key", class: cam, want: cordon.Medium, seen: answers("tls.weak", "RSA 1024")},
	{code: "certificate-expired", name: "last year", class: cam, want: cordon.Low, seen: answers("tls.not_after", "2025-06-01T00:00:00Z")},
	{code: "certificate-expired", name: "a day is enough", class: cam, want: cordon.Low, seen: answers("tls.not_after", "2025-06-01")},
	{code: "certificate-expired", name: "next year", class: cam, seen: answers("tls.not_after", "2027-06-01")},
	{code: "certificate-self-signed", name: "by itself", class: cam, want: cordon.Info, seen: answers("tls.self_signed", "yes", "tls.subject", "CN=cam")},
	{code: "certificate-self-signed", name: "by another", class: cam, seen: answers("tls.subject", "CN=cam")},
	{code: "shared-key", name: "with another camera", class: cam, with: []string{"aa:bb:cc:00:11:33"}, want: cordon.Medium, seen: answers("tls.key", "00ff")},
	{code: "shared-key", name: "its own", class: cam, seen: answers("tls.key", "00ff")},
	{code: "no-https", name: "HTTP alone", class: cam, want: cordon.Low, seen: answers("scan.ports", "30", "tcp.open", "80", "http.title", "login")},
	{code: "no-https", name: "HTTPS too", class: cam, seen: answers("scan.ports", "30", "tcp.open", "80", "tcp.open", "443", "http.title", "login")},
	{code: "no-https", name: "not asked", class: cam, seen: facts("http.title", "login")},
	{code: "no-https", name: "no page", class: cam, seen: answers("scan.ports", "30", "tcp.open", "80")},
	{code: "rtsp-unencrypted", name: "answered", class: cam, want: cordon.Low, seen: answers("rtsp.server", "x", "rtsp.realm", "y")},
	{code: "rtsp-unencrypted", name: "overheard", class: cam, seen: facts("rtsp.server", "x")},
	{code: "old-server", name: "Dropbear of 2012", class: cam, want: cordon.Medium, seen: answers("ssh.banner", "SSH-2.0-dropbear_2012.55")},
	{code: "old-server", name: "Dropbear of 2020", class: cam, seen: answers("ssh.banner", "SSH-2.0-dropbear_2020.81")},
	{code: "old-server", name: "OpenSSH 6.6, of which nothing was read", class: cam, seen: answers("ssh.banner", "SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2")},
	{code: "old-server", name: "OpenSSH 9.6", class: cam, seen: answers("ssh.banner", "SSH-2.0-OpenSSH_9.6")},
	{code: "old-server", name: "SSH 1.99 speaks 2", class: cam, seen: answers("ssh.banner", "SSH-1.99-OpenSSH_8.0")},
	{code: "old-server", name: "SSH 1.5", class: cam, want: cordon.Medium, seen: answers("ssh.banner", "SSH-1.5-x")},
	{code: "old-server", name: "the vsFTPd with the back door", class: cam, want: cordon.Medium, seen: answers("ftp.banner", "220 (vsFTPd 2.3.4)")},
	{code: "old-server", name: "a vsFTPd before the back door", class: cam, seen: answers("ftp.banner", "220 (vsFTPd 2.3.3)")},
	{code: "old-server", name: "a vsFTPd after it", class: cam, seen: answers("ftp.banner", "220 (vsFTPd 2.3.5)")},
	{code: "secret-given-away", name: "a vacuum's key", want: cordon.High, seen: answers("miio.token", "present")},
	{code: "secret-given-away", name: "a DDNS account", class: cam, want: cordon.High, seen: answers("vstarcam.ddns_login", "present")},
	{code: "secret-given-away", name: "a hidden key", seen: answers("miio.present", "yes", "vstarcam.present", "yes")},
	{code: "onvif-open", name: "its users", want: cordon.High, seen: answers("onvif.open", "GetUsers")},
	{code: "onvif-open", name: "its time", seen: answers("onvif.time", noon.Format(time.RFC3339))},
	{code: "clock-off", name: "an hour behind", want: cordon.Low, seen: answers("onvif.time", "2026-01-02T11:00:00Z")},
	{code: "clock-off", name: "by its own page", want: cordon.Low, seen: answers("http.time", "2026-01-02T13:00:00Z")},
	{code: "clock-off", name: "a minute ahead", seen: answers("onvif.time", "2026-01-02T12:01:00Z")},
	{code: "clock-off", name: "no time at all", seen: answers("onvif.time", "yesterday")},
	{code: "accounts", name: "somebody's", want: cordon.Low, seen: answers("auth.user", "helpdesk administrator")},
	{code: "accounts", name: "the usual one and one that was named", seen: answers("auth.user", "Admin administrator", "auth.user", "nvr operator")},
	{code: "stranger-access", name: "through the cloud", want: cordon.High, seen: answers("auth.access", "2026-01-01T03:04:05Z ok cloud admin")},
	{code: "stranger-access", name: "refused", want: cordon.Medium, seen: answers("auth.access", "2026-01-01T03:04:05Z refused 203.0.113.9 admin")},
	{code: "stranger-access", name: "now", want: cordon.High, seen: answers("auth.session", "203.0.113.9 admin")},
	{code: "account-refused", name: "by its web server", want: cordon.Low, seen: answers("auth.refused", "web auditor")},
	{code: "account-refused", name: "none was", seen: answers("auth.user", "auditor admin")},
	{code: "own-settings", name: "its servers, card and rule", want: cordon.Info, seen: answers("clock.ntp", "pool.ntp.org", "net.dns", "8.8.8.8", "storage.card", "sda ok", "auth.limit", "5", "auth.window", "1800")},
	{code: "own-settings", name: "sound", want: cordon.Info, seen: answers("onvif.audio", "G711", "onvif.sources", "1")},
	{code: "own-settings", name: "one lens", seen: answers("onvif.sources", "1")},
	{code: "own-settings", name: "a rule without a time", want: cordon.Info, seen: answers("auth.limit", "5", "auth.window", "x")},
	{code: "own-settings", name: "none read", seen: answers("auth.window", "1800")},
	{code: "stranger-access", name: "from inside", seen: answers("auth.session", "192.168.8.5 admin", "auth.access", "2026-01-01T03:04:05Z ok 10.0.0.5 admin")},
	{code: "stranger-access", name: "garbage", seen: answers("auth.session", "", "auth.access", "ok ok")},
	{code: "classifies-people", name: "by descent", want: cordon.High, seen: answers("analytics.people", "ethnicity")},
	{code: "classifies-people", name: "by glasses", want: cordon.Medium, seen: answers("analytics.people", "glasses")},
	{code: "classifies-people", name: "not at all", seen: answers("service.enabled", "onvif")},
	{code: "behind-recorder", name: "behind one", want: cordon.Info, seen: answers("recorder.behind", "10.0.0.5 channel 3")},
	{code: "behind-recorder", name: "met itself", seen: answers("recorder.channel", "3 address=10.0.0.9")},
	{code: "port-mapped", name: "to it", class: cam, with: []string{"router"}, addr: "192.168.8.21", want: cordon.High, seen: facts("igd.mapping", "tcp 8554 -> 192.168.8.21:554 cam")},
	{code: "port-mapped", name: "to nothing", class: cordon.ClassRouter, addr: "192.168.8.1", want: cordon.Medium, seen: facts("igd.mapping", "tcp 8554 -> 192.168.8.99:554")},
	{code: "port-mapped", name: "to another", class: cordon.ClassRouter, addr: "192.168.8.1", seen: facts("igd.mapping", "tcp 8554 -> 192.168.8.22:554")},
	{code: "public-address", name: "IPv4", class: cam, addr: "203.0.113.9", want: cordon.High, seen: answers("tcp.open", "554")},
	{code: "public-address", name: "IPv6", class: cam, addr: "2001:db8::9", want: cordon.Low, seen: answers("tcp.open", "554")},
	{code: "public-address", name: "private", class: cam, addr: "10.0.0.9", seen: answers("tcp.open", "554")},
	{code: "public-address", name: "a server's", class: cordon.ClassServer, addr: "203.0.113.9", seen: answers("tcp.open", "443")},

	{code: "claim-versus-truth", name: "another maker", claim: &cordon.Claim{Line: 4, Maker: "Other AB"}, maker: made("bigone", "BigOne", "sadp:high", "http:medium"), want: cordon.High},
	{code: "claim-versus-truth", name: "another maker, less sure", claim: &cordon.Claim{Line: 4, Maker: "Other AB"}, maker: made("bigone", "BigOne", "sadp:high"), want: cordon.Medium},
	{code: "claim-versus-truth", name: "another origin", claim: &cordon.Claim{Line: 4, Origin: "Made in Sweden"}, maker: made("bigone", "BigOne", "sadp:high", "http:medium"), want: cordon.Medium},
	{code: "claim-versus-truth", name: "another brand", claim: &cordon.Claim{Line: 4, Brand: "Housemark"}, maker: made("bigone", "BigOne", "sadp:high"), want: cordon.Medium},
	{code: "claim-versus-truth", name: "as it is", claim: &cordon.Claim{Line: 4, Maker: "BigOne Digital", Origin: "China"}, maker: made("bigone", "BigOne", "sadp:high")},
	{code: "claim-versus-truth", name: "a brand that it builds for", claim: &cordon.Claim{Line: 4, Brand: "Housemark"}, maker: made("other", "Other", "sadp:high")},
	{code: "claim-versus-truth", name: "nothing known of the maker", claim: &cordon.Claim{Line: 4, Maker: "Other AB"}},
	{code: "claim-versus-truth", name: "no inventory", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "covered-by-rule", name: "no certificate on paper", class: cam, lists: []string{"in"}, claim: &cordon.Claim{Line: 4, Certificate: "CE"}, want: cordon.Medium},
	{code: "covered-by-rule", name: "the certificate is there", class: cam, lists: []string{"in"}, claim: &cordon.Claim{Line: 4, Certificate: "STQC ER 123"}},
	{code: "covered-by-rule", name: "nobody chose the list", class: cam, claim: &cordon.Claim{Line: 4, Certificate: "CE"}},
	{code: "covered-by-rule", name: "the badge's owner", class: cam, brand: "Housemark", maker: made("other", "Other", "sadp:high"), want: cordon.Medium},
	{code: "covered-by-rule", name: "another's badge", class: cam, brand: "Bright"},
	{code: "covered-by-rule", name: "the label", class: cam, claim: &cordon.Claim{Line: 4, Origin: "Korea"}, maker: made("bigone", "BigOne", "sadp:high", "http:medium"), want: cordon.Medium},
	{code: "covered-by-rule", name: "the label, of a maker not established", class: cam, claim: &cordon.Claim{Line: 4, Origin: "Korea"}, maker: made("bigone", "BigOne", "sadp:high")},
	{code: "covered-by-rule", name: "the label tells", class: cam, claim: &cordon.Claim{Line: 4, Origin: "CN"}, maker: made("bigone", "BigOne", "sadp:high", "http:medium")},
	{code: "possible-weakness", name: "not decided", fw: "5.4.9", maker: made("bigone", "BigOne", "sadp:high"), want: cordon.Medium},
	{code: "possible-weakness", name: "certain is another finding", fw: "5.4.0", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "old-firmware", name: "a newer one is listed", model: "B-1", fw: "5.4.0", maker: made("bigone", "BigOne", "sadp:high"), want: cordon.Low},
	{code: "old-firmware", name: "the newest", model: "B-1", fw: "6.0.0", maker: made("bigone", "BigOne", "sadp:high")},
	{code: "not-in-inventory", name: "in nobody's inventory", class: cam, want: cordon.Info},
	{code: "not-in-inventory", name: "no inventory given", class: cam},
	{code: "not-in-inventory", name: "it is there", class: cam, claim: &cordon.Claim{Line: 4}},

	{code: "cleartext-identity", name: "serial", want: cordon.Info, seen: facts("sadp.serial", "DS-2CD…#0123")},
	{code: "cleartext-identity", name: "a name", seen: facts("dhcp.hostname", "camera")},
}

func (c *checkCase) in() In {
	d := &cordon.Device{ID: "aa:bb:cc:00:11:22", First: noon, Last: noon.Add(time.Hour)}
	d.Identity = cordon.Identity{Class: cordon.Belief{Value: c.class}, Brand: cordon.Belief{Value: c.brand, Confidence: 0.7}, Maker: c.maker, Firmware: cordon.Belief{Value: c.fw}}
	d.Identity.Model.Value = c.model
	shared := &Shared{}
	shared.Take(netip.MustParseAddr("192.168.8.22"))
	if c.addr != "" {
		a := netip.MustParseAddr(c.addr)
		d.Interfaces = []cordon.Interface{{Addrs: []netip.Addr{a}}}
		shared.Take(a)
	}
	for _, o := range c.seen {
		shared.Add(d.ID, o)
		for _, id := range c.with {
			shared.Add(id, o)
		}
	}
	return In{Know: fewMakers{}, Device: d, Listed: Lists(fewMakers{}, c.maker, nil, noon), Seen: c.seen, Flows: c.flows, Now: noon,
		Shared: shared, Claims: c.claim != nil || c.name == "in nobody's inventory", Claim: c.claim, Chosen: c.lists, Accounts: []string{"nvr"}}
}

func TestChecks(t *testing.T) {
	fired, quiet := map[string]bool{}, map[string]bool{}
	for _, c := range checkCases {
		t.Run(c.code+"/"+c.name, func(t *testing.T) {
			got := slices.DeleteFunc(Device(c.in()), func(f cordon.Finding) bool { return f.Code != c.code })
			if c.want == "" {
				quiet[c.code] = true
				if len(got) > 0 {
					t.Fatalf("found %+v", got)
				}
				return
			}
			fired[c.code] = true
			if len(got) != 1 {
				t.Fatalf("%d findings, want one", len(got))
			}
			checkFinding(t, &got[0], c.want)
		})
	}
	for _, c := range Checks() {
		if !fired[c.Code] || !quiet[c.Code] {
			t.Errorf("%s: needs a case that fires (%v) and one that must not (%v)", c.Code, fired[c.Code], quiet[c.Code])
		}
	}
}

// A check is not run where none of the facts that it names was heard: it must find nothing there.
func TestChecksFindNothingWithoutTheirKinds(t *testing.T) {
	for _, c := range checkCases {
		in := c.in()
		heard := in.Seen
		for _, check := range Checks() {
			if len(check.Kinds) == 0 || check.Besides {
				continue
			}
			in.Seen = slices.DeleteFunc(slices.Clone(heard), func(o cordon.Observation) bool { return slices.Contains(check.Kinds, o.Kind) })
			if got := check.Judge(&in, check); len(got) > 0 {
				t.Errorf("%s/%s: %s finds without its kinds: %+v", c.code, c.name, check.Code, got)
			}
		}
	}
}

func checkFinding(t *testing.T, f *cordon.Finding, want cordon.Severity) {
	t.Helper()
	if f.Severity != want {
		t.Errorf("severity %s, want %s (%s)", f.Severity, want, f.Title)
	}
	if f.Title == "" || f.Detail == "" || f.Fix == "" || len(f.Evidence) == 0 || f.Device == "" || strings.Contains(f.Fix+f.Title+f.Detail, "%!") || strings.Contains(f.Fix, "%s") {
		t.Errorf("something is missing: %+v", f)
	}
	if f.First.Before(noon) || f.Last.Before(f.First) {
		t.Errorf("time %v to %v", f.First, f.Last)
	}
}

// The time of a finding is that of its evidence, not of the device.
func TestFindingTime(t *testing.T) {
	c := checkCase{seen: facts("a.b", "x", "http.login", "basic", "ftp.login", "present")}
	f := Device(c.in())[0]
	if !f.First.Equal(noon.Add(2*time.Second)) || !f.Last.Equal(noon.Add(4*time.Second+time.Minute)) {
		t.Errorf("from %v to %v", f.First, f.Last)
	}
}

func TestListsVerdict(t *testing.T) {
	ids := func(l *Listed) (out []string) {
		for _, x := range l.Lists {
			out = append(out, x.List+": "+x.Verdict)
		}
		return out
	}
	established := made("bigone", "BigOne", "sadp:high", "http:medium")
	hinted := cordon.Belief{Possible: "bigone", Reasons: []cordon.Reason{reason("registered prefix", "medium")}}
	for name, c := range map[string]struct {
		maker cordon.Belief
		want  []string
	}{
		"established":      {established, []string{"us-list: " + Consistent, "uk-rule: " + Consistent}},
		"one channel":      {made("bigone", "BigOne", "sadp:high"), []string{"us-list: " + Possible, "uk-rule: " + Possible}},
		"hinted":           {hinted, []string{"us-list: " + Possible}}, // no country-wide rule on a hint
		"nothing":          {cordon.Belief{}, nil},
		"maker of no list": {made("other", "Other", "sadp:high", "http:high"), nil},
	} {
		got := Lists(fewMakers{}, c.maker, nil, noon)
		if !slices.Equal(ids(got), c.want) {
			t.Errorf("%s: %v, want %v", name, ids(got), c.want)
		}
		for _, l := range got.Lists {
			if (l.Verdict == Possible) != (l.Settle != "") || l.Since == "" || l.Instrument == "" || l.Source == "" {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
}

// A list that the owner did not choose is information; "uk" chooses what GB made.
func TestListsChosen(t *testing.T) {
	maker := made("bigone", "BigOne", "sadp:high", "http:medium")
	for _, c := range []struct {
		chosen []string
		want   cordon.Severity
	}{{nil, cordon.High}, {[]string{"us-list"}, cordon.High}, {[]string{"uk"}, cordon.High}, {[]string{"de"}, cordon.Info}} {
		in := (&checkCase{maker: maker}).in()
		in.Listed = Lists(fewMakers{}, maker, c.chosen, noon)
		got := Device(in)
		if len(got) != 1 || got[0].Severity != c.want {
			t.Errorf("chosen %v: %+v", c.chosen, got)
		}
		if slices.Equal(c.chosen, []string{"uk"}) && (in.Listed.Lists[0].List != "uk-rule" || !strings.Contains(got[0].Title, "uk-rule")) {
			t.Errorf("the list that was chosen is not named first: %+v, %s", in.Listed.Lists, got[0].Title)
		}
	}
}

func TestGrade(t *testing.T) {
	enough := []cordon.Flow{{PacketsSent: 30, PacketsReceived: 30}}
	oneWay := []cordon.Flow{{PacketsSent: 60}}
	find := func(ss ...cordon.Severity) (out []cordon.Finding) {
		for i, s := range ss {
			out = append(out, cordon.Finding{Code: string(rune('a' + i)), Severity: s})
		}
		return out
	}
	for _, c := range []struct {
		name     string
		class    string
		flows    []cordon.Flow
		minutes  int
		cut      bool
		findings []cordon.Finding
		want     string
		score    int
	}{
		{"clean and enough seen", cam, enough, 31, false, nil, "A", 100},
		{"half an hour is not yet over", cam, enough, 29, false, nil, "", 100},
		{"cut short", cam, enough, 31, true, nil, "", 100},
		{"one direction", cam, oneWay, 31, false, nil, "", 100},
		{"only announcements", cam, []cordon.Flow{{PacketsSent: 60, Group: true}}, 31, false, nil, "A", 100},
		{"no conversation", cam, nil, 31, false, nil, "", 100},
		{"too few packets", cam, []cordon.Flow{{PacketsSent: 9, PacketsReceived: 9}}, 31, false, nil, "", 100},
		{"not known what it is", "", enough, 31, false, nil, "", 100},
		{"a little wrong", cam, enough, 31, false, find(cordon.Medium, cordon.Low), "B", 80},
		{"bad needs no more", cam, oneWay, 1, true, find(cordon.High), "C", 70},
		{"two high", cam, enough, 31, false, find(cordon.High, cordon.High, cordon.Info), "E", 40},
		{"critical", cam, enough, 31, false, find(cordon.Critical, cordon.High), "F", 10},
		{"never below nought", cam, enough, 31, false, find(cordon.Critical, cordon.Critical), "F", 0},
	} {
		in := (&checkCase{class: c.class, maker: axisMaker, flows: c.flows}).in()
		in.Device.Last = noon.Add(time.Duration(c.minutes) * time.Minute)
		in.Cut = c.cut
		g := Grade(in, c.findings)
		if g.Letter != c.want || g.Score != c.score {
			t.Errorf("%s: %q %d, want %q %d", c.name, g.Letter, g.Score, c.want, c.score)
		}
		if (g.Letter == "") != (g.Why != "") {
			t.Errorf("%s: letter %q, why %q", c.name, g.Letter, g.Why)
		}
		sum := 100
		for _, s := range g.Steps {
			sum -= s.Points
		}
		if max(0, sum) != g.Score {
			t.Errorf("%s: steps give %d, score %d", c.name, sum, g.Score)
		}
	}
}

// A second finding of a code costs nothing more.
func TestGradeChargesOnce(t *testing.T) {
	f := cordon.Finding{Code: "known-weakness", Severity: cordon.High}
	if g := Grade((&checkCase{class: cam}).in(), []cordon.Finding{f, f, f}); g.Score != 70 || len(g.Steps) != 1 {
		t.Errorf("score %d, %d steps", g.Score, len(g.Steps))
	}
}

// A request alone is told as one: nobody may have answered it.
func TestAskedForIsNotFetched(t *testing.T) {
	title := func(seen []cordon.Observation) string {
		for _, f := range Device((&checkCase{class: cam, seen: seen}).in()) {
			if f.Code == "firmware-in-clear" {
				return f.Title + ". " + f.Detail
			}
		}
		return ""
	}
	asked := facts("tftp.read", "/update.sh")
	if s := title(asked); !strings.Contains(s, "asked for a program") || strings.Contains(s, "fetch") {
		t.Errorf("a request: %q", s)
	}
	if s := title(facts("tftp.read", "SEP001122334455.cnf.xml")); !strings.Contains(s, "asked for a file") {
		t.Errorf("a request for settings: %q", s)
	}
	if s := title(append(asked, facts("carved.sha256", "00 12 tftp://192.0.2.1/update.sh")...)); !strings.Contains(s, "fetches") {
		t.Errorf("a file that came: %q", s)
	}
}

func BenchmarkQuietDevice(b *testing.B) {
	c := checkCase{class: pc, flows: make([]cordon.Flow, 9)}
	for range 5 {
		c.seen = append(c.seen, facts("dns.query", "www.example.com", "dhcp.hostname", "laptop")...)
	}
	in := c.in()
	b.ReportAllocs()
	for b.Loop() {
		if len(Device(in)) > 0 {
			b.Fatal("found something")
		}
	}
}
