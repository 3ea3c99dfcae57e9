package assess

import (
	"fmt"
	"slices"
	"strings"

	"cordon"
)

var clearVideo = &Check{
	Code:  "cleartext-video",
	Doc:   "pictures crossed the network unencrypted",
	Fix:   "Keep the camera on a network of its own, or switch it to RTSPS or SRTP if it can.",
	Kinds: []cordon.Kind{"rtp.video", "rtsp.video", "http.content_type"},

	Besides: true,
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !cordon.Watches(in.class()) {
			return nil
		}
		f := in.finding(c, cordon.Medium)
		for i := range in.Seen {
			switch o := &in.Seen[i]; {
			case o.Kind == "rtp.video":
				cite(&f, o, "RTP media it sent ("+o.Value+")")
			case o.Kind == "http.content_type" && pictures(o):
				cite(&f, o, "pictures over HTTP ("+o.Value+")")
			}
		}
		if fl := in.streamed(); fl != nil {
			cite(&f, &cordon.Observation{At: fl.First, Last: fl.Last}, "a long RTSP conversation in which it sent most of the bytes")
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "Its pictures cross the network in the clear"
		f.Detail = "Anybody on the path can watch what this device sees."
		return []cordon.Finding{f}
	},
}

// pictures reports whether what a device serves is moving pictures, or stills again and again.
func pictures(o *cordon.Observation) bool {
	return strings.HasPrefix(o.Value, "multipart/x-mixed-replace") || strings.HasPrefix(o.Value, "image/jpeg") && o.Count >= 3
}

// streamed gives an RTSP conversation in which media went over the connection itself: 100 KB
// or more, mostly big packets from the device. Nil where there is none.
func (in *In) streamed() *cordon.Flow {
	for i := range in.Flows {
		f := &in.Flows[i]
		if f.App == "rtsp" && !f.Opened && f.PayloadSent > 100_000 && f.Shape.BigSent > 0.5 {
			return f
		}
	}
	return nil
}

// loginKinds are the facts that say that a log-in crossed in the clear, with what protocol.
var loginKinds = map[cordon.Kind]string{
	"http.login": "HTTP", "rtsp.login": "RTSP", "ftp.login": "FTP", "telnet.login": "Telnet", "xm.login": "DVRIP",
	"dhip.login": "Dahua", "mqtt.login": "MQTT", "reolink.login": "Baichuan", "topsee.login": "discovery broadcast",
}

// hashedLogins are those in which the password crosses as a digest, which a weak password does not survive.
var hashedLogins = map[cordon.Kind]bool{"xm.login": true, "dhip.login": true, "reolink.login": true}

var clearLogin = &Check{
	Code:  "cleartext-login",
	Doc:   "a log-in crossed the network where it can be read or attacked",
	Fix:   "Change the password after moving the device's page to HTTPS, and close the clear-text service.",
	Kinds: []cordon.Kind{"http.login", "rtsp.login", "ftp.login", "telnet.login", "xm.login", "dhip.login", "mqtt.login", "reolink.login", "topsee.login"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Low)
		for i := range in.Seen {
			o := &in.Seen[i]
			if !strings.HasSuffix(string(o.Kind), ".login") || loginKinds[o.Kind] == "" {
				continue
			}
			if o.Value != "digest" && !hashedLogins[o.Kind] {
				f.Severity = cordon.High
			}
			cite(&f, o, fmt.Sprintf("%s log-in (%s); the credentials were not kept", loginKinds[o.Kind], o.Value))
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "A log-in to it crossed the network in the clear"
		f.Detail = "Whoever could listen has the name and password."
		if f.Severity == cordon.Low {
			f.Title = "A log-in to it crossed unencrypted, as a digest"
			f.Detail = "The password itself did not cross, but a weak one can be guessed from what did."
		}
		return []cordon.Finding{f}
	},
}

// identityKinds are facts that tell model, firmware or serial to whoever listens or asks.
var identityKinds = []cordon.Kind{"sadp.serial", "dhip.serial", "xm.serial", "onvif.serial", "upnp.serial", "http.serial", "http.firmware", "onvif.firmware", "sadp.firmware", "dhip.firmware"}

var clearIdentity = &Check{
	Code:  "cleartext-identity",
	Doc:   "model, firmware or serial number can be had without a log-in",
	Fix:   "Where the device allows it, switch discovery off after installation; keep it on a network of its own.",
	Kinds: identityKinds,
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Info)
		for i := range in.Seen {
			if o := &in.Seen[i]; slices.Contains(identityKinds, o.Kind) {
				cite(&f, o, string(o.Kind)+": "+o.Value)
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It tells who it is without a log-in"
		f.Detail = "With the exact firmware known, finding its weak points takes under a minute."
		return []cordon.Finding{f}
	},
}

var openVideo = &Check{
	Code:  "open-video",
	Doc:   "video was handed out without a log-in",
	Fix:   "Set a password for RTSP in the device, or require one (on many cameras: RTSP authentication, digest).",
	Kinds: []cordon.Kind{"rtsp.open", "rtsp.media"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if !cordon.Watches(in.class()) {
			return nil
		}
		f := in.finding(c, cordon.High)
		for i := range in.Seen {
			switch o := &in.Seen[i]; {
			case o.Kind == "rtsp.media":
				cite(&f, o, "media came to us without a log-in; none was kept")
			case o.Kind == "rtsp.open" && !o.By.Asked: // some describe to anybody and play to nobody
				cite(&f, o, "RTSP answered 200 to a request without authorisation")
			}
		}
		if len(f.Evidence) == 0 {
			return nil
		}
		f.Title = "It shows its video to anybody who asks"
		f.Detail = "A stream was described or played with no log-in in the request."
		return []cordon.Finding{f}
	},
}
