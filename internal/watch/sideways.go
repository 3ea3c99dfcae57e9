package watch

import (
	"fmt"

	"cordon"
)

// entries are the ports by which machines are entered: files, desktops, shells.
var entries = map[uint16]string{
	22: "SSH", 23: "Telnet", 135: "Windows RPC", 139: "Windows shares", 445: "Windows shares", 3389: "a Windows desktop", 5900: "a desktop (VNC)", 5985: "Windows management",
}

var sideways = &Live{
	Code: "reaches-sideways", FarEnds: true, Severity: cordon.High,
	Doc:   "a camera opens conversations to inside machines that it never needed",
	Fix:   "Cameras answer, they do not call. Look at both devices; part the camera network from the office's.",
	Rests: "the first conversation that it opens to an inside device, after a day of learning the device; name, time and address servers do not count",
	Heeds: func(class string) bool { // a recorder's work is to call cameras, and speakers call each other
		return cordon.Watches(class) && class != cordon.ClassRecorder && class != cordon.ClassSpeaker
	},
	Flow: func(t *turn, f *cordon.Flow) {
		if f.Outside || f.Group || !f.Opened || common(f) || announces[f.App] {
			return
		}
		if f.Transport != "tcp" && f.Transport != "udp" || f.Transport == "udp" && f.State != cordon.StateAnswered {
			return
		}
		t.company(&t.kept.Peers, f, func(whom string) cordon.Finding {
			s, what := cordon.Medium, ""
			if e := entries[f.Port]; e != "" && f.Transport == "tcp" {
				s, what = cordon.High, " ("+e+")"
			}
			return t.finding(s, party(f), fmt.Sprintf("It reaches out to %s inside%s for the first time", whom, what), describe(f))
		})
	},
}
