package watch

import (
	"fmt"
	"time"

	"cordon"
)

// damning are those of watchApps that people's own devices do not answer to strangers, so
// that they count also on a device that could not be told. Calls (rtp, sip) they do.
var damning = map[string]bool{
	"rtsp": true, "dahua": true, "dhip": true, "xiongmai": true, "hik-sdk": true, "tvt": true, "reolink": true, "telnet": true,
}

// watchApps are the conversations by which a camera is watched or steered.
var watchApps = map[string]string{
	"rtsp": "watch", "http": "watch or steer", "tls": "watch or steer", "wsd": "look for", "dhip": "log in to", "dahua": "log in to",
	"xiongmai": "log in to", "hik-sdk": "log in to", "tvt": "log in to", "telnet": "log in to", "ssh": "log in to", "ftp": "log in to",
	"reolink": "watch", "rtp": "watch", "rtmp": "watch", "kasa": "steer", "kasa-control": "steer", "tuya-control": "steer", "sip": "call",
}

var stranger = &Alarm{
	Code: "stranger", FarEnds: true, Rollups: true,
	Doc: "somebody outside watches or steers it",
	Fix: "Close the way in at the router now, then change its password and look at its own log.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		if !in.suspect() {
			return nil
		}
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			verb, ok := watchApps[fl.App]
			if !ok || !fl.Outside || fl.Opened || fl.State != cordon.StateAnswered || fl.PayloadSent == 0 {
				return "", ""
			}
			severity := cordon.Critical
			if !in.thing() {
				if severity = cordon.High; !damning[fl.App] {
					return "", ""
				}
			}
			return severity, fmt.Sprintf("Somebody at %s could %s it: %s answered", whom(fl), verb, fl.App)
		})
	},
}

func whom(fl *cordon.Flow) string {
	if p := place(fl); p != "" {
		return fl.Far.String() + " (" + p + ")"
	}
	return fl.Far.String()
}

// Guessing passwords: so many conversations from one far end, in quick succession, each
// too short to be work. A recorder asks for a stream again and again too, so the ports
// that recorders use need more of them, faster.
const (
	guesses       = 10
	guessEvery    = 30 * time.Second
	recorderTries = 30
	recorderEvery = 10 * time.Second
	guessPayload  = 8 << 10 // bytes a conversation, both ways (attack/slips_ssh_bruteforce.pcap: 3.5 kB)
)

// loginPorts are where passwords are guessed; the app may stay unknown when nothing was said.
var loginPorts = map[uint16]string{21: "FTP", 22: "SSH", 23: "Telnet", 2323: "Telnet", 3389: "RDP", 5900: "VNC"}

// recorderPorts are those of them that a recorder comes back to by itself.
var recorderPorts = map[uint16]string{554: "RTSP", 8000: "SDK", 34567: "DVRIP", 37777: "DVRIP"}

// loginApps are where passwords are guessed, on whatever port.
var loginApps = map[string]string{"ftp": "FTP", "ssh": "SSH", "telnet": "Telnet"}

var bruteForce = &Alarm{
	Code: "password-guessing", FarEnds: true, Rollups: true,
	Doc: "passwords are being guessed, against it or by it",
	Fix: "If the guessing comes from outside, block the other side; if from inside, find out what runs there. Give what is guessed at a long password of its own.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			service := guessed(fl)
			switch {
			case service == "":
				return "", ""
			case fl.Opened:
				return cordon.High, fmt.Sprintf("It may be guessing passwords at %s: %s %s conversations", farName(fl), number(fl.Count), service)
			}
			return cordon.High, fmt.Sprintf("%s may be guessing its password: %s %s conversations", fl.Far, number(fl.Count), service)
		})
	},
}

// guessed names the service whose password a far end seems to be guessing, empty for none.
func guessed(fl *cordon.Flow) string {
	if fl.Group || fl.Transport != "tcp" || fl.Count < guesses || fl.State != cordon.StateAnswered || fl.PayloadSent == 0 || fl.PayloadReceived == 0 {
		return ""
	}
	service, tries, every := loginApps[fl.App], guesses, guessEvery
	if service == "" {
		service = loginPorts[fl.Port]
	}
	if service == "" {
		service, tries, every = recorderPorts[fl.Port], recorderTries, recorderEvery
	}
	n := uint64(fl.Count)
	if fl.Count < tries || fl.Last.Sub(fl.First) > time.Duration(n)*every || fl.PayloadSent+fl.PayloadReceived > n*guessPayload {
		return ""
	}
	return service
}
