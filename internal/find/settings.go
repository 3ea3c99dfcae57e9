package find

import (
	"bytes"
	"strings"
	"time"
)

// settingsKinds are what pages that need the owner's account give away, in whatever maker's
// words: isapisettings.go, dahuacgi.go, vapix.go, lapi.go, onvifsettings.go.
var settingsKinds = []Kind{"auth.user", "auth.session", "auth.access", "auth.limit", "auth.window", "service.enabled", "cloud.enabled",
	"analytics.people", "recorder.channel", "recorder.status", "http.time", "clock.ntp", "net.dns", "storage.card", "onvif.sources", "onvif.audio"}

// settings passes on what a page read with a log-in says of accounts, services and cameras behind
// it. It looks at the answer alone: who asked does not matter, but that somebody was let in does.
func (h *httpTalk) settings(a httpAsked, b []byte) {
	if a.login != "basic" && a.login != "digest" || len(b) == 0 {
		return
	}
	switch {
	case strings.HasPrefix(a.path, "/cgi-bin/"):
		h.dahuaSettings(b)
	case a.path == "/axis-cgi/auditlog.cgi":
		h.axisAudit(b)
	case strings.HasPrefix(a.path, "/LAPI/"):
		h.lapiSettings(b)
	case strings.HasPrefix(a.path, "/axis-cgi/"):
		h.axisSettings(b)
	case bytes.Contains(b[:min(len(b), 4096)], envelope):
		h.onvifSettings(b)
	case leadByte(b) == '<': // ISAPI, whose path rebranders rename
		h.isapiSettings(a, b)
	}
}

// word is a value as one word of a fact, "-" when there is none.
func word(s string) string {
	s = strings.Join(strings.Fields(s), "_")
	if len(s) > 64 {
		s = s[:cut(s, 64)]
	}
	return orElse(s, "-")
}

// user passes on an account; nothing for one without a name.
func (h *httpTalk) user(name, level string) {
	if strings.TrimSpace(name) != "" {
		h.emit(h.server, "auth.user", word(name)+" "+word(level))
	}
}

// access passes on a line of the device's own log of log-ins. A time without a zone stays so.
// Which words in the address mean that it came through the cloud is a guess.
func (h *httpTalk) access(at, from, name string, let bool) {
	result := "refused"
	if let {
		result = "ok"
	}
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		at = t.UTC().Format(time.RFC3339)
	}
	at = strings.Replace(strings.TrimSpace(at), " ", "T", 1)
	if strings.Contains(strings.ToLower(from), "cloud") || strings.Contains(strings.ToLower(from), "p2p") {
		from = "cloud"
	}
	h.emit(h.server, "auth.access", word(at)+" "+result+" "+word(from)+" "+word(name))
}

// address passes on an IP address or host name that is set; nothing for what stands for none.
func (h *httpTalk) address(kind Kind, s string) {
	if s = strings.TrimSpace(s); s != "" && s != "0.0.0.0" && s != "::" && !strings.ContainsAny(s, " <>\"") {
		h.emit(h.server, kind, strings.ToLower(s))
	}
}

// switchedOn passes on a service or cloud whose switch says on.
func (h *httpTalk) switchedOn(kind Kind, name, value string) {
	if onWord(value) {
		h.emit(h.server, kind, name)
	}
}

func onWord(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

// channel is a camera behind a recorder.
type channel struct{ number, address, mac, model, firmware, protocol, name string }

// channel passes on a camera behind a recorder; one without an address is the recorder's own input.
func (h *httpTalk) channel(c channel) {
	if textIP(c.address) == "" {
		return
	}
	v := word(c.number) + " address=" + textIP(c.address)
	for _, f := range [...][2]string{{"mac", textMAC(c.mac)}, {"model", c.model}, {"firmware", c.firmware}, {"protocol", c.protocol}, {"name", c.name}} {
		if strings.TrimSpace(f[1]) != "" {
			v += " " + f[0] + "=" + word(f[1])
		}
	}
	h.emit(h.server, "recorder.channel", v)
}

// peopleWords tell what analytics look for, in the makers' words (lower case): ISAPI's face rules,
// Dahua's FeatureList, ONVIF module types. Which words they use is a guess: no maker's list was read.
var peopleWords = []struct{ in, is string }{
	{"ethnic", "ethnicity"}, {"race", "ethnicity"}, {"nation", "ethnicity"}, {"gender", "gender"}, {"sex", "gender"}, {"glass", "glasses"},
	{"mask", "mask"}, {"beard", "beard"}, {"face", "face"}, {"cloth", "clothing"}, {"coat", "clothing"}, {"trouser", "clothing"},
}

// people passes on what a name of a switched-on feature says is told of people.
func (h *httpTalk) people(feature string) {
	feature = strings.ToLower(feature)
	for _, w := range peopleWords {
		if strings.Contains(feature, w.in) && !strings.Contains(feature, "trace") && !strings.Contains(feature, "interface") && !strings.Contains(feature, "surface") {
			h.emit(h.server, "analytics.people", w.is)
		}
	}
	if feature == "age" || strings.HasPrefix(feature, "agegroup") {
		h.emit(h.server, "analytics.people", "age")
	}
}
