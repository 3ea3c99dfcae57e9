package api

import (
	"encoding/csv"
	"net/netip"
	"strings"
	"testing"

	"cordon"
	"cordon/internal/store"
)

const claimsText = "address;mac;serial;brand;model;department;room\n192.168.8.1;44:19:b6:00:00:01;;Acme;\"X;1\";Facilities;lobby\n;;S-2;'=cmd();B;IT;lab\n"

// An inventory that was taken in comes out again as a file that can be taken in, without harm to who opens it.
func TestClaimsThereAndBack(t *testing.T) {
	w := newWorld(t, nil)
	a := w.want(200, w.do("PUT", "/v1/claims/2026%20list.csv", claimsText, "Content-Type", "text/csv"))
	if got := into[claimsTaken](t, a); got.Claims != 2 || got.From != "2026 list.csv" {
		t.Errorf("%+v", got)
	}
	out := w.want(200, w.do("GET", "/v1/claims/export", ""))
	rows, err := csv.NewReader(strings.NewReader(out.body)).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[2][3] != "'=cmd()" || rows[1][6] != "X;1" {
		t.Fatalf("%q", rows)
	}
	if !strings.Contains(out.head.Get("Content-Disposition"), "claims.csv") {
		t.Error(out.head)
	}
	w.want(200, w.do("PUT", "/v1/claims/again", out.body, "Content-Type", "text/csv"))
	first, err := w.store.Claims(t.Context(), "2026 list.csv", store.Page{})
	must(t, err)
	second, err := w.store.Claims(t.Context(), "again", store.Page{})
	must(t, err)
	for i := range first.Rows {
		if first.Rows[i].Claim != second.Rows[i].Claim {
			t.Errorf("%+v became %+v", first.Rows[i].Claim, second.Rows[i].Claim)
		}
	}
	asJSON := w.want(200, w.do("GET", "/v1/claims/export?format=json&from=again", ""))
	w.want(200, w.do("PUT", "/v1/claims/third", asJSON.body))
	third, err := w.store.Claims(t.Context(), "third", store.Page{})
	must(t, err)
	if len(third.Rows) != 2 || third.Rows[1].Brand != "=cmd()" {
		t.Errorf("%+v", third.Rows)
	}
	w.want(204, w.do("DELETE", "/v1/claims/third", ""))
}

func TestClaimsRefused(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range [][2]string{
		{"text/csv", "colour\nred\n"}, {"text/csv", "address\nnowhere\n"}, {"text/csv", "mac\n44:19:b6:00:00:01\n44:19:b6:00:00:01\n"}, {"text/csv", "PK\x03\x04"},
		{"application/json", "{}"}, {"application/json", "[]"}, {"application/json", `[{"line":1,"brand":"x"}]`}, {"application/json", `[{"line":1,"serial":"1","colour":"red"}]`},
		{"application/json", `[{"line":1,"serial":"1"},{"line":2,"serial":"1"}]`}, {"application/json", `[{"line":1,"serial":"1"}] x`},
	} {
		if a := w.do("PUT", "/v1/claims/a", c[1], "Content-Type", c[0]); a.status != 422 {
			t.Errorf("%s %q: %d %s", c[0], c[1], a.status, a.body)
		}
	}
}

// A list of devices as CSV has every row once, over several pages, and no formula.
func TestDevicesFile(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(1200)
	out := w.want(200, w.do("GET", "/v1/devices/export?grade=F", ""))
	rows, err := csv.NewReader(strings.NewReader(out.body)).ReadAll()
	must(t, err)
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		seen[r[0]] = true
		for _, cell := range r {
			if strings.HasPrefix(cell, "=") || strings.ContainsAny(cell, "\x1b\u202e") {
				t.Fatalf("%q", cell)
			}
		}
	}
	if len(rows) != 1201 || len(seen) != 1200 || len(rows[0]) != len(rows[1]) {
		t.Errorf("%d rows, %d devices", len(rows), len(seen))
	}
	js := w.want(200, w.do("GET", "/v1/devices/export?format=json", ""))
	if n := len(into[[]map[string]any](t, js)); n != 1200 {
		t.Errorf("%d in JSON", n)
	}
	w.want(422, w.do("GET", "/v1/devices/export?format=xml", ""))
}

func FuzzClaims(f *testing.F) {
	f.Add("text/csv", claimsText)
	f.Add("application/json", `[{"line":1,"address":"192.168.8.1","mac":"44:19:b6:00:00:01","serial":"x"}]`)
	f.Add("text/csv", "mac\n'44:19:b6:00:00:01\n")
	f.Fuzz(func(t *testing.T, kind, text string) {
		list, err := readClaims(kind, []byte(text))
		if err != nil {
			return
		}
		for i := range list {
			c := &list[i]
			if !c.Address.IsValid() && c.MAC == (cordon.MAC{}) && c.Serial == "" {
				t.Errorf("names nobody: %+v", c)
			}
			if c.Address.Zone() != "" || c.Address.Is4In6() {
				t.Errorf("address %v", c.Address)
			}
			claimCells(c)
		}
	})
}

// A cursor of somebody's making is an error of his, never of ours.
func FuzzCursor(f *testing.F) {
	st, err := store.Open(f.Context(), f.TempDir()+"/cordon.db")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { st.Close() })
	for i := range 3 {
		d := device(i + 1)
		if err := st.PutDevices(f.Context(), []store.Known{d}); err != nil {
			f.Fatal(err)
		}
	}
	p, err := st.Devices(f.Context(), store.DevicesQuery{Page: store.Page{Limit: 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Next)
	f.Add("e30")
	f.Add("eyJxIjoxfQ")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, ask := range []func() error{
			func() error {
				_, err := st.Devices(t.Context(), store.DevicesQuery{Page: store.Page{After: cursor, Limit: 1}})
				return err
			},
			func() error {
				_, err := st.Alarms(t.Context(), store.AlarmsQuery{Page: store.Page{After: cursor}})
				return err
			},
			func() error {
				_, err := st.Findings(t.Context(), store.FindingsQuery{Page: store.Page{After: cursor}})
				return err
			},
			func() error {
				_, err := st.Contacts(t.Context(), store.ContactsQuery{Device: device(1).ID, Page: store.Page{After: cursor}})
				return err
			},
			func() error { _, err := st.Claims(t.Context(), "", store.Page{After: cursor}); return err },
			func() error {
				_, err := st.Entries(t.Context(), store.EntriesQuery{Page: store.Page{After: cursor}})
				return err
			},
		} {
			if err := ask(); err != nil {
				if status, _ := storeProblem(err); status != 400 {
					t.Errorf("%q: %v", cursor, err)
				}
			}
		}
	})
}

// The census adds up: what is declared is verified or not found, by whichever property.
func TestCensus(t *testing.T) {
	w := newWorld(t, nil)
	w.fill(3)
	mac := device(1).Interfaces[0].MAC
	must(t, w.store.PutClaims(t.Context(), "a", []cordon.Claim{{MAC: mac, Site: "elsewhere"}, {Address: netip.MustParseAddr("10.0.0.1"), Site: "branch", Department: "IT", Maker: "Acme"}}))
	for by, want := range map[string]map[string]CensusLine{
		"site": {"hq": {Name: "hq", Devices: 3, Watching: 3, Declared: 1, Verified: 1, Undeclared: 2}, "branch": {Name: "branch", Declared: 1, NotFound: 1}},
		"list": {"": {Devices: 3, Watching: 3, Declared: 2, Verified: 1, NotFound: 1, Undeclared: 2}},
	} {
		p := into[struct{ Items []CensusLine }](t, w.want(200, w.do("GET", "/v1/census?by="+by, "")))
		if len(p.Items) != len(want) {
			t.Errorf("%s: %+v", by, p.Items)
		}
		for _, l := range p.Items {
			if l != want[l.Name] {
				t.Errorf("%s: %+v, want %+v", by, l, want[l.Name])
			}
		}
	}
	w.want(422, w.do("GET", "/v1/census?by=colour", ""))
}
