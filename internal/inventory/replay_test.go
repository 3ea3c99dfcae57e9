package inventory

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cordon"
	"cordon/internal/store"
)

func (s *fakeStore) Contacts(_ context.Context, q store.ContactsQuery) (store.ContactPage, error) {
	end, err := s.begin()
	defer end()
	var p store.ContactPage
	for _, c := range s.contacts {
		if c.Device == q.Device && !c.Start.Before(q.From) && c.Start.Before(q.To) {
			p.Rows = append(p.Rows, *c)
		}
	}
	return p, err
}

// playLive lets a Live hear a capture and stops it when everything was judged.
func playLive(t *testing.T, name string, s *fakeStore, edit func(*LiveConfig)) {
	r := run(t, s, know(t), edit)
	play(t, name, r.Source("", "test"), nil)
	pass(2 * time.Minute)
	r.stop()
}

// capture finds one capture of the collection.
func capture(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(sharedCaptures(t), "*", "*", name))
	more, err2 := filepath.Glob(filepath.Join(sharedCaptures(t), "*", name))
	if found = append(found, more...); err != nil || err2 != nil || len(found) == 0 {
		t.Skipf("no capture %s: %v %v", name, err, err2)
	}
	return found[0]
}

// Judged again by the same knowledge, what is kept changes nothing.
func TestReplayChangesNothing(t *testing.T) {
	name := capture(t, "dns_exfiltration.pcap")
	synctest.Test(t, func(t *testing.T) {
		s := newFakeStore()
		playLive(t, name, s, nil)
		got, err := Replay(t.Context(), s, know(t), func(string) Options { return Options{} }, Window{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Judged == 0 || len(got.Devices) > 0 {
			t.Fatalf("%d judged again, and changed: %+v", got.Judged, got.Devices)
		}
	})
}

// What the store has otherwise is said, and what cannot be judged again is not called gone.
func TestReplaySaysWhatChanges(t *testing.T) {
	name := capture(t, "dns_exfiltration.pcap")
	synctest.Test(t, func(t *testing.T) {
		s := newFakeStore()
		playLive(t, name, s, nil)
		id := "8c:dc:d4:46:be:c4"
		d := s.devices[id]
		d.Identity.Maker.Value = "Somebody"
		s.devices[id] = d
		put := func(code string, at time.Time) {
			f := store.FindingRow{Finding: cordon.Finding{Code: code, Device: id, First: at, Last: at}}
			if err := s.PutFindings(t.Context(), []store.FindingRow{f}); err != nil {
				t.Fatal(err)
			}
		}
		put("cleartext-login", d.First) // nothing says so
		put("dns-tunnel", d.First.Add(-30*24*time.Hour))
		put("calls-home", d.First.Add(-30*24*time.Hour))
		put("new-device", d.First)
		got, err := Replay(t.Context(), s, know(t), func(string) Options { return Options{} }, Window{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Devices) != 1 || got.Devices[0].ID != id {
			t.Fatalf("got %+v", got.Devices)
		}
		r := got.Devices[0]
		if len(r.Changes) != 1 || r.Changes[0].Field != "maker" || r.Changes[0].From != "Somebody" || r.Changes[0].To != "" {
			t.Errorf("changes %+v", r.Changes)
		}
		if len(r.Gone) != 1 || r.Gone[0].Code != "cleartext-login" {
			t.Errorf("gone %+v", r.Gone)
		}
		why := map[string]string{}
		for _, u := range r.Unjudged {
			why[u.Code] = u.Why
		}
		for code, part := range map[string]string{"dns-tunnel": "sums", "calls-home": "left", "new-device": "order"} {
			if !strings.Contains(why[code], part) {
				t.Errorf("%s: %q", code, why[code])
			}
		}
	})
}
