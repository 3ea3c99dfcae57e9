package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cordon"
	"cordon/internal/people"
	"cordon/internal/store"
)

// noted gives the lines of the audit log about something that was done, oldest first, as "who: about (detail)".
func (w *world) noted(did string) (out []string) {
	w.t.Helper()
	p, err := w.store.Entries(w.t.Context(), store.EntriesQuery{Did: did, Page: store.Page{Limit: 1000}})
	must(w.t, err)
	for _, e := range p.Rows {
		out = append([]string{e.By + ": " + e.About + " (" + e.Detail + ")"}, out...)
	}
	return out
}

// Whoever looks at the traffic of a device is noted, once in ten minutes.
func TestLooksAreNoted(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(c *Config) { c.Now = func() time.Time { return now } })
	w.fill(2)
	anna, bert := w.heldToken("viewer", nil), w.heldToken("operator", nil)
	look := func(token, path string) { w.send(sample{"GET", path, ""}, token) }
	one, two := device(1).ID, device(2).ID
	for range 3 {
		look(anna, "/v1/devices/"+one+"/contacts")
		look(anna, "/v1/flows?device="+one)
		look(anna, "/v1/devices/"+two+"/facts")
		look(bert, "/v1/devices/"+one)
		look(bert, "/v1/devices/"+one+"/findings")
		look(bert, "/v1/devices/nothing")
	}
	want := []string{"token viewer-one[]: device " + one + " (device.contacts)", "token viewer-one[]: device " + two + " (device.facts)", "token operator-one[]: device " + one + " (device.get)"}
	if got := w.noted("traffic.look"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("noted:\n%s", strings.Join(got, "\n"))
	}
	now = now.Add(lookEvery)
	look(anna, "/v1/traffic?device="+one)
	look(anna, "/v1/traffic")
	if got := w.noted("traffic.look"); len(got) != 4 || !strings.HasSuffix(got[3], "(traffic.get)") {
		t.Errorf("ten minutes later: %v", got)
	}
	look(anna, "/v1/devices/export?format=json")
	if got := w.noted("device.export"); len(got) != 1 {
		t.Errorf("exports: %v", got)
	}
}

// An installer sees a device and not whom it talks to.
func TestInstallerSeesNoTraffic(t *testing.T) {
	w := newWorld(t, nil)
	hq, _ := w.wings()
	for role, sees := range map[string]bool{"installer": false, "viewer": true} {
		a := w.want(200, w.send(sample{"GET", "/v1/devices/" + hq.device, ""}, w.heldToken(role, []string{"hq"})))
		if strings.Contains(a.body, "hq.cloud.example") != sees {
			t.Errorf("%s: %s", role, a.body)
		}
	}
}

// Events are told to those who may look at what they are about.
func TestEventsByRight(t *testing.T) {
	all := []cordon.Event{{Kind: "device", Site: "hq"}, {Kind: "alarm", Site: "hq"}, {Kind: "finding", Site: "annex"}, {Kind: "scan", Site: "hq"}, {Kind: "sensor"}, {Kind: "knowledge"}, {Kind: "device"}, {Kind: "later"}}
	for _, c := range []struct {
		who  person
		want string
	}{
		{person{role: people.Owner}, "device alarm finding scan sensor knowledge device later"},
		{person{role: people.Viewer}, "device alarm finding scan sensor knowledge device"},
		{person{role: people.Viewer, sites: []string{"hq"}}, "device alarm scan knowledge"},
		{person{role: people.Installer, sites: []string{"hq", "annex"}}, "device finding scan knowledge"},
		{person{role: people.Viewer, sites: []string{}}, "knowledge"},
		{person{}, ""},
	} {
		var got []string
		for i := range all {
			if c.who.hears(&all[i]) {
				got = append(got, all[i].Kind)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %v: %v, want %s", c.who.role, c.who.sites, got, c.want)
		}
	}
	gone := person{still: func(context.Context) bool { return false }}
	if gone.here(t.Context()) || !(&person{}).here(t.Context()) {
		t.Error("a stream outlives the session by which it was opened")
	}
}

// Who tries passwords is in the log, with what he typed left out, and cannot fill it.
func TestTurnedAwayIsNoted(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(c *Config) { c.Now = func() time.Time { return now } })
	for range 5 {
		w.s.turnedAway(t.Context(), "hunter2 is my password", "192.168.8.7", people.ErrWrong)
	}
	now = now.Add(awayEvery)
	w.s.turnedAway(t.Context(), "x", "192.168.8.7", people.ErrWrong)
	w.s.turnedAway(t.Context(), "x", "192.168.8.7", people.ErrSecondFactor) // he knew the password
	got := w.noted("door.refuse")
	if len(got) != 2 || strings.Contains(got[0], "hunter2") || !strings.HasPrefix(got[0], "somebody at 192.168.8.7: ") || !strings.Contains(got[1], "tries since the last line: 5") {
		t.Errorf("noted: %v", got)
	}
	for i := range 500 {
		w.s.turnedAway(t.Context(), "x", fmt.Sprint("10.0.", i/250, ".", i%250), people.ErrWrong)
	}
	if n := len(w.noted("door.refuse")); n != awayMost {
		t.Errorf("%d lines, at most %d in an hour", n, awayMost)
	}
	now = now.Add(time.Hour)
	w.s.turnedAway(t.Context(), "x", "10.9.9.9", people.ErrWrong)
	if got := w.noted("door.refuse"); !strings.Contains(got[len(got)-1], "tries of others that no line tells of: 442") {
		t.Errorf("the last line: %s", got[len(got)-1])
	}
}

// A body that another site's page can send without asking is none of the page's.
func TestFormLike(t *testing.T) {
	for kind, refused := range map[string]bool{"text/plain": true, "application/x-www-form-urlencoded; charset=utf-8": true, "multipart/form-data; boundary=x": true, "": true, "x;;": true,
		"application/json": false, "application/json; charset=utf-8": false, "text/csv": false, "application/xml": false} {
		r, _ := http.NewRequest("POST", "https://box/v1/x", strings.NewReader("{}"))
		r.Header.Set("Content-Type", kind)
		if formLike(r) != refused {
			t.Errorf("%q: %v", kind, !refused)
		}
	}
	if r, _ := http.NewRequest("POST", "https://box/v1/door/logout", nil); formLike(r) {
		t.Error("nothing is no form")
	}
}
