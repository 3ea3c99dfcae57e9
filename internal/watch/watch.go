// Package watch says what a device's flows mean: calls home, uploads, beacons, scans,
// strangers. One alarm is one file with one row. It is pure and promises that the same
// flows give the same findings; it names nobody's far ends that the owner should not
// see (NamesFarEnd tells the caller which findings to withhold). What the device is,
// and what is wrong with it standing still, is left to identify and assess.
package watch

import (
	"time"

	"cordon"
	"cordon/knowledge"
)

// In is what is known of one device when its flows are judged.
type In struct {
	Know   knowledge.Looker
	Device *cordon.Device       // with its identity
	Seen   []cordon.Observation // facts about the device, oldest first; borrowed
	Flows  []cordon.Flow        // rolled up per far end and port, most bytes first; borrowed
	First  time.Time            // of the whole of what was seen, not only of this device
	Last   time.Time
}

// Alarm is one row: what it looks for and the code of its findings.
type Alarm struct {
	Code    string // of the findings it makes
	Doc     string // one line for people
	Fix     string // what the owner should do next
	FarEnds bool   // its findings name far ends
	Rollups bool   // rolled-up flows suffice to judge it again later
	Judge   func(in *In, a *Alarm) []cordon.Finding
}

// Alarms returns every row. The slice is shared: do not change it.
func Alarms() []*Alarm { return alarms }

var alarms = []*Alarm{
	stranger, bruteForce, upload, trickle, scan, flood, tunnel, uploadShare, cloud, callHome, beacon, scanned, ownDNS, ownNTP, hardCoded,
}

// NamesFarEnd reports whether findings of the code name whom a device talked to.
func NamesFarEnd(code string) bool {
	for _, a := range Alarms() {
		if a.Code == code {
			return a.FarEnds
		}
	}
	return false
}

// Device judges the flows of one device.
func Device(in In) []cordon.Finding {
	var out []cordon.Finding
	for _, a := range alarms {
		out = append(out, a.Judge(&in, a)...)
	}
	return out
}
