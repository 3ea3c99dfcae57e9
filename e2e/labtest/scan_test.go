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
	for _, n := range st.Networks {
		all = append(all, n)
	}
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

// TestPasswordsLockNobody looks for factory passwords three times in a row on devices that lock
// after 3 to 20 wrong ones.
func TestPasswordsLockNobody(t *testing.T) {
	Need(t)
	limits := map[int]bool{}
	for _, seed := range []string{"31", "32"} {
		t.Run("seed "+seed, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			st := Up(t, "--seed", seed, "--behave", "all=factory-password")
			var first report
			for run := range 3 {
				r := scan(t, st, "--passwords=defaults", "--statement", "these devices are mine")
				if run == 0 {
					first = r
				}
			}
			after := Status(t)
			found := 0
			for i, d := range after.Devices {
				if d.Counters.Locked != nil {
					t.Errorf("%s: locked: %v", d.Truth.Name, d.Counters.Locked)
				}
				for user, n := range d.Counters.Failed {
					if d.Truth.Limit > 0 && n >= d.Truth.Limit {
						t.Errorf("%s: %d wrong log-ins as %s, its limit is %d", d.Truth.Name, n, user, d.Truth.Limit)
					}
				}
				limits[d.Truth.Limit] = true
				id := first.at(st.Devices[i].Addr)
				if d.Truth.Factory && first.found(id, "factory-password") {
					found++
				}
				if !d.Truth.Factory && first.found(id, "factory-password") {
					t.Errorf("%s: a factory password was reported, it has none", d.Truth.Name)
				}
				t.Logf("%-24s limit %2d, tries %v, wrong %v, factory password %v, reported %v", d.Truth.Name, d.Truth.Limit, d.Counters.Tries, d.Counters.Failed, d.Truth.Factory, first.found(id, "factory-password"))
			}
			if found == 0 {
				t.Error("no factory password was found at all")
			}
			Down(t)
		})
	}
	t.Logf("limits met: %v", limits)
}
