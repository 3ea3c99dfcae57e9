package watch

import "cordon"

// viewed are the conversations in which a device hands out pictures or sound.
var viewed = map[string]bool{"rtsp": true, "rtp": true, "rtmp": true, "reolink": true, "dahua": true, "dhip": true, "xiongmai": true, "hik-sdk": true, "tvt": true}

// viewLeast is how much a device hands to a client that watches: less is a log-in or a look
// at what there is. A picture of a small camera has so many bytes.
const viewLeast = 16 << 10

var newViewer = &Live{
	Code: "new-viewer", FarEnds: true, Severity: cordon.High,
	Doc:   "somebody watches its stream who never did before",
	Fix:   "Ask who sits there. If nobody should watch, change the camera's password and let only the recorder reach it.",
	Rests: "16 KiB or more of a stream to an address that never had any, after a day of learning the device",
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		if !serves(f) || !viewed[f.App] || f.PayloadSent == 0 {
			return
		}
		if !t.much(viewRun+party(f), f.PayloadSent, viewLeast) {
			return
		}
		t.company(&t.kept.Viewers, f, func(title string) cordon.Finding {
			s := cordon.Medium
			if f.Outside {
				s = cordon.High
			}
			return t.finding(s, party(f), title+" watches its stream for the first time", describe(f))
		})
	},
}

// serves reports whether the device answers a call of one other.
func serves(f *cordon.Flow) bool {
	return !f.Opened && !f.Group && f.State == cordon.StateAnswered
}

// party is how a far end is remembered: by its device where it is inside, so that a new
// address makes nobody a stranger, else by its address.
func party(f *cordon.Flow) string {
	if f.Peer != "" {
		return f.Peer
	}
	return f.Far.String()
}

// company notes that somebody had to do with the device and, if he never had before and the
// device has been known for long enough, says what make makes of him.
func (t *turn) company(c **circle, f *cordon.Flow, finding func(whom string) cordon.Finding) {
	if *c == nil {
		*c = &circle{}
	}
	m := (*c).meet(party(f), t.now.Unix(), t.kept.Born)
	if m.first && t.grown() && !(*c).crowded() {
		t.say(finding(whom(f)))
	}
}

// viewRun begins the names of runs that are views, not uploads: they add up for a day.
const viewRun = "view "

// much adds up what belongs together until it is enough, and reports whether it is.
func (t *turn) much(key string, n, least uint64) bool {
	if n >= least {
		return true
	}
	r := t.kept.run(key, t.now)
	if r == nil {
		return false
	}
	if t.now.UnixNano()-r.Last > int64(LearnNetwork) {
		*r = run{First: t.now.UnixNano()}
	}
	r.Sent, r.Last = r.Sent+n, max(r.Last, t.now.UnixNano())
	return r.Sent >= least
}
