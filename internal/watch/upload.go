package watch

import (
	"fmt"
	"time"

	"cordon"
)

// What an upload looks like. Rates are transport payload per second of activity.
const (
	videoBigShare = 0.5    // video fills its packets
	videoRate     = 12_500 // bytes per second: 100 kbit/s, the least that carries a moving picture
	trickleRate   = 2_000  // bytes per second: 16 kbit/s, a slow trickle of pictures or sound
	trickleRatio  = 3      // sent over received: conversations are more even
	uploadTime    = 10     // active seconds before a rate means anything
	trickleTime   = 60
)

var upload = &Alarm{
	Code: "video-upload", FarEnds: true, Rollups: true,
	Doc: "a stream with the shape of video leaves the network",
	Fix: "Block the device's way out and ask its maker what is sent there.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			rate, ok := uploadRate(fl, uploadTime)
			if !ok || rate < videoRate || fl.Shape.BigSent < videoBigShare && !mediaApps[fl.App] {
				return "", ""
			}
			return cordon.High, fmt.Sprintf("A stream shaped like video leaves to %s: %s at %s", farName(fl), bytes(fl.PayloadSent), bitrate(rate))
		})
	},
}

var trickle = &Alarm{
	Code: "slow-upload", FarEnds: true, Rollups: true,
	Doc: "a steady trickle leaves the network, slower than video",
	Fix: "Find out what it is before you allow it: 16 kbit/s carries sound, or a picture every few seconds.",
	Judge: func(in *In, a *Alarm) []cordon.Finding {
		return in.perFlow(a, func(fl *cordon.Flow) (cordon.Severity, string) {
			rate, ok := uploadRate(fl, trickleTime)
			video := rate >= videoRate && (fl.Shape.BigSent >= videoBigShare || mediaApps[fl.App])
			if !ok || rate < trickleRate || video {
				return "", ""
			}
			return cordon.High, fmt.Sprintf("A steady upload leaves to %s: %s at %s", farName(fl), bytes(fl.PayloadSent), bitrate(rate))
		})
	},
}

// mediaApps carry pictures whatever their packets look like.
var mediaApps = map[string]bool{"rtp": true, "rtmp": true}

// uploadRate gives the bytes sent per second of the flow's whole time, when the flow goes
// outside, is lopsided and was active for long enough. Seconds of silence count: what
// trickles on average is what leaves.
func uploadRate(fl *cordon.Flow, atLeast int) (float64, bool) {
	if !fl.Outside || fl.Shape.ActiveSeconds < atLeast || fl.PayloadSent < trickleRatio*fl.PayloadReceived {
		return 0, false
	}
	span := max(fl.Last.Sub(fl.First), time.Duration(fl.Shape.ActiveSeconds)*time.Second)
	return float64(fl.PayloadSent) / span.Seconds(), true
}

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
		if out < 1_000_000 || out*2 < all || !cordon.Watches(in.Device.Identity.Class.Value) {
			return nil
		}
		f := in.finding(a, cordon.Medium)
		f.Title = fmt.Sprintf("%d %% of what it sends leaves the network (%s)", out*100/all, bytes(out))
		f.Detail = "More than half of its payload went outside."
		return []cordon.Finding{f}
	},
}
