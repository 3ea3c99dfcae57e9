package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cordon/internal/api"
	"cordon/knowledge"
)

// newSettings are settings over a data directory of their own, with what the keeper is told.
func newSettings(t *testing.T, file string) (s *settings, orders *[]string) {
	t.Helper()
	conf, err := laid(t, file, "")
	if err != nil {
		t.Fatal(err)
	}
	orders = new([]string)
	st := openTestStore(t)
	log, err := openScanLog(t.Context(), st, conf.scannable(), nil, func(site string) error {
		*orders = append(*orders, "scan "+site)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	know, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return &settings{
		store: st, know: func() *knowledge.Base { return know }, scans: log, conf: conf,
		again: func(scan []string) error {
			*orders = append(*orders, strings.TrimSpace("again "+strings.Join(scan, ":")))
			return nil
		},
	}, orders
}

// The keeper reads what is kept before it is asked to scan what is new; nothing changed is
// nothing done.
func TestPutSettings(t *testing.T) {
	s, orders := newSettings(t, ownedFile)
	want := s.Settings()
	want.Sites = append(want.Sites, api.SiteSettings{Name: "shop", Networks: []string{"10.0.9.0/24"}})
	changed, err := s.PutSettings(t.Context(), want, api.Choosing{By: "me", Scan: true})
	if err != nil || changed != "site shop: new, networks 10.0.9.0/24, interfaces none" {
		t.Fatalf("changed %q: %v", changed, err)
	}
	if got := strings.Join(*orders, ", "); got != "again shop" {
		t.Errorf("the keeper was told %q", got)
	}
	if changed, err := s.PutSettings(t.Context(), s.Settings(), api.Choosing{Scan: true}); changed != "" || err != nil || len(*orders) != 1 {
		t.Errorf("the same again: %q, %v, the keeper was told %q", changed, err, *orders)
	}
	want = s.Settings()
	want.Sites = want.Sites[1:]
	if changed, err = s.PutSettings(t.Context(), want, api.Choosing{}); err != nil || changed != "site hq: no more" {
		t.Errorf("changed %q: %v", changed, err)
	}
	sites, err := s.store.Sites(t.Context())
	if err != nil || len(sites) != 1 || sites[0].Name != "shop" {
		t.Errorf("the store has %v: %v", sites, err)
	}
	if c, err := readInstallation(s.conf.file, s.conf.Data); err != nil || len(c.Sites) != 1 || c.Sites[0].Name != "shop" {
		t.Errorf("the files say %+v: %v", c, err)
	}
}

// What is wrong is refused with its field, and neither kept nor told.
func TestPutSettingsRefuses(t *testing.T) {
	s, orders := newSettings(t, ownedFile)
	for field, change := range map[string]func(*api.OwnerSettings){
		"sites[0].networks[1]":   func(c *api.OwnerSettings) { c.Sites[0].Networks = []string{"10.0.8.0/24", "8.8.8.0/24"} },
		"sites[0].networks[0]":   func(c *api.OwnerSettings) { c.Sites[0].Networks = []string{"ten"} },
		"sites[0].networks":      func(c *api.OwnerSettings) { c.Sites[0].Networks = nil },
		"sites[0].own[0]":        func(c *api.OwnerSettings) { c.Sites[0].Own = []string{"0.0.0.0/0"} },
		"sites[0].interfaces[0]": func(c *api.OwnerSettings) { c.Sites[0].Interfaces = []string{"nosuch0"} },
		"interfaces[1]":          func(c *api.OwnerSettings) { c.Interfaces = []string{"eth1", "nosuch0"} }, // eth1 was chosen before: it may be unplugged
		"sites[1].name":          func(c *api.OwnerSettings) { c.Sites = append(c.Sites, c.Sites[0]) },
		"sites[0].scan.window":   func(c *api.OwnerSettings) { c.Sites[0].Scan.Window = "1" },
		"scan.every":             func(c *api.OwnerSettings) { c.Scan.Every = "1s" },
		"learning":               func(c *api.OwnerSettings) { c.Learning = "long" },
		"retention":              func(c *api.OwnerSettings) { c.Retention["contacts"] = 7 },
		"lists[0]":               func(c *api.OwnerSettings) { c.Lists = []string{"nowhere"} },
	} {
		chosen := s.Settings()
		change(&chosen)
		_, err := s.PutSettings(t.Context(), chosen, api.Choosing{Scan: true})
		var w *api.WrongSetting
		if !errors.As(err, &w) || w.Field != field {
			t.Errorf("%s: %v, field %+v", field, err, w)
			continue
		}
		if strings.Contains(w.Error(), "i_own_this") || strings.Contains(w.Error(), "--") {
			t.Errorf("%s: %q is about a file or a command line", field, w.Error())
		}
	}
	if _, err := os.Stat(filepath.Join(s.conf.Data, ownedName)); len(*orders) != 0 {
		t.Errorf("the keeper was told %q (%v)", *orders, err)
	}
	if b, err := os.ReadFile(filepath.Join(s.conf.Data, ownedName)); err != nil || len(b) != 0 {
		t.Errorf("kept: %s, %v", b, err)
	}
}

// A scan of networks that are no longer the owner's ends; one that waits for a site that is gone
// is forgotten; others go on.
func TestScansFollow(t *testing.T) {
	conf, err := laid(t, ownedFile, "")
	if err != nil {
		t.Fatal(err)
	}
	s := newScans("", "", conf, os.Stderr)
	s.ask("hq")
	s.ask("hq")
	if got := s.has(); len(got) != 1 {
		t.Fatalf("it has %q", got)
	}
	ended := 0
	s.waiting, s.running, s.over, s.end = nil, "hq", make(chan struct{}), func() { ended++ }
	close(s.over)
	same := *conf
	same.Lists, same.Sites = nil, []siteConfig{{Name: "hq", Networks: conf.Sites[0].Networks, Interfaces: []string{"eth7"}}}
	s.follow(&same)
	if ended != 0 {
		t.Error("a scan ended for what does not concern it")
	}
	other := *conf
	other.Sites = []siteConfig{{Name: "hq", Networks: []string{"10.0.7.0/24"}}}
	s.waiting = []string{"hq", "shop"}
	s.follow(&other)
	if ended != 1 {
		t.Error("a scan of other networks goes on")
	}
	if got := strings.Join(s.has(), " "); got != "hq hq" {
		t.Errorf("it has %q", got)
	}
}
