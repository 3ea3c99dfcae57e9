package watch

import (
	"strings"

	"cordon"
)

// steered are the conversations by which a device is set up, turned or told what to do.
var steered = map[string]bool{
	"dahua": true, "dhip": true, "xiongmai": true, "hik-sdk": true, "tvt": true, "kasa": true, "kasa-control": true, "tuya-control": true,
	"telnet": true, "ssh": true, "ftp": true, "sip": true, "gb28181": true,
}

// steerPaths are parts of the paths by which cameras are turned or changed over HTTP, lower
// case: ONVIF PTZ and device services (ONVIF Core Specification 5.1), Hikvision's ISAPI,
// Dahua's, Axis' and Foscam's CGI.
var steerPaths = []string{
	"/onvif/ptz", "/isapi/ptzctrl", "/ptzctrl", "/cgi-bin/ptz", "/axis-cgi/com/ptz", "/cgi-bin/configmanager.cgi?action=setconfig",
	"/cgi-bin/magicbox.cgi?action=reboot", "/decoder_control.cgi", "/axis-cgi/param.cgi?action=update", "/isapi/system/reboot",
}

var newPilot = &Live{
	Code: "new-controller", FarEnds: true, Severity: cordon.High,
	Doc:   "somebody steers or sets up devices who never did before",
	Fix:   "Ask who sits there. If nobody should, change the camera's password and let only the recorder reach it.",
	Rests: "an answered control conversation with an address that never had one, or a first command (PTZ, ONVIF, ISAPI, a maker's own) by a device, after a day of learning the device",
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		if !serves(f) || !steered[f.App] || f.PayloadSent == 0 {
			return
		}
		t.company(&t.kept.Pilots, f, func(whom string) cordon.Finding {
			s := cordon.Medium
			if f.Outside {
				s = cordon.High
			}
			return t.finding(s, party(f), whom+" opens a control connection to it ("+f.App+") for the first time", describe(f))
		})
	},
}

var pilot = &Live{
	Code: "begins-to-steer", Severity: cordon.Medium,
	Doc:   "a device that never did so before sends commands to cameras",
	Fix:   "Ask who uses it. Recorders, set-up programs and attackers send such commands.",
	Rests: "a first command of its sort (PTZ, ONVIF, ISAPI, a maker's own), after a day of learning the device",
	Fact: func(t *turn, o *cordon.Observation) {
		sort := command(o)
		if sort == "" {
			return
		}
		if t.kept.Pilots == nil {
			t.kept.Pilots = &circle{}
		}
		if t.kept.Pilots.meet("steers "+sort, t.now.Unix(), t.kept.Born).first && t.grown() {
			t.say(t.finding(cordon.Medium, sort, "It sends commands to cameras for the first time: "+sort, string(o.Kind)+" "+o.Value))
		}
	},
}

// command names the sort of command that a fact tells of, empty for none.
func command(o *cordon.Observation) string {
	protocol, field, _ := strings.Cut(string(o.Kind), ".")
	if field == "command" {
		return protocol
	}
	if o.Kind != "http.request" {
		return ""
	}
	v := strings.ToLower(o.Value)
	for _, p := range steerPaths {
		if strings.Contains(v, p) {
			return "HTTP " + p
		}
	}
	return ""
}
