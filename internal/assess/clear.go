package assess

import (
	"fmt"
	"strings"

	"cordon"
)

var clearVideo = &Check{
	Code:  "cleartext-video",
	Doc:   "pictures crossed the network unencrypted",
	Fix:   "Keep the camera on a network of its own, or switch it to RTSPS or SRTP if it can.",
	Kinds: []cordon.Kind{"rtp.video", "rtsp.video", "http.content_type"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Medium)
		if media := in.seen("rtp.video"); len(media) > 0 {
			f.Evidence = append(f.Evidence, "RTP media it sent ("+media[0].Value+")")
		}
		if in.streamed() {
			f.Evidence = append(f.Evidence, "a long RTSP conversation in which it sent most of the bytes")
		}
		for _, o := range in.seen("http.content_type") {
			if strings.HasPrefix(o.Value, "multipart/x-mixed-replace") || strings.HasPrefix(o.Value, "image/jpeg") && o.Count >= 3 {
				f.Evidence = append(f.Evidence, "pictures over HTTP ("+o.Value+")")
			}
		}
		if len(f.Evidence) == 0 || !cordon.Watches(in.Device.Identity.Class.Value) {
			return nil
		}
		f.Title = "Its pictures cross the network in the clear"
		f.Detail = "Anybody on the path can watch what this device sees."
		return []cordon.Finding{f}
	},
}

// streamed reports whether media went over an RTSP connection: 100 KB or more, mostly big packets from the device.
func (in *In) streamed() bool {
	for i := range in.Flows {
		f := &in.Flows[i]
		if f.App == "rtsp" && !f.Opened && f.PayloadSent > 100_000 && f.Shape.BigSent > 0.5 {
			return true
		}
	}
	return false
}

// loginKinds are the facts that say that a log-in crossed in the clear, and whether the
// secret itself could be read from it.
var loginKinds = []struct {
	kind     cordon.Kind
	protocol string
}{
	{"http.login", "HTTP"}, {"rtsp.login", "RTSP"}, {"ftp.login", "FTP"}, {"telnet.login", "Telnet"}, {"xm.login", "DVRIP"}, {"mqtt.login", "MQTT"}, {"reolink.login", "Baichuan"},
}

var clearLogin = &Check{
	Code:  "cleartext-login",
	Doc:   "a log-in crossed the network where it can be read or attacked",
	Fix:   "Change the password after moving the device's page to HTTPS, and close the clear-text service.",
	Kinds: []cordon.Kind{"http.login", "rtsp.login", "ftp.login", "telnet.login", "xm.login", "mqtt.login", "reolink.login"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		f := in.finding(c, cordon.Low)
		for _, k := range loginKinds {
			for _, o := range in.seen(k.kind) {
				if o.Value != "digest" {
					f.Severity = cordon.High
				}
				f.Evidence = append(f.Evidence, fmt.Sprintf("%s log-in (%s), first at %s; the credentials were not kept", k.protocol, o.Value, o.At.Format("2006-01-02 15:04:05 MST")))
			}
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
		for _, k := range identityKinds {
			if got := in.seen(k); len(got) > 0 {
				f.Evidence = append(f.Evidence, string(k)+": "+got[0].Value)
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
	Kinds: []cordon.Kind{"rtsp.open"},
	Judge: func(in *In, c *Check) []cordon.Finding {
		if len(in.seen("rtsp.open")) == 0 || !cordon.Watches(in.Device.Identity.Class.Value) {
			return nil
		}
		f := in.finding(c, cordon.High)
		f.Title = "It shows its video to anybody who asks"
		f.Detail = "A stream was described or played with no log-in in the request."
		f.Evidence = []string{"RTSP answered 200 to a request without authorisation"}
		return []cordon.Finding{f}
	},
}
