package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// hostileTexts puts them everywhere and asks for them again.
func hostileTexts(t *testing.T, s *store.Store) {
	clean := strings.NewReplacer("\x00", "\ufffd")
	for i, h := range hostile {
		id := fmt.Sprint(i, h)
		c := talk(id, monday, i, 1, 1)
		c.Site, c.App, c.Name, c.Protocol, c.Peer, c.Place.Network, c.Place.Country = h, h, h, h, h, h, h
		put(t, s, monday, c)
		must(t, s.PutDevices(t.Context(), []store.Known{device(id, func(k *store.Known) {
			k.Site, k.Names, k.Identity.Maker.Value, k.Identity.Model.Value, k.Grade.Letter = h, []string{h}, h, h, h
		})}))
		must(t, s.PutFindings(t.Context(), []store.FindingRow{{Finding: cordon.Finding{Device: id, Code: h, Key: h, Title: h, Evidence: []string{h}}, Site: h, Knowledge: h}}))
		_, err := s.PutAlarm(t.Context(), cordon.Alarm{Finding: cordon.Finding{Device: id, Code: h, Key: h, Title: h}, Site: h, State: cordon.AlarmRaised, Assignee: h, Why: h})
		must(t, err)
		must(t, s.PutChanges(t.Context(), []cordon.Change{{Device: id, Field: h, From: h, To: h, Why: h}}))
		must(t, s.PutClaims(t.Context(), id, []cordon.Claim{{Serial: h, Brand: h}}))
		must(t, s.PutSetting(t.Context(), id, []byte(h)))
		_, err = s.AddEntry(t.Context(), cordon.Entry{By: h, Did: h, About: h, Detail: h})
		must(t, err)
		must(t, s.PutSite(t.Context(), cordon.Site{Name: "s" + h, Org: h, Department: h}))
		_, err = s.PutSupplier(t.Context(), store.Supplier{Name: "s" + h, Note: h})
		must(t, err)

		want := clean.Replace(strings.ToValidUTF8(h, "\ufffd"))
		got := everyContact(t, s, store.ContactsQuery{Device: id})
		if len(got) != 1 || got[0].Name != want || got[0].Site != want {
			t.Fatalf("contact with %q: %+v", h, got)
		}
		if k, err := s.Device(t.Context(), id); err != nil || len(k.Findings) != 1 || k.Findings[0].Key != want {
			t.Fatalf("device with %q: %+v, %v", h, k, err)
		}
		p, err := s.Devices(t.Context(), store.DevicesQuery{Text: h})
		must(t, err)
		if len(p.Rows) == 0 && want == h {
			t.Fatalf("no device found by %q", h)
		}
		for _, cursor := range []string{h, "e30", "bnVsbA"} {
			_, _ = s.Devices(t.Context(), store.DevicesQuery{Page: store.Page{After: cursor}})
			_, _ = s.Findings(t.Context(), store.FindingsQuery{Page: store.Page{After: cursor}})
		}
	}
}

// stopped shows that a context that has ended ends every call, and leaves nothing behind.
func stopped(t *testing.T, s *store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is(t, s.Append(ctx, store.Batch{Contacts: []cordon.Contact{talk("cam", monday, 1, 1, 1)}}), context.Canceled)
	_, err := s.Retain(ctx, monday)
	is(t, err, context.Canceled)
	put(t, s, monday, talk("cam", monday, 1, 1, 1))
	if n := len(everyContact(t, s, store.ContactsQuery{Device: "cam"})); n != 1 {
		t.Fatalf("%d contacts, want 1", n)
	}
}

// filled puts something into every table.
func filled(t *testing.T, s *store.Store) {
	for _, put := range []func(*testing.T, *store.Store){facts, history, devices, hiddenLater, changes, alarms, risks, sites, claims, suppliers, entries, tokens, accounts, settings, retention, reports, queued, notes, life} {
		put(t, s)
	}
}

// queued has a message wait for a channel; news are there since alarms were put.
func queued(t *testing.T, s *store.Store) {
	id, err := s.PutChannel(t.Context(), cordon.ChannelRow{Name: "mail", Body: []byte("{}"), Sealed: []byte{1, 0, 2}})
	must(t, err)
	must(t, s.PutWish(t.Context(), "eve", []byte{0, 255}))
	must(t, s.Enqueue(t.Context(), []cordon.Waiting{{Channel: id, Gather: "g", Due: monday, Tries: 2, Body: []byte("x")}}, 0))
}

// told is what a store answers to many questions.
func told(t *testing.T, s *store.Store) string {
	var out []any
	add := func(v any, err error) {
		must(t, err)
		out = append(out, fmt.Sprintf("%+v", v))
	}
	ctx := t.Context()
	out = append(out, fmt.Sprint(allFacts(t, s, time.Time{})))
	for _, id := range []string{"cam", "phone"} {
		out = append(out, fmt.Sprintf("%+v", everyContact(t, s, store.ContactsQuery{Device: id})), fmt.Sprintf("%+v", everyContact(t, s, store.ContactsQuery{Device: id, Grain: time.Hour})))
	}
	d, err := s.Devices(ctx, store.DevicesQuery{})
	add(d, err)
	top, err := s.TopFarEnds(ctx, store.TopQuery{})
	add(top, err)
	countries, err := s.TopCountries(ctx, store.TopQuery{})
	add(countries, err)
	a, err := s.Alarms(ctx, store.AlarmsQuery{Page: store.Page{Limit: 1000}})
	add(a, err)
	e, err := s.Entries(ctx, store.EntriesQuery{})
	add(e, err)
	k, err := s.Tokens(ctx)
	add(k, err)
	p, err := s.People(ctx)
	add(p, err)
	for i := range p {
		v, err := s.Sessions(ctx, p[i].ID)
		add(v, err)
		w, err := s.Passkeys(ctx, p[i].ID)
		add(w, err)
		n, err := s.Recovery(ctx, p[i].ID)
		add(n, err)
		o, err := s.Outsides(ctx, p[i].ID)
		add(o, err)
	}
	v, err := s.Invites(ctx)
	add(v, err)
	r, err := s.Retention(ctx)
	add(r, err)
	toldOfPage(t, s, add)
	return strings.ReplaceAll(fmt.Sprintln(out...), " 0x", " ")
}

// toldOfPage adds what the page and the notifications ask for.
func toldOfPage(t *testing.T, s *store.Store, add func(any, error)) {
	ctx := t.Context()
	list, err := s.Reports(ctx, store.ReportsQuery{})
	add(list, err)
	for _, one := range list.Rows {
		r, err := s.Report(ctx, one.ID)
		add(string(r.Body), err)
	}
	f, err := s.Findings(ctx, store.FindingsQuery{Page: store.Page{Limit: 1000}})
	add(f, err)
	n, err := s.Notes(ctx, "cam")
	add(n, err)
	c, err := s.Channels(ctx)
	add(c, err)
	w, err := s.Wishes(ctx)
	add(w, err)
	news, err := s.AlarmNews(ctx, 1000)
	add(news, err)
	g, err := s.Gathering(ctx)
	add(g, err)
	pulse, err := s.Pulse(ctx, nil, time.Time{})
	add(pulse, err)
	for _, by := range []string{"country", "operator", "network"} {
		p, err := s.Traffic(ctx, store.TrafficQuery{By: by, From: monday, To: monday.AddDate(1, 0, 0)})
		add(p, err)
	}
	rows, _, err := s.Table(ctx, nil, 1000)
	must(t, err)
	for _, r := range rows {
		add(fmt.Sprint(r.ID, r.Alarms, r.Home, r.HomeSent, r.Mislabelled), nil)
	}
}

func reopen(t *testing.T, m Maker) {
	where := m.Empty(t)
	s := open(t, where)
	filled(t, s)
	want := told(t, s)
	must(t, s.Close())
	s = open(t, where)
	same(t, "after opening again", told(t, s), want)
	sound(t, s)
}

func backup(t *testing.T, m Maker) {
	from := open(t, m.Empty(t))
	filled(t, from)
	want := told(t, from)
	file := filepath.Join(t.TempDir(), "it's a backup")
	must(t, from.Backup(t.Context(), file))
	is(t, from.Backup(t.Context(), file), store.ErrExists)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("backup: %v, %v", info.Mode(), err)
	}
	where := m.Empty(t)
	must(t, store.Restore(t.Context(), file, where, false))
	is(t, store.Restore(t.Context(), file, where, false), store.ErrExists)
	to := open(t, where)
	same(t, "restored", told(t, to), want)
	sound(t, to)
	before, err := to.PutAlarm(t.Context(), cordon.Alarm{Finding: cordon.Finding{Device: "new", Code: "c"}, State: cordon.AlarmRaised})
	must(t, err)
	if before <= 41 {
		t.Fatalf("an id is used again: %d", before)
	}
	must(t, to.Close())
	must(t, store.Restore(t.Context(), file, where, true))
	to = open(t, where)
	same(t, "restored over another", told(t, to), want)
	junk := filepath.Join(t.TempDir(), "junk")
	must(t, os.WriteFile(junk, []byte(strings.Repeat("junk", 5000)), 0o600))
	must(t, to.Close())
	if err := store.Restore(t.Context(), junk, where, true); err == nil {
		t.Fatal("junk was restored")
	}
	to = open(t, where)
	same(t, "after junk", told(t, to), want)
}
