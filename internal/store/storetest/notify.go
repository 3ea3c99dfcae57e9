package storetest

import (
	"testing"
	"time"

	"cordon"
	"cordon/internal/store"
)

// channels holds the rows of ways out, and of who wants what.
func channels(t *testing.T, s *store.Store) {
	c := cordon.ChannelRow{Name: "mail", Body: []byte(`{"a":1}`), Sealed: []byte{1, 0, 2}}
	id, err := s.PutChannel(t.Context(), c)
	must(t, err)
	_, err = s.PutChannel(t.Context(), c)
	is(t, err, store.ErrInvalid) // the name is taken
	_, err = s.PutChannel(t.Context(), cordon.ChannelRow{Body: []byte("{}")})
	is(t, err, store.ErrInvalid)
	c.ID, c.Body, c.Sealed, c.Told = id, []byte(`{}`), nil, []byte("told")
	_, err = s.PutChannel(t.Context(), c)
	must(t, err)
	must(t, s.PutTold(t.Context(), id, c.Told))
	got, err := s.Channels(t.Context())
	must(t, err)
	same(t, "channels", got, []cordon.ChannelRow{c})
	c.ID = id + 9
	c.Name = "other"
	_, err = s.PutChannel(t.Context(), c)
	is(t, err, store.ErrNotFound)
	is(t, s.PutTold(t.Context(), id+9, nil), store.ErrNotFound)

	must(t, s.PutWish(t.Context(), "eve", []byte("1")))
	must(t, s.PutWish(t.Context(), "eve", []byte("2")))
	must(t, s.PutWish(t.Context(), "bob", []byte("3")))
	must(t, s.PutWish(t.Context(), "bob", nil))
	wishes, err := s.Wishes(t.Context())
	must(t, err)
	same(t, "wishes", wishes, map[string][]byte{"eve": []byte("2")})

	must(t, s.Enqueue(t.Context(), []cordon.Waiting{{Channel: id, Due: monday, Body: []byte("x")}}, 0))
	must(t, s.DeleteChannel(t.Context(), id))
	is(t, s.DeleteChannel(t.Context(), id), store.ErrNotFound)
	counts, err := s.WaitingCounts(t.Context())
	must(t, err)
	same(t, "waiting for nobody", len(counts), 0)
	must(t, s.Enqueue(t.Context(), []cordon.Waiting{{Channel: id, Due: monday, Body: []byte("x")}}, 0)) // to nobody: no error
}

// alarmNews holds that each thing that becomes of an alarm is told, once.
func alarmNews(t *testing.T, s *store.Store) {
	a := cordon.Alarm{Finding: cordon.Finding{Device: "cam", Code: "upload", Severity: cordon.Low}, State: cordon.AlarmRaised, Raised: monday, Changed: monday}
	put := func(f func()) {
		f()
		a.Changed = a.Changed.Add(time.Second)
		id, err := s.PutAlarm(t.Context(), a)
		must(t, err)
		a.ID = id
	}
	put(func() {})
	put(func() { a.Count = 7 })
	put(func() { a.Severity = cordon.High })
	put(func() { a.State = cordon.AlarmAcknowledged })
	put(func() { a.State = cordon.AlarmSnoozed })
	put(func() { a.State = cordon.AlarmRaised })
	put(func() { a.State = cordon.AlarmResolved })
	put(func() { a.Why = "really" })
	put(func() { a.State = cordon.AlarmRaised })
	_, err := s.PutAlarm(t.Context(), func() cordon.Alarm { b := a; b.ID = 0; return b }())
	is(t, err, store.ErrStands)
	news, err := s.AlarmNews(t.Context(), 100)
	must(t, err)
	var said []string
	for _, n := range news {
		said = append(said, n.What)
		same(t, "alarm", n.Alarm, a.ID)
	}
	same(t, "news", said, []string{"raised", "worse", "raised", "resolved", "raised"})
	same(t, "when", news[1].At, monday.Add(3*time.Second))
}

// messages holds the queue: order, what is taken with the news, and what is added to.
func messages(t *testing.T, s *store.Store) {
	alarmNews(t, s)
	id, err := s.PutChannel(t.Context(), cordon.ChannelRow{Name: "mail", Body: []byte("{}")})
	must(t, err)
	news, err := s.AlarmNews(t.Context(), 2)
	must(t, err)
	in := func(d time.Duration, gather, body string) cordon.Waiting {
		return cordon.Waiting{Channel: id, Gather: gather, Due: monday.Add(d), Body: []byte(body)}
	}
	must(t, s.Enqueue(t.Context(), []cordon.Waiting{in(2, "", "b"), in(1, "", "a"), in(2, "g", "c"), in(time.Hour, "h", "later")}, news[1].ID))
	left, err := s.AlarmNews(t.Context(), 100)
	must(t, err)
	same(t, "news that are left", len(left), 3)
	due, err := s.Waiting(t.Context(), id, monday.Add(time.Minute), 10)
	must(t, err)
	bodies := ""
	for _, m := range due {
		bodies += string(m.Body)
	}
	same(t, "order", bodies, "abc")
	gathering, err := s.Gathering(t.Context())
	must(t, err)
	same(t, "gathering", len(gathering), 2)
	m := gathering[0]
	m.Body, m.Tries = []byte("more"), 2
	must(t, s.Enqueue(t.Context(), []cordon.Waiting{m}, 0))
	if err := s.Enqueue(t.Context(), []cordon.Waiting{in(9, "new", "x"), in(5, "h", "the name is taken")}, left[2].ID); err == nil {
		t.Fatal("two messages of one name gather in one channel")
	}
	again, err := s.AlarmNews(t.Context(), 100)
	must(t, err)
	same(t, "news after a write that failed", len(again), 3)
	must(t, s.Dequeue(t.Context(), due[0].ID, due[1].ID, 999))
	due, err = s.Waiting(t.Context(), id, monday.Add(time.Minute), 10)
	must(t, err)
	same(t, "what is left", due, []cordon.Waiting{m})
	counts, err := s.WaitingCounts(t.Context())
	must(t, err)
	same(t, "counts", counts, map[int64]int{id: 2})
}
