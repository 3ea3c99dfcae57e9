package storetest

import (
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// life is what people decide of findings.
func life(t *testing.T, s *store.Store) {
	row := func(device, site string) store.FindingRow {
		return store.FindingRow{Site: site, Finding: cordon.Finding{Device: device, Code: "telnet", Severity: cordon.High, Title: "t", First: monday, Last: monday}}
	}
	must(t, s.PutFindings(t.Context(), []store.FindingRow{row("cam", "hall"), row("dvr", "yard")}))
	all, err := s.Findings(t.Context(), store.FindingsQuery{Device: "cam"})
	must(t, err)
	id, due := all.Rows[0].ID, monday.Add(48*time.Hour)
	got, err := s.AssignFinding(t.Context(), id, "eve \x00", due)
	must(t, err)
	same(t, "owner", got.Owner, "eve \ufffd")
	same(t, "due", got.Due, due)
	_, err = s.AssignFinding(t.Context(), id+100, "eve", due)
	is(t, err, store.ErrNotFound)
	_, err = s.Finding(t.Context(), id+100)
	is(t, err, store.ErrNotFound)
	must(t, s.PutFindings(t.Context(), []store.FindingRow{row("cam", "hall")})) // seen again: it stays hers
	count := func(what string, q store.FindingsQuery, want int) {
		t.Helper()
		p, err := s.Findings(t.Context(), q)
		must(t, err)
		same(t, what, len(p.Rows), want)
	}
	count("hers", store.FindingsQuery{Owner: "eve \x00"}, 1)
	count("his", store.FindingsQuery{Owner: "bob"}, 0)
	count("overdue", store.FindingsQuery{Overdue: true, Now: due.Add(1)}, 1)
	count("not yet", store.FindingsQuery{Overdue: true, Now: due}, 0)
	count("at sites", store.FindingsQuery{Sites: []string{"hall", "attic"}}, 1)
	count("nowhere", store.FindingsQuery{Sites: []string{}}, 0)
	overdue := func(sites []string, want int) {
		t.Helper()
		n, err := s.CountOverdue(t.Context(), sites, due.Add(1))
		must(t, err)
		same(t, "overdue", n, want)
	}
	overdue(nil, 1)
	overdue([]string{"yard"}, 0)
	must(t, s.CloseFinding(t.Context(), "cam", "telnet", "", "asked again", due))
	overdue(nil, 0)
	got, err = s.AssignFinding(t.Context(), id, "", time.Time{})
	must(t, err)
	same(t, "nobody's", got.Owner+got.Due.String(), time.Time{}.String())
}

// notes are what people write of devices.
func notes(t *testing.T, s *store.Store) {
	n := store.Note{At: monday, By: "eve", Text: "behind the door <b>"}
	_, err := s.AddNote(t.Context(), "cam", n)
	is(t, err, store.ErrNotFound)
	must(t, s.PutDevices(t.Context(), []store.Known{device("cam", nil), device("dvr", nil)}))
	_, err = s.AddNote(t.Context(), "cam", store.Note{At: monday, By: "eve", Text: " \n"})
	is(t, err, store.ErrInvalid)
	first, err := s.AddNote(t.Context(), "cam", n)
	must(t, err)
	m := store.Note{At: monday.Add(time.Hour), By: "bob", Text: "moved"}
	second, err := s.AddNote(t.Context(), "cam", m)
	must(t, err)
	n.ID, m.ID = first, second
	got, err := s.Notes(t.Context(), "cam")
	must(t, err)
	same(t, "notes", got, []store.Note{m, n})
	is(t, s.DropNote(t.Context(), "dvr", first), store.ErrNotFound)
	must(t, s.DropNote(t.Context(), "cam", first))
	is(t, s.DropNote(t.Context(), "cam", first), store.ErrNotFound)
	got, err = s.Notes(t.Context(), "cam")
	must(t, err)
	same(t, "notes left", got, []store.Note{m})
}

// camera is a device that watches.
func camera(id, site, grade string) store.Known {
	return device(id, func(k *store.Known) {
		k.Site, k.First, k.Grade = site, monday, cordon.Grade{Letter: grade, Score: 50}
		k.Identity.Class = cordon.Belief{Value: cordon.ClassCamera}
	})
}

// overview holds the counts to what was put.
func overview(t *testing.T, s *store.Store) {
	listed := camera("c1", "hall", "F")
	listed.Lists = []cordon.Listing{{List: "us-x"}, {List: "gb-y"}}
	must(t, s.PutDevices(t.Context(), []store.Known{listed, camera("c2", "yard", "F"), camera("c3", "yard", ""),
		device("new", func(k *store.Known) { k.Site, k.First = "hall", monday }),
		device("old", func(k *store.Known) { k.Site, k.First = "hall", monday.Add(-time.Hour) }),
		device("phone", func(k *store.Known) { k.Site, k.First, k.Hidden = "hall", monday, true }),
	}))
	f := func(device, code, key string, severity cordon.Severity) store.FindingRow {
		return store.FindingRow{Finding: cordon.Finding{Device: device, Code: code, Key: key, Severity: severity, Title: code + " of " + device, First: monday, Last: monday}}
	}
	must(t, s.PutFindings(t.Context(), []store.FindingRow{
		f("c1", "telnet", "1", cordon.High), f("c1", "telnet", "2", cordon.Critical), f("c1", "flash", "", cordon.Critical), f("c2", "telnet", "", cordon.High), f("c3", "dull", "", cordon.Medium),
		f("c3", "risky", "", cordon.High), f("c2", "label-versus-truth", "", cordon.Medium),
	}))
	for _, device := range []string{"c1", "c2"} {
		_, err := s.PutAlarm(t.Context(), cordon.Alarm{Site: "hall", State: cordon.AlarmRaised, Count: 1, Raised: monday, Changed: monday,
			Finding: cordon.Finding{Device: device, Code: "upload", Severity: cordon.High, Title: "up " + device}})
		must(t, err)
	}
	_, err := s.PutAlarm(t.Context(), cordon.Alarm{Site: "hall", State: cordon.AlarmAcknowledged, Finding: cordon.Finding{Device: "c1", Code: "seen", Severity: cordon.High}})
	must(t, err)
	o, err := s.Overview(t.Context(), store.OverviewQuery{New: monday, Accepts: []cordon.AcceptedRisk{{Code: "risky", Device: "c3"}}})
	must(t, err)
	same(t, "devices", []int{o.Devices, o.Watching, o.Personal, o.New, o.Home}, []int{6, 3, 1, 1, 0})
	same(t, "grades", o.Grades, []store.Tally{{Key: "", Count: 1}, {Key: "F", Count: 2}})
	same(t, "lists", o.Lists, []store.Tally{{Key: "gb-y", Count: 1}, {Key: "us-x", Count: 1}})
	codes := func(all []store.CodeTally) (out []string) {
		for _, c := range all {
			out = append(out, c.Code+" "+string(c.Severity)+" "+c.First.Title)
		}
		return out
	}
	same(t, "findings", codes(o.Findings), []string{"telnet critical telnet of c1", "flash critical flash of c1"})
	same(t, "telnet", []int{o.Findings[0].Count, o.Findings[0].Devices}, []int{3, 2})
	same(t, "alarms", codes(o.Alarms), []string{"upload high up c2"})
	same(t, "uploads", o.Alarms[0].Count, 2)
	o, err = s.Overview(t.Context(), store.OverviewQuery{Sites: []string{"yard"}, New: monday})
	must(t, err)
	same(t, "of the yard", []int{o.Devices, o.Watching, len(o.Lists), len(o.Alarms), len(o.Findings)}, []int{2, 2, 0, 0, 2})
	table(t, s)
}

// table holds the table to what overview put.
func table(t *testing.T, s *store.Store) {
	rows, total, err := s.Table(t.Context(), nil, 2)
	must(t, err)
	same(t, "rows", []int{len(rows), total}, []int{2, 6})
	same(t, "ids", []string{rows[0].ID, rows[1].ID}, []string{"c1", "c2"})
	same(t, "alarms", []int{rows[0].Alarms, rows[1].Alarms}, []int{2, 1})
	same(t, "mislabelled", []bool{rows[0].Mislabelled, rows[1].Mislabelled}, []bool{false, true})
	rows, total, err = s.Table(t.Context(), []string{"yard"}, 100)
	must(t, err)
	same(t, "at the yard", []int{len(rows), total}, []int{2, 2})
	rows, _, err = s.Table(t.Context(), []string{}, 100)
	must(t, err)
	same(t, "nowhere", len(rows), 0)
}

// pulse holds what goes out by the hour to what was said, while hours are open and afterwards.
func pulse(t *testing.T, s *store.Store) {
	must(t, s.PutDevices(t.Context(), []store.Known{camera("cam", "hall", "C"), device("pc", func(k *store.Known) { k.Site = "hall" }),
		device("phone", func(k *store.Known) { k.Site, k.Hidden = "hall", true })}))
	say(t, s, "cam", monday, 100)
	say(t, s, "pc", monday, 30)
	say(t, s, "phone", monday, 5)
	say(t, s, "later", monday, 40) // a camera, as will be known in a moment
	say(t, s, "cam", monday.Add(time.Hour), 100)
	sent(t, s, 100, 170)
	must(t, s.PutDevices(t.Context(), []store.Known{camera("later", "hall", "")}))
	sent(t, s, 140, 170)
	home(t, s, "cam", monday.Add(67*time.Minute), 200)
	home(t, s, "phone", time.Time{}, 0)
	for range 2 {
		_, err := s.Retain(t.Context(), monday.Add(5*time.Hour))
		must(t, err)
		sent(t, s, 140, 170)
		home(t, s, "cam", monday.Add(67*time.Minute), 200)
	}
	must(t, s.PutDevices(t.Context(), []store.Known{device("pc", func(k *store.Known) { k.Site, k.Hidden = "hall", true })}))
	home(t, s, "pc", time.Time{}, 0)
	sound(t, s)
	none, err := s.Pulse(t.Context(), []string{"attic"}, monday)
	must(t, err)
	same(t, "elsewhere", len(none), 0)
}

// say lets a device talk to the outside, and inside.
func say(t *testing.T, s *store.Store, device string, when time.Time, sent uint64) {
	t.Helper()
	c, inside := talk(device, when, 1, sent, 10), talk(device, when, 2, 1000, 1000)
	inside.Outside = false
	put(t, s, when.Add(7*time.Minute), c, inside)
}

// sent holds what went out in the first hour to what is wanted.
func sent(t *testing.T, s *store.Store, watching, all uint64) {
	t.Helper()
	var got [2]uint64
	hours, err := s.Pulse(t.Context(), nil, monday)
	must(t, err)
	for _, h := range hours {
		if !h.At.Equal(monday) {
			continue
		}
		got[1] += h.Sent
		if h.Watching {
			got[0] += h.Sent
		}
	}
	same(t, "sent", got, [2]uint64{watching, all})
	sound(t, s)
}

// home holds what the table says of a device's calls outside to what is wanted.
func home(t *testing.T, s *store.Store, device string, at time.Time, sent uint64) {
	t.Helper()
	rows, _, err := s.Table(t.Context(), nil, 100)
	must(t, err)
	for _, r := range rows {
		if r.ID == device {
			same(t, "last home of "+device, r.Home, at)
			same(t, "sent by "+device, r.HomeSent, sent)
		}
	}
}
