package labtest

import (
	"slices"
	"strings"
	"testing"

	"cordon"
	"cordon/e2e/lab"
)

// named is what the tests read of a device in an audit.
type named struct {
	ID        string          `json:"id"`
	Addresses []string        `json:"addresses"`
	Identity  cordon.Identity `json:"identity"`
}

// needsAccount are the models that tell strangers neither model nor firmware: makers' own documents ask
// for a log-in there. What is not told may stay unknown; told wrong it may not be.
var needsAccount = []string{"reolink-camera", "hanwha-dome", "axis-dome", "pppp-camera", "office-printer", "tapo-camera", "smart-speaker"}

// Every device of the lab is found and named, with reasons, whatever the seed; nothing that is no camera is called one.
func TestNames(t *testing.T) {
	Need(t)
	for _, seed := range []string{"3", "271828"} {
		t.Run("seed "+seed, func(t *testing.T) {
			st := Up(t, "--seed="+seed, "--behave=camera-recorder=factory-password")
			defer Down(t)
			all := scan(t, st).Devices
			for i := range st.Devices {
				holdToTruth(t, &st.Devices[i], all)
			}
		})
	}
}

func holdToTruth(t *testing.T, d *lab.Seated, all []named) {
	t.Helper()
	want := d.Truth
	at := slices.IndexFunc(all, func(n named) bool { return slices.Contains(n.Addresses, d.Addr.String()) })
	if at < 0 {
		t.Errorf("%s at %v was not found", want.Name, d.Addr)
		return
	}
	got := all[at].Identity
	class := got.Class.Value
	if class == "" {
		class = "unknown"
	}
	if !slices.Contains(want.Class, class) {
		t.Errorf("%s is called %s, it is a %v: %v", want.Name, class, want.Class, got.Class.Reasons)
	}
	if maker := got.Maker.Key; maker != want.Maker && !(maker == "" && want.Maker == "unknown") {
		t.Errorf("%s: maker %q, want %q: %v", want.Name, maker, want.Maker, got.Maker.Reasons)
	}
	silent := slices.Contains(needsAccount, want.Name) || d.Place == lab.BehindFar // the makers' own searches end at a router
	if !says(got.Model.Value, want.Model, silent) {
		t.Errorf("%s: model %q, want %q: %v", want.Name, got.Model.Value, want.Model, got.Model.Reasons)
	}
	if !says(got.Firmware.Value, want.Firmware, silent) {
		t.Errorf("%s: firmware %q, want %q: %v", want.Name, got.Firmware.Value, want.Firmware, got.Firmware.Reasons)
	}
	if b := got.Brand.Value; want.Brand != "" && !strings.EqualFold(b, want.Brand) {
		t.Errorf("%s: badge %q, want %q: %v", want.Name, b, want.Brand, got.Brand.Reasons)
	}
	for _, b := range []cordon.Belief{got.Class, got.Brand, got.Maker, got.Model, got.Firmware} {
		if b.Value != "" && len(b.Reasons) == 0 {
			t.Errorf("%s: %q without a reason", want.Name, b.Value)
		}
	}
}

// says reports whether a text is the one wanted, with more behind it (a date of build) or without
// the badge in front of it; nothing at all is right where the device is silent, or nothing is to be known.
func says(got, want string, silent bool) bool {
	if got == "" || want == "" {
		return silent || want == ""
	}
	return strings.HasPrefix(got, want) || strings.HasSuffix(want, " "+got)
}

// The cameras behind a recorder, which nobody else can reach, are devices of their own once an account is given.
func TestNamesBehindRecorder(t *testing.T) {
	Need(t)
	st := Up(t, "--seed=5", "--models=camera-recorder", "--behave=camera-recorder=factory-password")
	recorder := Device(t, st, "camera-recorder")
	file := accountsFile(t, account(recorder.Addr, "admin", "12345"))
	r := CordonIn(t, st, "scan", "-q", "--format", "json", "--fail-on", "never", "--credentials", file, recorder.Addr.String())
	if r.Code != 0 {
		t.Fatalf("exit code %d: %s", r.Code, r.Err)
	}
	a := read(t, []byte(r.Out))
	for _, want := range recorder.Truth.Behind {
		if !slices.ContainsFunc(a.Devices, func(n named) bool {
			return strings.Contains(n.ID, "/channel ") && n.Identity.Class.Value == cordon.ClassCamera && n.Identity.Model.Value == want.Model &&
				n.Identity.Firmware.Value == want.Firmware && (n.Identity.Maker.Key == want.Maker || want.Maker == "unknown")
		}) {
			t.Errorf("%s (%s) behind the recorder is missing or wrong", want.Name, want.Model)
		}
	}
	if strings.Contains(r.Out, "12345\"") {
		t.Error("the password stands in the report")
	}
}
