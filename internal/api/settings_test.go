package api

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cordon/internal/store"
)

// memory keeps what was chosen as long as it is: the files and the keeper are cmd/cordon's, and
// tried there.
type memory struct {
	chosen OwnerSettings
	how    []Choosing
}

func (m *memory) Settings() OwnerSettings { return m.chosen }

func (m *memory) PutSettings(_ context.Context, s OwnerSettings, how Choosing) (string, error) {
	if len(s.Sites) > 0 && s.Sites[0].Name == "wrong" {
		return "", &WrongSetting{Field: "sites[0].name", Err: errors.New("not this one")}
	}
	m.how = append(m.how, how)
	if m.chosen.Learning == s.Learning {
		return "", nil
	}
	s.From = nil
	m.chosen = s
	return "learning: " + s.Learning, nil
}

func (m *memory) Setup(context.Context) (Setup, error) {
	return Setup{Host: hostile, Interfaces: []SetupInterface{}, Networks: []SetupNetwork{}, Cannot: []SetupLack{}}, nil
}

// Settings are read, changed and put; a field that is wrong is named, who chose is in the audit
// log, and what nobody has seen is not overwritten.
func TestSettings(t *testing.T) {
	m := &memory{chosen: OwnerSettings{Sites: []SiteSettings{}, Interfaces: []string{}, Lists: []string{}, Accounts: []string{}, Retention: map[string]int{}, Learning: "24h", From: map[string]string{"sites": "x"}}}
	w := newWorld(t, func(c *Config) { c.Chosen = m })
	got := w.want(200, w.do("GET", "/v1/settings", ""))
	next := strings.Replace(got.body, "24h", "1h", 1) // with "from", as it was read
	w.want(412, w.do("PUT", "/v1/settings", next, "If-Match", `"other"`))
	w.want(200, w.do("PUT", "/v1/settings?scan=true", next, "If-Match", got.head.Get("ETag")))
	if len(m.how) != 1 || !m.how[0].Scan || !strings.Contains(m.how[0].By, "uid") {
		t.Errorf("chosen: %+v", m.how)
	}
	w.want(200, w.do("PUT", "/v1/settings", next)) // nothing changes
	p, err := w.store.Entries(t.Context(), store.EntriesQuery{Did: "settings.put"})
	must(t, err)
	if len(p.Rows) != 1 || p.Rows[0].Detail != "learning: 1h" {
		t.Errorf("audit log: %+v", p.Rows)
	}
	a := w.want(422, w.do("PUT", "/v1/settings", strings.Replace(next, `"sites":[]`, `"sites":[{"name":"wrong","networks":["10.0.0.0/24"]}]`, 1)))
	if !strings.Contains(a.body, `"location":"body.sites[0].name"`) {
		t.Error(a.body)
	}
	w.want(422, w.do("PUT", "/v1/settings", `{"sites":[]}`)) // all of it, or nothing
}
