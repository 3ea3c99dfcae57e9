package watch

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"cordon"
)

// Many at once: so many different tries in vain within a minute, by one device or at one; or
// so many packets in five seconds that nobody answers (floodRate a second). A recorder whose
// cameras are down tries a few dozen.
const (
	swarmLeast = 64
	floodFor   = 5 // seconds
)

// knocks counts tries of a minute and packets of five seconds. Different ones are counted by
// linear counting (Whang et al., A linear-time probabilistic counting algorithm, 1990).
type knocks struct {
	Minute int64     `json:"minute"`
	Out    [8]uint64 `json:"out"` // far ends and ports that the device tried
	In     [8]uint64 `json:"in"`  // who tried the device
	Five   int64     `json:"five"`
	Sent   uint64    `json:"sent"` // packets without answer
	Got    uint64    `json:"got"`
}

var scanning = &Live{
	Code: scan.Code, FarEnds: true, Severity: cordon.High,
	Doc:   scan.Doc,
	Fix:   scan.Fix,
	Rests: "64 different addresses and ports tried in vain within a minute",
	Ends:  "it was heard for a day without it",
	Calm:  24 * time.Hour,
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		k := t.knocks() // also counts for the rows below
		k.count(f)
		if n := different(&k.Out); f.Opened && n >= swarmLeast {
			t.once("", fmt.Sprintf("It scans: %s addresses and ports tried in vain within a minute", roughly(n)), cordon.High, describe(f))
		}
	},
}

var swarmed = &Live{
	Code: scanned.Code, FarEnds: true, Severity: cordon.Medium,
	Doc:   "somebody, or many, try whether it answers",
	Fix:   scanned.Fix,
	Rests: "64 different addresses that try it in vain within a minute",
	Ends:  "it was heard for a day without it",
	Calm:  24 * time.Hour,
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		if k := t.kept.Knocks; k != nil && !f.Opened {
			if n := different(&k.In); n >= swarmLeast {
				t.once("many", fmt.Sprintf("It is scanned: %s addresses try it in vain within a minute", roughly(n)), cordon.Medium, "one of them: "+describe(f))
			}
		}
	},
}

var flooding = &Live{
	Code: flood.Code, FarEnds: true, Severity: cordon.High,
	Doc:   flood.Doc,
	Fix:   flood.Fix,
	Rests: "2,500 packets in 5 seconds that hardly anybody answers, none of them media",
	Ends:  "it was heard for a day without it",
	Calm:  24 * time.Hour,
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		if k := t.kept.Knocks; k != nil && k.Sent >= floodRate*floodFor {
			t.once("", fmt.Sprintf("It floods: %s packets without an answer in %d seconds", number(int(min(k.Sent, math.MaxInt32))), floodFor), cordon.High, describe(f))
		}
	},
}

var flooded = &Live{
	Code: "is-flooded", FarEnds: true, Severity: cordon.High,
	Doc:   "somebody, or many, send it packets at a rate that serves no purpose but to overwhelm",
	Fix:   "Find out where they come from and block it before the device; a camera that is overwhelmed records nothing.",
	Rests: "2,500 packets in 5 seconds that it hardly answers, none of them media",
	Ends:  "it was heard for a day without it",
	Calm:  24 * time.Hour,
	Heeds: cordon.Suspect,
	Flow: func(t *turn, f *cordon.Flow) {
		if k := t.kept.Knocks; k != nil && k.Got >= floodRate*floodFor {
			t.once("", fmt.Sprintf("It is flooded: %s packets in %d seconds", number(int(min(k.Got, math.MaxInt32))), floodFor), cordon.High, "lately from "+describe(f))
		}
	},
}

// once says something, and again when a minute has gone by.
func (t *turn) once(key, title string, s cordon.Severity, evidence string) {
	if at, ok := t.kept.Stands[name(t.row.Code, key)]; ok && t.now.Unix()-at < toldEvery {
		return
	}
	t.say(t.finding(s, key, title, evidence))
}

// knocks gives the device's counters, those of another minute or five seconds emptied.
func (t *turn) knocks() *knocks {
	k := t.kept.Knocks
	if k == nil {
		k = &knocks{}
		t.kept.Knocks = k
	}
	if m := t.now.Unix() / 60; m != k.Minute {
		k.Minute, k.Out, k.In = m, [8]uint64{}, [8]uint64{}
	}
	if five := t.now.Unix() / floodFor; five != k.Five {
		k.Five, k.Sent, k.Got = five, 0, 0
	}
	return k
}

// count adds a part of a flow.
func (k *knocks) count(f *cordon.Flow) {
	if f.Group {
		return
	}
	if f.Count > 0 && f.Transport == "tcp" && vain(f, f.Opened) && f.PacketsSent+f.PacketsReceived <= 6 {
		b := f.Far.As16()
		h := uint64(f.Port) * 0x9e3779b97f4a7c15
		if !f.Opened {
			h = 0 // one who tries many ports is one
		}
		for _, x := range b {
			h = (h ^ uint64(x)) * 0x100000001b3 // FNV-1a
		}
		h ^= h >> 32
		set := &k.Out
		if !f.Opened {
			set = &k.In
		}
		set[h>>6&7] |= 1 << (h & 63)
	}
	if f.Transport != "tcp" && f.Transport != "udp" && f.Transport != "icmp" || mediaApps[f.App] {
		return
	}
	if f.Shape.BigSent < videoBigShare && f.PacketsSent > 20*f.PacketsReceived && f.Opened {
		k.Sent += f.PacketsSent
	}
	if f.Shape.BigReceived < videoBigShare && f.PacketsReceived > 20*f.PacketsSent && !f.Opened {
		k.Got += f.PacketsReceived
	}
}

// different estimates how many different ones a set of 512 bits has seen; 3,000 when it is full.
func different(set *[8]uint64) int {
	n := 0
	for _, w := range set {
		n += bits.OnesCount64(w)
	}
	if n < 16 {
		return n
	}
	return int(-512 * math.Log(max(512-float64(n), 1.5)/512))
}

// roughly writes an estimate.
func roughly(n int) string {
	if n >= 1500 {
		return "1,500 or more"
	}
	return "about " + number(n)
}
