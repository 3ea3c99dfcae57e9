package labtest

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"cordon/e2e/lab"
)

// report is what the tests read of a scan's JSON.
type report struct {
	Devices  []named   `json:"devices"`
	Findings []finding `json:"findings"`
}

type finding struct {
	Code     string   `json:"code"`
	Device   string   `json:"device"`
	Title    string   `json:"title"`
	Evidence []string `json:"evidence"`
}

// scan scans the lab's networks and reads the report.
func scan(t *testing.T, st lab.Status, args ...string) report {
	t.Helper()
	all := append([]string{"scan", "--quiet", "--format", "json", "--fail-on", "never"}, args...)
	all = append(all, st.Networks...)
	r := CordonIn(t, st, all...)
	if r.Code != 0 {
		t.Fatalf("cordon %s: exit code %d: %s", strings.Join(all, " "), r.Code, r.Err)
	}
	return read(t, []byte(r.Out))
}

// at gives the id of the device that has an address, "" for none.
func (r *report) at(a netip.Addr) string {
	for _, d := range r.Devices {
		if slices.Contains(d.Addresses, a.String()) {
			return d.ID
		}
	}
	return ""
}

// finding gives a device's finding of a code; ok is false where it has none.
func (r *report) finding(device, code string) (f finding, ok bool) {
	i := slices.IndexFunc(r.Findings, func(f finding) bool { return f.Device == device && f.Code == code })
	if i < 0 {
		return finding{}, false
	}
	return r.Findings[i], true
}

// found reports whether a device has a finding.
func (r *report) found(device, code string) bool {
	_, ok := r.finding(device, code)
	return ok
}

// TestScanStaysInside has devices point elsewhere in every way they can; the lab's outside would
// have noticed, as a control shows.
func TestScanStaysInside(t *testing.T) {
	Need(t)
	st := Up(t, "--seed", "21", "--behave", "all=redirect-away", "--behave", "all=xaddr-away", "--behave", "all=location-away", "--behave", "all=address-away")
	scan(t, st, "--passwords=defaults", "--statement", "these devices are mine", "--caution")
	control := netip.MustParseAddrPort("203.0.113.9:80")
	In(t, st, "bash", "-c", "exec 3<>/dev/tcp/203.0.113.9/80")
	var got []lab.Arrival // packets are heard in their order: with the control, all that came before it
	until(t, "a packet sent outside on purpose was not noticed: the test sees nothing", func() bool {
		got = From(st, Arrivals(t))
		return slices.ContainsFunc(got, func(a lab.Arrival) bool { return a.To == control })
	})
	if got = slices.DeleteFunc(got, func(a lab.Arrival) bool { return a.To == control }); len(got) > 0 {
		t.Errorf("%d packets left the named networks, the first: %+v", len(got), got[0])
	}
}
