package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// ledger is the truth that a store is held against: every contact, by day.
type ledger struct {
	rows map[string]map[int]cordon.Contact // by far end, by day since monday
}

func (l *ledger) add(c cordon.Contact, day int) {
	if l.rows == nil {
		l.rows = map[string]map[int]cordon.Contact{}
	}
	k := fmt.Sprint(c.Site, " ", c.Far)
	if l.rows[k] == nil {
		l.rows[k] = map[int]cordon.Contact{}
	}
	was := l.rows[k][day]
	c.Sent, c.Received, c.Flows, c.Unanswered = c.Sent+was.Sent, c.Received+was.Received, c.Flows+was.Flows, c.Unanswered+was.Unanswered
	l.rows[k][day] = c
}

// day makes and adds the contacts of a day.
func (l *ledger) day(rnd *rand.Rand, at time.Time, d int) (all []cordon.Contact) {
	for range 40 {
		n := int(rnd.ExpFloat64() * 30)
		c := talk(fmt.Sprint("cam", rnd.IntN(5)), at.Add(time.Duration(rnd.IntN(24))*time.Hour), n, uint64(rnd.IntN(1000))+1, uint64(rnd.IntN(10)))
		c.Site = []string{"hall", "yard"}[rnd.IntN(2)]
		l.add(c, d)
		all = append(all, c)
	}
	return all
}

// top is the truth of a TopQuery over some days.
func (l *ledger) top(sites []string, country string, from, to, limit int) []store.TopEnd {
	sums := map[string]store.TopEnd{}
	for _, days := range l.rows {
		for d, c := range days {
			if d < from || d >= to || sites != nil && !slices.Contains(sites, c.Site) || country != "" && c.Place.Country != country {
				continue
			}
			e := sums[c.Far.String()]
			sums[c.Far.String()] = store.TopEnd{
				Far: c.Far, Port: c.Port, Protocol: c.Protocol, App: c.App, Name: c.Name, Place: c.Place, Opened: c.Opened,
				Sent: e.Sent + c.Sent, Received: e.Received + c.Received, Flows: e.Flows + c.Flows, Unanswered: e.Unanswered + c.Unanswered,
			}
		}
	}
	out := []store.TopEnd{}
	for _, e := range sums {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b store.TopEnd) int { return cmp.Compare(b.Sent+b.Received, a.Sent+a.Received) })
	return out[:min(limit, len(out))]
}

// amounts are the sums alone: the order among equals is not promised.
func amounts(rows []store.TopEnd) (out []uint64) {
	for _, r := range rows {
		out = append(out, r.Sent+r.Received)
	}
	return out
}

func top(t *testing.T, s *store.Store) {
	var truth ledger
	rnd := rand.New(rand.NewPCG(1, 2))
	const days = 75
	for d := range days {
		at := monday.Add(time.Duration(d) * 24 * time.Hour)
		put(t, s, at, truth.day(rnd, at, d)...)
		if d%3 == 0 {
			_, err := s.Retain(t.Context(), at.Add(23*time.Hour))
			must(t, err)
		}
	}
	sound(t, s)
	at := func(d int) time.Time { return monday.Add(time.Duration(d) * 24 * time.Hour) }
	for _, q := range []struct {
		name     string
		q        store.TopQuery
		from, to int
	}{
		{"all", store.TopQuery{}, 0, days},
		{"all at a site", store.TopQuery{Sites: []string{"yard"}}, 0, days},
		{"all of a country", store.TopQuery{Country: "CN", Limit: 5}, 0, days},
		{"a week", store.TopQuery{From: at(68), To: at(75)}, 68, 75},
		{"a day", store.TopQuery{From: at(60), To: at(61), Sites: []string{"hall"}}, 60, 61},
		{"a month of days", store.TopQuery{From: at(45), To: at(75)}, 45, 75},
		{"ended days", store.TopQuery{From: at(46), To: at(59), Sites: []string{"yard"}}, 46, 59},
		{"two sites", store.TopQuery{Sites: []string{"yard", "no such site", "hall"}, Limit: 7}, 0, days},
		{"two sites of a month", store.TopQuery{From: at(45), To: at(75), Sites: []string{"hall", "yard"}}, 45, 75},
		{"since", store.TopQuery{From: at(70), Country: "US"}, 70, days},
		{"April", store.TopQuery{From: at(32), To: at(35)}, 30, 60},
		{"nowhere", store.TopQuery{Sites: []string{"no such site"}}, 0, 0},
		{"no site", store.TopQuery{Sites: []string{}}, 0, 0},
		{"later", store.TopQuery{From: at(500), To: at(501)}, 0, 0},
	} {
		got, err := s.TopFarEnds(t.Context(), q.q)
		must(t, err)
		limit := cmp.Or(q.q.Limit, 20)
		want := truth.top(q.q.Sites, q.q.Country, q.from, q.to, limit)
		same(t, q.name, amounts(got.Rows), amounts(want))
		if len(want) > 0 {
			same(t, q.name+": first", got.Rows[0], want[0])
		}
		countries, err := s.TopCountries(t.Context(), q.q)
		must(t, err)
		all := truth.top(q.q.Sites, q.q.Country, q.from, q.to, 1<<30)
		sums := map[string]uint64{}
		for _, e := range all {
			sums[e.Place.Country] += e.Sent + e.Received
		}
		gotSums := map[string]uint64{}
		for _, c := range countries.Rows {
			gotSums[c.Country] = c.Sent + c.Received
		}
		same(t, q.name+": countries", gotSums, sums)
	}
}

// longAgo asks for sums of years ago, where contacts are kept for ever; and beside some of a clock
// that was a century ahead.
func longAgo(t *testing.T, s *store.Store) {
	must(t, s.PutRetention(t.Context(), []store.Keep{{Table: "contacts", Days: 0}}))
	at := func(d int) time.Time { return monday.Add(time.Duration(d) * 24 * time.Hour) }
	for n, d := range []int{0, 900, 1000} {
		put(t, s, at(d), talk("cam", at(d), n, uint64(n+1), 0))
		_, err := s.Retain(t.Context(), at(d+2))
		must(t, err)
	}
	ask := func(stage string) {
		t.Helper()
		for _, q := range []struct {
			q    store.TopQuery
			want []uint64
		}{
			{store.TopQuery{To: at(500)}, []uint64{1}},
			{store.TopQuery{From: at(-100)}, []uint64{3, 2, 1}},
			{store.TopQuery{From: at(5), To: at(10)}, []uint64{1}},
			{store.TopQuery{From: at(995)}, []uint64{3}},
		} {
			got, err := s.TopFarEnds(t.Context(), q.q)
			must(t, err)
			same(t, fmt.Sprintf("%s: from %v to %v", stage, q.q.From, q.q.To), amounts(got.Rows), q.want)
		}
	}
	ask("as it should be")
	ahead := talk("cam", at(100*365), 3, 99, 0)
	ahead.Outside = true
	put(t, s, at(1002), ahead)
	got, err := s.TopFarEnds(t.Context(), store.TopQuery{From: at(995), To: at(1003)})
	must(t, err)
	same(t, "beside a clock ahead", amounts(got.Rows), []uint64{3})
}

func retain(t *testing.T, s *store.Store) {
	at := func(d int) time.Time { return monday.Add(time.Duration(d) * 24 * time.Hour) }
	for d := range 460 {
		if d%5 != 0 && d < 430 {
			continue
		}
		must(t, s.Append(t.Context(), store.Batch{
			At: at(d), Frames: [][]byte{{byte(d)}}, Contacts: []cordon.Contact{talk("cam", at(d).Add(time.Hour), d, 10, 0), talk("cam", at(d).Add(2*time.Hour), 1, 1, 0)},
			Facts: []store.Fact{{Addr: far(d), Kind: "a.b", Value: "v", First: at(d).UnixNano(), Last: at(d).UnixNano(), Count: 1}},
		}))
	}
	must(t, s.PutFindings(t.Context(), []store.FindingRow{{Finding: cordon.Finding{Device: "cam", Code: "old"}}, {Finding: cordon.Finding{Device: "cam", Code: "open", First: at(0), Last: at(0)}}}))
	must(t, s.CloseFinding(t.Context(), "cam", "old", "", "asked again", at(1)))
	_, err := s.PutAlarm(t.Context(), cordon.Alarm{Finding: cordon.Finding{Device: "cam", Code: "old"}, State: cordon.AlarmResolved, Resolved: at(2)})
	must(t, err)
	now := at(459).Add(12 * time.Hour)
	_, err = s.Retain(t.Context(), now)
	must(t, err)
	sound(t, s)
	days := everyContact(t, s, store.ContactsQuery{Device: "cam", Page: store.Page{Limit: 1000}})
	oldest := days[len(days)-1].Start
	if age := now.Sub(oldest); age < 395*24*time.Hour || age > 408*24*time.Hour { // there is one every fifth day
		t.Fatalf("oldest contact is %v old, want 400 days and less than a week more", age)
	}
	hours := everyContact(t, s, store.ContactsQuery{Device: "cam", Grain: time.Hour, Page: store.Page{Limit: 1000}})
	if age := now.Sub(hours[len(hours)-1].Start); age < 13*24*time.Hour || age > 15*24*time.Hour {
		t.Fatalf("oldest hour is %v old, want 14 days", age)
	}
	frames := 0
	must(t, s.History(t.Context(), time.Time{}, now, func(when time.Time, _ []byte) error {
		if frames++; now.Sub(when) > 15*24*time.Hour {
			t.Fatalf("a frame of %v", when)
		}
		return nil
	}))
	if frames < 14 {
		t.Fatalf("%d frames, want 14 days of them", frames)
	}
	for _, f := range allFacts(t, s, time.Time{}) {
		if now.Sub(time.Unix(0, f.Last)) > 401*24*time.Hour {
			t.Fatalf("a fact last seen %v", time.Unix(0, f.Last))
		}
	}
	p, err := s.Findings(t.Context(), store.FindingsQuery{})
	must(t, err)
	if len(p.Rows) != 1 || p.Rows[0].Code != "open" {
		t.Fatalf("findings: %+v", p.Rows)
	}
	got, err := s.TopFarEnds(t.Context(), store.TopQuery{Limit: 1})
	must(t, err)
	if want := uint64(len(days) / 2); got.Rows[0].Sent != 10 && got.Rows[0].Sent != want {
		t.Fatalf("the far end met most sent %d, want what is kept: %d", got.Rows[0].Sent, want)
	}
	again, err := s.Retain(t.Context(), now)
	must(t, err)
	if again.Contacts+again.Frames+again.Facts+again.Others+again.Sums != 0 {
		t.Fatalf("retained twice: %+v", again)
	}
}

// clockAhead shows that a clock which jumps a year deletes nothing.
func clockAhead(t *testing.T, s *store.Store) {
	must(t, s.Append(t.Context(), store.Batch{At: monday, Frames: [][]byte{{1}}, Contacts: []cordon.Contact{talk("cam", monday, 1, 10, 0)}}))
	_, err := s.Retain(t.Context(), monday.Add(900*24*time.Hour))
	must(t, err)
	if n := len(everyContact(t, s, store.ContactsQuery{Device: "cam", Grain: time.Hour})); n != 1 {
		t.Fatalf("%d contacts, want 1", n)
	}
	_, err = s.Retain(t.Context(), monday.Add(-time.Hour))
	must(t, err)
	put(t, s, monday, talk("cam", time.Unix(-100, 0), 1, 1, 0), talk("cam", time.Time{}, 1, 1, 0), talk("cam", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), 1, 1, 0))
	if n := len(everyContact(t, s, store.ContactsQuery{Device: "cam"})); n != 3 {
		t.Fatalf("%d days, want 3", n)
	}
}

// random holds a store to the truth through any order of appending, retaining and opening again.
func random(t *testing.T, m Maker) {
	where := m.Empty(t)
	s := open(t, where)
	rnd := rand.New(rand.NewPCG(3, 4))
	truth, top := map[string]uint64{}, map[netip.Addr]uint64{}
	for step := range 120 {
		at := monday.Add(time.Duration(step) * 11 * time.Hour)
		switch rnd.IntN(5) {
		case 0:
			_, err := s.Retain(t.Context(), at)
			must(t, err)
		case 1:
			must(t, s.Close())
			s = open(t, where)
		default:
			var all []cordon.Contact
			for range rnd.IntN(30) {
				id := fmt.Sprint("cam", rnd.IntN(4))
				when := at.Add(-time.Duration(rnd.IntN(40)) * time.Hour) // some come late
				c := talk(id, when, rnd.IntN(20), uint64(rnd.IntN(100)), 1)
				truth[fmt.Sprint(id, c.Far, when.Truncate(24*time.Hour).Unix())] += c.Sent
				top[c.Far] += c.Sent
				all = append(all, c)
			}
			put(t, s, at, all...)
		}
	}
	sound(t, s)
	got := map[string]uint64{}
	for i := range 4 {
		id := fmt.Sprint("cam", i)
		for _, c := range everyContact(t, s, store.ContactsQuery{Device: id, Page: store.Page{Limit: 1000}}) {
			got[fmt.Sprint(id, c.Far, c.Start.Unix())] += c.Sent
		}
	}
	same(t, "sums", got, truth)
	for _, s := range []*store.Store{s, open(t, where)} { // as it was kept up, and as it is read anew
		gotTop := map[netip.Addr]uint64{}
		for _, sites := range [][]string{nil, {"hall"}} {
			rows, err := s.TopFarEnds(t.Context(), store.TopQuery{Sites: sites, Limit: 100})
			must(t, err)
			for _, r := range rows.Rows {
				gotTop[r.Far] = r.Sent
			}
			same(t, "top sums", gotTop, top)
		}
	}
}
