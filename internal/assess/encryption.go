package assess

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cordon"
)

var weakTLS = &Check{
	Code:  "weak-tls",
	Doc:   "its encryption is of a version that is no longer safe",
	Fix:   "Update its firmware; where it has a choice, allow TLS 1.2 and later only. If it has none, reach it through something that has.",
	Kinds: []cordon.Kind{"tls.version", "tls.weak"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			o := &in.Seen[i]
			switch {
			case o.Kind == "tls.version" && slices.Contains(oldTLS, o.Value):
				cite(&f, o, "its server chose "+o.Value)
			case o.Kind == "tls.weak":
				cite(&f, o, "its certificate rests on "+o.Value)
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its encryption is out of date"
		f.Detail = "SSL and TLS before 1.2 must not be used any more (RFC 6176, RFC 7568, RFC 8996). Signatures over MD5 and SHA-1 are deprecated (RFC 9155), and the United States disallow SHA-1 and RSA keys below 2048 bits for signing (NIST SP 800-131A)."
		return []cordon.Finding{f}
	},
}

// oldTLS are the versions that RFC 6176, RFC 7568 and RFC 8996 forbid.
var oldTLS = []string{"SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1"}

var certificateOver = &Check{
	Code:  "certificate-expired",
	Doc:   "its certificate is no longer valid",
	Fix:   "Give it a certificate of your own, or have it make a new one.",
	Kinds: []cordon.Kind{"tls.not_after"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			o := &in.Seen[i]
			if end, ok := day(o.Value); o.Kind == "tls.not_after" && ok && end.Before(in.Now) {
				cite(&f, o, "its certificate was valid until "+end.UTC().Format(time.DateOnly))
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its certificate has run out"
		f.Detail = "Who is used to clicking the warning away does so too when somebody sits in between."
		return []cordon.Finding{f}
	},
}

// day reads a moment or a day.
func day(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

var selfSigned = &Check{
	Code:  "certificate-self-signed",
	Doc:   "its certificate is signed by itself",
	Fix:   "Where its page is used, give it a certificate of your own authority; otherwise note the fingerprint once and compare.",
	Kinds: []cordon.Kind{"tls.self_signed", "tls.subject"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		f := in.finding(c, cordon.Info)
		for i := range in.Seen {
			if o := &in.Seen[i]; o.Kind == "tls.self_signed" {
				cite(&f, o, "self-signed certificate"+in.subject())
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its certificate vouches for itself"
		f.Detail = "Usual for cameras. A browser cannot tell it from somebody who sits in between."
		return []cordon.Finding{f}
	},
}

func (in *In) subject() string {
	for i := range in.Seen {
		if in.Seen[i].Kind == "tls.subject" {
			return " of " + in.Seen[i].Value
		}
	}
	return ""
}

var sharedKey = &Check{
	Code:  "shared-key",
	Doc:   "several devices answer with one and the same private key",
	Fix:   "Have each device make a key and certificate of its own. Where it cannot, count its encryption as readable by whoever owns another one.",
	Kinds: []cordon.Kind{"tls.key"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.Kind != "tls.key" {
				continue
			}
			if with := in.Shared.others(o.Value, in.Device.ID); len(with) > 0 {
				cite(&f, o, fmt.Sprintf("public key SHA-256 %s, also shown by %s", short(o.Value), few(with)))
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It shares its private key with other devices"
		f.Detail = "Who takes the key out of one of them, or out of a firmware file, can pose as all of them. Two interfaces of one device look the same."
		return []cordon.Finding{f}
	},
}

func short(hash string) string { return hash[:min(len(hash), 16)] }

// few names the first devices of many.
func few(ids []string) string {
	const most = 5
	if n := len(ids) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), n)
	}
	return strings.Join(ids, ", ")
}

// webPorts and securePorts are where cameras serve their pages (knowledge/ports.toml).
var (
	webPorts    = []string{"80", "81", "82", "88", "8080", "8081"}
	securePorts = []string{"443", "8443"}
)

var noHTTPS = &Check{
	Code:  "no-https",
	Doc:   "its page is there unencrypted, and not encrypted",
	Fix:   "Switch HTTPS on in the device, and HTTP off; if it cannot, keep it on a network of its own.",
	Kinds: []cordon.Kind{"tcp.open", "http.server", "http.title", "http.realm", "tls.version", "scan.ports"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !in.thing() || !in.has("scan.ports") || in.opens(securePorts) || in.has("tls.version") {
			return nil // not asked, or it does encrypt
		}
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.By.Asked && o.Kind == "tcp.open" && slices.Contains(webPorts, o.Value) && in.servesPages() {
				cite(&f, o, "port "+o.Value+" is open and serves HTTP; no port for HTTPS is")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its page can only be had unencrypted"
		f.Detail = "Who logs in there does so where others on the path can read or change it."
		return []cordon.Finding{f}
	},
}

// opens reports whether one of the ports was found open.
func (in *In) opens(ports []string) bool {
	return slices.ContainsFunc(in.Seen, func(o cordon.Observation) bool {
		return o.Kind == "tcp.open" && slices.Contains(ports, o.Value)
	})
}

// servesPages reports whether an answer over HTTP was heard.
func (in *In) servesPages() bool {
	return in.has("http.server") || in.has("http.title") || in.has("http.realm")
}

var noRTSPS = &Check{
	Code:  "rtsp-unencrypted",
	Doc:   "it offers its video unencrypted",
	Fix:   "Use RTSPS or SRTP if it can; otherwise keep camera and recorder on a network of their own.",
	Kinds: []cordon.Kind{"rtsp.server", "rtsp.realm", "rtsp.sdp"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !cordon.Watches(in.class()) {
			return nil
		}
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			o := &in.Seen[i]
			if o.By.Asked && slices.Contains(c.Kinds, o.Kind) && len(f.Evidence) == 0 {
				cite(&f, o, "it answers RTSP without TLS ("+string(o.Kind)+")")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It offers its video unencrypted"
		f.Detail = "Log-in or not, whoever is on the path of a stream can watch it."
		return []cordon.Finding{f}
	},
}
