package labtest

import (
	"slices"
	"testing"
	"time"

	"cordon"
	"cordon/e2e/lab"
)

// scanRun is what the test reads of a scan.
type scanRun struct {
	State   string `json:"state"`
	Problem string `json:"problem"`
}

// audited is what the API says of one device, as far as it is held to the truth.
func (l *Live) audited() []named {
	l.t.Helper()
	var out []named
	for _, row := range Listed[struct {
		ID string `json:"id"`
	}](l, "/v1/devices?limit=1000") {
		var d cordon.Audited
		l.Get("/v1/devices/"+row.ID, &d)
		n := named{ID: d.ID, Identity: d.Identity}
		for _, i := range d.Interfaces {
			for _, a := range i.Addrs {
				n.Addresses = append(n.Addresses, a.String())
			}
		}
		out = append(out, n)
	}
	return out
}

// alarmsOf are the codes of the alarms about a device that were ever raised.
func (l *Live) alarmsOf(d *lab.Seated) []string {
	l.t.Helper()
	var codes []string
	for _, a := range Listed[cordon.Alarm](l, "/v1/alarms?limit=1000") {
		if a.Device == d.Truth.MAC.String() {
			codes = append(codes, a.Code)
		}
	}
	return codes
}

// callsHome are the alarms of which at least one has to stand for what calls its cloud.
var callsHome = []string{"calls-home", "cloud-in-use", "slow-upload"}

// A Cordon that runs on the mirror port of the lab, and scans it once, knows every device as a
// scan does; those that call home raise an alarm, those that are no cameras none.
func TestLive(t *testing.T) {
	Need(t)
	st := Up(t, "--seed=11", "--mirror", "--apart", "--behave=camera-recorder=factory-password")
	RunIn(t, st, "[scan]", `every = "24h"`).mainPath(st)
}

// scanned waits for the first scan to end.
func (l *Live) scanned() {
	l.t.Helper()
	l.Until("the scan to end", 2*time.Minute, func() bool {
		runs := Listed[scanRun](l, "/v1/scans")
		return len(runs) > 0 && runs[0].State != "waiting" && runs[0].State != "running"
	})
	if run := Listed[scanRun](l, "/v1/scans")[0]; run.State != "done" {
		l.t.Fatalf("the scan is %s: %s", run.State, run.Problem)
	}
}

// mainPath is what TestLive is about.
func (l *Live) mainPath(st lab.Status) {
	t := l.t
	t.Helper()
	l.scanned()
	for i := range st.Devices {
		d := &st.Devices[i]
		if slices.Contains(d.Behaviours, lab.CallHome) {
			l.Until("an alarm about "+d.Truth.Name, 90*time.Second, func() bool {
				return slices.ContainsFunc(l.alarmsOf(d), func(code string) bool { return slices.Contains(callsHome, code) })
			})
		}
	}
	all := l.audited()
	for i := range st.Devices {
		d := &st.Devices[i]
		holdToTruth(t, d, all)
		if codes := l.alarmsOf(d); len(codes) > 0 && !slices.ContainsFunc(d.Truth.Class, cordon.Thing) {
			t.Errorf("%s, which is a %v, raised %v", d.Truth.Name, d.Truth.Class, codes)
		}
	}
}
