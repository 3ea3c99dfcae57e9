package watch

import (
	"fmt"

	"cordon"
)

// What an upload looks like. Rates are transport payload.
const (
	videoBigShare = 0.5    // video fills its packets
	videoRate     = 12_500 // bytes per active second: 100 kbit/s, the least that carries a moving picture
	videoTime     = 10     // active seconds before that rate means anything
	trickleRate   = 2_000  // bytes per second: 16 kbit/s, a slow trickle of pictures or sound
	trickleTime   = 60     // seconds that a trickle must last
	trickleActive = 6      // of so many seconds at least one must carry something
	uploadRatio   = 3      // sent over received: conversations are more even
	// Programs send their logs for a dozen seconds (benign/ndpi/teams.pcap: 212 kB in 14 s), so
	// what is not known to be a thing must upload longer, and a megabyte if it is to be video.
	patience = 3
	enough   = 1_000_000
)

var upload = &Alarm{
	Code: "video-upload", FarEnds: true, Rollups: true,
	Doc: "a stream with the shape of video leaves the network",
	Fix: "Block the device's way out and ask its maker what is sent there.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.uploads(a, func(g *group) string {
			if !in.video(g) {
				return ""
			}
			return fmt.Sprintf("A stream shaped like video leaves to %s: %s at %s", g.name, bytes(g.sent), bitrate(g.rate()))
		})
	},
}

var trickle = &Alarm{
	Code: "slow-upload", FarEnds: true, Rollups: true,
	Doc: "a steady trickle leaves the network, slower than video",
	Fix: "Find out what it is before you allow it: 16 kbit/s carries sound, or a picture every few seconds.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.uploads(a, func(g *group) string {
			span := g.last.Sub(g.first).Seconds()
			if in.video(g) || span < in.longer(trickleTime) || float64(g.sent) < trickleRate*span || float64(g.active*trickleActive) < span {
				return ""
			}
			return fmt.Sprintf("A steady upload leaves to %s: %s at %s for %s", g.name, bytes(g.sent), bitrate(float64(g.sent)/span), period(span))
		})
	},
}

// uploads makes one finding of the far ends to which the device sends far more than it
// gets, and which judge gives a title, the largest first.
func (in *In) uploads(a *Alarm, judge func(*group) string) []cordon.Finding {
	if !in.suspect() || !in.mayUpload() {
		return nil
	}
	var f cordon.Finding
	n, most := 0, uint64(0)
	for _, g := range outward(in.Flows, func(fl *cordon.Flow) bool { return !fl.Group && !common(fl) }) {
		if g.sent < uploadRatio*g.received {
			continue
		}
		title := judge(g)
		if title == "" {
			continue
		}
		if n++; n == 1 {
			f = in.finding(a, cordon.High)
			f.Detail, f.First, f.Last = a.Doc+".", g.first, g.last
		}
		if g.sent > most {
			most, f.Title = g.sent, title
		}
		widen(&f, g.first, g.last)
		f.Evidence = append(f.Evidence, g.evidence()...)
	}
	return one(f, n)
}

// mayUpload is the cheap question first: does enough leave at all?
func (in *In) mayUpload() bool {
	var sent uint64
	for i := range in.Flows {
		if f := &in.Flows[i]; f.Outside && !f.Group {
			sent += f.PayloadSent
		}
	}
	return sent >= trickleRate*trickleTime
}

// longer is how long something must last for this device.
func (in *In) longer(seconds float64) float64 {
	if in.thing() {
		return seconds
	}
	return seconds * patience
}

// video reports whether what goes to a far end has the rate and the packets of pictures.
func (in *In) video(g *group) bool {
	if float64(g.active) < in.longer(videoTime) || g.rate() < videoRate || !in.thing() && g.sent < enough {
		return false
	}
	var big, packets float64
	media := false
	for _, fl := range g.flows {
		big += fl.Shape.BigSent * float64(fl.PacketsSent)
		packets += float64(fl.PacketsSent)
		media = media || mediaApps[fl.App]
	}
	return media || big >= videoBigShare*packets
}

// rate is the payload sent per second in which anything passed: a camera that sends clips
// is silent for hours between them.
func (g *group) rate() float64 { return float64(g.sent) / float64(max(1, g.active)) }

// mediaApps carry pictures whatever their packets look like.
var mediaApps = map[string]bool{"rtp": true, "rtmp": true}

var uploadShare = &Alarm{
	Code: "mostly-uploads", FarEnds: true, Rollups: true,
	Doc: "most of what it sends goes outside",
	Fix: "Look at where it goes in its list of far ends; a camera's pictures belong to its recorder.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		var out, all uint64
		for i := range in.Flows {
			all += in.Flows[i].PayloadSent
			if in.Flows[i].Outside {
				out += in.Flows[i].PayloadSent
			}
		}
		// A megabyte: below it a start-up's chatter decides the share.
		if out < 1_000_000 || out*2 < all || !cordon.Watches(in.class()) {
			return nil
		}
		f := in.finding(a, cordon.Medium)
		f.Title = fmt.Sprintf("%d %% of what it sends leaves the network (%s)", out*100/all, bytes(out))
		f.Detail = "More than half of its payload went outside."
		f.Evidence = []string{fmt.Sprintf("%s of %s payload sent", bytes(out), bytes(all))}
		return []cordon.Finding{f}
	},
}
