package storetest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

func alarms(t *testing.T, s *store.Store) {
	a := cordon.Alarm{
		Finding: cordon.Finding{Device: "cam", Code: "upload", Key: "k", Severity: cordon.High, Title: "t", Evidence: []string{"e"}, First: monday, Last: monday},
		Site:    "hall", State: cordon.AlarmRaised, Count: 1, Raised: monday, Changed: monday, Knowledge: "k1",
	}
	id, err := s.PutAlarm(t.Context(), a)
	must(t, err)
	_, err = s.PutAlarm(t.Context(), a)
	is(t, err, store.ErrStands)
	a.ID, a.State, a.Count, a.Assignee, a.Until, a.Changed = id, cordon.AlarmSnoozed, 5, "eve", monday.Add(time.Hour), monday.Add(time.Minute)
	_, err = s.PutAlarm(t.Context(), a)
	must(t, err)
	c := cordon.Comment{At: monday, By: "eve", Text: "looked \x00 at"}
	must(t, s.Comment(t.Context(), id, c))
	is(t, s.Comment(t.Context(), id+1, c), store.ErrNotFound)
	is(t, s.Comment(t.Context(), id, cordon.Comment{}), store.ErrInvalid)
	got, err := s.Alarm(t.Context(), id)
	must(t, err)
	c.Text = "looked \ufffd at"
	a.Comments = []cordon.Comment{c}
	same(t, "alarm", got, a)
	a.State, a.Resolved, a.Why = cordon.AlarmResolved, monday.Add(time.Hour), "by eve"
	_, err = s.PutAlarm(t.Context(), a)
	must(t, err)
	b := a
	b.ID, b.State = 0, cordon.AlarmRaised
	second, err := s.PutAlarm(t.Context(), b)
	must(t, err)
	if second == id {
		t.Fatal("an id is used again")
	}
	_, err = s.PutAlarm(t.Context(), a) // stays resolved beside the one that stands
	must(t, err)
	a.State = cordon.AlarmRaised
	_, err = s.PutAlarm(t.Context(), a)
	is(t, err, store.ErrStands)
	_, err = s.Alarm(t.Context(), 999)
	is(t, err, store.ErrNotFound)
	b.ID, b.Device = 999, "other"
	_, err = s.PutAlarm(t.Context(), b)
	is(t, err, store.ErrNotFound)
	alarmPages(t, s, b)
}

func alarmPages(t *testing.T, s *store.Store, a cordon.Alarm) {
	a.ID = 0
	for i := range 40 {
		a.Device, a.Changed = fmt.Sprint("d", i), monday.Add(time.Duration(i/4)*time.Minute)
		_, err := s.PutAlarm(t.Context(), a)
		must(t, err)
	}
	for _, sort := range []string{"", "changed", "-raised", "raised", "-severity", "severity"} {
		seen := map[int64]bool{}
		q := store.AlarmsQuery{States: []string{"raised", "acknowledged"}, Severities: []string{"high"}, Sort: sort, Page: store.Page{Limit: 6}}
		for {
			p, err := s.Alarms(t.Context(), q)
			must(t, err)
			for _, r := range p.Rows {
				seen[r.ID] = true
			}
			if q.Page.After = p.Next; p.Next == "" {
				break
			}
		}
		same(t, "alarms by "+sort, len(seen), 41)
	}
	p, err := s.Alarms(t.Context(), store.AlarmsQuery{Device: "d7", Code: "upload", Site: "hall", Assignee: "eve", Since: monday})
	must(t, err)
	same(t, "one alarm", len(p.Rows), 1)
}

func risks(t *testing.T, s *store.Store) {
	r := cordon.AcceptedRisk{Device: "cam", Code: "c", Key: "k", Reason: "replaced in May", By: "eve", At: monday, Until: monday.Add(time.Hour)}
	for _, bad := range []func(*cordon.AcceptedRisk){
		func(r *cordon.AcceptedRisk) { r.Reason = " " }, func(r *cordon.AcceptedRisk) { r.Until = time.Time{} }, func(r *cordon.AcceptedRisk) { r.Code = "" },
	} {
		b := r
		bad(&b)
		_, err := s.Accept(t.Context(), b)
		is(t, err, store.ErrInvalid)
	}
	id, err := s.Accept(t.Context(), r)
	must(t, err)
	r.ID = id
	got, err := s.Accepted(t.Context(), monday)
	must(t, err)
	same(t, "accepted", got, []cordon.AcceptedRisk{r})
	must(t, s.EndAccepted(t.Context(), id, monday.Add(time.Minute)))
	is(t, s.EndAccepted(t.Context(), 99, monday), store.ErrNotFound)
	got, err = s.Accepted(t.Context(), monday.Add(2*time.Minute))
	must(t, err)
	same(t, "accepted", len(got), 0)
	got, err = s.Accepted(t.Context(), time.Time{})
	must(t, err)
	same(t, "ever accepted", len(got), 1)
}

func sites(t *testing.T, s *store.Store) {
	a := cordon.Site{Name: "hall", Org: "town", Department: "estates", Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Rooms: []string{"lobby"}}
	must(t, s.PutSite(t.Context(), a))
	must(t, s.PutSite(t.Context(), cordon.Site{Name: "annex", Org: "town", Department: "estates"}))
	a.Sensitivity = "high"
	must(t, s.PutSite(t.Context(), a))
	here := talk("moved", monday, 1, 1, 1)
	there := here
	there.Site = "only heard of"
	put(t, s, monday, here, there)
	got, err := s.Sites(t.Context())
	must(t, err)
	same(t, "sites", got, []cordon.Site{{Name: "annex", Org: "town", Department: "estates"}, a})
	is(t, s.PutSite(t.Context(), cordon.Site{}), store.ErrInvalid)
	must(t, s.DropSite(t.Context(), "annex"))
	is(t, s.DropSite(t.Context(), "annex"), store.ErrNotFound)
	if n := len(everyContact(t, s, store.ContactsQuery{Device: "moved"})); n != 2 {
		t.Fatalf("%d contacts of a device at two sites, want 2", n)
	}
}

func claims(t *testing.T, s *store.Store) {
	var all []cordon.Claim
	for i := range 25 {
		all = append(all, cordon.Claim{Line: i + 2, Serial: fmt.Sprint("S", i), MAC: cordon.MAC{1, byte(i)}, Brand: "b\x00\xff"})
	}
	must(t, s.PutClaims(t.Context(), "a.csv", all))
	must(t, s.PutClaims(t.Context(), "b.csv", all[:3]))
	must(t, s.PutClaims(t.Context(), "a.csv", all[:20]))
	n, p := 0, store.Page{Limit: 6}
	for {
		page, err := s.Claims(t.Context(), "a.csv", p)
		must(t, err)
		for _, r := range page.Rows {
			same(t, "serial", r.Claim.Serial, fmt.Sprint("S", n))
			n++
		}
		if p.After = page.Next; page.Next == "" {
			break
		}
	}
	same(t, "claims", n, 20)
	must(t, s.PutClaims(t.Context(), "a.csv", nil))
	page, err := s.Claims(t.Context(), "", store.Page{})
	must(t, err)
	same(t, "claims left", len(page.Rows), 3)
}

func suppliers(t *testing.T, s *store.Store) {
	first, err := s.PutSupplier(t.Context(), store.Supplier{Name: "Acme Ltd", Contact: "x"})
	must(t, err)
	again, err := s.PutSupplier(t.Context(), store.Supplier{Name: "Acme Ltd", Contact: "y"})
	must(t, err)
	same(t, "id", again, first)
	_, err = s.PutSupplier(t.Context(), store.Supplier{})
	is(t, err, store.ErrInvalid)
	got, err := s.Suppliers(t.Context())
	must(t, err)
	same(t, "suppliers", got, []store.Supplier{{ID: first, Name: "Acme Ltd", Contact: "y"}})
	d := store.Delivery{Supplier: "Acme Ltd", At: monday, Contract: "C1", Model: "M", Count: 40}
	_, err = s.PutDelivery(t.Context(), store.Delivery{Supplier: "nobody"})
	is(t, err, store.ErrNotFound)
	d.ID, err = s.PutDelivery(t.Context(), d)
	must(t, err)
	d.Count = 41
	_, err = s.PutDelivery(t.Context(), d)
	must(t, err)
	list, err := s.Deliveries(t.Context(), "Acme Ltd")
	must(t, err)
	same(t, "deliveries", list, []store.Delivery{d})
	d.ID = 99
	_, err = s.PutDelivery(t.Context(), d)
	is(t, err, store.ErrNotFound)
}

func entries(t *testing.T, s *store.Store) {
	for i := range 30 {
		_, err := s.AddEntry(t.Context(), cordon.Entry{At: monday, By: []string{"root", "eve"}[i%2], Did: "x.y", About: fmt.Sprint(i % 3), Detail: "d\x00"})
		must(t, err)
	}
	q, last, n := store.EntriesQuery{By: "eve", Page: store.Page{Limit: 4}}, int64(1<<60), 0
	for {
		p, err := s.Entries(t.Context(), q)
		must(t, err)
		for _, e := range p.Rows {
			if n++; e.ID >= last {
				t.Fatal("not newest first")
			}
			last = e.ID
		}
		if q.Page.After = p.Next; p.Next == "" {
			break
		}
	}
	same(t, "entries", n, 15)
}

func tokens(t *testing.T, s *store.Store) {
	hash := sha256.Sum256([]byte("secret"))
	k := store.Token{Name: "import", Hash: hash[:], Role: "viewer", Sites: []string{"hq", "Łódź, \"west\""}, By: "root", Created: monday, Until: monday.Add(time.Hour)}
	id, err := s.PutToken(t.Context(), k)
	must(t, err)
	k.ID = id
	got, err := s.Token(t.Context(), hash[:])
	must(t, err)
	same(t, "token", got, k)
	_, err = s.PutToken(t.Context(), k)
	is(t, err, store.ErrInvalid)
	_, err = s.PutToken(t.Context(), store.Token{Name: "short", Hash: []byte("secret")})
	is(t, err, store.ErrInvalid)
	_, err = s.Token(t.Context(), bytes.Repeat([]byte{1}, 32))
	is(t, err, store.ErrNotFound)
	must(t, s.TouchToken(t.Context(), id, monday.Add(time.Minute)))
	must(t, s.RevokeToken(t.Context(), id, monday.Add(2*time.Minute)))
	must(t, s.RevokeToken(t.Context(), id, monday.Add(3*time.Minute)))
	is(t, s.RevokeToken(t.Context(), 99, monday), store.ErrNotFound)
	all, err := s.Tokens(t.Context())
	must(t, err)
	same(t, "revoked", all[0].Revoked, monday.Add(2*time.Minute))
	same(t, "used", all[0].Used, monday.Add(time.Minute))
}

func settings(t *testing.T, s *store.Store) {
	_, err := s.Setting(t.Context(), "a")
	is(t, err, store.ErrNotFound)
	for _, name := range []string{"watch.b", "watch.a", "watchful", "%", "rules"} {
		must(t, s.PutSetting(t.Context(), name, []byte("1\x00\xff")))
		must(t, s.PutSetting(t.Context(), name, []byte(name+"\x00\xff")))
	}
	got, err := s.Setting(t.Context(), "watch.a")
	must(t, err)
	same(t, "setting", string(got), "watch.a\x00\xff")
	got, err = s.Setting(t.Context(), "%")
	must(t, err)
	same(t, "setting", string(got), "%\x00\xff")
	must(t, s.PutSetting(t.Context(), "watch.a", nil))
	_, err = s.Setting(t.Context(), "watch.a")
	is(t, err, store.ErrNotFound)
	must(t, s.PutSetting(t.Context(), "empty", []byte{}))
	_, err = s.Setting(t.Context(), "empty")
	must(t, err)
}

func retention(t *testing.T, s *store.Store) {
	days := func() map[string]int {
		t.Helper()
		all, err := s.Retention(t.Context())
		must(t, err)
		out := map[string]int{}
		for _, k := range all {
			out[k.Table] = k.Days
		}
		return out
	}
	want := days()
	must(t, s.PutRetention(t.Context(), []store.Keep{{Table: "history", Days: 3}, {Table: "contacts", Days: 0}}))
	history, contacts := want["history"], want["contacts"]
	want["history"], want["contacts"] = 3, 0
	same(t, "retention", days(), want)
	for _, bad := range [][]store.Keep{
		{{Table: "devices; --", Days: 1}}, {{Table: "history", Days: -1}}, {{Table: "history", Days: 1 << 40}}, {{Table: "contacts", Days: 15}},
		{{Table: "hours", Days: 0}}, {{Table: "sums", Days: 500}}, {{Table: "history", Days: 1}, {Table: "contacts", Days: 15}},
	} {
		is(t, s.PutRetention(t.Context(), bad), store.ErrInvalid)
		same(t, "retention", days(), want)
	}
	must(t, s.PutRetention(t.Context(), []store.Keep{{Table: "history", Days: 3}, {Table: "hours", Days: 2}, {Table: "contacts", Days: 31}}))
	want["hours"], want["contacts"] = 2, 31
	same(t, "retention of other things", days(), want)
	must(t, s.PutRetention(t.Context(), nil))
	want["history"], want["hours"], want["contacts"] = history, 14, contacts
	same(t, "retention as usual", days(), want)
	must(t, s.PutRetention(t.Context(), []store.Keep{{Table: "history", Days: 3}}))
}
