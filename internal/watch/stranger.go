package watch

import (
	"fmt"

	"cordon"
)

// watchApps are the conversations by which a camera is watched or steered.
var watchApps = map[string]string{
	"rtsp": "watch", "http": "watch or steer", "tls": "watch or steer", "wsd": "look for", "dhip": "log in to", "dvrip": "log in to", "xiongmai": "log in to",
	"telnet": "log in to", "ssh": "log in to", "reolink": "watch", "rtp": "watch", "ftp": "log in to", "kasa": "steer",
}

var stranger = &Alarm{
	Code: "stranger", FarEnds: true, Rollups: true,
	Doc: "somebody outside watches or steers it",
	Fix: "Close the way in at the router now, then change its password and look at its own log.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.thing() {
			return nil
		}
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			verb, ok := watchApps[fl.App]
			if !ok || !fl.Outside || fl.Opened || fl.State != cordon.StateAnswered || fl.PayloadSent == 0 {
				return "", ""
			}
			return cordon.Critical, fmt.Sprintf("Somebody at %s (%s) could %s it: %s answered", fl.Far, place(fl), verb, fl.App)
		})
	},
}

// Guessing passwords: so many short log-in conversations from one far end, or so many refusals.
const guesses = 10

// loginPorts are where passwords are guessed; the app may stay unknown when nothing was said.
var loginPorts = map[uint16]string{21: "FTP", 22: "SSH", 23: "Telnet", 2323: "Telnet", 554: "RTSP", 3389: "RDP", 5900: "VNC", 8000: "SDK", 34567: "DVRIP", 37777: "DVRIP"}

var bruteForce = &Alarm{
	Code: "password-guessing", FarEnds: true, Rollups: true,
	Doc: "passwords are being guessed, against it or by it",
	Fix: "Block the other side, and make sure that the password is long and its own.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			service, ok := loginPorts[fl.Port]
			if !ok || fl.Group || fl.Transport != "tcp" || fl.Count < guesses || fl.State != cordon.StateAnswered || fl.PayloadSent == 0 || fl.PayloadReceived == 0 {
				return "", ""
			}
			if fl.Opened {
				return cordon.High, fmt.Sprintf("It may be guessing passwords at %s: %d %s conversations", farName(fl), fl.Count, service)
			}
			return cordon.High, fmt.Sprintf("%s may be guessing its password: %d %s conversations", farName(fl), fl.Count, service)
		})
	},
}
