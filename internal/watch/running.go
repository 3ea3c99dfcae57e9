package watch

import (
	"fmt"
	"time"

	"cordon"
)

// What an upload looks like while it runs: as in upload.go, but nobody waits for its end. A
// trickle is looked at in slots of trickleActive seconds, each with a quarter of the rate at
// least; seven whole ones, 42 s, with a slot begun before and a second for the flow's part and
// one for us, are 50 s: within the minute. The rate is a tenth below trickleRate, because
// packets fall on either side of a slot's edge.
const (
	trickleSlots = 7
	slotBytes    = trickleRate * trickleActive * 9 / 10 // 10,800 at 16 kbit/s
	runPause     = int64(time.Minute)                   // after which an upload is another one
	toldEvery    = 60                                   // seconds between two tellings of what goes on
	maxRuns      = 16                                   // of one device
	runCalm      = 24 * time.Hour
)

// run is a conversation with one far end that may be an upload. Times are nanoseconds.
type run struct {
	First    int64   `json:"first"`
	Last     int64   `json:"last"`
	Sent     uint64  `json:"sent"` // payload
	Received uint64  `json:"received"`
	Active   int     `json:"active"` // seconds
	Big      float64 `json:"big"`    // packets, as are those below
	Packets  float64 `json:"packets"`
	Slot     int64   `json:"slot"` // number of the one that runs
	SlotSent uint64  `json:"slot_sent"`
	Whole    bool    `json:"whole"` // there was something in the slot before it
	Good     int     `json:"good"`  // whole slots before it, without a break, that carried enough
	GoodSent uint64  `json:"good_sent"`
	GoodGot  uint64  `json:"good_got"`
}

var running = &Live{
	Code: upload.Code, FarEnds: true, Severity: cordon.High,
	Doc:   upload.Doc,
	Fix:   upload.Fix,
	Rests: "while it runs: 100 kbit/s or more for 10 active seconds, full packets, 3 times what comes back; 30 seconds and 1 MB where the class is not known",
	Ends:  "it was heard for a day without it",
	Calm:  runCalm,
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		r := t.upward(f)
		if r == nil || !r.video(t.kept.Class, f.App) {
			return
		}
		t.runs(f, fmt.Sprintf("A stream shaped like video leaves to %s: %s at %s until now", farName(f), bytes(r.Sent), bitrate(r.rate())))
	},
}

var seeping = &Live{
	Code: trickle.Code, FarEnds: true, Severity: cordon.High,
	Doc:   trickle.Doc,
	Fix:   trickle.Fix,
	Rests: "while it runs: 16 kbit/s or more for 42 seconds, something in every 6 of them, 3 times what comes back; 126 seconds where the class is not known",
	Ends:  "it was heard for a day without it",
	Calm:  runCalm,
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		if !f.Outside {
			return
		}
		r := t.kept.Runs["up "+farName(f)] // upward has added the part to it
		if r == nil || !r.trickles(t.kept.Class) || r.video(t.kept.Class, f.App) {
			return
		}
		rate := float64(r.GoodSent) / float64(r.Good*trickleActive)
		t.runs(f, fmt.Sprintf("A steady upload leaves to %s%s: %s for %s until now", farName(f), inside(f.App), bitrate(rate), period(float64(r.Good*trickleActive))))
	},
}

// inside says that nobody can see what it is.
func inside(app string) string {
	switch app {
	case "tls", "quic", "":
		return " that cannot be looked into"
	}
	return ""
}

// runs tells of an upload, once in toldEvery while it goes on.
func (t *turn) runs(f *cordon.Flow, title string) {
	if at, ok := t.kept.Stands[name(t.row.Code, "")]; ok && t.now.Unix()-at < toldEvery {
		return
	}
	t.say(t.finding(cordon.High, "", title, describe(f)))
}

// upward adds a part of a flow to its run; nil for a flow that is no upload's.
func (t *turn) upward(f *cordon.Flow) *run {
	if !f.Outside || f.Group || common(f) {
		return nil
	}
	r := t.kept.run("up "+farName(f), t.now)
	if r == nil {
		return nil
	}
	r.add(f)
	return r
}

// run finds or makes a run. Where there is no room the one that rested longest is let go of.
func (k *kept) run(key string, now time.Time) *run {
	at := now.UnixNano()
	if r := k.Runs[key]; r != nil {
		return r
	}
	if k.Runs == nil {
		k.Runs = map[string]*run{}
	}
	if len(k.Runs) >= maxRuns {
		delete(k.Runs, idle(k.Runs))
	}
	r := &run{First: at, Last: at}
	k.Runs[key] = r
	return r
}

// idle gives the run that rested longest.
func idle(runs map[string]*run) string {
	found, least := "", int64(0)
	for n, r := range runs {
		if found == "" || r.Last < least || r.Last == least && n < found {
			found, least = n, r.Last
		}
	}
	return found
}

func (r *run) add(f *cordon.Flow) {
	at := f.Last.UnixNano()
	if at-r.Last > runPause {
		*r = run{First: at}
	}
	r.Last = max(r.Last, at)
	r.Sent += f.PayloadSent
	r.Received += f.PayloadReceived
	r.Active += f.Shape.ActiveSeconds
	r.Packets += float64(f.PacketsSent)
	r.Big += float64(f.PacketsSent) * f.Shape.BigSent
	r.slot(at/int64(time.Second)/trickleActive, f)
	if r.Active > 4*patience*videoTime { // what was long ago counts less and less
		r.Sent, r.Received, r.Active, r.Packets, r.Big = r.Sent/2, r.Received/2, r.Active/2, r.Packets/2, r.Big/2
	}
}

// slot adds a part to the slot that it ends in.
func (r *run) slot(n int64, f *cordon.Flow) {
	if n != r.Slot {
		next := n == r.Slot+1 && r.SlotSent > 0
		if next && r.Whole && r.SlotSent >= slotBytes/4 {
			r.Good++
			r.GoodSent += r.SlotSent
		} else {
			r.Good, r.GoodSent, r.GoodGot = 0, 0, 0
		}
		r.Slot, r.SlotSent, r.Whole = n, 0, next
		if r.Good > 4*patience*trickleSlots {
			r.Good, r.GoodSent, r.GoodGot = r.Good/2, r.GoodSent/2, r.GoodGot/2
		}
	}
	r.SlotSent += f.PayloadSent
	r.GoodGot += f.PayloadReceived
}

// video is In.video for what runs.
func (r *run) video(class, app string) bool {
	seconds, least := videoTime, uint64(0)
	if !cordon.Thing(class) {
		seconds, least = videoTime*patience, enough
	}
	if r.Active < seconds || r.Sent < least || r.rate() < videoRate || r.Sent < uploadRatio*r.Received {
		return false
	}
	return mediaApps[app] || r.Big >= videoBigShare*r.Packets
}

func (r *run) rate() float64 { return float64(r.Sent) / float64(max(1, r.Active)) }

func (r *run) trickles(class string) bool {
	slots := trickleSlots
	if !cordon.Thing(class) {
		slots *= patience
	}
	return r.Good >= slots && r.GoodSent >= uint64(r.Good)*slotBytes && r.GoodSent >= uploadRatio*r.GoodGot
}
