package storetest

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

func allFacts(t *testing.T, s *store.Store, since time.Time) map[string]store.Fact {
	t.Helper()
	out := map[string]store.Fact{}
	must(t, s.Facts(t.Context(), since, func(f store.Fact) error {
		out[fmt.Sprintf("%v %v %v %v %q %v", f.Addr, f.MAC, f.Other, f.Kind, f.Value, f.By.Asked)] = f
		return nil
	}))
	return out
}

func facts(t *testing.T, s *store.Store) {
	base := store.Fact{Site: "hall", Addr: netip.MustParseAddr("192.0.2.7"), MAC: cordon.MAC{2, 0, 0, 0, 0, 7}, Kind: "http.server", Value: "x", First: 50, Last: 60, Count: 2, By: cordon.Origin{Sensor: "eth0"}}
	with := func(change func(*store.Fact)) store.Fact {
		f := base
		change(&f)
		return f
	}
	different := []store.Fact{
		base,
		with(func(f *store.Fact) { f.Kind = "http.title" }),
		with(func(f *store.Fact) { f.Value = "y" }),
		with(func(f *store.Fact) { f.By.Asked = true }),
		with(func(f *store.Fact) { f.Addr = netip.MustParseAddr("fe80::1%eth0") }),
		with(func(f *store.Fact) { f.Addr = netip.Addr{} }),
		with(func(f *store.Fact) { f.MAC = cordon.MAC{} }),
		with(func(f *store.Fact) { f.Other = cordon.Key{Kind: cordon.KeySerial, Value: "a\x00\xff"} }),
	}
	for _, v := range hostile[1:] {
		different = append(different, with(func(f *store.Fact) { f.Value = "v" + v }))
	}
	must(t, s.Append(t.Context(), store.Batch{Facts: different}))
	later := with(func(f *store.Fact) { f.First, f.Last, f.Count, f.By.Sensor = 40, 70, 3, "eth1" })
	earlier := with(func(f *store.Fact) { f.First, f.Last, f.Count, f.By.Sensor = 45, 55, 1, "eth2" })
	must(t, s.Append(t.Context(), store.Batch{Facts: []store.Fact{later, earlier, earlier}}))
	got := allFacts(t, s, time.Time{})
	if len(got) != len(different) {
		t.Fatalf("%d facts, want %d", len(got), len(different))
	}
	for _, f := range different {
		key := fmt.Sprintf("%v %v %v %v %q %v", f.Addr, f.MAC, f.Other, f.Kind, f.Value, f.By.Asked)
		if f.Value == base.Value && f == base {
			f.First, f.Last, f.Count, f.By.Sensor = 40, 70, 7, "eth1"
		}
		same(t, "fact", got[key], f)
	}
	if n := len(allFacts(t, s, time.Unix(0, 61))); n != 1 {
		t.Fatalf("%d facts since 61, want 1", n)
	}
	stop := errors.New("stop")
	is(t, s.Facts(t.Context(), time.Time{}, func(store.Fact) error { return stop }), stop)
}

func factsOf(t *testing.T, s *store.Store) {
	mac, addr := cordon.MAC{2, 0, 0, 0, 0, 9}, netip.MustParseAddr("fe80::9%eth0")
	must(t, s.Append(t.Context(), store.Batch{Facts: []store.Fact{
		{Site: "hall", MAC: mac, Kind: "a.b", Value: "by interface"},
		{Site: "hall", Addr: addr, Kind: "a.b", Value: "by address"},
		{Site: "hall", Other: cordon.Key{Kind: cordon.KeySerial, Value: "dev-9"}, Kind: "a.b", Value: "by id"},
		{Site: "hall", Addr: netip.MustParseAddr("192.0.2.250"), Kind: "a.b", Value: "another's"},
	}}))
	var got []string
	must(t, s.FactsOf(t.Context(), &cordon.Device{ID: "dev-9", Interfaces: []cordon.Interface{{MAC: mac, Addrs: []netip.Addr{addr}}}}, func(f store.Fact) error {
		got = append(got, f.Value)
		return nil
	}))
	slices.Sort(got)
	if want := []string{"by address", "by id", "by interface"}; !slices.Equal(got, want) {
		t.Errorf("facts of a device: %q, want %q", got, want)
	}
}

func history(t *testing.T, s *store.Store) {
	end, err := s.Ended(t.Context())
	must(t, err)
	same(t, "end of nothing", end, time.Time{})
	var want []string
	for i := range 200 {
		at := monday.Add(time.Duration(i/2) * time.Second)
		frame := fmt.Appendf(nil, "frame %d \x00\xff", i)
		must(t, s.Append(t.Context(), store.Batch{At: at, Frames: [][]byte{frame}}))
		if i >= 20 && i < 180 {
			want = append(want, fmt.Sprint(at, frame))
		}
	}
	var got []string
	must(t, s.History(t.Context(), monday.Add(10*time.Second), monday.Add(90*time.Second), func(at time.Time, f []byte) error {
		got = append(got, fmt.Sprint(at, f))
		return nil
	}))
	if !slices.Equal(got, want) {
		t.Fatalf("history: %d frames, want %d", len(got), len(want))
	}
	end, err = s.Ended(t.Context())
	must(t, err)
	same(t, "end", end, monday.Add(99*time.Second))

	fewer := [][]byte{[]byte("one\x00"), []byte("two")}
	must(t, s.Condense(t.Context(), monday.Add(10*time.Second), monday.Add(90*time.Second), fewer))
	got = nil
	must(t, s.History(t.Context(), time.Time{}, monday.Add(time.Hour), func(at time.Time, f []byte) error {
		got = append(got, fmt.Sprint(at, f))
		return nil
	}))
	if len(got) != 20+2+20 || got[20] != fmt.Sprint(monday.Add(10*time.Second), fewer[0]) || got[21] != fmt.Sprint(monday.Add(10*time.Second), fewer[1]) {
		t.Fatalf("condensed history: %d frames: %v", len(got), got[18:24])
	}
}

// everyContact reads all pages.
func everyContact(t *testing.T, s *store.Store, q store.ContactsQuery) []cordon.Contact {
	t.Helper()
	var all []cordon.Contact
	for {
		p, err := s.Contacts(t.Context(), q)
		must(t, err)
		all = append(all, p.Rows...)
		if p.Next == "" {
			if len(all) != p.Total {
				t.Fatalf("%d contacts, of %d in all", len(all), p.Total)
			}
			return all
		}
		q.Page.After = p.Next
	}
}

func contacts(t *testing.T, s *store.Store) {
	noon := monday.Add(12 * time.Hour)
	c := talk("cam", noon.Add(5*time.Minute), 1, 100, 7)
	put(t, s, noon, c, c, talk("cam", noon.Add(time.Hour), 1, 1, 1), talk("other", noon, 1, 9, 9), talk("cam", noon, 2, 500, 0), talk("cam", noon, 3, 0, 0))
	put(t, s, noon, c)
	want := c
	want.Start, want.Grain, want.Sent, want.Received, want.Flows, want.Unanswered = noon, time.Hour, 300, 21, 3, 3
	check := func(stage string) {
		t.Helper()
		hours := everyContact(t, s, store.ContactsQuery{Device: "cam", Grain: time.Hour})
		if len(hours) != 4 {
			t.Fatalf("%s: %d rows by the hour, want 4: %+v", stage, len(hours), hours)
		}
		same(t, stage+": by the hour", hours[2], want)
		same(t, stage+": most first", hours[1].Far, far(2))
		same(t, stage+": newest first", hours[0].Start, noon.Add(time.Hour))
		days := everyContact(t, s, store.ContactsQuery{Device: "cam", Page: store.Page{Limit: 1}})
		byDay := want
		byDay.Start, byDay.Grain, byDay.Sent, byDay.Received, byDay.Flows, byDay.Unanswered = monday, 24*time.Hour, 301, 22, 4, 4
		same(t, stage+": by the day", days[1], byDay)
		one := everyContact(t, s, store.ContactsQuery{Device: "cam", Grain: time.Hour, From: noon.Add(time.Hour), To: noon.Add(2 * time.Hour)})
		if len(one) != 1 {
			t.Fatalf("%s: %d rows of one hour, want 1", stage, len(one))
		}
		sound(t, s)
	}
	check("open")
	for _, at := range []time.Duration{14 * time.Hour, 18 * time.Hour, 26 * time.Hour} {
		_, err := s.Retain(t.Context(), monday.Add(at))
		must(t, err)
		check(fmt.Sprint("after ", at))
	}
	_, err := s.Contacts(t.Context(), store.ContactsQuery{Device: "cam", Grain: time.Minute})
	is(t, err, store.ErrInvalid)
	if got := everyContact(t, s, store.ContactsQuery{Device: "nobody"}); len(got) > 0 {
		t.Fatalf("contacts of nobody: %+v", got)
	}
}

func contactPages(t *testing.T, s *store.Store) {
	var all []cordon.Contact
	for i := range 300 {
		c := talk("cam", monday.Add(time.Duration(i%5)*time.Hour), i, uint64(i%7), 1)
		c.Outside = i%3 == 0
		all = append(all, c)
	}
	put(t, s, monday, all...)
	for _, limit := range []int{1, 7, 50, 299, 300, 1000} {
		seen := map[string]bool{}
		rows := everyContact(t, s, store.ContactsQuery{Device: "cam", Grain: time.Hour, Page: store.Page{Limit: limit}})
		for i, r := range rows {
			seen[fmt.Sprint(r.Start, r.Far)] = true
			if i > 0 && (r.Start.After(rows[i-1].Start) || r.Start.Equal(rows[i-1].Start) && r.Sent > rows[i-1].Sent) {
				t.Fatalf("limit %d: row %d is out of order", limit, i)
			}
		}
		if len(seen) != 300 {
			t.Fatalf("limit %d: %d different rows, want 300", limit, len(seen))
		}
	}
	if n := len(everyContact(t, s, store.ContactsQuery{Device: "cam", Outside: true})); n != 100 {
		t.Fatalf("%d far ends outside, want 100", n)
	}
	p, err := s.Contacts(t.Context(), store.ContactsQuery{Device: "cam", Page: store.Page{Limit: 5}})
	must(t, err)
	_, err = s.Contacts(t.Context(), store.ContactsQuery{Device: "other", Page: store.Page{Limit: 5, After: p.Next}})
	is(t, err, store.ErrCursor)
	_, err = s.Contacts(t.Context(), store.ContactsQuery{Device: "cam", Page: store.Page{After: "%%%"}})
	is(t, err, store.ErrCursor)
}

func device(id string, change func(*store.Known)) store.Known {
	k := store.Known{Audited: cordon.Audited{Device: cordon.Device{ID: id, Site: "hall", First: monday, Last: monday}}, Knowledge: "k1", Judged: monday}
	if change != nil {
		change(&k)
	}
	return k
}

// noFarEnds fails when a question gives a far end of the device.
func noFarEnds(t *testing.T, s *store.Store, id string, sent uint64) {
	t.Helper()
	for _, grain := range []time.Duration{time.Hour, 24 * time.Hour} {
		total := uint64(0)
		for _, c := range everyContact(t, s, store.ContactsQuery{Device: id, Grain: grain}) {
			total += c.Sent
			if c.Far.IsValid() || c.Name != "" || c.Peer != "" || c.Port != 0 || c.Place != (cordon.Place{}) {
				t.Fatalf("a far end of a hidden device: %+v", c)
			}
		}
		if total != sent && grain > time.Hour {
			t.Fatalf("hidden device sent %d, want %d", total, sent)
		}
	}
}

func hidden(t *testing.T, s *store.Store) {
	must(t, s.PutDevices(t.Context(), []store.Known{device("phone", func(k *store.Known) {
		k.Hidden = true
		k.Destinations = []cordon.Destination{{Name: "secret.example", Address: far(9)}}
	})}))
	put(t, s, monday, talk("phone", monday, 1, 10, 1), talk("phone", monday, 2, 20, 2), talk("cam", monday, 1, 5, 5))
	noFarEnds(t, s, "phone", 30)
	k, err := s.Device(t.Context(), "phone")
	must(t, err)
	if len(k.Destinations) > 0 {
		t.Fatal("destinations of a hidden device are kept")
	}
	got, err := s.TopFarEnds(t.Context(), store.TopQuery{})
	must(t, err)
	if len(got.Rows) != 1 || got.Rows[0].Sent != 5 {
		t.Fatalf("far ends of a hidden device are in the sums: %+v", got.Rows)
	}
	must(t, s.PutDevices(t.Context(), []store.Known{device("phone", nil)}))
	put(t, s, monday, talk("phone", monday, 3, 7, 0))
	if got := everyContact(t, s, store.ContactsQuery{Device: "phone"}); len(got) != 2 || got[1].Far != far(3) {
		t.Fatalf("the owner decided otherwise, yet: %+v", got)
	}
}

// hiddenLater makes a device hidden when its contacts stand in every table.
func hiddenLater(t *testing.T, s *store.Store) {
	want := uint64(0)
	for i := range 60 {
		at := monday.Add(time.Duration(i) * 24 * time.Hour)
		put(t, s, at, talk("phone", at, 1, 10, 1), talk("phone", at, 100+i, 3, 1), talk("cam", at, 1, 5, 5), talk("cam", at, 2, 1, 1))
		want += 13
		if i%7 == 3 {
			_, err := s.Retain(t.Context(), at)
			must(t, err)
		}
	}
	sound(t, s)
	must(t, s.PutDevices(t.Context(), []store.Known{device("phone", func(k *store.Known) { k.Hidden = true })}))
	sound(t, s)
	noFarEnds(t, s, "phone", want)
	got, err := s.TopFarEnds(t.Context(), store.TopQuery{})
	must(t, err)
	if len(got.Rows) != 2 || got.Rows[0].Sent != 300 || got.Rows[1].Sent != 60 {
		t.Fatalf("sums after hiding: %+v", got.Rows)
	}
	put(t, s, monday, talk("phone", monday.Add(60*24*time.Hour), 1, 10, 1))
	noFarEnds(t, s, "phone", want+10)
}

// triedAgain has a batch fail again and again, as with a full disk, before it is kept.
func triedAgain(t *testing.T, s *store.Store) {
	put(t, s, monday, talk("cam", monday, 0, 1, 0))
	b := store.Batch{At: monday, Frames: [][]byte{nil}} // which no table takes, behind the contacts
	for i := range 300 {
		b.Contacts = append(b.Contacts, talk("cam", monday, i, 1, 0))
	}
	for range 3 {
		if s.Append(t.Context(), b) == nil {
			t.Fatal("a frame that is none was kept")
		}
	}
	b.Frames = nil
	must(t, s.Append(t.Context(), b))
	if rows := everyContact(t, s, store.ContactsQuery{Device: "cam", Page: store.Page{Limit: 1000}}); len(rows) != 300 {
		t.Fatalf("%d far ends of 300 are known after three failures", len(rows))
	}
}

func crowd(t *testing.T, s *store.Store) {
	var all []cordon.Contact
	for i := range 5000 {
		all = append(all, talk("cam", monday, i, 1, 0))
	}
	put(t, s, monday, all...)
	put(t, s, monday, all...)
	rows := everyContact(t, s, store.ContactsQuery{Device: "cam", Page: store.Page{Limit: 1000}})
	total := uint64(0)
	for _, r := range rows {
		total += r.Sent
	}
	if len(rows) > 600 || total != 10000 {
		t.Fatalf("%d rows with %d bytes of a flood of 5000 far ends, want about 512 with 10000", len(rows), total)
	}
}
