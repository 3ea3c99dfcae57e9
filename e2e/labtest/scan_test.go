package labtest

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"cordon/e2e/lab"
)

// report is what the tests read of a scan's JSON.
type report struct {
	Devices []struct {
		ID        string       `json:"id"`
		Addresses []netip.Addr `json:"addresses"`
		Identity  struct {
			Class belief `json:"class"`
			Maker belief `json:"maker"`
		} `json:"identity"`
	} `json:"devices"`
	Findings []struct {
		Code   string `json:"code"`
		Device string `json:"device"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	} `json:"findings"`
}

type belief struct {
	Value   string `json:"value"`
	Key     string `json:"key"`
	Reasons []struct {
		Text string `json:"text"`
	} `json:"reasons"`
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
	var out report
	if err := json.Unmarshal([]byte(r.Out), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at gives the id of the device that has an address, "" for none.
func (r *report) at(a netip.Addr) string {
	for _, d := range r.Devices {
		if slices.Contains(d.Addresses, a) {
			return d.ID
		}
	}
	return ""
}

// found reports whether a device has a finding.
func (r *report) found(device, code string) bool {
	return slices.ContainsFunc(r.Findings, func(f struct {
		Code   string `json:"code"`
		Device string `json:"device"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}) bool {
		return f.Device == device && f.Code == code
	})
}

// title gives the title of a device's finding, "" where it has none.
func (r *report) title(device, code string) string {
	for _, f := range r.Findings {
		if f.Device == device && f.Code == code {
			return f.Title
		}
	}
	return ""
}

// TestScanStaysInside has devices point elsewhere in every way they can; the lab's outside would
// have noticed, as a control shows.
func TestScanStaysInside(t *testing.T) {
	Need(t)
	st := Up(t, "--seed", "21", "--behave", "all=redirect-away", "--behave", "all=xaddr-away", "--behave", "all=location-away", "--behave", "all=address-away")
	scan(t, st, "--passwords=defaults", "--statement", "these devices are mine", "--caution")
	if got := From(st, Arrivals(t)); len(got) > 0 {
		t.Errorf("%d packets left the named networks, the first: %+v", len(got), got[0])
	}
	In(t, st, "bash", "-c", "exec 3<>/dev/tcp/203.0.113.9/80")
	until(t, "a packet sent outside on purpose was not noticed: the test sees nothing", func() bool { return len(From(st, Arrivals(t))) > 0 })
}
