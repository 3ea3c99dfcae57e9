package livetest

import (
	"fmt"
	"slices"
	"testing"

	"cordon"
)

// timely are codes of findings that depend on when something happened: what took minutes in a
// capture takes milliseconds in its replay.
var timely = map[string]string{
	"beacon": "a rhythm of minutes has no beats when all of it is sent within a second",
}

// weekLong are captures of a week, of which a second is left. Their far ends, and how much went
// to each, must be the same all the same.
var weekLong = map[string]bool{
	"camera/blink-cam-01.pcap": true, "camera/blink-cam-02.pcap": true, "iot/lockly-hub-01.pcap": true, "iot/schlage-lock-01.pcap": true,
}

// weekly are codes that may differ for these alone.
var weekly = map[string]string{
	"floods":         "the packets of a week, sent within a second, are a flood",
	"video-upload":   "the flow was too short to be video: it is judged by the seconds in which it was active",
	"mostly-uploads": "the device was seen for a second, which is too short to judge the balance of its uploads",
}

// belief is a claim without its reasons, which count and time what was seen.
func belief(b cordon.Belief) string { return fmt.Sprintf("%s/%s %.2f", b.Value, b.Key, b.Confidence) }

// said is what an audit says of who is there and what is wrong, a line each.
func said(capture string, a *cordon.Audit) []string {
	var all []string
	for _, d := range a.Devices {
		i := d.Identity
		all = append(all, fmt.Sprintf("device %s interfaces %v names %q class %s brand %s maker %s model %s firmware %s reach %s ports %v",
			d.ID, d.Interfaces, d.Names, belief(i.Class), belief(i.Brand), belief(i.Maker), belief(i.Model), belief(i.Firmware), d.Reach, d.Ports))
	}
	for _, f := range a.Findings {
		if timely[f.Code] == "" && (!weekLong[capture] || weekly[f.Code] == "") {
			all = append(all, fmt.Sprintf("finding %s %s of %s %q", f.Severity, f.Code, f.Device, f.Key))
		}
	}
	slices.Sort(all)
	return all
}

// compare tells what only one of two audits says.
func compare(t *testing.T, capture string, want, got *cordon.Audit) {
	t.Helper()
	a, b := said(capture, want), said(capture, got)
	for _, l := range a {
		if !slices.Contains(b, l) {
			t.Errorf("only of the file: %s", l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			t.Errorf("only live: %s", l)
		}
	}
}
