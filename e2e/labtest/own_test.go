package labtest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cordon/e2e/lab"
	"cordon/specimens"
)

// ownReport is a scan with accounts.
type ownReport struct {
	report
	err string // all that was said
}

// said gives the evidence of a device's finding as one text; ok is false where it has no such finding.
func (r *ownReport) said(device, code string) (evidence string, ok bool) {
	f, ok := r.finding(device, code)
	return strings.Join(f.Evidence, "\n"), ok
}

// owned starts a lab of every model of which an owner's account shows more, each with a password that nobody guesses.
// change, where it is not nil, may alter the models.
func owned(t *testing.T, seed uint64, change func(*specimens.Model)) (*lab.Lab, []*lab.Device) {
	t.Helper()
	all, err := specimens.Models()
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m specimens.Model) bool { return len(m.Owner) == 0 })
	if len(all) < 4 {
		t.Fatalf("%d models have something to show to their owners", len(all))
	}
	for i := range all {
		if change != nil {
			change(&all[i])
		}
	}
	devices, err := lab.Build(all, seed)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]lab.Place{}
	guests := []lab.Guest{}
	for _, d := range devices {
		d.Switch(lab.FactoryPassword, false)
		d.Switch(lab.AddressAway, false)
		places[d.Name()] = lab.OnWire
		guests = append(guests, d)
	}
	return Start(t, lab.Config{Seed: seed, Guests: guests, Places: places}), devices
}

// accountsOf writes a file for --credentials with the first account of each device; change may alter the passwords.
func accountsOf(t *testing.T, st lab.Status, devices []*lab.Device, change func(password string) string) string {
	t.Helper()
	var b strings.Builder
	for _, d := range devices {
		user := d.Users()[0]
		password, _ := d.Password(user)
		b.WriteString(account(Device(t, st, d.Name()).Addr, user, change(password)))
	}
	return accountsFile(t, b.String())
}

// account is one of a file for --credentials.
func account(device netip.Addr, user, password string) string {
	return fmt.Sprintf("[[account]]\ndevices = [%q]\nuser = %q\npassword = %q\n\n", device, user, password)
}

// accountsFile writes a file for --credentials.
func accountsFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accounts.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// withAccounts scans with a file of accounts.
func withAccounts(t *testing.T, st lab.Status, file string) ownReport {
	t.Helper()
	args := append([]string{Program(), "scan", "--quiet", "--format", "json", "--fail-on", "never", "--credentials", file}, st.Networks...)
	r := In(t, st, args...)
	if r.Code != 0 {
		t.Fatalf("%s: exit code %d: %s", strings.Join(args, " "), r.Code, r.Err)
	}
	return ownReport{read(t, []byte(r.Out)), r.Out + r.Err}
}

// TestOwnAccountShows has the owner's accounts read what nobody else is told, twice in a row: the right
// password never counts against its account.
func TestOwnAccountShows(t *testing.T) {
	Need(t)
	shown := map[string]int{} // finding code -> how many devices had it; a test that never sees one tests nothing
	for _, seed := range []uint64{51, 52, 53} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			home(t)
			l, devices := owned(t, seed, nil)
			file := accountsOf(t, l.Status(), devices, func(p string) string { return p })
			for run := range 2 {
				r := withAccounts(t, l.Status(), file)
				for _, d := range devices {
					shows(t, &r, Device(t, l.Status(), d.Name()), run+1, shown)
					if password, _ := d.Password(d.Users()[0]); strings.Contains(r.err, password) {
						t.Errorf("the password of %s stands in what was said", d.Name())
					}
				}
			}
			unlocked(t, l.Status().Devices)
			for _, d := range devices {
				if n := d.Counters().Failed[d.Users()[0]]; n != 0 {
					t.Errorf("%s: %d wrong log-ins with the right password", d.Name(), n)
				}
			}
		})
	}
	for _, code := range []string{"accounts", "stranger-access", "cloud-enabled", "classifies-people", "own-settings"} {
		if shown[code] == 0 {
			t.Errorf("no device of any seed has %s", code)
		}
	}
}

// shows holds a scan against what the device shows to its owner.
func shows(t *testing.T, r *ownReport, d lab.Seated, run int, shown map[string]int) {
	t.Helper()
	id := r.at(d.Addr)
	for _, n := range r.Devices {
		if n.ID == id && (!strings.Contains(d.Truth.Model, n.Identity.Model.Value) || !says(n.Identity.Model.Value, d.Truth.Model, false) || !says(n.Identity.Firmware.Value, d.Truth.Firmware, false)) {
			t.Errorf("run %d, %s: model %q, firmware %q, want %q, %q", run, d.Truth.Name, n.Identity.Model.Value, n.Identity.Firmware.Value, d.Truth.Model, d.Truth.Firmware)
		}
	}
	for code, want := range d.Truth.Owner {
		got, ok := r.said(id, code)
		switch {
		case want == "" && ok:
			t.Errorf("run %d, %s: %s is reported and is not so: %s", run, d.Truth.Name, code, got)
		case want != "" && !strings.Contains(got, want):
			t.Errorf("run %d, %s: %s does not say %q: %v %q", run, d.Truth.Name, code, want, ok, got)
		case want != "":
			shown[code]++
		}
	}
	if got, ok := r.said(id, "account-refused"); ok {
		t.Errorf("run %d, %s: the right account counts as refused: %s", run, d.Truth.Name, got)
	}
}

// TestOwnWrongPassword gives wrong passwords for the right accounts: each is tried once, said to be
// refused, and not tried again by the next runs.
func TestOwnWrongPassword(t *testing.T) {
	Need(t)
	home(t)
	l, devices := owned(t, 54, nil)
	file := accountsOf(t, l.Status(), devices, func(p string) string { return p + "Zq" })
	for run := range 3 {
		r := withAccounts(t, l.Status(), file)
		for _, d := range devices {
			seat := Device(t, l.Status(), d.Name())
			if run == 0 && !r.found(r.at(seat.Addr), "account-refused") {
				t.Errorf("%s: it is not said that the account was refused: %s", d.Name(), r.err[max(0, len(r.err)-2000):])
			}
			if run > 0 && !strings.Contains(r.err, seat.Addr.String()+": not logged in with your account") {
				t.Errorf("run %d, %s: it is not said that the account waits", run+1, d.Name())
			}
			if n := d.Counters().Failed[d.Users()[0]]; n != 1 {
				t.Errorf("run %d, %s (limit %d): %d wrong log-ins, want 1", run+1, d.Name(), seat.Truth.Limit, n)
			}
			if password, _ := d.Password(d.Users()[0]); strings.Contains(r.err, password) {
				t.Errorf("the password of %s stands in what was said", d.Name())
			}
		}
	}
	unlocked(t, l.Status().Devices)
}

// TestOwnAccountApart has devices whose ONVIF service does not know the account that their web server takes:
// what the web server shows is read in every run, and ONVIF is asked once in the device's window.
func TestOwnAccountApart(t *testing.T) {
	Need(t)
	home(t)
	l, devices := owned(t, 55, func(m *specimens.Model) {
		apart := *m.ONVIF
		apart.Apart = true
		m.ONVIF = &apart
	})
	file := accountsOf(t, l.Status(), devices, func(p string) string { return p })
	for run := range 3 {
		r := withAccounts(t, l.Status(), file)
		for _, d := range devices {
			seat := Device(t, l.Status(), d.Name())
			id := r.at(seat.Addr)
			if got, _ := r.said(id, "account-refused"); (run == 0) != strings.Contains(got, "refused by its onvif") {
				t.Errorf("run %d, %s: refusal by ONVIF: %q", run+1, d.Name(), got)
			}
			if n := d.Counters().Failed[d.Users()[0]]; n != 1 {
				t.Errorf("run %d, %s (limit %d): %d wrong log-ins in a row, want 1", run+1, d.Name(), seat.Truth.Limit, n)
			}
			if got, ok := r.said(id, "own-settings"); !ok && d.Name() != "uniview-dome" { // whose web pages tell no settings
				t.Errorf("run %d, %s: its web server was not read: %q", run+1, d.Name(), got)
			}
		}
	}
	unlocked(t, l.Status().Devices)
}
