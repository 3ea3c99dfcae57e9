package api

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cordon"
	"cordon/internal/people"
	"cordon/internal/store"
)

// Every operation has a row, and every row an operation. A row by filter needs the filter.
func TestRights(t *testing.T) {
	s := New(Config{})
	known := map[string]bool{"page.status": true, "page.metrics": true, "page.docs": true, "page.ready": true}
	for _, op := range s.operations() {
		known[op.OperationID] = true
		row, listed := rights[op.OperationID]
		if !listed {
			t.Errorf("%s %s: %s has no row in rights: say who may use it", op.Method, op.Path, op.OperationID)
			continue
		}
		if row.site.name == byFilter.name && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool {
			return p.In == "query" && p.Name == "site" && p.Schema.Type == huma.TypeArray
		}) {
			t.Errorf("%s: its row says by filter, and it takes no list of sites: embed SitesFilter", op.OperationID)
		}
		if writes := op.Method != "GET" && op.OperationID != "list.whatif"; writes && (row.allows(people.Viewer) || row.allows(people.Auditor)) && !row.allows(people.Installer) {
			t.Errorf("%s: a write for those who only look", op.OperationID)
		}
		if row.open() && op.Tags[0] != "door" {
			t.Errorf("%s: is for everybody, and not of the door", op.OperationID)
		}
	}
	for id, row := range rights {
		if !known[id] {
			t.Errorf("%s: a row without operation", id)
		}
		for _, role := range row.roles {
			if !role.Valid() && !row.open() {
				t.Errorf("%s: %q is no role", id, role)
			}
		}
	}
}

// foreign is in every name of the site that those who are held may not see.
const foreign = "annex"

// wing is a site with all that there is to ask about it.
type wing struct {
	site, device                 string
	alarm, risk, report, finding int64
}

// wings fills a world with two sites.
func (w *world) wings() (hq, annex wing) {
	w.t.Helper()
	hq, annex = wing{site: "hq", device: "44:19:b6:00:00:01"}, wing{site: foreign, device: foreign + "-camera"}
	for _, at := range []*wing{&hq, &annex} {
		w.build(at)
	}
	return hq, annex
}

func (w *world) build(at *wing) {
	t, ctx := w.t, w.t.Context()
	must(t, w.store.PutSite(ctx, cordon.Site{Name: at.site, Department: at.site + " department", Networks: []netip.Prefix{netip.MustParsePrefix("192.168.8.0/22")}}))
	d := device(1)
	d.ID, d.Site, d.Names = at.device, at.site, []string{at.site + " camera"}
	d.Identity.Maker = cordon.Belief{Value: at.site + " maker", Key: "hikvision", Confidence: 0.9}
	d.Destinations = []cordon.Destination{{Name: at.site + ".cloud.example"}}
	must(t, w.store.PutDevices(ctx, []store.Known{d}))
	f := cordon.Finding{Code: "cleartext-video", Device: d.ID, Severity: cordon.High, Title: "Video of " + at.site, Fix: "encrypt", First: start, Last: start}
	must(t, w.store.PutFindings(ctx, []store.FindingRow{{Finding: f, Site: at.site}}))
	must(t, w.store.Append(ctx, store.Batch{At: start, Contacts: []cordon.Contact{{Device: d.ID, Site: at.site, Start: start, Grain: time.Hour, Far: netip.MustParseAddr("203.0.113.9"), Port: 443,
		Protocol: "tcp", Name: at.site + ".cloud.example", Place: cordon.Place{Country: "CN", Network: at.site + " net"}, Outside: true, Opened: true, Sent: 5_000_000, Flows: 2}}}))
	w.guard.Raise(f, at.site, start)
	must(t, w.guard.Flush(ctx))
	p, err := w.store.Alarms(ctx, store.AlarmsQuery{Device: d.ID})
	must(t, err)
	at.alarm = p.Rows[0].ID
	found, err := w.store.Findings(ctx, store.FindingsQuery{Device: d.ID})
	must(t, err)
	at.finding = found.Rows[0].ID
	r, err := w.guard.Accept(ctx, cordon.AcceptedRisk{Device: d.ID, Code: "x", Reason: "of " + at.site, By: "anna", At: time.Now().UTC(), Until: time.Now().Add(time.Hour).UTC()})
	must(t, err)
	at.risk = r.ID
	made := w.want(201, w.do("POST", "/v1/reports", `{"kind":"site","site":"`+at.site+`"}`))
	at.report = into[store.Report](t, made).ID
}

// asks gives for each operation that is about a site the request about one of them.
func asks(at wing) map[string]sample {
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	alarm, site, device := fmt.Sprint("/v1/alarms/", at.alarm), "/v1/sites/"+at.site, "/v1/devices/"+at.device
	finding := fmt.Sprint("/v1/findings/", at.finding)
	report := fmt.Sprint("/v1/reports/", at.report)
	q := "?site=" + at.site
	return map[string]sample{
		"device.list": {"GET", "/v1/devices" + q, ""}, "device.export": {"GET", "/v1/devices/export" + q, ""}, "device.table": {"GET", "/v1/devices/table" + q, ""},
		"device.get": {"GET", device, ""}, "device.changes": {"GET", device + "/changes", ""}, "device.findings": {"GET", device + "/findings", ""},
		"device.facts": {"GET", device + "/facts", ""}, "device.contacts": {"GET", device + "/contacts", ""}, "flow.list": {"GET", "/v1/flows?device=" + at.device, ""},
		"destination.top": {"GET", "/v1/destinations" + q, ""}, "destination.countries": {"GET", "/v1/destinations/countries" + q, ""},
		"finding.list": {"GET", "/v1/findings" + q, ""}, "alarm.list": {"GET", "/v1/alarms" + q, ""}, "alarm.get": {"GET", alarm, ""}, "now.get": {"GET", "/v1/now" + q, ""},
		"alarm.acknowledge": {"POST", alarm + "/acknowledge", "{}"}, "alarm.snooze": {"POST", alarm + "/snooze", `{"until":"` + until + `"}`}, "alarm.assign": {"POST", alarm + "/assign", `{"assignee":"kim"}`},
		"alarm.comment": {"POST", alarm + "/comments", `{"text":"x"}`}, "alarm.resolve": {"POST", alarm + "/resolve", `{"why":"x"}`},
		"risk.list": {"GET", "/v1/risks" + q, ""}, "risk.accept": {"POST", "/v1/risks", `{"device":"` + at.device + `","code":"a","reason":"r","until":"` + until + `"}`},
		"risk.end": {"DELETE", fmt.Sprint("/v1/risks/", at.risk), ""}, "site.list": {"GET", "/v1/sites" + q, ""}, "site.get": {"GET", site, ""},
		"scan.list": {"GET", "/v1/scans" + q, ""}, "scan.start": {"POST", "/v1/scans", `{"site":"` + at.site + `"}`}, "census.get": {"GET", "/v1/census" + q, ""},
		"device.notes": {"GET", device + "/notes", ""}, "device.note": {"POST", device + "/notes", `{"text":"x"}`}, "device.note.drop": {"DELETE", device + "/notes/99", ""},
		"finding.get": {"GET", finding, ""}, "finding.assign": {"POST", finding + "/assign", `{"owner":"kim"}`}, "knowledge.makers": {"GET", "/v1/knowledge/makers" + q, ""},
		"list.list": {"GET", "/v1/lists" + q, ""}, "list.get": {"GET", "/v1/lists/us-fcc-covered-list" + q, ""}, "list.whatif": {"POST", "/v1/lists/what-if" + q, `{"makers":["hikvision"]}`},
		"traffic.get": {"GET", "/v1/traffic" + q, ""}, "report.list": {"GET", "/v1/reports" + q, ""}, "report.get": {"GET", report, ""}, "report.file": {"GET", report + "/file", ""},
		"report.make": {"POST", "/v1/reports", `{"kind":"case","devices":["` + at.device + `"]}`}, "report.review": {"POST", report + "/review", `{"note":"x"}`}, "report.delete": {"DELETE", report, ""},
		"feed.get":    {"GET", "/feeds/hosts" + q, ""},
		"import.nmap": {"POST", "/v1/import/nmap" + q, "<nmaprun></nmaprun>"},
	}
}

// unsited are the requests of all other operations.
var unsited = map[string]sample{
	"settings.get": {"GET", "/v1/settings", ""}, "settings.put": {"PUT", "/v1/settings", `{"sites":[],"interfaces":[],"scan":{},"lists":[],"accounts":[],"all_devices":false,"learning":"1h","retention":{}}`}, "setup.get": {"GET", "/v1/setup", ""},
	"rule.list": {"GET", "/v1/rules", ""}, "rule.put": {"PUT", "/v1/rules", `{"items":[]}`}, "site.put": {"PUT", "/v1/sites/attic", `{"networks":[]}`}, "site.drop": {"DELETE", "/v1/sites/attic", ""},
	"claim.list": {"GET", "/v1/claims", ""}, "claim.export": {"GET", "/v1/claims/export", ""}, "claim.import": {"PUT", "/v1/claims/a", `[{"line":1,"serial":"1"}]`}, "claim.drop": {"DELETE", "/v1/claims/a", ""},
	"supplier.list": {"GET", "/v1/suppliers", ""}, "supplier.put": {"PUT", "/v1/suppliers/acme", `{}`}, "delivery.list": {"GET", "/v1/deliveries", ""},
	"delivery.add": {"POST", "/v1/deliveries", `{"supplier":"acme","at":"2026-01-01T00:00:00Z","count":1}`}, "delivery.put": {"PUT", "/v1/deliveries/1", `{"supplier":"acme","at":"2026-01-01T00:00:00Z","count":2}`},
	"netbox.get": {"GET", "/v1/netbox", ""}, "netbox.push": {"POST", "/v1/netbox", ""}, "sensor.list": {"GET", "/v1/sensors", ""}, "knowledge.get": {"GET", "/v1/knowledge", ""}, "knowledge.clouds": {"GET", "/v1/knowledge/clouds", ""},
	"event.follow": {"GET", "/v1/events?kind=none", ""}, // refused for its kind, after who asks was let in
	"door.look":    {"GET", "/v1/door", ""}, "door.claim": {"POST", "/v1/door/claim", `{"token":"x","name":"a","password":"b"}`}, "door.login": {"POST", "/v1/door/login", `{"name":"a","password":"b"}`},
	"door.logout": {"POST", "/v1/door/logout", ""}, "door.invited": {"POST", "/v1/door/invited", `{"token":"x"}`}, "door.accept": {"POST", "/v1/door/accept", `{"token":"x","password":"b"}`},
	"door.passkey.begin": {"POST", "/v1/door/passkey/begin", ""}, "door.passkey": {"POST", "/v1/door/passkey/finish", `{"token":"x","answer":{}}`},
	"door.oidc.begin": {"GET", "/v1/door/oidc/none", ""}, "door.oidc": {"GET", "/v1/door/oidc/none/callback", ""},
	"person.list": {"GET", "/v1/people", ""}, "person.add": {"POST", "/v1/people", `{"name":"x"}`}, "person.edit": {"PUT", "/v1/people/99", `{}`}, "person.drop": {"DELETE", "/v1/people/99", ""},
	"person.invite": {"POST", "/v1/people/99/invite", ""}, "person.claim": {"GET", "/v1/people/claim", ""}, "person.sessions": {"GET", "/v1/people/99/sessions", ""}, "person.sessions.end": {"DELETE", "/v1/people/99/sessions", ""},
	"me.get": {"GET", "/v1/me", ""}, "audit.list": {"GET", "/v1/audit", ""}, "token.list": {"GET", "/v1/tokens", ""}, "token.create": {"POST", "/v1/tokens", `{"name":"n","role":"viewer"}`}, "token.revoke": {"DELETE", "/v1/tokens/99", ""}, "key.get": {"GET", "/v1/key", ""},
	"channel.list": {"GET", "/v1/channels", ""}, "channel.create": {"POST", "/v1/channels", `{"name":"log","kind":"eve","settings":{"file":"a.jsonl"}}`},
	"channel.put": {"PUT", "/v1/channels/1", `{"name":"log","kind":"eve","settings":{"file":"b.jsonl"}}`}, "channel.delete": {"DELETE", "/v1/channels/1", ""}, "channel.test": {"POST", "/v1/channels/1/test", ""},
	"page.status": {"GET", "/", ""}, "page.metrics": {"GET", "/metrics", ""}, "page.docs": {"GET", "/openapi.json", ""}, "page.ready": {"GET", "/readyz", ""},
}

type sample struct{ method, path, body string }

// send asks over loopback as the holder of a token.
func (w *world) send(s sample, token string) answerOf {
	kind := "application/json"
	if strings.HasPrefix(s.path, "/v1/import/") {
		kind = "application/xml"
	}
	return w.overTCP(s.method, s.path, s.body, "Authorization", "Bearer "+token, "Content-Type", kind)
}

// refusedForRights reports whether an answer is a refusal of permit, and no other.
func refusedForRights(a answerOf) bool {
	return a.status == 401 || a.status == 403 && (strings.Contains(a.body, "this is for: ") || strings.Contains(a.body, "is about all sites"))
}

// Every row is tried with every role, of all sites, held to the site that is asked about, and
// held to another: that one gets the answer that somebody gets who asks for what there is not.
func TestRoles(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Scans, c.Sign = scansOf{}, ed25519.NewKeyFromSeed(make([]byte, 32)) })
	hq, annex := w.wings()
	free, held := map[people.Role]string{}, map[people.Role]string{}
	for _, role := range people.Roles() {
		free[role] = w.heldToken(string(role), nil)
		held[role] = w.heldToken(string(role), []string{"hq", "a site that is gone"})
	}
	mine, theirs, gone := asks(hq), asks(annex), asks(wing{site: "nowhere", device: "nothing", alarm: 999, risk: 999, report: 999, finding: 999})
	order := map[string]int{"POST": 1, "PUT": 1, "DELETE": 2} // what ends something last
	for _, id := range slices.SortedFunc(maps.Keys(rights), func(a, b string) int {
		return cmp.Or(cmp.Compare(order[mine[a].method], order[mine[b].method]), cmp.Compare(a, b))
	}) {
		if strings.HasPrefix(id, "me.") && id != "me.get" {
			continue // for people with an account: TestMe
		}
		row := rights[id]
		about, sited := mine[id]
		if !sited {
			var there bool
			if about, there = unsited[id]; !there {
				t.Errorf("%s: no request for it in this test", id)
				continue
			}
		}
		for _, role := range slices.Backward(people.Roles()) { // the mightiest last: they may end what is asked about
			t.Run(id+"/"+string(role), func(t *testing.T) {
				allowed := role == people.Owner || slices.Contains(row.roles, role) || row.open()
				if role != people.Owner {
					w.tryHeld(t, id, row, held[role], allowed, about, theirs[id], gone[id], sited)
				}
				if a := w.send(about, free[role]); refusedForRights(a) == allowed || sited && allowed && a.status == 404 && about.method == "GET" {
					t.Errorf("of all sites: %d %s", a.status, a.body)
				}
			})
		}
	}
}

func (w *world) tryHeld(t *testing.T, id string, row right, token string, allowed bool, about, theirs, gone sample, sited bool) {
	t.Helper()
	free := row.site.free || row.open()
	if !sited {
		if a := w.send(about, token); refusedForRights(a) == (allowed && free) {
			t.Errorf("held, about no site: %d %s", a.status, a.body)
		}
		return
	}
	own := w.send(about, token)
	if refusedForRights(own) == allowed || strings.Contains(own.body, foreign) || allowed && about.method == "GET" && own.status != 200 {
		t.Errorf("his own site: %d %s", own.status, own.body)
	}
	other, none := w.send(theirs, token), w.send(gone, token)
	if strings.Contains(strings.ReplaceAll(other.body, "?site="+foreign, ""), foreign) || refusedForRights(other) == allowed || other.status != none.status {
		t.Errorf("another's site: %d %s; of nothing: %d %s", other.status, other.body, none.status, none.body)
	}
	if allowed && row.site.name != byFilter.name && (other.status != 404 || other.body != none.body) {
		t.Errorf("another's site: %d %s, and of nothing %s", other.status, other.body, none.body)
	}
	if path, _, ok := strings.Cut(about.path, "?site="); ok && allowed { // not asking for a site asks for all
		if a := w.send(sample{about.method, path, about.body}, token); strings.Contains(a.body, foreign) || about.method == "GET" && (a.status != 200 || !strings.Contains(a.body, cmp.Or(tells[id], "hq"))) {
			t.Errorf("without a site: %d %s", a.status, a.body)
		}
	}
}

// tells is what lists have of his own site, where it is not its name.
var tells = map[string]string{"destination.countries": "5000000", "traffic.get": "44:19:b6:00:00:01", "knowledge.makers": `"devices":1`, "list.list": `:1`, "list.get": "44:19:b6:00:00:01", "now.get": `"devices":1`}

// scansOf has scanned every site.
type scansOf struct{}

func (scansOf) StartScan(_ context.Context, site, by string) (ScanRun, error) {
	return ScanRun{Site: site, By: by}, nil
}

func (scansOf) ScanRuns() []ScanRun { return []ScanRun{{ID: 1, Site: "hq"}, {ID: 2, Site: foreign}} }

// The table as people read it: a change of rights shows in it, and is to be meant.
func TestRightsDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString(rightsHead)
	for _, id := range slices.Sorted(maps.Keys(rights)) {
		r := rights[id]
		cells := []string{id}
		for _, role := range people.Roles() {
			cells = append(cells, map[bool]string{true: "yes"}[r.open() || r.allows(role)])
		}
		held := cmp.Or(r.site.name, "not for them")
		if r.open() {
			held = "everybody, without log-in"
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", cells[0], strings.Join(append(cells[1:], held, map[bool]string{true: "noted"}[r.look]), " | "))
	}
	const file = "../../docs/rights.md"
	if *update {
		must(t, os.WriteFile(file, []byte(b.String()), 0o644))
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != b.String() {
		t.Errorf("%s is not current (%v): go test ./internal/api -run TestRightsDocs -update, and read the difference", file, err)
	}
}

const rightsHead = `# Who may do what

Made from internal/api/rights.go by its test. An operation is named as in the [API](api.md); ` + "`page.*`" + ` are pages of it. "Held to sites" says how the site of what is asked about is found for those who are held to some; who looks at a device's traffic is noted in the audit log. Tokens of the role feed may use ` + "`feed.get`" + ` and nothing else.

| operation | owner | operator | viewer | auditor | installer | held to sites | look |
|---|---|---|---|---|---|---|---|
`
