package main

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cordon/internal/api"
	"cordon/internal/store"
	"cordon/internal/watch"
)

// settings is what the owner may choose, as the API shows it: lists are never nil, and what is
// as usual is said.
func (c *config) settings() api.OwnerSettings {
	out := api.OwnerSettings{
		Sites: []api.SiteSettings{}, Interfaces: texts(c.Interfaces), Scan: c.Scan.shown(), Lists: texts(c.Lists), Accounts: texts(c.Accounts),
		AllDevices: c.AllDevices, Learning: cmp.Or(c.Learning, usualLearning), Retention: store.Usually(), From: map[string]string{},
	}
	maps.Copy(out.Retention, c.Retention)
	for i := range c.Sites {
		s := &c.Sites[i]
		out.Sites = append(out.Sites, api.SiteSettings{
			Name: s.Name, Org: s.Org, Department: s.Department, Sensitivity: s.Sensitivity,
			Networks: texts(s.Networks), Own: texts(s.Own), Interfaces: texts(s.Interfaces), Scan: s.Scan.shown(),
		})
	}
	for _, p := range ownedParts {
		if file := c.from[p.name]; file != "" {
			out.From[p.field] = file
		}
	}
	return out
}

// usualLearning is how long is learned where nothing is said.
var usualLearning = fmt.Sprintf("%.0fh", watch.LearnNetwork.Hours())

func (c scanConfig) shown() api.ScanHours { return api.ScanHours(c) }

// texts is a copy that is never nil.
func texts(of []string) []string { return append([]string{}, of...) }

// with is the configuration with what was chosen in its place. What is as usual is not named, and
// goes on being so when the program's usual changes.
func (c *config) with(s *api.OwnerSettings) *config {
	out := *c
	out.Interfaces, out.Lists, out.Accounts, out.AllDevices = texts(s.Interfaces), splitLists(s.Lists), texts(s.Accounts), s.AllDevices
	out.Scan, out.Learning, out.Retention, out.Sites = scanConfig(s.Scan), s.Learning, map[string]int{}, nil
	usual := store.Usually()
	for name, days := range s.Retention {
		if had, is := usual[name]; !is || had != days {
			out.Retention[name] = days
		}
	}
	for i := range s.Sites {
		x := &s.Sites[i]
		out.Sites = append(out.Sites, siteConfig{
			Name: strings.TrimSpace(x.Name), Org: x.Org, Department: x.Department, Sensitivity: x.Sensitivity,
			Networks: texts(x.Networks), Own: texts(x.Own), Interfaces: texts(x.Interfaces), Scan: scanConfig(x.Scan),
		})
	}
	out.complete()
	return &out
}

// changes says in one line what became otherwise, empty for nothing: who reads the audit log
// later wants to know what was chosen, and what before.
func changes(was, is *api.OwnerSettings) string {
	var out []string
	for _, p := range ownedParts {
		if p.name != "site" && p.name != "retention" && !reflect.DeepEqual(p.shown(was), p.shown(is)) {
			out = append(out, fmt.Sprintf("%s: %s, was %s", p.field, brief(p.shown(is)), brief(p.shown(was))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is.Retention)) {
		if days, old := is.Retention[name], was.Retention[name]; days != old {
			out = append(out, fmt.Sprintf("retention: %s %d days, was %d", name, days, old))
		}
	}
	return strings.Join(append(out, siteChanges(was, is)...), "; ")
}

// siteChanges says what became otherwise about sites.
func siteChanges(was, is *api.OwnerSettings) (out []string) {
	before := map[string]*api.SiteSettings{}
	for i := range was.Sites {
		before[was.Sites[i].Name] = &was.Sites[i]
	}
	for i := range is.Sites {
		s := &is.Sites[i]
		switch old := before[s.Name]; {
		case old == nil:
			out = append(out, fmt.Sprintf("site %s: new, %s", s.Name, brief(s)))
		case !reflect.DeepEqual(old, s):
			out = append(out, fmt.Sprintf("site %s: %s, was %s", s.Name, brief(s), brief(old)))
		}
		delete(before, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		out = append(out, "site "+name+": no more")
	}
	if len(out) == 0 && !reflect.DeepEqual(was.Sites, is.Sites) {
		out = append(out, "sites: in another order")
	}
	return out
}

// brief is a part of the settings in a few words.
func brief(v any) string {
	switch v := v.(type) {
	case []string:
		return cmp.Or(strings.Join(v, " "), "none")
	case api.ScanHours:
		return strings.TrimSpace(cmp.Or(v.Every, "never") + " " + v.Window + " " + v.Pace)
	case *api.SiteSettings:
		said := []string{"networks " + brief(v.Networks), "interfaces " + brief(v.Interfaces)}
		for _, x := range []struct{ name, value string }{{"own", strings.Join(v.Own, " ")}, {"org", v.Org}, {"department", v.Department}, {"sensitivity", v.Sensitivity}} {
			if x.value != "" {
				said = append(said, x.name+" "+x.value)
			}
		}
		if v.Scan != (api.ScanHours{}) {
			said = append(said, "scan "+brief(v.Scan))
		}
		return strings.Join(said, ", ")
	}
	return fmt.Sprint(v)
}
